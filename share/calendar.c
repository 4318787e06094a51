/*
 * What the entries say is painted into bits once, so that asking costs as much
 * with a thousand entries as with one: a pair of words for each month of the
 * year (entries of every year), and one for each month from the first year
 * that is named to the last. The later entry paints over the earlier one.
 * Entries themselves are kept for telling which of them was the reason.
 */
#include "calendar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "log.h"

#define YEAR_FIRST 1970
#define YEAR_LAST 2199
#define RANGE_MOST 3660 /* days: ten years */
#define LEAP_YEAR 2000 /* stands for every year */
#define ENTRIES_MOST 4000

/* Tests count what a search does; it costs nothing elsewhere. */
#ifndef CALENDAR_STEP
#define CALENDAR_STEP() ((void)0)
#endif

/* Of a month: bits 1..31 of days left out, and of make-up days. */
struct days {
	uint32_t out, in;
};

struct entry {
	int64_t first, last; /* of every year: days of LEAP_YEAR, maybe
	                      * turned round */
	bool is_in, is_yearly;
	int line;
	const char *note; /* its comment, in text; NULL: none */
};

struct calendar {
	char *text; /* owned */
	struct entry *entries; /* owned, in order */
	int count;
	struct days yearly[13]; /* by month */
	bool has_yearly_in;
	int64_t first_year; /* that some entry names */
	struct days *months; /* owned: from January of it on */
	int64_t month_count;
};

/* Where the parser is. */
struct reader {
	struct calendar *c;
	const char *line; /* its beginning */
	const char *at, *end; /* end of the line */
	int number;
	struct fault *f;
};

static bool
refuse(struct reader *r, const char *at, const char *why)
{
	size_t len = strcspn(at, " \t\r\n,#");

	fault_set(r->f, ERR_BAD_VALUE, "not", "\"%.*s\": %s",
	    (int)(len < 40 ? len : 40), at, why);
	r->f->line = r->number;
	r->f->column = (int)(at - r->line) + 1;
	strcpy(r->f->hint,
	    "a line is a date like 2026-12-25, a range 2026-12-24..2027-01-06,"
	    " or --12-25 for every year; + in front adds a day");
	return false;
}

static void
skip_blanks(struct reader *r)
{
	while (r->at < r->end && strchr(" \t\r", *r->at) != NULL)
		r->at++;
}

/* Exactly so many digits; -1 and nothing read if they are not there. */
static int
read_digits(struct reader *r, int digits)
{
	int number = 0;

	for (int i = 0; i < digits; i++) {
		if (r->at + i >= r->end || !isdigit((unsigned char)r->at[i]))
			return -1;
		number = number * 10 + (r->at[i] - '0');
	}
	r->at += digits;
	return number;
}

static bool
take_text(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
		return false;
	r->at += len;
	return true;
}

/* "2026-12-25" or "--12-25". */
static bool
read_date(struct reader *r, int64_t *day, bool *is_yearly)
{
	const char *from = r->at;
	int year = LEAP_YEAR, month, of_month;

	*is_yearly = take_text(r, "--");
	if (!*is_yearly) {
		year = read_digits(r, 4);
		if (year < 0 || !take_text(r, "-"))
			return refuse(r, from, "that is no date");
	}
	month = read_digits(r, 2);
	if (month < 0 || !take_text(r, "-"))
		return refuse(r, from, "that is no date");
	of_month = read_digits(r, 2);
	if (of_month < 0
	    || (r->at < r->end && isdigit((unsigned char)*r->at)))
		return refuse(r, from, "that is no date");
	if (month < 1 || month > 12 || of_month < 1
	    || of_month > days_in_month(year, month))
		return refuse(r, from, "there is no such day");
	if (year < YEAR_FIRST || year > YEAR_LAST)
		return refuse(r, from, "the years are 1970 to 2199");
	*day = days_from_civil(year, month, of_month);
	return true;
}

static bool
check_range(struct reader *r, const struct entry *e, const char *from)
{
	if (!e->is_yearly && e->last < e->first)
		return refuse(r, from, "the range is turned round");
	if (!e->is_yearly && e->last - e->first >= RANGE_MOST)
		return refuse(r, from, "a range has at most ten years");
	return true;
}

/* The sign in front of "--12-25" needs no blank: "---12-25" is "- --12-25". */
static bool
read_entry(struct reader *r, struct entry *e)
{
	const char *from;
	bool is_yearly;

	e->line = r->number;
	if (take_text(r, "+"))
		e->is_in = true;
	else if (r->end - r->at < 3 || memcmp(r->at, "--", 2) != 0
	    || r->at[2] == '-')
		take_text(r, "-");
	skip_blanks(r);
	from = r->at;
	if (!read_date(r, &e->first, &e->is_yearly))
		return false;
	e->last = e->first;
	if (!take_text(r, ".."))
		return true;
	if (!read_date(r, &e->last, &is_yearly))
		return false;
	if (is_yearly != e->is_yearly)
		return refuse(r, from,
		    "both ends of a range have a year, or neither");
	return check_range(r, e, from);
}

static struct days *
days_of(struct calendar *c, bool is_yearly, const struct civil *date)
{
	if (is_yearly)
		return &c->yearly[date->month];
	return &c->months[(date->year - c->first_year) * 12 + date->month - 1];
}

/* The days from first to last, which are not turned round. */
static void
paint(struct calendar *c, const struct entry *e, int64_t first, int64_t last)
{
	struct civil date;

	while (first <= last) {
		struct days *days;
		uint32_t bits;
		int64_t rest;

		civil_from_days(first, &date);
		days = days_of(c, e->is_yearly, &date);
		rest = days_in_month(date.year, date.month) - date.day;
		if (rest > last - first)
			rest = last - first;
		bits = UINT32_MAX >> (31 - rest) << date.day;
		first += rest + 1;
		days->out = e->is_in ? days->out & ~bits : days->out | bits;
		days->in = e->is_in ? days->in | bits : days->in & ~bits;
	}
}

/* From Christmas to Epiphany of every year: to its end, and from its start. */
static void
paint_entry(struct calendar *c, const struct entry *e)
{
	if (e->first <= e->last) {
		paint(c, e, e->first, e->last);
		return;
	}
	paint(c, e, e->first, days_from_civil(LEAP_YEAR, 12, 31));
	paint(c, e, days_from_civil(LEAP_YEAR, 1, 1), e->last);
}

static void
make_months(struct calendar *c)
{
	int64_t first = INT64_MAX, last = INT64_MIN;
	struct civil from, to;

	for (int i = 0; i < c->count; i++) {
		if (c->entries[i].is_yearly)
			continue;
		if (c->entries[i].first < first)
			first = c->entries[i].first;
		if (c->entries[i].last > last)
			last = c->entries[i].last;
	}
	if (last < first)
		return;
	civil_from_days(first, &from);
	civil_from_days(last, &to);
	c->first_year = from.year;
	c->month_count = (to.year - from.year + 1) * 12;
	c->months = xcalloc((size_t)c->month_count, sizeof *c->months);
}

/* What stands behind "#", without the blanks round it. */
static const char *
find_note(const struct reader *r)
{
	const char *note = memchr(r->at, '#', (size_t)(r->end - r->at));

	if (note == NULL)
		return NULL;
	note += 1 + strspn(note + 1, " \t");
	return note < r->end ? note : NULL;
}

static bool
read_line(struct reader *r)
{
	const char *note = find_note(r);
	struct calendar *c = r->c;

	for (const char *p = r->at; p < r->end; p++)
		if ((unsigned char)*p < ' ' && *p != '\t' && *p != '\r')
			return refuse(r, p, "a control byte");
	for (skip_blanks(r); r->at < r->end && *r->at != '#'; skip_blanks(r)) {
		struct entry e = { .note = note };

		if (c->count == ENTRIES_MOST)
			return refuse(r, r->at, "more than 4000 entries");
		if (!read_entry(r, &e))
			return false;
		c->entries = xreallocarray(c->entries, (size_t)c->count + 1,
		    sizeof *c->entries);
		c->entries[c->count++] = e;
		skip_blanks(r);
		if (r->at < r->end && *r->at != '#' && !take_text(r, ","))
			return refuse(r, r->at,
			    "a comma, # or the end of the line must follow");
	}
	return true;
}

/* A byte order mark in front is passed by: editors leave them. */
static bool
read_lines(struct calendar *c, struct fault *f)
{
	struct reader r = { .c = c, .at = c->text, .f = f };

	r.end = r.at + strlen(r.at);
	take_text(&r, "\xef\xbb\xbf");
	while (*r.at != '\0') {
		r.line = r.at;
		r.end = r.at + strcspn(r.at, "\n");
		r.number++;
		if (!read_line(&r))
			return false;
		r.at = *r.end == '\n' ? r.end + 1 : r.end;
	}
	return true;
}

struct calendar *
calendar_parse(const char *text, struct fault *f)
{
	struct calendar *c = xcalloc(1, sizeof *c);

	c->text = xstrdup(text);
	if (strlen(text) > CALENDAR_BYTES) {
		fault_set(f, ERR_TOO_LARGE, "not",
		    "the calendar has more than %d bytes", CALENDAR_BYTES);
		goto out;
	}
	if (!read_lines(c, f))
		goto out;
	make_months(c);
	for (int i = 0; i < c->count; i++)
		paint_entry(c, &c->entries[i]);
	for (int month = 1; month <= 12; month++)
		c->has_yearly_in |= c->yearly[month].in != 0;
	return c;
out:
	calendar_free(c);
	return NULL;
}

void
calendar_free(struct calendar *c)
{
	if (c == NULL)
		return;
	free(c->months);
	free(c->entries);
	free(c->text);
	free(c);
}

/* What the entries of a year and those of every year say together. */
static struct days
days_of_month(const struct calendar *c, int64_t year, int month)
{
	int64_t index = (year - c->first_year) * 12 + month - 1;
	struct days all = c->yearly[month], own;

	if (month == 2 && days_in_month(year, 2) == 28)
		all.in &= ~(UINT32_C(1) << 29);
	if (c->months == NULL || year < c->first_year
	    || index >= c->month_count)
		return all;
	own = c->months[index];
	all.out = (all.out & ~own.in) | own.out;
	all.in = (all.in & ~own.out) | own.in;
	return all;
}

enum calendar_word
calendar_of_day(const struct calendar *c, int64_t day)
{
	struct civil date;
	struct days days;

	civil_from_days(day, &date);
	days = days_of_month(c, date.year, date.month);
	if (days.out >> date.day & 1)
		return CALENDAR_OUT;
	return days.in >> date.day & 1 ? CALENDAR_IN : CALENDAR_SILENT;
}

uint32_t
calendar_keep(
    const struct calendar *c, int64_t year, int month, uint32_t days)
{
	return days & ~days_of_month(c, year, month).out;
}

bool
calendar_has_in(const struct calendar *c)
{
	if (c->has_yearly_in)
		return true;
	for (int64_t i = 0; i < c->month_count; i++)
		if (c->months[i].in != 0)
			return true;
	return false;
}

/*
 * The years behind the last that is named are all alike but for leap days,
 * which are at most eight years apart.
 */
static int64_t
last_year(const struct calendar *c, int64_t year)
{
	int64_t named = c->first_year + c->month_count / 12;

	return (c->months != NULL && named > year ? named : year) + 9;
}

/* A month at a time, from that day on; kept: days not left out. */
static int64_t
find_day(const struct calendar *c, int64_t day, int64_t before, bool kept)
{
	struct civil date;
	int64_t last, first = day;
	int from;

	civil_from_days(day, &date);
	from = date.day;
	last = last_year(c, date.year);
	first -= from; /* the day before the month's 1st */
	while (date.year <= last && first + 1 < before) {
		struct days days = days_of_month(c, date.year, date.month);
		int length = days_in_month(date.year, date.month);
		uint32_t bits = kept ? ~days.out : days.in;

		CALENDAR_STEP();
		bits &= UINT32_MAX >> (31 - length) & ~UINT32_C(1);
		bits = bits >> from << from;
		if (bits != 0)
			return first + __builtin_ctz(bits);
		from = 1;
		first += length;
		date.year += date.month == 12;
		date.month = date.month % 12 + 1;
	}
	return CALENDAR_NONE;
}

int64_t
calendar_next_in(const struct calendar *c, int64_t day, int64_t before)
{
	struct civil date;
	int64_t found;

	civil_from_days(day, &date);
	if (!c->has_yearly_in
	    && (c->months == NULL
		|| date.year >= c->first_year + c->month_count / 12))
		return CALENDAR_NONE;
	if (!c->has_yearly_in && date.year < c->first_year)
		day = days_from_civil(c->first_year, 1, 1);
	found = find_day(c, day, before, false);
	return found < before ? found : CALENDAR_NONE;
}

int64_t
calendar_next_kept(const struct calendar *c, int64_t day)
{
	return find_day(c, day, CALENDAR_NONE, true);
}

static bool
names(const struct entry *e, int64_t day)
{
	struct civil date;

	if (e->is_yearly) {
		civil_from_days(day, &date);
		day = days_from_civil(LEAP_YEAR, date.month, date.day);
	}
	if (e->first > e->last)
		return day >= e->first || day <= e->last;
	return day >= e->first && day <= e->last;
}

void
calendar_put_entry(
    const struct calendar *c, int64_t day, struct buf *out)
{
	const struct entry *found = NULL;

	for (int i = 0; i < c->count; i++)
		if (names(&c->entries[i], day)
		    && (found == NULL || found->is_yearly
			|| !c->entries[i].is_yearly))
			found = &c->entries[i];
	if (found == NULL)
		return;
	buf_printf(out, "line %d", found->line);
	if (found->note != NULL) {
		size_t len = strcspn(found->note, "\r\n");

		buf_printf(out, " (%.*s)", (int)(len < 80 ? len : 80),
		    found->note);
	}
}

void
calendar_describe(const struct calendar *c, struct buf *out)
{
	int in = 0;

	for (int i = 0; i < c->count; i++)
		in += c->entries[i].is_in;
	buf_printf(out, "leaves out %d date%s or range%s", c->count - in,
	    c->count - in == 1 ? "" : "s", c->count - in == 1 ? "" : "s");
	if (in > 0)
		buf_printf(out, ", adds %d", in);
}
