/* Calendar arithmetic in 64 bits: no table, no libc time zone, no locale. */
#include "clock.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "buf.h"
#include "log.h"

static int64_t
read_clock(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) != 0)
		fatal("clock %d cannot be read", (int)id);
	return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

wall_t
wall_now(void)
{
	return (wall_t) { read_clock(CLOCK_REALTIME) };
}

mono_t
mono_now(void)
{
	return (mono_t) { read_clock(CLOCK_BOOTTIME) };
}

struct clocks
clocks_now(void)
{
	return (struct clocks) { wall_now(), mono_now(),
		{ read_clock(CLOCK_MONOTONIC) } };
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t
days_from_civil(int64_t year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = floor_div(y, 400);
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

void
civil_from_days(int64_t days, struct civil *date)
{
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	int64_t doe = z - era * 146097;
	int64_t yoe
	    = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	date->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	date->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	date->year = yoe + era * 400 + (date->month <= 2);
}

int
days_in_month(int64_t year, int month)
{
	static const int days[]
	    = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month == 2 && year % 4 == 0
	    && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

int
weekday_of_days(int64_t days)
{
	int64_t w = (days + 4) % 7;

	return (int)(w < 0 ? w + 7 : w);
}

int64_t
seconds_from_civil(const struct civil *c)
{
	return days_from_civil(c->year, c->month, c->day) * 86400
	    + c->hour * 3600 + c->minute * 60 + c->second;
}

void
civil_from_seconds(int64_t seconds, struct civil *c)
{
	int64_t days = floor_div(seconds, 86400);
	int rest = (int)(seconds - days * 86400);

	civil_from_days(days, c);
	c->hour = rest / 3600;
	c->minute = rest / 60 % 60;
	c->second = rest % 60;
}

static const struct unit {
	const char *name;
	int64_t us;
} units[] = { /* longest first, for printing */
	{ "w", 7 * DAY_US },
	{ "d", DAY_US },
	{ "h", HOUR_US },
	{ "m", MINUTE_US },
	{ "s", SECOND_US },
	{ "ms", 1000 },
	{ "us", 1 },
};

#define UNITS (sizeof units / sizeof units[0])

/* The unit that p starts with and its length; a bare number is seconds. */
static const struct unit *
find_unit(const char *p, size_t *len)
{
	*len = 0;
	while (isalpha((unsigned char)p[*len]))
		++*len;
	if (*len == 0 && *p == '\0')
		return &units[4];
	for (size_t i = 0; i < UNITS; i++)
		if (strlen(units[i].name) == *len
		    && strncmp(units[i].name, p, *len) == 0)
			return &units[i];
	return NULL;
}

/* One "number unit"; advances *p. */
static int
parse_term(const char **p, int64_t *us)
{
	int64_t whole = 0, part = 0, scale = 1;
	const struct unit *unit;
	size_t len;

	if (!isdigit((unsigned char)**p))
		return -1;
	for (; isdigit((unsigned char)**p); ++*p) {
		if (whole > INT64_MAX / 10 - 10)
			return -1;
		whole = whole * 10 + (**p - '0');
	}
	if (**p == '.')
		for (++*p; isdigit((unsigned char)**p); ++*p)
			if (scale < 1000000) {
				part = part * 10 + (**p - '0');
				scale *= 10;
			}
	unit = find_unit(*p, &len);
	if (unit == NULL || whole > INT64_MAX / 4 / unit->us)
		return -1;
	*p += len;
	*us = whole * unit->us + part * unit->us / scale;
	return 0;
}

int
duration_parse(const char *text, int64_t *us)
{
	int64_t sum = 0, term;

	do {
		if (parse_term(&text, &term) != 0
		    || term > INT64_MAX / 4 - sum)
			return -1;
		sum += term;
	} while (*text != '\0');
	*us = sum;
	return 0;
}

void
duration_print(struct buf *out, int64_t us)
{
	if (us == 0)
		buf_puts(out, "0s");
	for (size_t i = 0; i < UNITS && us > 0; i++) {
		int64_t n = us / units[i].us;

		if (n == 0)
			continue;
		buf_printf(out, "%lld%s", (long long)n, units[i].name);
		us -= n * units[i].us;
	}
}

void
rfc3339_print(struct buf *out, wall_t t, int offset_s)
{
	int64_t seconds = floor_div(t.us, SECOND_US);
	int us = (int)(t.us - seconds * SECOND_US);
	int away = offset_s < 0 ? -offset_s : offset_s;
	struct civil c;

	civil_from_seconds(seconds + offset_s, &c);
	buf_printf(out, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)c.year,
	    c.month, c.day, c.hour, c.minute, c.second);
	if (us != 0 && us % 1000 == 0)
		buf_printf(out, ".%03d", us / 1000);
	else if (us != 0)
		buf_printf(out, ".%06d", us);
	if (offset_s == 0)
		buf_puts(out, "Z");
	else
		buf_printf(out, "%c%02d:%02d", offset_s < 0 ? '-' : '+',
		    away / 3600, away / 60 % 60);
}

/* Reads exactly digits decimal digits at *p. */
static int
parse_digits(const char **p, int digits, int *value)
{
	*value = 0;
	for (int i = 0; i < digits; i++, ++*p) {
		if (!isdigit((unsigned char)**p))
			return -1;
		*value = *value * 10 + (**p - '0');
	}
	return 0;
}

static int
parse_expect(const char **p, const char *any)
{
	if (**p == '\0' || strchr(any, **p) == NULL)
		return -1;
	++*p;
	return 0;
}

/* "Z" or "+hh:mm" at the end of the text. */
static int
parse_offset(const char *p, int *offset_s)
{
	int sign = *p == '-' ? -1 : 1, hours, minutes;

	*offset_s = 0;
	if ((*p == 'Z' || *p == 'z') && p[1] == '\0')
		return 0;
	if (parse_expect(&p, "+-") != 0 || parse_digits(&p, 2, &hours) != 0
	    || parse_expect(&p, ":") != 0 || parse_digits(&p, 2, &minutes) != 0
	    || *p != '\0' || hours > 23 || minutes > 59)
		return -1;
	*offset_s = sign * (hours * 3600 + minutes * 60);
	return 0;
}

static bool
civil_is_valid(const struct civil *c)
{
	return c->month >= 1 && c->month <= 12 && c->day >= 1
	    && c->day <= days_in_month(c->year, c->month) && c->hour <= 23
	    && c->minute <= 59 && c->second <= 59;
}

int
rfc3339_parse(const char *text, wall_t *t)
{
	struct civil c;
	int year, offset, us = 0, scale = 100000;

	if (parse_digits(&text, 4, &year) != 0 || parse_expect(&text, "-") != 0
	    || parse_digits(&text, 2, &c.month) != 0
	    || parse_expect(&text, "-") != 0
	    || parse_digits(&text, 2, &c.day) != 0
	    || parse_expect(&text, "Tt ") != 0
	    || parse_digits(&text, 2, &c.hour) != 0
	    || parse_expect(&text, ":") != 0
	    || parse_digits(&text, 2, &c.minute) != 0
	    || parse_expect(&text, ":") != 0
	    || parse_digits(&text, 2, &c.second) != 0)
		return -1;
	c.year = year;
	if (*text == '.')
		for (++text; isdigit((unsigned char)*text); text++) {
			us += (*text - '0') * scale;
			scale /= 10;
		}
	if (!civil_is_valid(&c) || parse_offset(text, &offset) != 0)
		return -1;
	t->us = (seconds_from_civil(&c) - offset) * SECOND_US + us;
	return 0;
}
