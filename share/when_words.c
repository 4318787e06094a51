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

/* "1, 3 to 9 and 12" */
static void
put_list(struct buf *out, const struct list *l)
{
	uint64_t bits = l->bits;
	bool is_first = true;

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

/* 1st, 2nd, 3rd, 4th; 11th to 13th are the exceptions. */
static void
put_ordinal(struct buf *out, int number)
{
	static const char *const ends[] = { "th", "st", "nd", "rd" };
	int last = number % 10;

	buf_printf(out, "%d%s", number,
	    last > 3 || number / 10 == 1 ? ends[0] : ends[last]);
}

/* "hours 2 and 5", "every 4th hour from 2 to 22" */
static void
put_numbers(struct buf *out, const char *noun, uint64_t bits, const char *join)
{
	struct list l = { bits, NULL, join };
	int step = even_step(bits);

	if (step > 1 && count(bits) > 3) {
		buf_puts(out, "every ");
		put_ordinal(out, step);
		buf_printf(out, " %s from %d to %d", noun, lowest(bits),
		    highest(bits));
		return;
	}
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

/* After "every 5 minutes" all hours need no word. */
static void
put_hours(struct buf *out, const struct when_set *set, bool is_every_said)
{
	if (set->hours != ALL_HOURS) {
		buf_puts(out, " of ");
		put_numbers(out, "hour", set->hours, "and");
	} else if (!is_every_said)
		buf_puts(out, " of every hour");
}

/* Full hours are what people call hourly. */
static void
put_minutes(struct buf *out, const struct when_set *set)
{
	bool every = put_every(out, "minute", set->minutes, 60);

	if (set->minutes == 1 && set->hours == ALL_HOURS) {
		buf_puts(out, "every hour");
		return;
	}
	if (!every) {
		buf_puts(out, "at ");
		put_numbers(out, "minute", set->minutes, "and");
	}
	put_hours(out, set, every);
}

static void
put_seconds(struct buf *out, const struct when_set *set)
{
	bool every = put_every(out, "second", set->seconds, 60);

	if (!every) {
		buf_puts(out, "at ");
		put_numbers(out, "second", set->seconds, "and");
	}
	if (set->minutes != ALL_60) {
		buf_puts(out, " of ");
		put_numbers(out, "minute", set->minutes, "and");
		put_hours(out, set, false);
	} else {
		if (!every)
			buf_puts(out, " of every minute");
		put_hours(out, set, true);
	}
}

/* The names for bits that begin with Monday. */
static const char *
monday_first(int day)
{
	return when_weekday_name((day + 1) % 7);
}

static void
put_join(struct buf *out, size_t start, const char *join)
{
	if (out->len > start)
		buf_printf(out, " %s ", join);
}

/* "Monday to Friday", "the 2nd Monday and the last Friday of the month" */
static void
put_weekdays(struct buf *out, const struct when_days *d, const char *join)
{
	size_t start = out->len;
	bool has_nth = false;
	struct list l = { (uint64_t)(d->weekdays >> 1 | (d->weekdays & 1) << 6),
		monday_first, join };

	put_list(out, &l);
	for (int i = 0; i < 7 * 6; i++) {
		int weekday = (i / 6 + 1) % 7, nth = (i + 1) % 6;

		if (!(d->nth[weekday] >> nth & 1))
			continue;
		put_join(out, start, join);
		buf_puts(out, "the ");
		if (nth == 0)
			buf_puts(out, "last");
		else
			put_ordinal(out, nth);
		buf_printf(out, " %s", when_weekday_name(weekday));
		has_nth = true;
	}
	if (has_nth)
		buf_puts(out, " of the month");
}

/* Days counted from the end: "the last 3 days", "the 4th last day". */
static void
put_last_days(struct buf *out, uint32_t from_end, const char *join)
{
	size_t start = out->len;

	if ((from_end & (from_end + 1)) == 0 && from_end > 1) {
		buf_printf(out, "the last %d days", count(from_end));
		return;
	}
	for (int n = 30; n >= 0; n--) {
		if (!(from_end >> n & 1))
			continue;
		put_join(out, start, join);
		buf_puts(out, "the ");
		if (n > 0) {
			put_ordinal(out, n + 1);
			buf_putc(out, ' ');
		}
		buf_puts(out, "last day");
	}
}

static void
put_days(struct buf *out, const struct when_days *d, const char *join)
{
	size_t start = out->len;

	if (d->days != 0)
		put_numbers(out, "day", d->days, join);
	if (d->nearest != 0) {
		put_join(out, start, join);
		buf_puts(out, "the working day nearest to ");
		put_numbers(out, "day", d->nearest, join);
	}
	if (d->from_end != 0) {
		put_join(out, start, join);
		put_last_days(out, d->from_end, join);
	}
	if (d->last_working) {
		put_join(out, start, join);
		buf_puts(out, "the last working day");
	}
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

/* months: NULL, or what stands for "the month". */
static void
put_day_rule(
    struct buf *out, const struct when_days *d, const struct list *months)
{
	if (has_days(d)) {
		put_days(out, d, "and");
		buf_puts(out, " of ");
		if (months != NULL)
			put_list(out, months);
		else
			buf_puts(out, "the month");
	}
	if (has_days(d) && has_weekdays(d))
		buf_puts(out, d->is_either ? " or on " : " if that is ");
	if (has_weekdays(d))
		put_weekdays(
		    out, d, has_days(d) && !d->is_either ? "or" : "and");
}

/* Years are rare; their ranges are said one by one. */
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

static void
put_date(struct buf *out, int64_t day)
{
	struct civil c;

	civil_from_days(day, &c);
	buf_printf(out, "%04lld-%02d-%02d", (long long)c.year, c.month, c.day);
}

/* "on day 1 of January", "on Monday in March", "every day" */
static void
put_dates(struct buf *out, const struct when *w)
{
	const struct when_set *set = &w->set;
	struct list months = { set->months, when_month_name, "and" };
	bool is_of = set->months != ALL_MONTHS && has_days(&w->days)
	    && !has_weekdays(&w->days);

	if (!is_every_day(&w->days)) {
		buf_puts(out, " on ");
		put_day_rule(out, &w->days, is_of ? &months : NULL);
	} else if (set->unit == WHEN_NO_PERIOD && set->hours != ALL_HOURS)
		buf_puts(out, " every day");
	if (set->months != ALL_MONTHS && !is_of) {
		buf_puts(out, " in ");
		put_list(out, &months);
	}
	put_years(out, set);
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
	put_dates(out, w);
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
	else if (step > 1 && count(bits) > 3)
		put_numbers(out, noun, bits, "or");
	else
		put_list(out, &l);
}

/*
 * With two day fields it must be clear which of them says no, or that only
 * both together do.
 */
static void
why_not_day(const struct when *w, int64_t day, struct buf *out)
{
	const struct when_days *d = &w->days;
	const char *name = when_weekday_name(weekday_of_days(day));
	struct civil c;

	civil_from_days(day, &c);
	if (has_days(d)) {
		buf_printf(out, "day %d", c.day);
		if (has_weekdays(d) && !d->is_either)
			buf_printf(out, ", a %s,", name);
		buf_puts(out, " is not ");
		put_days(out, d, "or");
		buf_puts(out, " of the month");
	}
	if (has_days(d) && has_weekdays(d))
		buf_puts(out, d->is_either ? ", and " : " that is ");
	if (has_weekdays(d)) {
		if (!has_days(d) || d->is_either)
			buf_printf(out, "%s is not ", name);
		put_weekdays(out, d, "or");
	}
}

/* The coarsest part that does not fit is the reason. */
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
when_words_why_not_time(const struct when *w, int64_t wall, struct buf *out)
{
	int64_t day = wall / 86400 - (wall % 86400 < 0);

	return why_not_time(&w->set, (int)(wall - day * 86400), out);
}

/* From coarse to fine: the year, the month, the day, the time. */
bool
when_words_why_not(
    const struct when *w, int64_t phase, int64_t wall, struct buf *out)
{
	const struct when_set *set = &w->set;
	struct list months = { set->months, when_month_name, "or" };
	int64_t day = wall / 86400 - (wall % 86400 < 0);
	struct civil c;

	civil_from_days(day, &c);
	if (!when_set_has_year(set, c.year)) {
		buf_printf(out, "the year %lld is not", (long long)c.year);
		put_years(out, set);
	} else if (!(set->months >> c.month & 1)) {
		buf_printf(out, "%s is not ", when_month_name(c.month));
		put_list(out, &months);
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
