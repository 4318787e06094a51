/*
 * The search goes from coarse to fine and only forward: the next day whose
 * month, shape and period fit, then the first time on it. Days jump by month
 * and year through the bits, so that nothing is ever stepped by minutes and
 * the longest search is one look at each named month of 400 years.
 */
#include "when_set.h"

#include <stdlib.h>

#include "calendar.h"
#include "clock.h"

#define DAY_S 86400
#define CYCLE_YEARS 400
#define ALL_MONTHS UINT32_C(0x1ffe)

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

/* Lists are short: they were written by hand. */
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

struct month {
	int64_t year;
	int64_t first; /* day number of its 1st */
	int month;
};

/*
 * The functions of share/clock take any year and so cost 64-bit divisions;
 * here, some 2 million years from now, 32 bits are enough. (The algorithms
 * are H. Hinnant's.)
 */
#define NEAR_DAYS (1 << 29)
#define CYCLE_DAYS 146097u /* of 400 years */
#define TO_MARCH_0000 719468u

static bool
is_near(int64_t day)
{
	return day > -(int64_t)TO_MARCH_0000 && day < NEAR_DAYS;
}

static struct month
month_of_day(int64_t day)
{
	struct month m;
	struct civil date;

	if (is_near(day)) {
		uint32_t z = (uint32_t)day + TO_MARCH_0000;
		uint32_t era = z / CYCLE_DAYS, doe = z - era * CYCLE_DAYS;
		uint32_t yoe
		    = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
		uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
		uint32_t mp = (5 * doy + 2) / 153;

		m.month = (int)(mp < 10 ? mp + 3 : mp - 9);
		m.year = yoe + era * 400 + (mp >= 10);
		m.first = day - (doy - (153 * mp + 2) / 5);
		return m;
	}
	civil_from_days(day, &date);
	m.year = date.year;
	m.month = date.month;
	m.first = day - date.day + 1;
	return m;
}

static bool
is_leap(int64_t year)
{
	return (year & (year % 25 == 0 ? 15 : 3)) == 0;
}

/* 31 for odd months up to July and even ones from August on. */
static int
month_length(const struct month *m)
{
	if (m->month == 2)
		return is_leap(m->year) ? 29 : 28;
	return 30 + ((m->month + (m->month >> 3)) & 1);
}

static uint32_t
month_days(const struct when_set *set, const struct month *m)
{
	int weekday = is_near(m->first)
	    ? (int)((uint32_t)(m->first + TO_MARCH_0000 + 3) % 7)
	    : weekday_of_days(m->first);

	return set->days[month_length(m) - 28][weekday];
}

/* Those that the calendar leaves; nothing but next_day asks for them. */
static uint32_t
kept_days(const struct when_set *set, const struct month *m)
{
	uint32_t days = month_days(set, m);

	if (set->calendar == NULL || days == 0)
		return days;
	return calendar_keep(set->calendar, m->year, m->month, days);
}

/* Moves to the next named month, past the year's end too if need be. */
static void
step_month(const struct when_set *set, struct month *m)
{
	int next = next_bit(set->months, m->month + 1);

	if (next == m->month + 1) {
		m->first += month_length(m);
		m->month = next;
		return;
	}
	if (next < 0) {
		m->year = next_year(set, m->year + 1);
		if (m->year == WALL_NONE)
			return;
		next = next_bit(set->months, 1);
	}
	m->month = next;
	m->first = days_from_civil(m->year, next, 1);
}

/* The first day >= from that the months and days and the calendar
 * allow, periods aside. */
static int64_t
next_day(const struct when_set *set, int64_t from)
{
	struct month m;
	int64_t last;
	uint32_t days;

	if (set->is_daily)
		return from;
	m = month_of_day(from);
	last = m.year + CYCLE_YEARS;
	if ((set->months >> m.month & 1) && next_year(set, m.year) == m.year) {
		int done = (int)(from - m.first);

		days = kept_days(set, &m) >> done >> 1;
		if (days != 0)
			return from + __builtin_ctz(days);
	} else if (next_year(set, m.year) != m.year)
		m.month = 12; /* no month of this year */
	for (step_month(set, &m); m.year <= last; step_month(set, &m)) {
		WHEN_SET_STEP();
		days = kept_days(set, &m);
		if (days != 0)
			return m.first + __builtin_ctz(days) - 1;
	}
	return WALL_NONE;
}

static int64_t
month_index(int64_t day)
{
	struct month m = month_of_day(day);

	return m.year * 12 + m.month - 1;
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

/*
 * Days and periods take turns: the day found may lie in an idle period, and
 * the first day of the next active one may not be named. Each turn moves on.
 */
static int64_t
next_active_day(const struct when_set *set, int64_t phase, int64_t from)
{
	int64_t last = from + CYCLE_YEARS * INT64_C(366), day;

	if (set->has_no_day)
		return WALL_NONE;
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

/* A make-up day >= from that comes before day, else day. */
static int64_t
earlier_make_up(const struct when_set *set, int64_t day, int64_t from)
{
	int64_t made_up = calendar_next_in(set->calendar, from, day);

	return made_up < day ? made_up : day;
}

/*
 * The time of day is looked at first: if today has none left, the search for
 * a day begins tomorrow and is not done twice.
 */
int64_t
when_set_next(const struct when_set *set, int64_t phase, int64_t wall)
{
	int64_t today = floor_div(wall, DAY_S), day;
	int time;

	if (set->is_empty)
		return WALL_NONE;
	time = next_time(set, (int)(wall - today * DAY_S));
	day = next_active_day(set, phase, time < 0 ? today + 1 : today);
	if (set->calendar != NULL)
		day = earlier_make_up(set, day, time < 0 ? today + 1 : today);
	if (day == WALL_NONE)
		return WALL_NONE;
	return day * DAY_S + (day == today ? time : set->first_time);
}

bool
when_set_has_year(const struct when_set *set, int64_t year)
{
	return next_year(set, year) == year;
}

bool
when_set_has_day(const struct when_set *set, int64_t day)
{
	struct month m = month_of_day(day);

	return month_days(set, &m) >> (day - m.first + 1) & 1;
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

	for (int i = 0; i < 7 && any == 0; i++) {
		any |= set->days[longest - 28][i];
		if (month == 2)
			any |= set->days[0][i];
	}
	return any != 0;
}

/* Then no calendar is needed: the next day is this one. */
static bool
names_every_day(const struct when_set *set)
{
	for (int length = 28; length <= 31; length++)
		for (int first = 0; first < 7; first++)
			if (set->days[length - 28][first] >> 1
			    != UINT32_MAX >> (32 - length))
				return false;
	return set->months == ALL_MONTHS && set->years == NULL;
}

/* What can be known of a schedule once is not found out at every question. */
void
when_set_close(struct when_set *set)
{
	set->is_daily = names_every_day(set) && set->calendar == NULL;
	set->has_no_day = true;
	for (int month = 1; month <= 12; month++)
		if ((set->months >> month & 1) && month_can_fit(set, month))
			set->has_no_day = false;
	set->is_empty = set->has_no_day
	    && (set->calendar == NULL || !calendar_has_in(set->calendar));
	if (!set->is_empty)
		set->first_time = next_time(set, 0);
}

void
when_set_fini(struct when_set *set)
{
	free(set->years);
	free(set->times);
}
