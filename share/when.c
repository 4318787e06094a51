/*
 * The table of schedule forms. A text is given to the first form of its
 * dialect that claims it; a new form is a row here and the functions it
 * names. Everything about wall times and clock changes is shared by all forms
 * that fill in a when_set.
 */
#include "when.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "calendar.h"
#include "log.h"
#include "tz.h"
#include "when_at.h"
#include "when_calendar.h"
#include "when_cron.h"
#include "when_dst.h"
#include "when_every.h"
#include "when_form.h"
#include "when_skip.h"
#include "when_text.h"
#include "when_words.h"

#define TEXT_MAX 2000

#define IN(name) (1u << DIALECT_##name)
#define CRONTABS (IN(DEBIAN) | IN(CRONIE))

/* clang-format off */
static const struct when_form forms[] = {
	{ "calendar", IN(CALENDAR), when_calendar_claims, when_calendar_parse,
	    when_next_of_set, when_words_describe },
	{ "reboot", CRONTABS | IN(EXTENDED), when_reboot_claims,
	    when_reboot_parse, when_planned_next, when_reboot_describe },
	{ "manual", IN(EXTENDED), when_manual_claims, when_manual_parse,
	    when_planned_next, when_manual_describe },
	{ "rate", IN(EXTENDED), when_rate_claims, when_rate_parse,
	    when_rate_next, when_rate_describe },
	{ "delay", IN(EXTENDED), when_delay_claims, when_delay_parse,
	    when_planned_next, when_delay_describe },
	{ "once", IN(EXTENDED), when_once_claims, when_once_parse,
	    when_once_next, when_once_describe },
	{ "macro", CRONTABS | IN(EXTENDED), when_macro_claims,
	    when_macro_parse, when_next_of_set, when_words_describe },
	{ "period", IN(EXTENDED), when_every_claims, when_every_parse,
	    when_next_of_set, when_words_describe },
	{ "calendar", IN(EXTENDED), when_calendar_is_clear,
	    when_calendar_parse, when_next_of_set, when_words_describe },
	{ "fields", CRONTABS | IN(EXTENDED), when_cron_claims,
	    when_cron_parse, when_next_of_set, when_words_describe },
};
/* clang-format on */

static const char *const dialects[] = {
#define X(name, word) word,
	DIALECTS(X)
#undef X
};

const char *
dialect_name(enum dialect dialect)
{
	return dialects[dialect];
}

bool
dialect_find(const char *word, enum dialect *dialect)
{
	for (int i = 0; i < DIALECT_COUNT; i++)
		if (strcmp(dialects[i], word) == 0) {
			*dialect = (enum dialect)i;
			return true;
		}
	return false;
}

/* Schedules are printed into lines and logs: no control byte gets in. */
static bool
text_is_clean(struct when_text *t)
{
	t->end = t->start + strlen(t->start);
	for (const char *p = t->start; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' && *p != '\t')
			return when_text_fail(
			    t, p, "the schedule holds a control byte");
	if (t->end - t->start > TEXT_MAX)
		return when_text_fail(t, t->start,
		    "the schedule is longer than %d bytes", TEXT_MAX);
	when_text_skip_blanks(t);
	if (t->at == t->end)
		return when_text_fail(t, t->start, "there is no schedule");
	return true;
}

/*
 * The last row of each dialect claims what is left, so the loop always returns.
 */
static bool
parse(struct when *w, struct when_text *t)
{
	if (!text_is_clean(t))
		return false;
	while (t->end[-1] == ' ' || t->end[-1] == '\t')
		t->end--;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		w->form = &forms[i];
		if ((w->form->dialects >> w->dialect & 1)
		    && w->form->claims(t->at))
			return w->form->parse(w, t);
	}
	fatal("no form for a schedule of dialect %s", dialects[w->dialect]);
}

/*
 * A text that is no schedule still gives an object: callers keep it with its
 * fault, and every other function takes it.
 */
struct when *
when_parse(const char *text, enum dialect dialect, uint64_t seed, wall_t anchor)
{
	struct when *w = xcalloc(1, sizeof *w);
	struct fault fault = { .err = ERR_NONE };
	struct when_text t = { text, text, NULL, "schedule", &fault };

	w->dialect = dialect;
	w->seed = seed;
	w->anchor = anchor;
	if (!parse(w, &t)) {
		w->fault = xmalloc(sizeof fault);
		*w->fault = fault;
	}
	when_set_close(&w->set);
	if (w->fault == NULL && w->form->next == when_next_of_set
	    && w->set.is_empty && w->warning.len == 0)
		buf_puts(&w->warning,
		    "no date is ever like this: it never"
		    " runs");
	return w;
}

void
when_free(struct when *w)
{
	if (w == NULL)
		return;
	when_set_fini(&w->set);
	buf_fini(&w->normal);
	buf_fini(&w->warning);
	calendar_free(w->calendar);
	free(w->parts);
	free(w->zone);
	free(w->fault);
	free(w);
}

const struct fault *
when_fault(const struct when *w)
{
	return w->fault;
}

const char *
when_warning(const struct when *w)
{
	return w->warning.len > 0 ? w->warning.data : NULL;
}

const char *
when_zone(const struct when *w)
{
	return w->zone;
}

enum when_kind
when_kind(const struct when *w)
{
	return w->kind;
}

int64_t
when_delay_us(const struct when *w)
{
	return w->kind == WHEN_AFTER ? w->every_us : 0;
}

bool
when_is_wildcard(const struct when *w)
{
	return w->is_wildcard;
}

void
when_print(const struct when *w, struct buf *out)
{
	buf_puts(out, buf_text(&w->normal));
}

void
when_describe(const struct when *w, struct buf *out)
{
	if (w->fault != NULL)
		return;
	w->form->describe(w, out);
	if (w->calendar != NULL) {
		buf_puts(out, "; its calendar ");
		calendar_describe(w->calendar, out);
	}
}

/* The last second of the negative end is left out: it would not come back. */
int64_t
when_floor_seconds(wall_t t)
{
	int64_t seconds = t.us / SECOND_US;

	if (t.us % SECOND_US < 0 && seconds > INT64_MIN / SECOND_US)
		seconds--;
	return seconds;
}

/*
 * Without a date in the text, periods count from the anchor's date as people in
 * that zone wrote it: near midnight it is another one than in UTC.
 */
static struct when_walls
walls_of(const struct when *w, const struct tz *zone)
{
	struct when_walls walls = { &w->set, w->phase, !w->is_wildcard };

	if (w->set.unit != WHEN_NO_PERIOD && !w->has_phase) {
		int64_t at = when_floor_seconds(w->anchor);

		at += tz_offset(zone, at);
		walls.phase = at / 86400 - (at % 86400 < 0);
	}
	return walls;
}

/*
 * The first instant > after in the second that begins at `at`, which is one
 * of the schedule's; WALL_NEVER if that second is used up. One that a clock
 * change made up has no fraction.
 */
static wall_t
next_part(const struct when *w, const struct tz *zone, int64_t at, wall_t after)
{
	struct when_walls walls = walls_of(w, zone);
	wall_t whole = { at * SECOND_US };
	int64_t wall;

	if (when_dst_place(&walls, zone, at, &wall) == WHEN_MADE_UP)
		return whole.us > after.us ? whole : WALL_NEVER;
	for (size_t i = 0; i < w->part_count; i++) {
		wall_t part = wall_add(whole, w->parts[i] % SECOND_US);

		if (w->parts[i] / SECOND_US == (wall % 60 + 60) % 60
		    && part.us > after.us)
			return part;
	}
	return WALL_NEVER;
}

/* Only OnCalendar's fractions may leave something of the current second. */
wall_t
when_next_of_set(const struct when *w, const struct tz *zone, wall_t after)
{
	struct when_walls walls = walls_of(w, zone);
	int64_t from = when_floor_seconds(after) + (w->parts == NULL);

	if (w->set.is_empty)
		return WALL_NEVER;
	for (;;) {
		int64_t at = when_dst_next(&walls, zone, from);
		wall_t next;

		if (at > INT64_MAX / SECOND_US - 1)
			return WALL_NEVER;
		if (w->parts == NULL)
			return (wall_t) { at * SECOND_US };
		next = next_part(w, zone, at, after);
		if (!wall_is_never(next))
			return next;
		from = at + 1;
	}
}

/*
 * A form never sees a faulty schedule, nor a question about the time after
 * the end of time.
 */
wall_t
when_next(const struct when *w, const struct tz *zone, wall_t after)
{
	wall_t next;

	if (w->fault != NULL || wall_is_never(after))
		return WALL_NEVER;
	next = w->form->next(w, zone, after);
	return w->calendar == NULL ? next : when_skip_next(w, zone, next);
}

/* @at is a set of one wall time or an instant; only the former has one. */
static bool
has_set(const struct when *w)
{
	return w->fault == NULL
	    && (w->form->next == when_next_of_set
		|| (w->kind == WHEN_ONCE && w->set.years != NULL));
}

/* "02:30", "02:30:15" of a wall time. */
static void
put_time(struct buf *out, int64_t wall)
{
	struct civil c;

	civil_from_seconds(wall, &c);
	buf_printf(out, "%02d:%02d", c.hour, c.minute);
	if (c.second != 0)
		buf_printf(out, ":%02d", c.second);
}

static void
put_date(struct buf *out, int64_t wall)
{
	struct civil c;

	civil_from_seconds(wall, &c);
	buf_printf(out, "%04lld-%02d-%02d", (long long)c.year, c.month, c.day);
}

#define SKIPPED_SHOWN 3
#define SKIPPED_COUNTED 200 /* a job of every minute has 179 at most */

/* "02:00, 02:20 and 02:40 do not exist on 2026-03-29"; how many they are. */
static int
put_skipped(
    struct buf *out, const struct when_walls *walls, const int64_t span[2])
{
	int64_t wall = span[0], shown[SKIPPED_SHOWN];
	int count = 0;

	for (; wall < span[1] && count < SKIPPED_COUNTED; count++) {
		if (count < SKIPPED_SHOWN)
			shown[count] = wall;
		wall = when_set_next(walls->set, walls->phase, wall + 1);
	}
	for (int i = 0; i < count && i < SKIPPED_SHOWN; i++) {
		if (i > 0)
			buf_puts(out,
			    i == count - 1 ? " and " : ", ");
		put_time(out, shown[i]);
	}
	if (count > SKIPPED_SHOWN)
		buf_printf(out, " and %s%d more",
		    count == SKIPPED_COUNTED ? "at least " : "",
		    count - SKIPPED_SHOWN);
	buf_puts(out, count == 1 ? " does not" : " do not");
	buf_puts(out, " exist on ");
	put_date(out, span[0]);
	return count;
}

/*
 * What a clock change did to an instant that is one: "02:30 does not exist on
 * 2026-03-29: runs at 03:00 CEST". False, and nothing, if it did nothing.
 */
static bool
put_moved(struct buf *out, const struct when_walls *walls,
    const struct tz *zone, int64_t at)
{
	int64_t span[2];
	int count;

	if (!when_dst_skips(walls, zone, at, span))
		return false;
	count = put_skipped(out, walls, span);
	if (when_set_next(walls->set, walls->phase, span[1]) == span[1])
		buf_puts(out, ": joined with the run at ");
	else
		buf_puts(out, count == 1 ? ": runs at " : ": run once, at ");
	put_time(out, span[1]);
	buf_printf(out, " %s", tz_abbreviation(zone, at));
	return true;
}

/* Made up, or a regular match that others have joined. */
bool
when_moved(
    const struct when *w, const struct tz *zone, wall_t at, struct buf *out)
{
	struct when_walls walls = walls_of(w, zone);

	return has_set(w)
	    && put_moved(out, &walls, zone, when_floor_seconds(at));
}

/* Of the forms without wall times: the instant is one, or it is not. */
static bool
matches_instant(
    const struct when *w, const struct tz *zone, wall_t at, struct buf *why)
{
	wall_t second = { when_floor_seconds(at) * SECOND_US };
	wall_t next = when_next(w, zone, wall_add(second, -1));
	bool matches = next.us < second.us + SECOND_US;

	if (w->fault != NULL) {
		buf_puts(why, w->fault->text);
		return false;
	}
	if (!matches && when_is_left_out(w, zone, at)) {
		int64_t from = second.us / SECOND_US;

		when_skip_why(w, from + tz_offset(zone, from), why);
		return false;
	}
	buf_puts(why, "the schedule is ");
	w->form->describe(w, why);
	if (!matches && wall_is_never(next))
		return false;
	buf_puts(why,
	    matches ? ", and this is such an instant"
		    : "; the next such instant is ");
	if (!matches)
		rfc3339_print(
		    why, next, tz_offset(zone, when_floor_seconds(next)));
	return matches;
}

/* What else an instant stands for that is one anyway. */
static void
put_joined(struct buf *out, const struct when_walls *walls,
    const struct tz *zone, int64_t at)
{
	struct buf joined = BUF_EMPTY;

	if (put_moved(&joined, walls, zone, at))
		buf_printf(out, "; %s", buf_text(&joined));
	buf_fini(&joined);
}

/* A make-up day is one whatever the schedule says of days. */
static void
put_added(struct buf *out, const struct when *w, int64_t wall)
{
	struct buf added = BUF_EMPTY;

	if (when_skip_why(w, wall, &added))
		buf_printf(out, "; %s", buf_text(&added));
	buf_fini(&added);
}

/*
 * If the schedule itself has that time, the calendar is the reason; on a
 * make-up day only the time of day can be.
 */
static void
put_why_not(
    struct buf *out, const struct when *w, int64_t phase, int64_t wall)
{
	int64_t day = wall / 86400 - (wall % 86400 < 0);

	if (w->calendar != NULL
	    && calendar_of_day(w->calendar, day) == CALENDAR_IN) {
		when_skip_why(w, wall, out);
		buf_puts(out, "; but ");
		when_words_why_not_time(w, wall, out);
	} else if (!when_words_why_not(w, phase, wall, out))
		when_skip_why(w, wall, out);
}

/*
 * The answer comes from the same classification that when_next obeys, so the
 * two cannot disagree.
 */
bool
when_matches(
    const struct when *w, const struct tz *zone, wall_t at, struct buf *why)
{
	struct when_walls walls = walls_of(w, zone);
	int64_t second = when_floor_seconds(at), wall;

	if (!has_set(w))
		return matches_instant(w, zone, at, why);
	switch (when_dst_place(&walls, zone, second, &wall)) {
	case WHEN_MADE_UP:
		return put_moved(why, &walls, zone, second);
	case WHEN_HELD:
		put_time(why, wall);
		buf_puts(why, " comes a second time on ");
		put_date(why, wall);
		buf_puts(why, ": a fixed time runs the first time only");
		return false;
	case WHEN_PLAIN:
		put_time(why, wall);
		buf_puts(why, " on ");
		put_date(why, wall);
		buf_puts(why, " is one: ");
		w->form->describe(w, why);
		put_added(why, w, wall);
		put_joined(why, &walls, zone, second);
		return true;
	case WHEN_OUTSIDE:
		break;
	}
	put_why_not(why, w, walls.phase, wall);
	return false;
}
