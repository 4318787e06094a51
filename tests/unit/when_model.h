/*
 * when_model: schedules made at random, as text in one of the dialects and as
 * plain tables of what they mean, with the meaning of a day worked out the
 * slow way. It knows nothing of the module that is tested; when_brute.c
 * includes it, to stay short enough to be read.
 */
#ifndef TESTS_WHEN_MODEL_H
#define TESTS_WHEN_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../share/buf.h"
#include "../../share/clock.h"
#include "../../share/when.h"

static uint64_t
next_random(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 11;
}

static int
random_below(int limit)
{
	return (int)(next_random() % (unsigned)limit);
}

static int
random_in(int low, int high)
{
	return low + random_below(high - low + 1);
}

/* ---- a schedule as tables ---- */

struct model {
	enum dialect dialect;
	struct buf text;
	bool fixed, has_seconds;
	bool second[60], minute[60], hour[24], month[13];
	bool day[32], weekday[7];
	bool nearest[32], last[31], nth[7][6]; /* last[n]: L-n; nth 0: last */
	bool last_working;
	bool either; /* of the two day fields */
	int period; /* 'd', 'w', 'm' or 0 */
	int every;
	int64_t from; /* a day */
	bool times[1440]; /* of "every": minutes of the day */
};

struct table {
	bool *at; /* at[low..high] */
	int low, high;
	const char *const *names; /* of at[low..] or NULL */
};

static const char *const month_names[] = { "jan", "FEB", "Mar", "apr", "may",
	"jun", "jul", "aug", "sep", "oct", "nov", "dec" };
static const char *const weekday_names[]
    = { "sun", "MON", "Tue", "wed", "thu", "fri", "sat", "sun" };

static void
set_at(const struct table *t, int value)
{
	t->at[t->high == 7 && value == 7 ? 0 : value] = true;
}

static void
put_value(struct model *m, const struct table *t, int value)
{
	bool is_sunday = t->names == weekday_names && value == 7;

	if (t->names != NULL && !is_sunday && random_below(3) == 0)
		buf_puts(&m->text, t->names[value - t->low]);
	else
		buf_printf(
		    &m->text, random_below(9) == 0 ? "%02d" : "%d", value);
}

static void
make_term(struct model *m, const struct table *t)
{
	int a = random_in(t->low, t->high), b = random_in(t->low, t->high);
	int step = 1;
	bool has_step = false;

	if (a > b) {
		int c = a;

		a = b;
		b = c;
	}
	switch (random_below(m->dialect == DIALECT_EXTENDED ? 6 : 5)) {
	case 0:
		a = t->low;
		b = t->high;
		buf_putc(&m->text, '*');
		break;
	case 1:
		b = a;
		put_value(m, t, a);
		break;
	case 5: /* n/m, where the weekday ends with 6 */
		b = t->high == 7 ? (a > 6 ? a : 6) : t->high;
		step = random_in(1, 9);
		put_value(m, t, a);
		buf_printf(&m->text, "/%d", step);
		has_step = true;
		break;
	default:
		put_value(m, t, a);
		buf_putc(&m->text, '-');
		put_value(m, t, b);
		break;
	}
	if (!has_step && a < b && random_below(3) == 0) {
		step = random_in(1, t->high + 3);
		buf_printf(&m->text, "/%d", step);
	}
	for (int i = a; i <= b; i += step)
		set_at(t, i);
}

/* Returns whether the field begins with a star. */
static bool
make_field(struct model *m, const struct table *t)
{
	int terms = random_below(3) == 0 ? random_in(2, 3) : 1;
	size_t start;

	if (m->text.len > 0)
		buf_putc(&m->text, random_below(20) == 0 ? '\t' : ' ');
	start = m->text.len;
	if (random_below(4) == 0) {
		buf_putc(&m->text, '*');
		for (int i = t->low; i <= t->high; i++)
			set_at(t, i);
		return true;
	}
	for (int i = 0; i < terms; i++) {
		if (i > 0)
			buf_putc(&m->text, ',');
		make_term(m, t);
	}
	return m->text.data[start] == '*';
}

/* Extended days: "?", "L", "L-3", "LW", "15W", and a plain one at times. */
static bool
make_special_days(struct model *m)
{
	int terms = random_in(1, 2);
	int n;

	buf_putc(&m->text, ' ');
	if (random_below(6) == 0) {
		buf_putc(&m->text, '?');
		for (int i = 1; i <= 31; i++)
			m->day[i] = true;
		return true;
	}
	for (int i = 0; i < terms; i++) {
		if (i > 0)
			buf_putc(&m->text, ',');
		switch (random_below(5)) {
		case 0:
			buf_putc(&m->text, 'L');
			m->last[0] = true;
			break;
		case 1:
			buf_puts(&m->text, "LW");
			m->last_working = true;
			break;
		case 2:
			n = random_in(1, 30);
			buf_printf(&m->text, "L-%d", n);
			m->last[n] = true;
			break;
		case 3:
			n = random_in(1, 31);
			buf_printf(&m->text, "%dW", n);
			m->nearest[n] = true;
			break;
		default:
			n = random_in(1, 31);
			buf_printf(&m->text, "%d", n);
			m->day[n] = true;
			break;
		}
	}
	return false;
}

static bool
make_special_weekdays(struct model *m)
{
	int terms = random_in(1, 2);

	buf_putc(&m->text, ' ');
	for (int i = 0; i < terms; i++) {
		int weekday = random_below(8), nth = random_below(6);

		buf_printf(&m->text, "%s", i > 0 ? "," : "");
		if (random_below(2) == 0)
			buf_puts(&m->text, weekday_names[weekday]);
		else
			buf_printf(&m->text, "%d", weekday);
		if (nth == 0)
			buf_putc(&m->text, 'L');
		else
			buf_printf(&m->text, "#%d", nth);
		m->nth[weekday % 7][nth] = true;
	}
	return false;
}

static void
make_cron(struct model *m)
{
	bool special = m->dialect == DIALECT_EXTENDED;
	struct table second = { m->second, 0, 59, NULL };
	struct table minute = { m->minute, 0, 59, NULL };
	struct table hour = { m->hour, 0, 23, NULL };
	struct table day = { m->day, 1, 31, NULL };
	struct table month = { m->month, 1, 12, month_names };
	struct table weekday = { m->weekday, 0, 7, weekday_names };
	bool star, day_star;

	if (m->has_seconds)
		make_field(m, &second);
	else
		m->second[0] = true;
	star = make_field(m, &minute);
	star |= make_field(m, &hour);
	m->fixed = !star;
	day_star = special && random_below(3) == 0 ? make_special_days(m)
						   : make_field(m, &day);
	make_field(m, &month);
	star = special && random_below(3) == 0 ? make_special_weekdays(m)
					       : make_field(m, &weekday);
	m->either = !star && !day_star;
}

/* ---- OnCalendar ---- */

static void
make_chain(struct model *m, const struct table *t, int digits)
{
	int terms = random_below(3) == 0 ? 2 : 1;

	for (int i = 0; i < terms; i++) {
		int a = random_in(t->low, t->high), b = a, step = 1;

		if (i > 0)
			buf_putc(&m->text, ',');
		buf_printf(&m->text, "%0*d", random_below(2) ? digits : 1, a);
		if (random_below(3) == 0 && a < t->high) {
			b = random_in(a + 1, t->high);
			buf_printf(&m->text, "..%d", b);
			if (random_below(2) == 0) {
				step = random_in(1, t->high - t->low);
				buf_printf(&m->text, "/%d", step);
			}
		} else if (random_below(3) == 0 && a < t->high) {
			step = random_in(1, t->high - a);
			b = t->high;
			buf_printf(&m->text, "/%d", step);
		}
		for (int v = a; v <= b; v += step)
			set_at(t, v);
	}
}

static bool
make_chain_or_star(struct model *m, const struct table *t)
{
	if (random_below(3) == 0) {
		buf_putc(&m->text, '*');
		for (int i = t->low; i <= t->high; i++)
			set_at(t, i);
		return true;
	}
	make_chain(m, t, 2);
	return false;
}

static void
make_calendar_weekdays(struct model *m)
{
	const char *comma = "";

	if (random_below(2) == 0) {
		memset(m->weekday, true, sizeof m->weekday);
		return;
	}
	for (int i = 0; i < 2; i++) {
		int a = random_below(7), b = random_below(3) ? a : 6;

		buf_printf(&m->text, "%s%s", comma, weekday_names[a + 1]);
		if (b > a)
			buf_printf(&m->text, "..%s", weekday_names[b + 1]);
		for (int d = a; d <= b; d++)
			m->weekday[(d + 1) % 7] = true;
		comma = ",";
	}
	buf_putc(&m->text, ' ');
}

static void
make_calendar_days(struct model *m)
{
	struct table day = { m->day, 1, 31, NULL };

	if (random_below(4) > 0) {
		buf_putc(&m->text, '-');
		make_chain_or_star(m, &day);
	} else if (random_below(2) == 0) {
		int n = random_in(1, 28);

		buf_printf(&m->text, "~%02d", n);
		m->last[n - 1] = true;
	} else {
		int n = random_in(3, 28), step = random_in(1, n - 2);

		buf_printf(&m->text, "~%d/%d", n, step);
		for (; n >= 1; n -= step)
			m->last[n - 1] = true;
	}
}

static void
make_calendar(struct model *m)
{
	struct table second = { m->second, 0, 59, NULL };
	struct table minute = { m->minute, 0, 59, NULL };
	struct table hour = { m->hour, 0, 23, NULL };
	struct table month = { m->month, 1, 12, NULL };
	bool star;

	make_calendar_weekdays(m);
	if (random_below(2) == 0)
		buf_puts(&m->text, "*-");
	make_chain_or_star(m, &month);
	make_calendar_days(m);
	buf_putc(&m->text, ' ');
	star = make_chain_or_star(m, &hour);
	buf_putc(&m->text, ':');
	star |= make_chain_or_star(m, &minute);
	m->fixed = !star;
	m->second[0] = !m->has_seconds;
	if (m->has_seconds) {
		buf_putc(&m->text, ':');
		make_chain_or_star(m, &second);
	}
}

/* ---- "every 2 weeks on mon at 09:00" ---- */

static void
make_every_on(struct model *m)
{
	memset(m->day + 1, true, 31);
	memset(m->weekday, true, sizeof m->weekday);
	if (m->period == 'w') {
		int a = random_below(7), b = random_below(7);

		memset(m->weekday, false, sizeof m->weekday);
		m->weekday[a] = m->weekday[b] = true;
		buf_printf(
		    &m->text, " on %s,%s", weekday_names[a], weekday_names[b]);
	} else if (m->period == 'm') {
		int day = random_in(1, 31);

		memset(m->day, false, sizeof m->day);
		m->day[day] = true;
		buf_printf(&m->text, " on %d", day);
		if (random_below(3) == 0) {
			m->last[0] = true;
			buf_puts(&m->text, ",L");
		}
	}
}

static void
make_every(struct model *m)
{
	static const char *const units[] = { "days", "weeks", "months" };
	int unit = random_below(3), times = random_in(1, 3);
	struct civil c;

	m->fixed = true;
	m->period = "dwm"[unit];
	m->every = random_in(1, 6);
	m->from = random_in(10000, 25000);
	civil_from_days(m->from, &c);
	buf_printf(&m->text, "every %d %s from %04d-%02d-%02d", m->every,
	    units[unit], (int)c.year, c.month, c.day);
	make_every_on(m);
	memset(m->month + 1, true, 12);
	m->second[0] = true;
	for (int i = 0; i < times; i++) {
		int time = random_below(1440);

		m->times[time] = true;
		buf_printf(&m->text, "%s%d:%02d", i > 0 ? "," : " at ",
		    time / 60, time % 60);
	}
}

static void
make_model(struct model *m, bool has_seconds)
{
	int kind = random_below(has_seconds ? 2 : 4);

	memset(m, 0, sizeof *m);
	m->has_seconds = has_seconds;
	m->dialect = kind == 0 ? DIALECT_CALENDAR
	    : kind == 1	       ? DIALECT_EXTENDED
	    : kind == 2	       ? DIALECT_DEBIAN
			       : DIALECT_CRONIE;
	if (kind == 0)
		make_calendar(m);
	else if (kind == 1 && !has_seconds && random_below(4) == 0)
		make_every(m);
	else
		make_cron(m);
}

/* ---- what a model means ---- */

struct date {
	int64_t number;
	int year, month, day, length, weekday;
};

static void
read_date(struct date *d, int64_t number)
{
	struct civil c;

	civil_from_days(number, &c);
	d->number = number;
	d->year = (int)c.year;
	d->month = c.month;
	d->day = c.day;
	d->length = days_in_month(c.year, c.month);
	d->weekday = weekday_of_days(number);
}

static bool
is_working(const struct date *d, int day)
{
	int weekday = (d->weekday + (day - d->day) + 70) % 7;

	return weekday != 0 && weekday != 6;
}

/* The working day of the month with the least distance to target. */
static int
find_nearest(const struct date *d, int target)
{
	int best = 0;

	for (int day = 1; day <= d->length; day++)
		if (is_working(d, day)
		    && (best == 0 || abs(day - target) < abs(best - target)))
			best = day;
	return target <= d->length ? best : 0;
}

static bool
month_side(const struct model *m, const struct date *d)
{
	int last_working = d->length;

	if (m->day[d->day]
	    || (d->length - d->day < 31 && m->last[d->length - d->day]))
		return true;
	for (int n = 1; n <= 31; n++)
		if (m->nearest[n] && find_nearest(d, n) == d->day)
			return true;
	while (!is_working(d, last_working))
		last_working--;
	return m->last_working && d->day == last_working;
}

static bool
week_side(const struct model *m, const struct date *d)
{
	return m->weekday[d->weekday]
	    || m->nth[d->weekday][(d->day - 1) / 7 + 1]
	    || (m->nth[d->weekday][0] && d->day + 7 > d->length);
}

/* Counted in units from the model's day, by stepping. */
static bool
period_fits(const struct model *m, const struct date *d)
{
	struct date from;
	int64_t count;

	read_date(&from, m->from);
	if (m->period == 'd')
		count = d->number - m->from;
	else if (m->period == 'w')
		count = ((d->number - (d->weekday + 6) % 7)
			    - (m->from - (from.weekday + 6) % 7))
		    / 7;
	else
		count = (d->year - from.year) * 12 + d->month - from.month;
	return m->period == 0 || count % m->every == 0;
}

static bool
day_fits(const struct model *m, const struct date *d)
{
	bool month = month_side(m, d), week = week_side(m, d);

	return m->month[d->month] && (m->either ? month || week : month && week)
	    && period_fits(m, d);
}

static bool
time_fits(const struct model *m, int second_of_day)
{
	int minute = second_of_day / 60;

	if (m->period != 0)
		return second_of_day % 60 == 0 && m->times[minute];
	return m->hour[minute / 60] && m->minute[minute % 60]
	    && m->second[second_of_day % 60];
}

#endif
