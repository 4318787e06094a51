/*
 * @at with an offset from UTC is an instant; without one it is a wall time in
 * the job's zone, so it is made a set with one member, and the rule at clock
 * changes holds for it too.
 */
#include "when_at.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "when_text.h"

#define FASTEST_US (100 * INT64_C(1000))
#define SLOWEST_US (400 * 366 * DAY_US)

/* The first word is all of it: "@everyday" is not "@every". */
static bool
is_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0
	    && (text[len] == ' ' || text[len] == '\t' || text[len] == '\0');
}

bool
when_rate_claims(const char *text)
{
	return is_word(text, "@every");
}

bool
when_delay_claims(const char *text)
{
	return is_word(text, "@after");
}

bool
when_once_claims(const char *text)
{
	return is_word(text, "@at");
}

bool
when_reboot_claims(const char *text)
{
	return is_word(text, "@reboot");
}

/* Steps over the first word; what is left, as a string of its own. */
static void
take_argument(struct when_text *t, char *argument, size_t size)
{
	t->at += when_text_word(t);
	when_text_skip_blanks(t);
	snprintf(argument, size, "%.*s", (int)(t->end - t->at), t->at);
}

/* Nothing faster than ten times a second: that is a loop, not a schedule. */
static bool
parse_duration(struct when *w, struct when_text *t, const char *word)
{
	char argument[64];

	take_argument(t, argument, sizeof argument);
	if (duration_parse(argument, &w->every_us) != 0
	    || w->every_us < FASTEST_US || w->every_us > SLOWEST_US) {
		when_text_fail(t, t->at,
		    "a duration from 100ms to 400 years must follow %s", word);
		when_text_hint(t, "write %s 90s, 10m, 1h30m or 2d", word);
		return false;
	}
	buf_printf(&w->normal, "%s ", word);
	duration_print(&w->normal, w->every_us);
	return true;
}

/* A fixed rate is never made up for: it follows the clock as it is. */
bool
when_rate_parse(struct when *w, struct when_text *t)
{
	w->is_wildcard = true;
	return parse_duration(w, t, "@every");
}

/*
 * Laps are counted, not added up, so that a late question costs no more than
 * an early one; far from the anchor the product may overflow.
 */
wall_t
when_rate_next(const struct when *w, const struct tz *zone, wall_t after)
{
	int64_t since, laps, next;

	(void)zone;
	if (__builtin_sub_overflow(after.us, w->anchor.us, &since))
		return WALL_NEVER;
	laps = since / w->every_us + (since % w->every_us >= 0);
	if (__builtin_mul_overflow(laps, w->every_us, &next)
	    || __builtin_add_overflow(next, w->anchor.us, &next))
		return WALL_NEVER;
	return (wall_t) { next };
}

void
when_rate_describe(const struct when *w, struct buf *out)
{
	buf_puts(out, "every ");
	duration_print(out, w->every_us);
}

/* When the last run ended is not known here: the planner adds the delay. */
bool
when_delay_parse(struct when *w, struct when_text *t)
{
	w->kind = WHEN_AFTER;
	return parse_duration(w, t, "@after");
}

void
when_delay_describe(const struct when *w, struct buf *out)
{
	duration_print(out, w->every_us);
	buf_puts(out, " after the end of the last run");
}

/* YYYY-MM-DD[Thh:mm[:ss]]; a blank may stand for the T. */
static bool
parse_local(struct when_text *t, struct civil *c)
{
	if (!when_text_date(t, c))
		return false;
	if (t->at == t->end)
		return true;
	if (!when_text_skip(t, 'T') && !when_text_skip(t, 't')
	    && !when_text_skip(t, ' '))
		return false;
	if (!when_text_digits(t, 2, &c->hour) || !when_text_skip(t, ':')
	    || !when_text_digits(t, 2, &c->minute))
		return false;
	if (when_text_skip(t, ':') && !when_text_digits(t, 2, &c->second))
		return false;
	return t->at == t->end && c->hour <= 23 && c->minute <= 59
	    && c->second <= 59;
}

/* One date, one time: the same machinery as for every other wall time. */
static void
use_one_wall_time(struct when *w, const struct civil *c)
{
	w->set.seconds = UINT64_C(1) << c->second;
	w->set.minutes = UINT64_C(1) << c->minute;
	w->set.hours = UINT32_C(1) << c->hour;
	w->set.months = UINT32_C(1) << c->month;
	w->days.days = UINT32_C(1) << c->day;
	w->days.weekdays = 0x7f;
	when_days_shapes(&w->days, w->set.days);
	w->set.years = xcalloc(1, sizeof *w->set.years);
	w->set.years[0] = (struct when_years) { c->year, c->year, 1 };
	w->set.year_count = 1;
}

/* An instant leaves the set empty. */
bool
when_once_parse(struct when *w, struct when_text *t)
{
	char argument[64];
	const char *from;
	struct civil c;

	take_argument(t, argument, sizeof argument);
	from = t->at;
	w->kind = WHEN_ONCE;
	buf_puts(&w->normal, "@at ");
	if (rfc3339_parse(argument, &w->once) == 0) {
		rfc3339_print(&w->normal, w->once, 0);
		return true;
	}
	if (!parse_local(t, &c)) {
		when_text_fail(t, from, "that is no date and time");
		when_text_hint(t,
		    "write @at 2026-12-24T18:00 (in the job's"
		    " zone) or @at 2026-12-24T18:00:00+01:00");
		return false;
	}
	use_one_wall_time(w, &c);
	buf_printf(&w->normal, "%04lld-%02d-%02dT%02d:%02d:%02d",
	    (long long)c.year, c.month, c.day, c.hour, c.minute, c.second);
	return true;
}

wall_t
when_once_next(const struct when *w, const struct tz *zone, wall_t after)
{
	if (w->set.years != NULL)
		return when_next_of_set(w, zone, after);
	return w->once.us > after.us ? w->once : WALL_NEVER;
}

void
when_once_describe(const struct when *w, struct buf *out)
{
	buf_printf(out, "once at %s", buf_text(&w->normal) + strlen("@at "));
}

bool
when_reboot_parse(struct when *w, struct when_text *t)
{
	t->at += when_text_word(t);
	if (t->at != t->end)
		return when_text_fail(t, t->at, "nothing can follow @reboot");
	w->kind = WHEN_REBOOT;
	buf_puts(&w->normal, "@reboot");
	return true;
}

void
when_reboot_describe(const struct when *w, struct buf *out)
{
	(void)w;
	buf_puts(out, "once after every boot");
}

bool
when_manual_claims(const char *text)
{
	return is_word(text, "@manual");
}

bool
when_manual_parse(struct when *w, struct when_text *t)
{
	t->at += when_text_word(t);
	if (t->at != t->end)
		return when_text_fail(t, t->at, "nothing can follow @manual");
	w->kind = WHEN_ONCE;
	buf_puts(&w->normal, "@manual");
	return true;
}

void
when_manual_describe(const struct when *w, struct buf *out)
{
	(void)w;
	buf_puts(out, "never by itself: by hand, or after other jobs");
}

wall_t
when_planned_next(const struct when *w, const struct tz *zone, wall_t after)
{
	(void)w;
	(void)zone;
	(void)after;
	return WALL_NEVER;
}
