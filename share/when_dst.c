/*
 * An instant belongs to a schedule if its wall time does, with two
 * corrections for fixed schedules, at changes of less than three hours: where
 * the clock jumps forward over a member, the instant of the jump belongs to
 * it (once, however many were jumped over); where it goes back, members that
 * come a second time do not belong to it. Changes of three hours or more
 * forward, or more than three back, are corrections of the clock and get
 * neither. (The rule of Vixie's cron, and of man/crons.7.)
 *
 * The search walks over the changes, a stretch of one offset at a time. When
 * the next member is far away it goes there at once: between a stretch that
 * was searched and that member no wall time can be one, so that no change
 * between them can matter.
 */
#include "when_dst.h"

#include "tz.h"
#include "when_set.h"

#define CORRECTION_S (180 * 60)
#define FAR_S (4 * 86400) /* more than any two offsets differ */
#define CYCLE_S (INT64_C(146097) * 86400) /* 400 years */
#define NO_END (INT64_MAX / 2) /* differences of instants do not overflow */

/* Tests count what a search does; it costs nothing elsewhere. */
#ifndef WHEN_DST_STEP
#define WHEN_DST_STEP() ((void)0)
#endif

/* A time between two changes of the offset. */
struct stretch {
	int64_t from; /* instants before it are not asked for */
	int64_t start; /* of what is still to be searched */
	int64_t end; /* the next change, or NO_END */
	int offset;
	int offset_after; /* from end on */
};

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* R3 and R4: what a change of the clock is, and what a correction of it. */
static bool
is_short_gap(int before, int after)
{
	return after > before && after - before < CORRECTION_S;
}

static bool
is_short_overlap(int before, int after)
{
	return before > after && before - after <= CORRECTION_S;
}

/*
 * The first change after an instant tells both the offset until then and the
 * one after it.
 */
static void
read_end(struct stretch *s, const struct tz *zone, int64_t after)
{
	struct tz_change change;

	s->end = NO_END;
	if (tz_next_change(zone, after, &change)) {
		s->end = change.at;
		s->offset_after = change.after;
		s->offset = change.before;
	} else
		s->offset = s->offset_after = tz_offset(zone, after);
}

/* The stretch after s; times held back at its beginning are left out. */
static void
step_stretch(
    struct stretch *s, const struct when_walls *w, const struct tz *zone)
{
	int before = s->offset, after = s->offset_after;
	int64_t change = s->end;

	s->start = change;
	if (w->is_fixed && is_short_overlap(before, after))
		s->start += before - after;
	read_end(s, zone, change);
}

/* Is a member skipped by the jump at the end of s? */
static bool
end_skips(const struct stretch *s, const struct when_walls *w)
{
	if (!w->is_fixed || !is_short_gap(s->offset, s->offset_after))
		return false;
	return when_set_next(w->set, w->phase, s->end + s->offset)
	    < s->end + s->offset_after;
}

/*
 * The search begins three hours early, so that it meets a change whose
 * second pass is still going on.
 */
static void
go_to(struct stretch *s, const struct tz *zone, int64_t from)
{
	s->from = s->start = from;
	read_end(s, zone, from - CORRECTION_S - 1);
}

/* Searches s: true when *at is the answer, else s has been moved on. */
static bool
search_stretch(struct stretch *s, const struct when_walls *w,
    const struct tz *zone, int64_t *at)
{
	int64_t start = later(s->start, s->from);

	if (start < s->end) {
		int64_t wall
		    = when_set_next(w->set, w->phase, start + s->offset);

		*at = wall == WALL_NONE ? WALL_NONE : wall - s->offset;
		if (*at < s->end)
			return true;
		if (s->end - start > FAR_S && *at > s->end + 2 * FAR_S) {
			if (wall != WALL_NONE)
				go_to(s, zone, wall - FAR_S);
			return wall == WALL_NONE;
		}
	}
	*at = s->end == NO_END ? WALL_NONE : s->end;
	if (s->end == NO_END || (s->end >= s->from && end_skips(s, w)))
		return true;
	step_stretch(s, w, zone);
	return false;
}

/*
 * Each turn of the loop moves over one change, or jumps over all that cannot
 * matter; the limit ends schedules whose every member lies in a gap.
 */
int64_t
when_dst_next(const struct when_walls *w, const struct tz *zone, int64_t from)
{
	int64_t limit = from + CYCLE_S, at;
	struct stretch s;

	for (go_to(&s, zone, from); s.start <= limit;) {
		WHEN_DST_STEP();
		if (search_stretch(&s, w, zone, &at))
			return at;
	}
	return WALL_NONE;
}

/* The stretch that holds the instant; start is its true beginning or lower. */
static struct stretch
find_stretch(const struct tz *zone, int64_t at, int *offset_before)
{
	struct stretch s;
	int64_t looked = at - CORRECTION_S - 1;

	s.from = s.start = looked;
	read_end(&s, zone, looked);
	*offset_before = s.offset;
	while (s.end <= at) {
		*offset_before = s.offset;
		s.start = s.end;
		read_end(&s, zone, s.end);
	}
	return s;
}

/* Does a jump end at `at`, the beginning of s, that left members out? */
static bool
begins_after_skip(const struct stretch *s, const struct when_walls *w,
    int64_t at, int before)
{
	return w->is_fixed && at == s->start && is_short_gap(before, s->offset)
	    && when_set_next(w->set, w->phase, at + before) < at + s->offset;
}

bool
when_dst_skips(const struct when_walls *w, const struct tz *zone, int64_t at,
    int64_t span[2])
{
	int before;
	struct stretch s = find_stretch(zone, at, &before);

	span[0] = when_set_next(w->set, w->phase, at + before);
	span[1] = at + s.offset;
	return begins_after_skip(&s, w, at, before);
}

/* The same rules as in the search, asked of one instant. */
enum when_place
when_dst_place(const struct when_walls *w, const struct tz *zone, int64_t at,
    int64_t *wall)
{
	int before;
	struct stretch s = find_stretch(zone, at, &before);

	*wall = at + s.offset;
	if (when_set_next(w->set, w->phase, *wall) == *wall) {
		if (w->is_fixed && is_short_overlap(before, s.offset)
		    && at < s.start + before - s.offset)
			return WHEN_HELD;
		return WHEN_PLAIN;
	}
	if (!begins_after_skip(&s, w, at, before))
		return WHEN_OUTSIDE;
	*wall = when_set_next(w->set, w->phase, at + before);
	return WHEN_MADE_UP;
}
