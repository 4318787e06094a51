/*
 *	every [N] day(s)|week(s)|month(s) [from DATE] [on DAYS] [at TIMES]
 *	every WEEKDAYS [at TIMES]
 *
 * Weeks begin on Monday. The first period is the one that holds the anchor's
 * date in the job's zone, or DATE; counting goes on over months and years
 * without a break. Times are fixed: the rule at clock changes is that of
 * "30 2 * * *".
 */
#include "when_every.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "log.h"
#include "when_field.h"
#include "when_text.h"

#define EVERY_MAX 1000
#define TIMES_MAX 96
#define ALL_DAYS UINT32_C(0xfffffffe)
#define ALL_WEEKDAYS 0x7f

bool
when_every_claims(const char *text)
{
	return strncasecmp(text, "every", 5) == 0
	    && (text[5] == ' ' || text[5] == '\t' || text[5] == '\0');
}

/* People copy examples: give one with every complaint. */
static bool
fail_with_example(struct when_text *t, const char *why)
{
	when_text_fail(t, t->at, "%s", why);
	when_text_hint(
	    t, "write it like \"every 2 weeks on mon,thu at 09:00\"");
	return false;
}

/* "day" or "days"; the unit decides what "on" may say. */
static bool
parse_unit(struct when *w, struct when_text *t)
{
	static const char *const words[][2] = { [WHEN_DAYS] = { "day", "days" },
		[WHEN_WEEKS] = { "week", "weeks" },
		[WHEN_MONTHS] = { "month", "months" } };
	static const char *const rates[]
	    = { "hour", "hours", "minute", "minutes", "second", "seconds" };

	for (int i = WHEN_DAYS; i <= WHEN_MONTHS; i++)
		if (when_text_skip_word(t, words[i][0])
		    || when_text_skip_word(t, words[i][1])) {
			w->set.unit = (enum when_unit)i;
			return true;
		}
	fail_with_example(t, "days, weeks or months must follow \"every\"");
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
		if (when_text_skip_word(t, rates[i]))
			when_text_hint(t,
			    "write @every 90m for a fixed rate,"
			    " or */15 * * * * by the clock");
	return false;
}

/* Whole names too: this is a sentence, not a field. */
static bool
parse_weekday(struct when_text *t, int *weekday)
{
	size_t len = when_text_letters(t);

	*weekday = when_text_weekday(t->at, len, true);
	if (*weekday < 0)
		return fail_with_example(t, "that is no weekday");
	t->at += len;
	return true;
}

/* "mon", "mon-fri", "fri-sun", and "mon#1" where months are counted. */
static bool
parse_weekday_term(struct when *w, struct when_text *t)
{
	int first, last, nth;

	if (!parse_weekday(t, &first))
		return false;
	if (w->set.unit == WHEN_MONTHS) {
		if (!when_text_skip(t, '#') || !when_text_number(t, &nth)
		    || nth < 1 || nth > 5)
			return fail_with_example(t,
			    "a month has several of that weekday: write"
			    " mon#1 for the first");
		w->days.nth[first] |= (uint8_t)(1 << nth);
		return true;
	}
	last = first;
	if (when_text_skip(t, '-') && !parse_weekday(t, &last))
		return false;
	while (first != last) {
		w->days.weekdays |= (uint8_t)(1 << first);
		first = (first + 1) % 7;
	}
	w->days.weekdays |= (uint8_t)(1 << last);
	return true;
}

static bool
parse_weekdays(struct when *w, struct when_text *t)
{
	w->days.weekdays = 0;
	do {
		if (!parse_weekday_term(w, t))
			return false;
	} while (when_text_skip(t, ','));
	if (when_text_word(t) > 0)
		return fail_with_example(t, "that is no weekday");
	when_text_skip_blanks(t);
	return true;
}

/* Days of the month, as the day field of a crontab has them. */
static bool
parse_month_days(struct when *w, struct when_text *t)
{
	struct when_text word = *t;
	struct when_field f = {
		.part = WHEN_DAY,
		.is_extended = true,
		.days = &w->days,
		.normal = &w->normal,
		.warning = &w->warning,
	};

	word.end = t->at + when_text_word(t);
	if (!when_field_parse(&word, &f))
		return false;
	w->days.days = (uint32_t)f.bits;
	t->at = word.end;
	when_text_skip_blanks(t);
	return true;
}

/* Monday first; "mon#1" of months. */
static void
print_weekdays(struct when *w)
{
	const char *comma = "";

	for (int i = 1; i <= 7; i++) {
		char name[4] = "";

		for (int j = 0; j < 3; j++)
			name[j] = (char)tolower(
			    (unsigned char)when_weekday_name(i % 7)[j]);
		if (w->days.weekdays >> (i % 7) & 1) {
			buf_printf(&w->normal, "%s%s", comma, name);
			comma = ",";
		}
		for (int nth = 1; nth <= 5; nth++)
			if (w->days.nth[i % 7] >> nth & 1) {
				buf_printf(
				    &w->normal, "%s%s#%d", comma, name, nth);
				comma = ",";
			}
	}
}

/* Days of the month are recognised by their first byte: digits and L. */
static bool
parse_on(struct when *w, struct when_text *t)
{
	char c = when_text_peek(t);
	bool is_name = isalpha((unsigned char)c) && toupper(c) != 'L';

	if (w->set.unit == WHEN_DAYS)
		return fail_with_example(t, "\"every N days\" has no \"on\"");
	buf_puts(&w->normal, " on ");
	if (w->set.unit == WHEN_MONTHS && !is_name)
		return parse_month_days(w, t);
	if (!parse_weekdays(w, t))
		return false;
	print_weekdays(w);
	return true;
}

/* The day that is counted from, instead of the anchor's. */
static bool
parse_from(struct when *w, struct when_text *t)
{
	const char *from = t->at;
	struct civil c;

	if (!when_text_date(t, &c) || when_text_word(t) > 0)
		return when_text_fail(
		    t, from, "a date like 2026-01-05 must follow \"from\"");
	w->phase = days_from_civil(c.year, c.month, c.day);
	w->has_phase = true;
	buf_printf(&w->normal, " from %.10s", from);
	when_text_skip_blanks(t);
	return true;
}

static bool
parse_time(struct when_text *t, int *time)
{
	const char *from = t->at;
	int hour, minute, second = 0;

	if (!when_text_number(t, &hour) || !when_text_skip(t, ':')
	    || !when_text_number(t, &minute)
	    || (when_text_skip(t, ':') && !when_text_number(t, &second))
	    || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0
	    || second > 59)
		return when_text_fail(
		    t, from, "a time of day is written 9:00 or 17:30:15");
	*time = hour * 3600 + minute * 60 + second;
	return true;
}

/* Keeps the times sorted, each once. */
static void
add_time(struct when_set *set, int time)
{
	size_t i = set->time_count;

	while (i > 0 && set->times[i - 1] > time)
		i--;
	if (i > 0 && set->times[i - 1] == time)
		return;
	memmove(set->times + i + 1, set->times + i,
	    (set->time_count - i) * sizeof *set->times);
	set->times[i] = time;
	set->time_count++;
}

static bool
parse_at(struct when *w, struct when_text *t)
{
	int time = 0;

	do {
		if (!parse_time(t, &time))
			return false;
		if (w->set.time_count == TIMES_MAX)
			return when_text_fail(
			    t, t->at, "more than %d times of day", TIMES_MAX);
		add_time(&w->set, time);
	} while (when_text_skip(t, ','));
	return true;
}

static void
print_times(struct when *w)
{
	buf_puts(&w->normal, " at ");
	for (size_t i = 0; i < w->set.time_count; i++) {
		int time = w->set.times[i];

		buf_printf(&w->normal, "%s%02d:%02d", i > 0 ? "," : "",
		    time / 3600, time / 60 % 60);
		if (time % 60 != 0)
			buf_printf(&w->normal, ":%02d", time % 60);
	}
}

/* "every 2 weeks" or "every mon,thu"; prints what it read. */
static bool
parse_period(struct when *w, struct when_text *t)
{
	static const char *const units[] = { "", "day", "week", "month" };
	const char *from = t->at;
	int every = 1;

	if (when_text_number(t, &every)) {
		if (every < 1 || every > EVERY_MAX)
			return when_text_fail(
			    t, from, "the number must be in 1-%d", EVERY_MAX);
		when_text_skip_blanks(t);
	} else if (when_text_weekday(t->at, when_text_letters(t), true) >= 0) {
		w->set.unit = WHEN_WEEKS;
		w->set.every = 1;
		buf_puts(&w->normal, "every week");
		return parse_on(w, t);
	}
	if (!parse_unit(w, t))
		return false;
	w->set.every = every;
	if (every == 1)
		buf_printf(&w->normal, "every %s", units[w->set.unit]);
	else
		buf_printf(
		    &w->normal, "every %d %ss", every, units[w->set.unit]);
	return true;
}

/* "from", "on" and "at" come in this order, each once. */
static bool
parse_rest(struct when *w, struct when_text *t)
{
	bool has_on = w->days.weekdays != ALL_WEEKDAYS;

	if (when_text_skip_word(t, "from") && !parse_from(w, t))
		return false;
	if (!has_on && when_text_skip_word(t, "on")) {
		if (!parse_on(w, t))
			return false;
		has_on = true;
	}
	if (!has_on && w->set.unit != WHEN_DAYS)
		return fail_with_example(
		    t, "weeks and months need \"on\" and a day");
	if (when_text_skip_word(t, "at")) {
		if (!parse_at(w, t))
			return false;
	} else
		add_time(&w->set, 0);
	if (t->at != t->end)
		return fail_with_example(t, "this is not understood here");
	print_times(w);
	return true;
}

/*
 * Nothing but the period and the days limits the dates; the times are a list,
 * as 9:00 and 17:30 are no product of hours and minutes.
 */
bool
when_every_parse(struct when *w, struct when_text *t)
{
	w->set.times = xcalloc(TIMES_MAX, sizeof *w->set.times);
	w->set.seconds = w->set.minutes = w->set.hours = 1;
	w->set.months = 0x1ffe;
	w->days.days = ALL_DAYS;
	w->days.weekdays = ALL_WEEKDAYS;
	when_text_skip_word(t, "every");
	if (!parse_period(w, t) || !parse_rest(w, t))
		return false;
	when_days_shapes(&w->days, w->set.days);
	return true;
}
