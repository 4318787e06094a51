/*
 * when_set: a set of wall times, held as bits, and the search for the next
 * one. It does not know zones, text or dialects: a wall time is civil seconds
 * since 1970 as if they were UTC.
 */
#ifndef SHARE_WHEN_SET_H
#define SHARE_WHEN_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WALL_NONE INT64_MAX

struct calendar;

/* Years first, first + step, ... up to last. */
struct when_years {
	int64_t first, last, step;
};

/* "Every n days, weeks (from Monday) or months", counted from a day. */
enum when_unit {
	WHEN_NO_PERIOD,
	WHEN_DAYS,
	WHEN_WEEKS,
	WHEN_MONTHS,
};

/*
 * The days of a month depend only on its length and on the weekday of its
 * first day, whatever a schedule says of weekdays, last days and nearest
 * working days. So they are worked out once for these 28 shapes.
 */
struct when_set {
	uint64_t seconds, minutes; /* bit n is n */
	uint32_t hours;
	uint32_t months; /* bits 1..12 */
	uint32_t days[4][7]; /* [length - 28][weekday of the 1st]: bits 1..31 */
	struct when_years *years; /* owned; NULL: every year */
	size_t year_count;
	int *times; /* owned, sorted, seconds of the day; NULL: the bits */
	size_t time_count;
	enum when_unit unit;
	int every; /* of unit */
	/* Days that are left out, and make-up days: these have the times of
	 * the day, whatever else is said of days. Borrowed; NULL: none. */
	const struct calendar *calendar;
	/* Set by when_set_close: */
	bool is_empty;
	bool has_no_day; /* but perhaps make-up days */
	bool is_daily; /* no day is left out */
	int first_time; /* of a day, in seconds */
};

/* To be called when all is filled in: finds out whether it is empty. */
void when_set_close(struct when_set *set);
void when_set_fini(struct when_set *set);

/*
 * The first member >= wall, WALL_NONE if there is none in the 400 years after
 * it (the calendar's whole cycle). phase is a day (since 1970) in the period
 * from which the others are counted; unused without a period.
 */
int64_t when_set_next(const struct when_set *set, int64_t phase, int64_t wall);

/* Parts of the question, the calendar aside, for saying which of them is
 * why. */
bool when_set_has_year(const struct when_set *set, int64_t year);
bool when_set_has_day(const struct when_set *set, int64_t day);
bool when_set_has_period(
    const struct when_set *set, int64_t phase, int64_t day);
bool when_set_has_time(const struct when_set *set, int second_of_day);

#endif
