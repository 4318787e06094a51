/*
 * An expression is [weekdays] [date] [time] [zone]; date and time consist of
 * chains (lists of values, ranges and repetitions), which share/when_chain
 * reads. Runs are whole seconds: fractions are read, printed and then cut.
 */
#include "when_calendar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "log.h"
#include "when_chain.h"
#include "when_text.h"

struct calendar {
	int weekdays; /* bit 0 is Monday; 0: none written */
	struct when_chain chains[CHAIN_UNITS_COUNT];
	bool from_end; /* days are counted back from the last */
};

static const struct shorthand {
	const char *word, *means;
} shorthands[] = {
	{ "minutely", "*-*-* *:*:00" },
	{ "hourly", "*-*-* *:00:00" },
	{ "daily", "*-*-* 00:00:00" },
	{ "weekly", "Mon *-*-* 00:00:00" },
	{ "monthly", "*-*-01 00:00:00" },
	{ "quarterly", "*-01,04,07,10-01 00:00:00" },
	{ "semiannually", "*-01,07-01 00:00:00" },
	{ "semi-annually", "*-01,07-01 00:00:00" },
	{ "biannually", "*-01,07-01 00:00:00" },
	{ "bi-annually", "*-01,07-01 00:00:00" },
	{ "yearly", "*-01-01 00:00:00" },
	{ "annually", "*-01-01 00:00:00" },
	{ "anually", "*-01-01 00:00:00" },
};

#define SHORTHANDS (sizeof shorthands / sizeof shorthands[0])

static const struct shorthand *
find_shorthand(const char *word, size_t len)
{
	for (size_t i = 0; i < SHORTHANDS; i++)
		if (strlen(shorthands[i].word) == len
		    && strncasecmp(shorthands[i].word, word, len) == 0)
			return &shorthands[i];
	return NULL;
}

bool
when_calendar_claims(const char *text)
{
	(void)text;
	return true;
}

/*
 * Fields of a crontab hold no colon, no two dots and no star followed by a
 * dash, and there are five of them at least.
 */
bool
when_calendar_is_clear(const char *text)
{
	size_t first = strcspn(text, " \t"), words = 0;
	const char *dash = strchr(text, '-');

	if (find_shorthand(text, first) != NULL)
		return true;
	for (const char *p = text; *p != '\0'; p += strcspn(p, " \t")) {
		words++;
		p += strspn(p, " \t");
	}
	return words < 5 && text[0] != '@'
	    && (strchr(text, ':') != NULL || strstr(text, "..") != NULL
		|| strstr(text, "*-") != NULL || strstr(text, "*~") != NULL
		|| (dash != NULL && strchr(dash + 1, '-') != NULL));
}

/* Two digits mean 1970-2069, as systemd has it. */
static int64_t
full_year(int64_t year)
{
	return year < 0 || year > 99 ? year : year + (year < 70 ? 2000 : 1900);
}

/* "Mon,Wed..Fri"; nothing is read if the text begins with no weekday. */
static bool
parse_weekdays(struct when_text *t, struct calendar *cal)
{
	int first = CHAIN_NONE;

	for (;;) {
		size_t len = when_text_letters(t);
		int day = when_text_weekday(t->at, len, true);

		if (day < 0 && cal->weekdays == 0)
			return true;
		if (day < 0)
			return when_text_fail(t, t->at, "a weekday is missing");
		day = (day + 6) % 7;
		if (first > day)
			return when_text_fail(
			    t, t->at, "the weekdays are turned round");
		for (int i = first == CHAIN_NONE ? day : first; i <= day; i++)
			cal->weekdays |= 1 << i;
		t->at += len;
		if (first == CHAIN_NONE
		    && (when_text_skip(t, '-')
			|| (when_text_skip(t, '.')
			    && when_text_skip(t, '.')))) {
			first = day;
			continue;
		}
		first = CHAIN_NONE;
		if (!when_text_skip(t, ',') || when_text_peek(t) == ' '
		    || when_text_peek(t) == '\0')
			break;
	}
	if (when_text_peek(t) != ' ' && when_text_peek(t) != '\0')
		return when_text_fail(t, t->at,
		    "\"%c\" cannot follow a weekday", when_text_peek(t));
	when_text_skip_blanks(t);
	return true;
}

/* [YEAR-]MONTH-DAY or ~DAY; a time ("12:00") is left for parse_time. */
static bool
parse_date(struct when_text *t, struct calendar *cal)
{
	struct when_chain parsed[3];
	const char *from = t->at;
	int count = 0;

	if (t->at == t->end)
		return true;
	for (; count < 3; count++) {
		if (!when_chain_parse(t, CHAIN_YEAR, &parsed[count]))
			return false;
		if (count == 0
		    && (t->at == t->end || when_text_peek(t) == ':')) {
			t->at = from;
			return true;
		}
		if (t->at == t->end || when_text_peek(t) == ' ')
			break;
		if (count == 2 || cal->from_end)
			return when_text_fail(t, t->at, "the date goes on");
		cal->from_end = when_text_skip(t, '~');
		if (!cal->from_end && !when_text_skip(t, '-'))
			return when_text_fail(
			    t, t->at, "a date is written YEAR-MONTH-DAY");
	}
	if (count == 0)
		return when_text_fail(t, from, "the date is cut off");
	if (count == 2)
		cal->chains[CHAIN_YEAR] = parsed[0];
	cal->chains[CHAIN_MONTH] = parsed[count - 1];
	cal->chains[CHAIN_DAY] = parsed[count];
	when_text_skip_blanks(t);
	return true;
}

/* Without a time it is midnight; without seconds the full minute. */
static bool
parse_time(struct when_text *t, struct calendar *cal)
{
	static const struct when_chain zero
	    = { { { 0, CHAIN_NONE, 0, "0" } }, 1 };

	cal->chains[CHAIN_HOUR] = cal->chains[CHAIN_MINUTE]
	    = cal->chains[CHAIN_SECOND] = zero;
	if (t->at == t->end)
		return true;
	if (!when_chain_parse(t, CHAIN_HOUR, &cal->chains[CHAIN_HOUR]))
		return false;
	if (!when_text_skip(t, ':'))
		return when_text_fail(
		    t, t->at, "a time is written HOUR:MINUTE");
	if (!when_chain_parse(t, CHAIN_MINUTE, &cal->chains[CHAIN_MINUTE]))
		return false;
	if (when_text_skip(t, ':')
	    && !when_chain_parse(t, CHAIN_SECOND, &cal->chains[CHAIN_SECOND]))
		return false;
	if (t->at != t->end)
		return when_text_fail(t, t->at, "\"%c\" cannot follow the time",
		    when_text_peek(t));
	return true;
}

/* "@SECONDS" is one instant of UTC. */
static bool
parse_epoch(struct when *w, struct when_text *t, struct calendar *cal)
{
	struct civil c;
	int number;

	t->at++;
	if (!when_text_number(t, &number) || number < 0 || t->at != t->end)
		return when_text_fail(
		    t, t->at, "whole seconds since 1970 must follow \"@\"");
	civil_from_seconds(number, &c);
	const int64_t values[CHAIN_UNITS_COUNT] = { c.year, c.month, c.day,
		c.hour, c.minute, c.second * INT64_C(1000000) };
	for (int i = 0; i < CHAIN_UNITS_COUNT; i++) {
		cal->chains[i].count = 1;
		cal->chains[i].links[0]
		    = (struct when_link) { values[i], CHAIN_NONE, 0, t->start };
	}
	free(w->zone);
	w->zone = xstrdup("UTC");
	return true;
}

/* A last word that begins with a letter names a zone. */
static void
take_zone(struct when *w, struct when_text *t)
{
	const char *p = t->end;

	while (p > t->at && p[-1] != ' ' && p[-1] != '\t')
		p--;
	if (p == t->at || !isalpha((unsigned char)*p))
		return;
	w->zone = xstrndup(p, (unsigned long)(t->end - p));
	if (strcasecmp(w->zone, "UTC") == 0)
		memcpy(w->zone, "UTC", 3);
	while (p > t->at && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	t->end = p;
}

/* A shorthand is replaced by what it stands for and read like the rest. */
static bool
parse_expression(struct when *w, struct when_text *t, struct calendar *cal)
{
	const struct shorthand *s;

	if (t->at == t->end)
		return when_text_fail(t, t->at, "there is no schedule");
	take_zone(w, t);
	s = find_shorthand(t->at, (size_t)(t->end - t->at));
	if (s != NULL) {
		t->at = s->means;
		t->end = s->means + strlen(s->means);
	}
	if (when_text_peek(t) == '@')
		return parse_epoch(w, t, cal);
	return parse_weekdays(t, cal) && parse_date(t, cal)
	    && parse_time(t, cal);
}

/* Monday first; three or more in a row are a range. */
static void
print_weekdays(struct buf *out, int weekdays)
{
	const char *comma = "";

	for (int day = 0; day < 7; day++) {
		int last = day;

		if (!(weekdays >> day & 1))
			continue;
		while (last < 6 && (weekdays >> (last + 1) & 1))
			last++;
		buf_printf(
		    out, "%s%.3s", comma, when_weekday_name((day + 1) % 7));
		comma = ",";
		if (last > day + 1) {
			buf_printf(
			    out, "..%.3s", when_weekday_name((last + 1) % 7));
			day = last;
		}
	}
	if (weekdays != 0)
		buf_putc(out, ' ');
}

/* Every part is printed, the weekdays only if some are left out. */
static void
print_calendar(struct when *w, const struct calendar *cal)
{
	static const char before[CHAIN_UNITS_COUNT + 1] = " -- ::";
	struct buf *out = &w->normal;

	print_weekdays(out, cal->weekdays);
	for (int i = 0; i < CHAIN_UNITS_COUNT; i++) {
		if (i == CHAIN_DAY && cal->from_end)
			buf_putc(out, '~');
		else if (i > 0)
			buf_putc(out, before[i]);
		when_chain_print(&cal->chains[i], (enum when_chain_unit)i, out);
	}
	if (w->zone != NULL)
		buf_printf(out, " %s", w->zone);
}

/* A repetition without a stop goes on for ever, beyond what may be written. */
static void
use_years(struct when *w, const struct when_chain *c)
{
	if (c->count == 0)
		return;
	w->set.years = xcalloc((unsigned long)c->count, sizeof *w->set.years);
	w->set.year_count = (size_t)c->count;
	for (int i = 0; i < c->count; i++) {
		const struct when_link *l = &c->links[i];

		w->set.years[i].first = l->start;
		w->set.years[i].step = l->step > 0 ? l->step : 1;
		w->set.years[i].last = l->stop != CHAIN_NONE ? l->stop
		    : l->step > 0			     ? INT64_MAX
							     : l->start;
	}
}

/* Weekdays and dates must both fit: systemd has no "either" as cron has. */
static void
use_calendar(struct when *w, const struct calendar *cal)
{
	const struct when_chain *c = cal->chains;

	w->set.seconds = when_chain_bits(&c[CHAIN_SECOND], CHAIN_SECOND);
	w->set.minutes = when_chain_bits(&c[CHAIN_MINUTE], CHAIN_MINUTE);
	w->set.hours = (uint32_t)when_chain_bits(&c[CHAIN_HOUR], CHAIN_HOUR);
	w->set.months = (uint32_t)when_chain_bits(&c[CHAIN_MONTH], CHAIN_MONTH);
	if (cal->from_end && c[CHAIN_DAY].count > 0)
		w->days.from_end = when_chain_days_from_end(&c[CHAIN_DAY]);
	else
		w->days.days
		    = (uint32_t)when_chain_bits(&c[CHAIN_DAY], CHAIN_DAY);
	w->days.weekdays = cal->weekdays == 0
	    ? 0x7f
	    : (uint8_t)((cal->weekdays << 1 | cal->weekdays >> 6) & 0x7f);
	when_days_shapes(&w->days, w->set.days);
	use_years(w, &c[CHAIN_YEAR]);
	w->is_wildcard = c[CHAIN_HOUR].count == 0 || c[CHAIN_MINUTE].count == 0;
}

/*
 * The order matters: years are completed before they are compared, and the
 * checks look at what normalising has left.
 */
bool
when_calendar_parse(struct when *w, struct when_text *t)
{
	struct calendar cal = { .weekdays = 0 };

	if (!parse_expression(w, t, &cal))
		return false;
	for (int i = 0; i < cal.chains[CHAIN_YEAR].count; i++) {
		struct when_link *l = &cal.chains[CHAIN_YEAR].links[i];

		l->start = full_year(l->start);
		l->stop = full_year(l->stop);
	}
	for (int i = 0; i < CHAIN_UNITS_COUNT; i++)
		when_chain_normalise(&cal.chains[i]);
	for (int i = 0; i < CHAIN_UNITS_COUNT; i++)
		if (!when_chain_check(&cal.chains[i], (enum when_chain_unit)i,
			i == CHAIN_DAY && cal.from_end, t))
			return false;
	if (cal.weekdays == 0x7f)
		cal.weekdays = 0;
	print_calendar(w, &cal);
	use_calendar(w, &cal);
	w->parts = when_chain_parts(&cal.chains[CHAIN_SECOND], &w->part_count);
	if (w->part_count > CHAIN_PARTS_MAX)
		return when_text_fail(
		    t, t->start, "it repeats more than 100 times a second");
	return true;
}
