/*
 * timeword: instants as people write them. It does not know schedules, nor
 * asks the clock or the system's zone: both are arguments.
 *
 *	2h              that long ago
 *	now
 *	yesterday 03:00 (or today, tomorrow, mon..sun: the last such day)
 *	03:00           today
 *	2026-11-22 03:00[:00]   or with T; the date alone is its midnight
 *	2026-11-22T03:00:00+01:00   RFC 3339
 *	@1795312800     seconds of the epoch
 */
#ifndef CRONSCTL_TIMEWORD_H
#define CRONSCTL_TIMEWORD_H

#include "share/clock.h"
#include "share/errs.h"

struct tz;

/* What a text is read against. */
struct timeword_base {
	const struct tz *zone;
	wall_t now;
};

/*
 * ERR_BAD_VALUE and a filled fault if text is none of these, or if a change of
 * the clock skipped that time; the first one if it came twice.
 */
enum err timeword_parse(const char *text, const struct timeword_base *base,
    wall_t *at, struct fault *f);

#endif
