/*
 * tz: a time zone read from its TZif file (RFC 8536, version 2+, 64-bit block
 * and POSIX footer). It does not know libc's zone, setenv("TZ") or schedules.
 */
#ifndef SHARE_TZ_H
#define SHARE_TZ_H

#include <stdbool.h>
#include <stdint.h>

struct fault;
struct tz;

/*
 * Where zone files are looked for: /usr/share/zoneinfo unless set (the
 * CRONS_ZONEINFO of tests). dir is kept by reference.
 */
void tz_set_directory(const char *dir);

/*
 * The zone with that name ("Europe/Berlin", "UTC"); "" is the system's zone
 * (/etc/localtime). Names may hold [A-Za-z0-9_+/-] only, no "..", no leading
 * or doubled slash; the file must be a regular one below the directory and of
 * bounded size. Yours to tz_free; NULL and a filled fault if it cannot be had.
 */
struct tz *tz_open(const char *name, struct fault *f);

/* The same from bytes in memory (for tests and fuzzing). */
struct tz *tz_parse(
    const char *name, const uint8_t *bytes, uint64_t len, struct fault *f);
void tz_free(struct tz *zone);

const char *tz_name(const struct tz *zone); /* borrowed */

/* The file that it was read from; NULL: it needs none. Borrowed. */
const char *tz_path(const struct tz *zone);

/* Seconds east of UTC in force at that instant (epoch seconds); any year. */
int tz_offset(const struct tz *zone, int64_t at);

/* The abbreviation then in force ("CEST"); borrowed. */
const char *tz_abbreviation(const struct tz *zone, int64_t at);

/*
 * The instants that have the wall time `wall` (civil seconds since 1970 as if
 * UTC): 0 in a gap, 1, or 2 in an overlap, earliest first.
 */
int tz_instants(const struct tz *zone, int64_t wall, int64_t at[2]);

/*
 * The first change of the UTC offset strictly after `after`: false if there
 * is none; else its instant and the offsets before and after it.
 */
struct tz_change {
	int64_t at;
	int before, after; /* seconds east of UTC */
};
bool tz_next_change(
    const struct tz *zone, int64_t after, struct tz_change *change);

/* Has the file been replaced or changed since it was read? (one stat) */
bool tz_is_stale(const struct tz *zone);

#endif
