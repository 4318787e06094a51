/*
 * Schedules with a calendar. Those made of wall times leave days out in their
 * set (when_set.c), so that the rule at clock changes sees the days that
 * remain and nothing else. The others know only instants: theirs are asked
 * one by one, and a stretch of days that are left out is passed by at once.
 */
#include "when_skip.h"

#include <stdlib.h>

#include "calendar.h"
#include "log.h"
#include "tz.h"
#include "when_form.h"

#define DAY_S 86400
#define CYCLE_US (400 * 366 * DAY_US)

void
when_set_calendar(struct when *w, const char *text)
{
	struct fault fault;

	w->calendar = calendar_parse(text, &fault);
	if (w->calendar == NULL) {
		if (w->fault == NULL) {
			w->fault = xmalloc(sizeof fault);
			*w->fault = fault;
		}
		return;
	}
	w->set.calendar = w->calendar;
	when_set_close(&w->set);
	if (!w->set.is_empty && w->set.has_no_day)
		buf_clear(&w->warning); /* it has its make-up days */
}

static int64_t
day_of(const struct tz *zone, wall_t at)
{
	int64_t second = when_floor_seconds(at);

	second += tz_offset(zone, second);
	return second / DAY_S - (second % DAY_S < 0);
}

bool
when_is_left_out(const struct when *w, const struct tz *zone, wall_t at)
{
	return w->calendar != NULL
	    && calendar_of_day(w->calendar, day_of(zone, at)) == CALENDAR_OUT;
}

/* The first instant of a day; midnight itself may be in a gap. */
static wall_t
start_of_day(const struct tz *zone, int64_t day)
{
	int64_t wall = day * DAY_S, at[2];
	struct tz_change change;

	if (tz_instants(zone, wall, at) > 0)
		return (wall_t) { at[0] * SECOND_US };
	at[0] = wall - 2 * DAY_S;
	while (tz_next_change(zone, at[0], &change)
	    && change.at + change.after <= wall)
		at[0] = change.at;
	return (wall_t) { change.at * SECOND_US };
}

/* The beginning of the first day that remains, if that of `at` does not. */
static wall_t
pass_by(const struct when *w, const struct tz *zone, wall_t at)
{
	int64_t day;

	if (!when_is_left_out(w, zone, at))
		return at;
	day = calendar_next_kept(w->calendar, day_of(zone, at));
	return day == CALENDAR_NONE ? WALL_NEVER : start_of_day(zone, day);
}

/* Each turn goes past a stretch of days; whoever never meets another day in
 * 400 years does not at all. */
wall_t
when_skip_next(const struct when *w, const struct tz *zone, wall_t next)
{
	int64_t start = next.us / 2; /* halves: differences stay in range */

	while (!wall_is_never(next)) {
		wall_t day = pass_by(w, zone, next);

		if (day.us == next.us)
			return next;
		if (wall_is_never(day) || day.us / 2 - start > CYCLE_US / 2)
			break;
		next = w->form->next(w, zone, wall_add(day, -1));
	}
	return WALL_NEVER;
}

wall_t
when_delayed(const struct when *w, const struct tz *zone, wall_t from)
{
	return pass_by(w, zone, wall_add(from, when_delay_us(w)));
}

bool
when_skip_why(const struct when *w, int64_t wall, struct buf *out)
{
	int64_t day = wall / DAY_S - (wall % DAY_S < 0);

	if (w->calendar == NULL)
		return false;
	switch (calendar_of_day(w->calendar, day)) {
	case CALENDAR_OUT:
		buf_puts(out, "the day is left out by the calendar: ");
		break;
	case CALENDAR_IN:
		buf_puts(out, "the day is added by the calendar: ");
		break;
	case CALENDAR_SILENT:
		return false;
	}
	calendar_put_entry(w->calendar, day, out);
	return true;
}
