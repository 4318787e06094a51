/*
 * when_skip: what a calendar takes from a schedule, for when.c only. It does
 * not know how a calendar is written.
 */
#ifndef SHARE_WHEN_SKIP_H
#define SHARE_WHEN_SKIP_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

struct buf;
struct tz;
struct when;

/* next is an instant of a form that knows no days: the first of its instants
 * from there on whose day is not left out. */
wall_t when_skip_next(
    const struct when *w, const struct tz *zone, wall_t next);

/* "the day is left out by the calendar: line 3 (Christmas)", or added; false
 * and nothing if the calendar does not speak of that day. */
bool when_skip_why(const struct when *w, int64_t wall, struct buf *out);

#endif
