/*
 * calendar: days that a job leaves out, and make-up days that it has besides,
 * from text; and the question what it says of a day. It does not know
 * schedules, times of the day or zones: a day is a date, counted since
 * 1970-01-01.
 *
 * The text, an entry a line (or several with commas between):
 *
 *	2026-12-25              left out
 *	- 2026-12-24..2027-01-06   the same, all of them
 *	--12-24..--01-06        every year; --02-29 is there in leap years only
 *	+ 2026-10-10            a make-up day
 *	# comment, also behind an entry
 *
 * An entry with a year goes before those of every year; of entries of the same
 * kind the last that names a day counts.
 */
#ifndef SHARE_CALENDAR_H
#define SHARE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "errs.h"

struct buf;
struct calendar;

#define CALENDAR_BYTES 32768
#define CALENDAR_NONE INT64_MAX

/*
 * Yours to calendar_free. NULL and a fault with line, column and hint if the
 * text is none; its field is "not".
 */
struct calendar *calendar_parse(const char *text, struct fault *f);
void calendar_free(struct calendar *c);

enum calendar_word {
	CALENDAR_SILENT, /* it does not speak of that day */
	CALENDAR_OUT,
	CALENDAR_IN, /* a make-up day */
};
enum calendar_word calendar_of_day(const struct calendar *c, int64_t day);

/* Of the days of a month (bits 1..31) those that are not left out. */
uint32_t calendar_keep(
    const struct calendar *c, int64_t year, int month, uint32_t days);

/* The first make-up day >= day and < before, and the first day >= day that is
 * not left out; CALENDAR_NONE if there is none. */
int64_t calendar_next_in(
    const struct calendar *c, int64_t day, int64_t before);
int64_t calendar_next_kept(const struct calendar *c, int64_t day);

/* Has it make-up days at all? */
bool calendar_has_in(const struct calendar *c);

/* "line 3 (Christmas)": the entry that speaks of the day, and its comment. */
void calendar_put_entry(
    const struct calendar *c, int64_t day, struct buf *out);

/* "leaves out 12 dates or ranges, adds 2" */
void calendar_describe(const struct calendar *c, struct buf *out);

#endif
