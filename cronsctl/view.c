/*
 * COLUMNS overrules the terminal, as everywhere; without a terminal a table is
 * as wide as its longest values, because nothing reads it line by line with
 * its eyes and a pipe must not lose the end of a name.
 */
#include "view.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "share/buf.h"
#include "share/tz.h"

#define NARROWEST 40

static size_t
find_width(bool terminal)
{
	const char *columns = getenv("COLUMNS");
	long width = columns != NULL ? strtol(columns, NULL, 10) : 0;
	struct winsize size;

	if (width <= 0 && terminal) {
		width = 80;
		if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0
		    && size.ws_col > 0)
			width = size.ws_col;
	}
	if (width > 0 && width < NARROWEST)
		width = NARROWEST;
	return width > 0 ? (size_t)width : 0;
}

/* TZ may be a rule, a path or nonsense: then the system's zone is shown. */
static struct tz *
open_own_zone(struct fault *f)
{
	const char *name = getenv("TZ");
	struct tz *zone = NULL;

	if (name != NULL && name[0] == ':')
		name++;
	if (name != NULL && name[0] != '\0')
		zone = tz_open(name, f);
	if (zone == NULL)
		zone = tz_open("", f);
	if (zone == NULL)
		zone = tz_open("UTC", f);
	return zone;
}

enum err
view_init(struct view *view, const char *zone, struct fault *f)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	memset(view, 0, sizeof *view);
	f->err = ERR_NONE;
	view->now = wall_now();
	view->terminal = isatty(STDOUT_FILENO) != 0;
	view->width = find_width(view->terminal);
	view->colour = view->terminal
	    && (no_color == NULL || no_color[0] == '\0')
	    && (term == NULL || strcmp(term, "dumb") != 0);
	view->zone = zone != NULL ? tz_open(zone, f) : open_own_zone(f);
	return view->zone == NULL ? f->err : ERR_NONE;
}

void
view_renew(struct view *view)
{
	view->now = wall_now();
	view->width = find_width(view->terminal);
}

void
view_fini(struct view *view)
{
	tz_free(view->zone);
	memset(view, 0, sizeof *view);
}

/* Floors, so that an instant before 1970 has the right second. */
static int64_t
seconds_of(int64_t us)
{
	return us / SECOND_US - (us % SECOND_US < 0);
}

static int64_t
local(const struct view *view, int64_t us, struct civil *c)
{
	int64_t seconds = seconds_of(us);

	seconds += tz_offset(view->zone, seconds);
	civil_from_seconds(seconds, c);
	return days_from_civil(c->year, c->month, c->day);
}

static const char weekdays[7][4]
    = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

void
view_time(const struct view *view, struct buf *out, int64_t us)
{
	struct civil c, now;
	int64_t day = local(view, us, &c);
	int64_t today = local(view, view->now.us, &now);

	if (day == today) {
		buf_printf(
		    out, "%02d:%02d:%02d", c.hour, c.minute, c.second);
		return;
	}
	if (day > today - 7 && day < today + 7)
		buf_printf(out, "%s ", weekdays[weekday_of_days(day)]);
	else
		buf_printf(out, "%04lld-%02d-%02d ", (long long)c.year,
		    c.month, c.day);
	buf_printf(out, "%02d:%02d", c.hour, c.minute);
}

void
view_long(const struct view *view, struct buf *out, int64_t us)
{
	struct civil c;
	int64_t day = local(view, us, &c);

	buf_printf(out, "%s %04lld-%02d-%02d %02d:%02d:%02d %s",
	    weekdays[weekday_of_days(day)], (long long)c.year, c.month, c.day,
	    c.hour, c.minute, c.second,
	    tz_abbreviation(view->zone, seconds_of(us)));
}

void
view_stamp(const struct view *view, struct buf *out, int64_t us)
{
	rfc3339_print(out, (wall_t) { us },
	    tz_offset(view->zone, seconds_of(us)));
}

void
view_span(struct buf *out, int64_t us, int units)
{
	static const struct {
		int64_t us;
		char name;
	} unit[] = {
		{ DAY_US, 'd' },
		{ HOUR_US, 'h' },
		{ MINUTE_US, 'm' },
		{ SECOND_US, 's' },
	};
	size_t i = 0;

	if (us < 0)
		us = 0;
	if (us < SECOND_US && units == 1) {
		buf_puts(out, "0s");
		return;
	}
	if (us < SECOND_US) {
		buf_printf(out, "%lldms", (long long)(us / 1000));
		return;
	}
	if (us < 10 * SECOND_US && units > 1) {
		buf_printf(out, "%lld.%llds", (long long)(us / SECOND_US),
		    (long long)(us % SECOND_US / (SECOND_US / 10)));
		return;
	}
	while (us < unit[i].us)
		i++;
	for (; i < sizeof unit / sizeof unit[0] && units > 0; i++, units--) {
		if (us < unit[i].us)
			break;
		buf_printf(
		    out, "%lld%c", (long long)(us / unit[i].us), unit[i].name);
		us %= unit[i].us;
	}
}

void
view_bytes(struct buf *out, int64_t bytes)
{
	static const char units[] = "kMGTPE";
	int64_t tenths = bytes * 10;
	size_t i = 0;

	if (bytes < 1024) {
		buf_printf(out, "%lld", (long long)bytes);
		return;
	}
	for (tenths = bytes / 1024 * 10 + bytes % 1024 * 10 / 1024;
	     tenths >= 10240; tenths /= 1024)
		i++;
	if (tenths < 100)
		buf_printf(out, "%lld.%lld%c", (long long)(tenths / 10),
		    (long long)(tenths % 10), units[i]);
	else
		buf_printf(out, "%lld%c", (long long)(tenths / 10), units[i]);
}
