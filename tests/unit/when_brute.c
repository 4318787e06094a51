/*
 * Schedules made at random, as text and as plain tables of what they mean, in
 * every dialect. What when_next says is compared with a search that looks at
 * every single minute (second, day) and knows nothing of bits and jumps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../share/buf.h"
#include "../../share/clock.h"
#include "../../share/tz.h"
#include "../../share/when.h"
#include "when_model.h"

#define MINUTE_ROUNDS 50000
#define SECOND_ROUNDS 8000
#define DAY_ROUNDS 50000
#define SEEN_MAX 20000

/* ---- windows: every instant round a change, with its wall time ---- */

struct instant {
	int64_t at, wall;
	int day; /* index into window.dates */
};

struct window {
	const struct tz *zone;
	int step; /* 60 or 1 */
	int64_t start, end;
	int offset_before; /* at start - step */
	size_t count;
	struct instant *instants;
	struct date dates[16];
	int date_count;
};

static int
date_index(struct window *w, int64_t number)
{
	for (int i = 0; i < w->date_count; i++)
		if (w->dates[i].number == number)
			return i;
	assert_true(w->date_count < 16);
	read_date(&w->dates[w->date_count], number);
	return w->date_count++;
}

static void
fill_window(struct window *w, const struct tz *zone, int64_t start, int length)
{
	memset(w, 0, sizeof *w);
	w->zone = zone;
	w->step = length < 20000 ? 1 : 60;
	w->start = start - start % 60;
	w->end = w->start + length;
	w->count = (size_t)(length / w->step);
	w->instants = calloc(w->count, sizeof *w->instants);
	w->offset_before = tz_offset(zone, w->start - w->step);
	for (size_t i = 0; i < w->count; i++) {
		int64_t at = w->start + (int64_t)i * w->step;
		int64_t wall = at + tz_offset(zone, at);

		w->instants[i] = (struct instant) { at, wall,
			date_index(w, wall / 86400) };
		date_index(w, (wall - 10800) / 86400);
	}
}

static bool
wall_fits(
    const struct model *m, struct window *w, const bool *fits, int64_t wall)
{
	return fits[date_index(w, wall / 86400)]
	    && time_fits(m, (int)(wall % 86400));
}

/*
 * The rule, literally: walls are looked at one by one, those that a jump of
 * less than three hours left out too, and those that come again within three
 * hours are held back from fixed schedules.
 */
static size_t
search_slowly(const struct model *m, struct window *w, int64_t *seen)
{
	int64_t held_until = INT64_MIN;
	int offset = w->offset_before;
	bool fits[16];
	size_t found = 0;

	for (int i = 0; i < w->date_count; i++)
		fits[i] = day_fits(m, &w->dates[i]);
	for (size_t i = 0; i < w->count; i++) {
		const struct instant *at = &w->instants[i];
		int now = (int)(at->wall - at->at), jump = now - offset;
		bool is_due
		    = fits[at->day] && time_fits(m, (int)(at->wall % 86400));

		offset = now;
		if (jump != 0)
			held_until = jump < 0 && jump >= -10800 ? at->at - jump
								: INT64_MIN;
		if (m->fixed && at->at < held_until)
			is_due = false;
		if (m->fixed && jump > 0 && jump < 10800)
			for (int64_t wall = at->wall - jump;
			     wall < at->wall && !is_due; wall += w->step)
				is_due = wall_fits(m, w, fits, wall);
		if (is_due)
			seen[found++] = at->at;
	}
	return found;
}

static void
complain(
    const struct model *m, const struct window *w, int64_t slow, int64_t fast)
{
	fail_msg("%s \"%s\" in %s from %lld: step by step %lld, next %lld",
	    dialect_name(m->dialect), m->text.data, tz_name(w->zone),
	    (long long)w->start, (long long)slow, (long long)fast);
}

/* Every instant of the window, in order, and none besides. */
static void
compare_window(const struct model *m, struct window *w)
{
	static int64_t seen[SEEN_MAX];
	struct when *when
	    = when_parse(m->text.data, m->dialect, 0, (wall_t) { 0 });
	wall_t at = { (w->start - 1) * SECOND_US };
	size_t count;

	if (when_fault(when) != NULL)
		fail_msg("%s \"%s\": column %d: %s", dialect_name(m->dialect),
		    m->text.data, when_fault(when)->column,
		    when_fault(when)->text);
	assert_int_equal(when_is_wildcard(when), !m->fixed);
	count = search_slowly(m, w, seen);
	for (size_t i = 0; i < count; i++) {
		wall_t next = when_next(when, w->zone, at);

		if (next.us != seen[i] * SECOND_US)
			complain(m, w, seen[i], next.us / SECOND_US);
		assert_int_equal(
		    when_next(when, w->zone, wall_add(next, -1)).us, next.us);
		/* Any question between two instants has the same answer. */
		if (at.us + 1 < next.us) {
			int64_t gap = next.us - at.us;
			wall_t between = { at.us
				+ (int64_t)(next_random() % (uint64_t)gap) };

			assert_int_equal(
			    when_next(when, w->zone, between).us, next.us);
		}
		at = next;
	}
	at = when_next(when, w->zone, at);
	if (at.us < w->end * SECOND_US)
		complain(m, w, -1, at.us / SECOND_US);
	when_free(when);
}

/* ---- zones ---- */

#define ZONES 20

static struct tz *zones[ZONES];
static int zone_count;

static void
open_zone(const char *name)
{
	struct fault f;
	struct tz *zone = tz_open(name, &f);

	if (zone == NULL)
		fail_msg("%s", f.text);
	zones[zone_count++] = zone;
}

/* A zone whose daylight time is ahead by just about three hours. */
static void
make_zone(const char *rule)
{
	static const uint8_t block[]
	    = { 'T', 'Z', 'i', 'f', '2', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		      0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 'L', 'M', 'T', 0 };
	uint8_t bytes[256];
	struct fault f;
	int len = 2 * (int)sizeof block;

	memcpy(bytes, block, sizeof block);
	memcpy(bytes + sizeof block, block, sizeof block);
	len += snprintf((char *)bytes + len, 100, "\n%s\n", rule);
	zones[zone_count] = tz_parse(rule, bytes, (uint64_t)len, &f);
	if (zones[zone_count++] == NULL)
		fail_msg("%s: %s", rule, f.text);
}

static int
open_zones(void **unused)
{
	static const char *const names[] = { "UTC", "America/New_York",
		"Europe/London", "Australia/Lord_Howe", "Pacific/Apia",
		"Antarctica/Troll", "Antarctica/Casey", "Africa/Casablanca",
		"America/Havana", "Pacific/Chatham", "America/Sao_Paulo",
		"Asia/Kathmandu", "Europe/Dublin", "Asia/Beirut" };
	static const char *const rules[] = { "AAA0BBB-2:59,M3.2.0,M11.1.0/4",
		"AAA0BBB-3,M3.2.0,M11.1.0/4", "AAA0BBB-3:01,M3.2.0,M11.1.0/4",
		"AAA0BBB-24,M3.2.0,M11.1.0/20" };

	(void)unused;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		open_zone(names[i]);
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		make_zone(rules[i]);
	return 0;
}

static int
close_zones(void **unused)
{
	(void)unused;
	while (zone_count > 0)
		tz_free(zones[--zone_count]);
	return 0;
}

/* A little before some change between 1990 and 2060, or just anywhere. */
static int64_t
random_start(const struct tz *zone, int length)
{
	int64_t at = INT64_C(631152000)
	    + (int64_t)(next_random() % (70 * UINT64_C(31557600)));
	struct tz_change c;

	if (random_below(5) > 0 && tz_next_change(zone, at, &c))
		at = c.at - random_below(length);
	return at;
}

static void
compare_many(int rounds, int windows, int length, bool has_seconds)
{
	for (int i = 0; i < windows; i++) {
		const struct tz *zone = zones[random_below(zone_count)];
		struct window w;

		fill_window(&w, zone, random_start(zone, length), length);
		for (int j = 0; j < rounds / windows; j++) {
			struct model m;

			make_model(&m, has_seconds);
			compare_window(&m, &w);
			buf_fini(&m.text);
		}
		free(w.instants);
	}
}

static void
every_minute_round_clock_changes_is_right(void **unused)
{
	(void)unused;
	compare_many(MINUTE_ROUNDS, 500, 36 * 3600, false);
}

static void
every_second_round_clock_changes_is_right(void **unused)
{
	(void)unused;
	compare_many(SECOND_ROUNDS, 400, 2 * 3600, true);
}

/* ---- days: years of them, at one time of day ---- */

#define FIRST_DAY 29220 /* 2050-01-01: 2100 is no leap year */
#define DAYS 20000

static struct date dates[DAYS];

static int
first_time(const struct model *m)
{
	for (int s = 0; s < 86400; s += 60)
		if (time_fits(m, s))
			return s;
	fail_msg("%s has no time", m->text.data);
	return 0;
}

static void
compare_days(const struct model *m)
{
	struct when *w
	    = when_parse(m->text.data, m->dialect, 0, (wall_t) { 0 });
	int start = random_below(DAYS - 1600), found = 0;
	int64_t time = first_time(m);

	for (int i = start; i < start + 1500 && found < 12; i++) {
		int64_t day = dates[i].number * 86400;
		wall_t next;

		if (!day_fits(m, &dates[i]))
			continue;
		found++;
		/* From the end of the day before, the first time of this. */
		next = when_next(
		    w, zones[0], (wall_t) { (day + time - 1) * SECOND_US });
		if (next.us != (day + time) * SECOND_US)
			fail_msg("%s \"%s\": day %lld is left out for %lld",
			    dialect_name(m->dialect), m->text.data,
			    (long long)dates[i].number,
			    (long long)(next.us / DAY_US));
		/* From its end, the next day that fits. */
		next = when_next(
		    w, zones[0], (wall_t) { (day + 86399) * SECOND_US });
		for (int j = i + 1; j < DAYS; j++)
			if (day_fits(m, &dates[j])) {
				assert_int_equal(
				    next.us / DAY_US, dates[j].number);
				break;
			} else
				assert_true(
				    next.us / DAY_US != dates[j].number);
	}
	when_free(w);
}

static void
every_day_of_years_is_right(void **unused)
{
	(void)unused;
	for (int i = 0; i < DAYS; i++)
		read_date(&dates[i], FIRST_DAY + i);
	for (int i = 0; i < DAY_ROUNDS; i++) {
		struct model m;

		make_model(&m, false);
		compare_days(&m);
		buf_fini(&m.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_minute_round_clock_changes_is_right),
		cmocka_unit_test(every_second_round_clock_changes_is_right),
		cmocka_unit_test(every_day_of_years_is_right),
	};

	return cmocka_run_group_tests(tests, open_zones, close_zones);
}
