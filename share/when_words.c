/*
 * Words are made from the bits, not from the text, so that they say what the
 * schedule does and not what somebody hoped it would. Few times are listed;
 * many are said by their fields.
 */
#include "when_words.h"

#include <string.h>

#include "when_form.h"
#include "when_text.h"

#define LISTED_TIMES 6 /* more are said as minutes and hours */
#define ALL_60 (UINT64_MAX >> 4)
#define ALL_HOURS UINT32_C(0xffffff)
#define ALL_MONTHS UINT32_C(0x1ffe)
#define ALL_DAYS UINT32_C(0xfffffffe)
#define ALL_WEEKDAYS 0x7f

/* Numbers, or things that numbers stand for, and what joins the last two. */
struct list {
	uint64_t bits;
	const char *(*name)(int number); /* NULL: the number itself */
	const char *join; /* "and", "or" */
};

static int
lowest(uint64_t bits)
{
	return __builtin_ctzll(bits);
}

static int
highest(uint64_t bits)
{
	return 63 - __builtin_clzll(bits);
}

static int
count(uint64_t bits)
{
	return __builtin_popcountll(bits);
}

/* The distance of neighbours if it is the same everywhere, else 0. */
static int
even_step(uint64_t bits)
{
	int at = lowest(bits), step;
	uint64_t rest = bits & (bits - 1);

	if (rest == 0)
		return 0;
	step = lowest(rest) - at;
	for (at = lowest(rest); (rest &= rest - 1) != 0; at = lowest(rest))
		if (lowest(rest) - at != step)
			return 0;
	return step;
}

static void
put_item(struct buf *out, const struct list *l, int number)
{
	if (l->name != NULL)
		buf_puts(out, l->name(number));
	else
		buf_printf(out, "%d", number);
}

/* "1, 3 to 9 and 12", or "every 4th from 2 to 22". */
static void
put_list(struct buf *out, const struct list *l)
{
	uint64_t bits = l->bits;
	int step = even_step(bits);
	bool is_first = true;

	if (step > 1 && count(bits) > 3 && l->name == NULL) {
		buf_printf(out, "every %d%s from %d to %d", step,
		    step == 2	    ? "nd"
			: step == 3 ? "rd"
				    : "th",
		    lowest(bits), highest(bits));
		return;
	}
	while (bits != 0) {
		int first = lowest(bits), last = first;

		while (last < 63 && (bits >> (last + 1) & 1))
			last++;
		if (last == first + 1)
			last = first;
		bits = last == 63 ? 0 : bits >> (last + 1) << (last + 1);
		if (!is_first && bits == 0)
			buf_printf(out, " %s ", l->join);
		else if (!is_first)
			buf_puts(out, ", ");
		is_first = false;
		put_item(out, l, first);
		if (last > first) {
			buf_puts(out, " to ");
			put_item(out, l, last);
		}
	}
}

static void
put_numbers(struct buf *out, const char *noun, uint64_t bits)
{
	struct list l = { bits, NULL, "and" };

	buf_printf(out, "%s%s ", noun, count(bits) > 1 ? "s" : "");
	put_list(out, &l);
}

static void
put_time(struct buf *out, int second_of_day)
{
	buf_printf(
	    out, "%02d:%02d", second_of_day / 3600, second_of_day / 60 % 60);
	if (second_of_day % 60 != 0)
		buf_printf(out, ":%02d", second_of_day % 60);
}

/* All times of a day, if there are few: "at 09:00 and 17:00". */
static bool
put_few_times(struct buf *out, const struct when_set *set)
{
	size_t total = set->times != NULL ? set->time_count
					  : (size_t)count(set->seconds)
		* (size_t)count(set->minutes) * (size_t)count(set->hours);
	size_t said = 0;

	if (set->times == NULL && total > LISTED_TIMES)
		return false;
	buf_puts(out, "at ");
	for (int s = 0; s < 86400 && said < total; s++) {
		if (!when_set_has_time(set, s))
			continue;
		if (said > 0)
			buf_puts(out, said + 1 == total ? " and " : ", ");
		put_time(out, s);
		said++;
	}
	return true;
}

/* "every 5 minutes" if the bits say so from 0 on round the clock. */
static bool
put_every(struct buf *out, const char *noun, uint64_t bits, int limit)
{
	int step = even_step(bits);

	if (step == 1 && count(bits) == limit)
		buf_printf(out, "every %s", noun);
	else if (step > 0 && lowest(bits) == 0 && limit % step == 0
	    && highest(bits) == limit - step)
		buf_printf(out, "every %d %ss", step, noun);
	else
		return false;
	return true;
}

static void
put_hours(struct buf *out, const struct when_set *set, bool is_every_said)
{
	if (set->hours != ALL_HOURS) {
		buf_puts(out, " of ");
		put_numbers(out, "hour", set->hours);
	} else if (!is_every_said)
		buf_puts(out, " of every hour");
}

static void
put_minutes(struct buf *out, const struct when_set *set)
{
	bool every = put_every(out, "minute", set->minutes, 60);

	if (!every) {
		buf_puts(out, "at ");
		put_numbers(out, "minute", set->minutes);
	}
	put_hours(out, set, every);
}

static void
put_seconds(struct buf *out, const struct when_set *set)
{
	bool every = put_every(out, "second", set->seconds, 60);

	if (!every) {
		buf_puts(out, "at ");
		put_numbers(out, "second", set->seconds);
	}
	if (set->minutes != ALL_60) {
		buf_puts(out, " of ");
		put_numbers(out, "minute", set->minutes);
		put_hours(out, set, false);
	} else {
		if (!every)
			buf_puts(out, " of every minute");
		put_hours(out, set, true);
	}
}

static const char *
monday_first(int day)
{
	return when_weekday_name((day + 1) % 7);
}

/* "2nd Monday", "last Friday": what comes before a weekday's name. */
static const char *const nth_words[]
    = { "last", "1st", "2nd", "3rd", "4th", "5th" };

static void
put_comma(struct buf *out, size_t start, const char *join)
{
	if (out->len > start)
		buf_printf(out, " %s ", join);
}

static void
put_weekdays(struct buf *out, const struct when_days *d, const char *join)
{
	size_t start = out->len;
	struct list l = { (uint64_t)(d->weekdays >> 1 | (d->weekdays & 1) << 6),
		monday_first, join };

	put_list(out, &l);
	for (int day = 1; day <= 7; day++)
		for (int n = 1; n <= 6; n++) {
			if (!(d->nth[day % 7] >> (n % 6) & 1))
				continue;
			put_comma(out, start, join);
			buf_printf(out, "the %s %s of the month",
			    nth_words[n % 6], when_weekday_name(day % 7));
		}
}

static void
put_days(struct buf *out, const struct when_days *d, const char *join)
{
	size_t start = out->len;
	struct list l = { d->days, NULL, join };

	if (d->days != 0) {
		buf_printf(out, "day%s ", count(d->days) > 1 ? "s" : "");
		put_list(out, &l);
	}
	for (int day = 1; day <= 31; day++)
		if (d->nearest >> day & 1) {
			put_comma(out, start, join);
			buf_printf(
			    out, "the working day nearest to day %d", day);
		}
	for (int n = 30; n > 0; n--)
		if (d->from_end >> n & 1) {
			put_comma(out, start, join);
			buf_printf(out, "%d day%s before the last day", n,
			    n > 1 ? "s" : "");
		}
	if (d->from_end & 1) {
		put_comma(out, start, join);
		buf_puts(out, "the last day");
	}
	if (d->last_working) {
		put_comma(out, start, join);
		buf_puts(out, "the last working day");
	}
	buf_puts(out, " of the month");
}

static bool
has_days(const struct when_days *d)
{
	return d->days != ALL_DAYS;
}

static bool
has_weekdays(const struct when_days *d)
{
	return d->weekdays != ALL_WEEKDAYS;
}

/* Either field alone is enough, and one of them names every day. */
static bool
is_every_day(const struct when_days *d)
{
	return d->is_either ? !has_days(d) || !has_weekdays(d)
			    : !has_days(d) && !has_weekdays(d);
}

static void
put_day_rule(struct buf *out, const struct when_days *d)
{
	if (has_days(d))
		put_days(out, d, "and");
	if (has_days(d) && has_weekdays(d))
		buf_puts(out, d->is_either ? " or on " : " if that is ");
	if (has_weekdays(d))
		put_weekdays(
		    out, d, has_days(d) && !d->is_either ? "or" : "and");
}

static void
put_years(struct buf *out, const struct when_set *set)
{
	for (size_t i = 0; i < set->year_count; i++) {
		const struct when_years *y = &set->years[i];

		buf_puts(out, i > 0 ? ", " : " in ");
		buf_printf(out, "%lld", (long long)y->first);
		if (y->last == INT64_MAX)
			buf_printf(out, " and every %lld years after",
			    (long long)y->step);
		else if (y->last > y->first)
			buf_printf(out, " to %lld", (long long)y->last);
		if (y->last != INT64_MAX && y->step > 1)
			buf_printf(out, " by %lld", (long long)y->step);
	}
}

static void
put_period(struct buf *out, const struct when_set *set)
{
	static const char *const units[] = { "", "day", "week", "month" };

	if (set->every == 1)
		buf_printf(out, "every %s", units[set->unit]);
	else
		buf_printf(out, "every %d %ss", set->every, units[set->unit]);
}

/* "January" for 1: the calendar's names begin there. */
static void
put_months(struct buf *out, uint32_t months, const char *join)
{
	struct list l = { months, when_month_name, join };

	put_list(out, &l);
}

static void
put_date(struct buf *out, int64_t day)
{
	struct civil c;

	civil_from_days(day, &c);
	buf_printf(out, "%04lld-%02d-%02d", (long long)c.year, c.month, c.day);
}

void
when_words_describe(const struct when *w, struct buf *out)
{
	const struct when_set *set = &w->set;

	if (!put_few_times(out, set)) {
		if (set->seconds == 1)
			put_minutes(out, set);
		else
			put_seconds(out, set);
	}
	if (set->unit != WHEN_NO_PERIOD) {
		buf_putc(out, ' ');
		put_period(out, set);
	}
	if (!is_every_day(&w->days)) {
		buf_puts(out, " on ");
		put_day_rule(out, &w->days);
	} else if (set->unit == WHEN_NO_PERIOD && set->hours != ALL_HOURS)
		buf_puts(out, " every day");
	if (set->months != ALL_MONTHS) {
		buf_puts(out, " in ");
		put_months(out, set->months, "and");
	}
	put_years(out, set);
	if (w->has_phase) {
		buf_puts(out, ", counted from ");
		put_date(out, w->phase);
	}
	if (w->zone != NULL)
		buf_printf(out, ", %s", w->zone);
}

/* "minute 7 is not a multiple of 5", "hour 3 is not 9 to 17" */
static void
put_not(struct buf *out, const char *noun, int number, uint64_t bits)
{
	int step = even_step(bits);
	struct list l = { bits, NULL, "or" };

	buf_printf(out, "%s %d is not ", noun, number);
	if (step > 1 && lowest(bits) == 0 && count(bits) > 2)
		buf_printf(out, "a multiple of %d", step);
	else
		put_list(out, &l);
}

static void
why_not_day(const struct when *w, int64_t day, struct buf *out)
{
	const struct when_days *d = &w->days;
	struct civil c;

	civil_from_days(day, &c);
	if (has_weekdays(d))
		buf_puts(out, when_weekday_name(weekday_of_days(day)));
	if (has_weekdays(d) && has_days(d))
		buf_puts(out, ", ");
	if (has_days(d))
		buf_printf(out, "day %d of the month", c.day);
	if (has_weekdays(d) && has_days(d))
		buf_putc(out, ',');
	buf_puts(out, " is not ");
	put_day_rule(out, d);
}

static bool
why_not_time(const struct when_set *set, int time, struct buf *out)
{
	int hour = time / 3600, minute = time / 60 % 60, second = time % 60;

	if (when_set_has_time(set, time))
		return false;
	if (set->times != NULL) {
		put_time(out, time);
		buf_puts(out, " is not one of its times");
	} else if (!(set->hours >> hour & 1))
		put_not(out, "hour", hour, set->hours);
	else if (!(set->minutes >> minute & 1))
		put_not(out, "minute", minute, set->minutes);
	else
		put_not(out, "second", second, set->seconds);
	return true;
}

bool
when_words_why_not(
    const struct when *w, int64_t phase, int64_t wall, struct buf *out)
{
	const struct when_set *set = &w->set;
	int64_t day = wall / 86400 - (wall % 86400 < 0);
	struct civil c;

	civil_from_days(day, &c);
	if (!when_set_has_year(set, c.year)) {
		buf_printf(out, "the year %lld is not", (long long)c.year);
		put_years(out, set);
	} else if (!(set->months >> c.month & 1)) {
		buf_printf(out, "%s is not ", when_month_name(c.month));
		put_months(out, set->months, "or");
	} else if (!when_set_has_day(set, day))
		why_not_day(w, day, out);
	else if (!when_set_has_period(set, phase, day)) {
		put_date(out, day);
		buf_puts(out, " is left out by ");
		put_period(out, set);
		buf_puts(out, " counted from ");
		put_date(out, phase);
	} else
		return why_not_time(set, (int)(wall - day * 86400), out);
	return true;
}
