/*
 * when: schedules. It parses every form of schedule, prints it in plain
 * words, and computes the next due instant. It is pure: it asks no clock and
 * opens no file; zone and "after" are arguments. It does not know jobs, runs
 * or what happened before (misfires are cronsd/plan's business).
 *
 * The rule at clock changes is R1-R6 of man/crons.7: a *wildcard* schedule
 * follows the wall clock; a *fixed* one whose wall time is skipped runs once
 * at the end of the gap, and once in an overlap.
 */
#ifndef SHARE_WHEN_H
#define SHARE_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "errs.h"

struct buf;
struct tz;
struct when;

/* clang-format off */
#define DIALECTS(X) \
	X(EXTENDED, "extended") /* what cronsctl add speaks: all forms */ \
	X(DEBIAN,   "debian")   /* a crontab of Debian's cron */ \
	X(CRONIE,   "cronie")   /* a crontab of cronie */ \
	X(CALENDAR, "calendar") /* systemd's OnCalendar */
/* clang-format on */

enum dialect {
#define X(name, word) DIALECT_##name,
	DIALECTS(X)
#undef X
	    DIALECT_COUNT
};

const char *dialect_name(enum dialect dialect);
bool dialect_find(const char *word, enum dialect *dialect);

/*
 * seed: what H and ~ are computed from (a stable hash of the job's name and
 * owner); anchor: what @every and "every 2 weeks on ..." count from. Always
 * returns an object, yours to when_free; whether text was a schedule is told
 * by when_fault. The object is immutable: threads may share it.
 */
struct when *when_parse(
    const char *text, enum dialect dialect, uint64_t seed, wall_t anchor);
void when_free(struct when *w);

/*
 * Gives the schedule a calendar (share/calendar.h); to be called before it is
 * used. A slot on a day that is left out is no slot; a make-up day has the
 * schedule's times of the day, whatever it says of days. Days are those of the
 * zone, and of the time that was meant: one that a clock change moves past
 * midnight belongs to the day before. A text that is no calendar becomes the
 * schedule's fault.
 */
void when_set_calendar(struct when *w, const char *text);

/* Does the calendar leave out the day of that instant? */
bool when_is_left_out(
    const struct when *w, const struct tz *zone, wall_t at);

/* NULL if text is valid, else what is wrong (column, field, hint); borrowed. */
const struct fault *when_fault(const struct when *w);

/* Not an error, but surely a mistake ("never matches"); NULL if none. */
const char *when_warning(const struct when *w);

/*
 * The zone that the text itself names ("daily Asia/Kolkata", only OnCalendar
 * expressions do), NULL if it names none; borrowed. It goes before the job's:
 * whoever passes a zone to the functions below opens this one then. That
 * there is such a zone is not known here.
 */
const char *when_zone(const struct when *w);

/* What kind of thing this is, as far as the planner must know. */
enum when_kind {
	WHEN_TIMES, /* instants that when_next computes */
	WHEN_ONCE, /* @at: one instant, also by when_next */
	WHEN_REBOOT, /* once a boot; when_next says never */
	WHEN_AFTER, /* @after D: D after the end of the last run */
};
enum when_kind when_kind(const struct when *w);
int64_t when_delay_us(const struct when *w); /* of WHEN_AFTER; else 0 */
/* Of WHEN_AFTER: when it is due if the delay begins then. If the calendar
 * leaves out that day: at the beginning of the first day that it does not. */
wall_t when_delayed(
    const struct when *w, const struct tz *zone, wall_t from);
bool when_is_wildcard(const struct when *w); /* follows the wall clock */

/*
 * The first due instant strictly after `after`, WALL_NEVER if there is none
 * in a whole cycle of 400 years. Strictly increasing in `after`.
 */
wall_t when_next(const struct when *w, const struct tz *zone, wall_t after);

/*
 * What a clock change did to an instant of when_next: true and one sentence in
 * out if it moved it here, or joined others with it ("02:30 does not exist on
 * 2026-03-29: runs at 03:00 CEST"); false if it did nothing.
 */
bool when_moved(const struct when *w, const struct tz *zone, wall_t at,
    struct buf *out);

/*
 * Does the schedule name the instant `at` (to the second)? Writes the reason,
 * one sentence, either way ("minute 7 is not a multiple of 5").
 */
bool when_matches(const struct when *w, const struct tz *zone, wall_t at,
    struct buf *why);

/* Normalised text that parses to the same schedule; and plain words. */
void when_print(const struct when *w, struct buf *out);
void when_describe(const struct when *w, struct buf *out);

#endif
