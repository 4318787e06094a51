/*
 * The forms are tried from the most exact to the loosest. Dates and times of
 * day are put together as civil time and only then asked of the zone, which
 * alone knows whether that time existed.
 */
#include "timeword.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <bsd/string.h>

#include "share/buf.h"
#include "share/tz.h"

/* Today's civil date in the zone, midnight. */
static void
today(const struct timeword_base *base, struct civil *c)
{
	int64_t seconds = base->now.us / SECOND_US;

	civil_from_seconds(seconds + tz_offset(base->zone, seconds), c);
	c->hour = c->minute = c->second = 0;
}

static void
move_days(struct civil *c, int64_t days)
{
	civil_from_days(days_from_civil(c->year, c->month, c->day) + days, c);
}

/* One or two digits; advances *p. */
static bool
read_number(const char **p, int *value)
{
	if (!isdigit((unsigned char)**p))
		return false;
	*value = *(*p)++ - '0';
	if (isdigit((unsigned char)**p))
		*value = *value * 10 + (*(*p)++ - '0');
	return true;
}

/* "hh:mm" or "hh:mm:ss" and then the end of the text. */
static bool
read_clock_time(const char *p, struct civil *c)
{
	c->second = 0;
	if (!read_number(&p, &c->hour) || *p++ != ':'
	    || !read_number(&p, &c->minute))
		return false;
	if (*p == ':') {
		p++;
		if (!read_number(&p, &c->second))
			return false;
	}
	return *p == '\0' && c->hour <= 23 && c->minute <= 59
	    && c->second <= 59;
}

/* "yyyy-mm-dd"; advances *p. */
static bool
read_date(const char **p, struct civil *c)
{
	char *end;
	long year = strtol(*p, &end, 10);

	if (end - *p != 4 || *end != '-')
		return false;
	*p = end + 1;
	if (!read_number(p, &c->month) || *(*p)++ != '-'
	    || !read_number(p, &c->day))
		return false;
	c->year = year;
	return c->month >= 1 && c->month <= 12 && c->day >= 1
	    && c->day <= days_in_month(c->year, c->month);
}

/* A word for a day, whole or its first three letters; advances *p. */
static bool
read_day_word(const char **p, struct civil *c)
{
	static const char *const weekdays[] = { "sunday", "monday", "tuesday",
		"wednesday", "thursday", "friday", "saturday" };
	size_t len = strcspn(*p, " ");
	const char *word = *p;
	int now = weekday_of_days(days_from_civil(c->year, c->month, c->day));

	*p += len;
	if (len == 5 && strncasecmp(word, "today", len) == 0)
		return true;
	if (len == 9 && strncasecmp(word, "yesterday", len) == 0)
		return move_days(c, -1), true;
	if (len == 8 && strncasecmp(word, "tomorrow", len) == 0)
		return move_days(c, 1), true;
	for (int day = 0; day < 7; day++)
		if ((len == 3 || len == strlen(weekdays[day]))
		    && strncasecmp(word, weekdays[day], len) == 0)
			return move_days(c, -((now - day + 7) % 7)), true;
	return false;
}

/* A day and perhaps a time of it. */
static bool
read_civil(const char *text, struct civil *c)
{
	const char *p = text;

	if (read_clock_time(text, c))
		return true;
	c->hour = c->minute = c->second = 0;
	if (isdigit((unsigned char)*p) ? !read_date(&p, c)
				       : !read_day_word(&p, c))
		return false;
	if (*p == '\0')
		return true;
	if (*p != ' ' && *p != 'T')
		return false;
	return read_clock_time(p + 1, c);
}

/* Where the clock goes on behind a wall time that it jumped over. */
static int64_t
end_of_gap(const struct tz *zone, int64_t wall)
{
	struct tz_change change = { .at = wall - 2 * 86400 };

	while (tz_next_change(zone, change.at, &change)
	    && change.at + change.after <= wall)
		;
	return change.at;
}

static enum err
from_civil(const struct civil *c, const struct timeword_base *base,
    wall_t *at, struct fault *f)
{
	int64_t instant[2];
	struct buf next = BUF_EMPTY;

	if (tz_instants(base->zone, seconds_from_civil(c), instant) == 0) {
		fault_set(f, ERR_BAD_VALUE, "time",
		    "%02d:%02d does not exist on %04lld-%02d-%02d: the clock"
		    " was put forward",
		    c->hour, c->minute, (long long)c->year, c->month, c->day);
		instant[0] = end_of_gap(base->zone, seconds_from_civil(c));
		rfc3339_print(&next, (wall_t) { instant[0] * SECOND_US },
		    tz_offset(base->zone, instant[0]));
		snprintf(f->hint, sizeof f->hint,
		    "what was meant for it runs when the clock goes on, at %s",
		    buf_text(&next));
		buf_fini(&next);
		return f->err;
	}
	at->us = instant[0] * SECOND_US;
	return ERR_NONE;
}

/* "@" and seconds of the epoch, with a fraction if there is one. */
static bool
read_epoch(const char *text, wall_t *at)
{
	char *end;
	long long seconds;
	int64_t scale = SECOND_US / 10;

	if (text[0] != '@' || !isdigit((unsigned char)text[1]))
		return false;
	seconds = strtoll(text + 1, &end, 10);
	if (seconds > INT64_MAX / SECOND_US - 1)
		return false;
	at->us = seconds * SECOND_US;
	if (*end == '.')
		for (end++; isdigit((unsigned char)*end); end++) {
			at->us += (*end - '0') * scale;
			scale /= 10;
		}
	return *end == '\0';
}

enum err
timeword_parse(const char *text, const struct timeword_base *base, wall_t *at,
    struct fault *f)
{
	struct civil c;
	int64_t ago;

	if (rfc3339_parse(text, at) == 0 || read_epoch(text, at))
		return ERR_NONE;
	if (strcmp(text, "now") == 0) {
		*at = base->now;
		return ERR_NONE;
	}
	if (duration_parse(text, &ago) == 0) {
		*at = wall_add(base->now, -ago);
		return ERR_NONE;
	}
	today(base, &c);
	if (read_civil(text, &c))
		return from_civil(&c, base, at, f);
	fault_set(f, ERR_BAD_VALUE, "time", "\"%.60s\" is not a time", text);
	strlcpy(f->hint, "such are: 2h (ago), 03:00, yesterday 03:00,"
			 " 2026-11-22 03:00, 2026-11-22T03:00:00+01:00",
	    sizeof f->hint);
	return f->err;
}
