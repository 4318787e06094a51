/*
 * clock: instants and civil dates. It does not know zones (share/tz does) and
 * no one below main, loop and verb_* asks it for "now": now is an argument.
 *
 * wall_t is microseconds of CLOCK_REALTIME since 1970-01-01T00:00:00Z (leap
 * seconds not counted); mono_t is microseconds of CLOCK_BOOTTIME. Both are
 * one-member structs so that one is never taken for the other.
 */
#ifndef SHARE_CLOCK_H
#define SHARE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

typedef struct {
	int64_t us;
} wall_t;

typedef struct {
	int64_t us;
} mono_t;

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

/* "Never" sorts after every instant. */
#define WALL_NEVER ((wall_t) { INT64_MAX })

wall_t wall_now(void); /* clock_gettime, never the coarse time() */
mono_t mono_now(void);

/* One look at three clocks; awake is CLOCK_MONOTONIC, which stands still while
 * the machine sleeps. */
struct clocks {
	wall_t wall;
	mono_t boot, awake;
};
struct clocks clocks_now(void);

static inline wall_t
wall_add(wall_t t, int64_t us)
{
	return (wall_t) { t.us + us };
}

static inline bool
wall_is_never(wall_t t)
{
	return t.us == INT64_MAX;
}

/* A date and time of day on the proleptic Gregorian calendar, zone unsaid. */
struct civil {
	int64_t year;
	int month; /* 1..12 */
	int day; /* 1..31 */
	int hour; /* 0..23 */
	int minute; /* 0..59 */
	int second; /* 0..59 */
};

/* Days since 1970-01-01 and back; any year. (H. Hinnant, chrono algorithms) */
int64_t days_from_civil(int64_t year, int month, int day);
void civil_from_days(int64_t days, struct civil *date); /* sets the date */
int days_in_month(int64_t year, int month);
int weekday_of_days(int64_t days); /* 0 is Sunday */

/* Seconds since 1970 of c read as UTC, and back. */
int64_t seconds_from_civil(const struct civil *c);
void civil_from_seconds(int64_t seconds, struct civil *c);

/*
 * Durations: "90s" "10m" "1h30m" "2d" "1w" "250ms" "1.5h"; a bare number is
 * seconds. Returns 0 and microseconds, or -1 if text is no duration, is
 * negative or overflows. Printing gives the shortest exact form ("1h30m");
 * what it prints parses to the same.
 */
int duration_parse(const char *text, int64_t *us);
void duration_print(struct buf *out, int64_t us);

/*
 * RFC 3339 with the given UTC offset in seconds ("2026-11-22T03:00:00+01:00";
 * offset 0 prints "Z"; fractions only when there are some). Parsing needs an
 * offset or Z; fractions down to microseconds; -1 if it is no such time.
 */
void rfc3339_print(struct buf *out, wall_t t, int offset_s);
int rfc3339_parse(const char *text, wall_t *t);

#endif
