/*
 * The search goes from coarse to fine and only forward: the next day whose
 * month, shape and period fit, then the first time on it. Days jump by month
 * and year through the bits, so that nothing is ever stepped by minutes and
 * the longest search is one look at each named month of 400 years.
 */
#include "when_set.h"

#include <stdlib.h>

#include "clock.h"

#define DAY_S 86400
#define CYCLE_YEARS 400

/* Tests count what a search does; it costs nothing elsewhere. */
#ifndef WHEN_SET_STEP
#define WHEN_SET_STEP() ((void)0)
#endif

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* The lowest bit of bits that is >= from, -1 if there is none. */
static int
next_bit(uint64_t bits, int from)
{
	bits = from > 63 ? 0 : bits >> from << from;
	return bits == 0 ? -1 : __builtin_ctzll(bits);
}

static int
next_listed_time(const struct when_set *set, int from)
{
	for (size_t i = 0; i < set->time_count; i++)
		if (set->times[i] >= from)
			return set->times[i];
	return -1;
}

/* The first second of the day >= from, -1 if the day has none left. */
static int
next_time(const struct when_set *set, int from)
{
	int hour = from / 3600, minute = from / 60 % 60, second = from % 60;

	if (set->times != NULL)
		return next_listed_time(set, from);
	if (set->hours >> hour & 1) {
		if (set->minutes >> minute & 1) {
			int s = next_bit(set->seconds, second);

			if (s >= 0)
				return hour * 3600 + minute * 60 + s;
		}
		minute = next_bit(set->minutes, minute + 1);
		if (minute >= 0)
			return hour * 3600 + minute * 60
			    + __builtin_ctzll(set->seconds);
	}
	hour = next_bit(set->hours, hour + 1);
	if (hour < 0)
		return -1;
	return hour * 3600 + __builtin_ctzll(set->minutes) * 60
	    + __builtin_ctzll(set->seconds);
}

/* The first named year >= year, WALL_NONE after the last. */
static int64_t
next_year(const struct when_set *set, int64_t year)
{
	int64_t best = WALL_NONE;

	if (set->years == NULL)
		return year;
	for (size_t i = 0; i < set->year_count; i++) {
		const struct when_years *y = &set->years[i];
		int64_t at = y->first;

		if (year > at)
			at += (year - at + y->step - 1) / y->step * y->step;
		if (at <= y->last && at < best)
			best = at;
	}
	return best;
}

static uint32_t
month_days(const struct when_set *set, int64_t year, int month, int64_t first)
{
	return set
	    ->days[days_in_month(year, month) - 28][weekday_of_days(first)];
}

/* The first day >= from that the months and days allow, periods aside. */
static int64_t
next_day(const struct when_set *set, int64_t from)
{
	struct civil date;
	int64_t year, first, last;
	int month;

	civil_from_days(from, &date);
	last = date.year + CYCLE_YEARS;
	year = next_year(set, date.year);
	month = year == date.year ? next_bit(set->months, date.month)
				  : next_bit(set->months, 1);
	for (; year <= last; month = next_bit(set->months, month + 1)) {
		uint32_t days;

		WHEN_SET_STEP();
		if (month < 0) {
			year = next_year(set, year + 1);
			month = 0;
			continue;
		}
		first = days_from_civil(year, month, 1);
		days = month_days(set, year, month, first);
		if (from > first)
			days = days >> (from - first + 1) << (from - first + 1);
		if (days != 0)
			return first + __builtin_ctz(days) - 1;
	}
	return WALL_NONE;
}

static int64_t
month_index(int64_t day)
{
	struct civil date;

	civil_from_days(day, &date);
	return date.year * 12 + date.month - 1;
}

/* Weeks begin on Monday; 1970-01-01 was a Thursday. */
static int64_t
week_index(int64_t day)
{
	return floor_div(day + 3, 7);
}

/* How many units after its own the next active period begins; 0: in one. */
static int64_t
units_to_go(int64_t index, int64_t phase, int every)
{
	int64_t rest = (index - phase) % every;

	return rest == 0 ? 0 : rest < 0 ? -rest : every - rest;
}

/* The first day >= day of an active period. */
static int64_t
period_day(const struct when_set *set, int64_t phase, int64_t day)
{
	int64_t index, wait;

	switch (set->unit) {
	case WHEN_DAYS:
		return day + units_to_go(day, phase, set->every);
	case WHEN_WEEKS:
		index = week_index(day);
		wait = units_to_go(index, week_index(phase), set->every);
		return wait == 0 ? day : (index + wait) * 7 - 3;
	case WHEN_MONTHS:
		index = month_index(day);
		wait = units_to_go(index, month_index(phase), set->every);
		if (wait == 0)
			return day;
		index += wait;
		return days_from_civil(floor_div(index, 12),
		    (int)(index - floor_div(index, 12) * 12) + 1, 1);
	case WHEN_NO_PERIOD:
		break;
	}
	return day;
}

static int64_t
next_active_day(const struct when_set *set, int64_t phase, int64_t from)
{
	int64_t last = from + CYCLE_YEARS * INT64_C(366), day;

	if (set->unit == WHEN_NO_PERIOD)
		return next_day(set, from);
	for (;;) {
		WHEN_SET_STEP();
		day = next_day(set, from);
		if (day > last)
			return WALL_NONE;
		from = period_day(set, phase, day);
		if (from == day)
			return day;
	}
}

int64_t
when_set_next(const struct when_set *set, int64_t phase, int64_t wall)
{
	int64_t today = floor_div(wall, DAY_S), day;

	if (set->is_empty)
		return WALL_NONE;
	day = next_active_day(set, phase, today);
	if (day == today) {
		int time = next_time(set, (int)(wall - today * DAY_S));

		if (time >= 0)
			return day * DAY_S + time;
		day = next_active_day(set, phase, today + 1);
	}
	if (day == WALL_NONE)
		return WALL_NONE;
	return day * DAY_S + next_time(set, 0);
}

bool
when_set_has_year(const struct when_set *set, int64_t year)
{
	return next_year(set, year) == year;
}

bool
when_set_has_day(const struct when_set *set, int64_t day)
{
	struct civil date;

	civil_from_days(day, &date);
	return month_days(set, date.year, date.month, day - date.day + 1)
	    >> date.day
	    & 1;
}

bool
when_set_has_period(const struct when_set *set, int64_t phase, int64_t day)
{
	return period_day(set, phase, day) == day;
}

bool
when_set_has_time(const struct when_set *set, int second_of_day)
{
	return next_time(set, second_of_day) == second_of_day;
}

/* Every weekday begins months of every length somewhere in 400 years. */
static bool
month_can_fit(const struct when_set *set, int month)
{
	int longest = days_in_month(2000, month);
	uint32_t any = 0;

	for (int i = 0; i < 7; i++) {
		any |= set->days[longest - 28][i];
		if (month == 2)
			any |= set->days[0][i];
	}
	return any != 0;
}

void
when_set_close(struct when_set *set)
{
	set->is_empty = true;
	for (int month = 1; month <= 12; month++)
		if ((set->months >> month & 1) && month_can_fit(set, month))
			set->is_empty = false;
}

void
when_set_fini(struct when_set *set)
{
	free(set->years);
	free(set->times);
}
