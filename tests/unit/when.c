/* Schedules: what the planner and people are told of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../share/buf.h"
#include "../../share/tz.h"
#include "../../share/when.h"

#define S(seconds) ((wall_t) { (int64_t)(seconds)*SECOND_US })

static struct tz *
open_ok(const char *name)
{
	struct fault f;
	struct tz *zone = tz_open(name, &f);

	if (zone == NULL)
		fail_msg("%s", f.text);
	return zone;
}

static struct when *
parse_ok(const char *text, enum dialect dialect)
{
	struct when *w = when_parse(text, dialect, 0, S(0));

	if (when_fault(w) != NULL)
		fail_msg("%s: %s", text, when_fault(w)->text);
	return w;
}

static wall_t
at_utc(const char *text)
{
	wall_t t = { 0 };

	assert_int_equal(rfc3339_parse(text, &t), 0);
	return t;
}

/* The next instants after `after`, each as RFC 3339. */
static void
expect_next(const char *schedule, const char *zone_name, const char *after,
    const char *expected)
{
	struct when *w = parse_ok(schedule, DIALECT_EXTENDED);
	struct tz *zone = open_ok(zone_name);
	struct buf found = BUF_EMPTY;
	wall_t at = at_utc(after);

	for (size_t i = 0; i < strlen(expected);) {
		at = when_next(w, zone, at);
		if (wall_is_never(at)) {
			buf_puts(&found, "never");
			break;
		}
		rfc3339_print(&found, at, tz_offset(zone, at.us / SECOND_US));
		i = found.len + 1;
		if (i < strlen(expected))
			buf_putc(&found, ' ');
	}
	assert_string_equal(buf_text(&found), expected);
	buf_fini(&found);
	tz_free(zone);
	when_free(w);
}

static void
dialects_have_names(void **unused)
{
	enum dialect d;

	(void)unused;
	for (int i = 0; i < DIALECT_COUNT; i++) {
		assert_true(dialect_find(dialect_name((enum dialect)i), &d));
		assert_int_equal(d, i);
	}
	assert_false(dialect_find("vixie", &d));
}

static void
the_planner_is_told_what_kind_it_is(void **unused)
{
	static const struct {
		const char *text;
		enum when_kind kind;
		int64_t delay_us;
		bool is_wildcard;
	} rows[] = {
		{ "30 2 * * *", WHEN_TIMES, 0, false },
		{ "*/5 2 * * *", WHEN_TIMES, 0, true },
		{ "0 */2 * * *", WHEN_TIMES, 0, true },
		{ "0 0-23 * * *", WHEN_TIMES, 0, false },
		{ "@hourly", WHEN_TIMES, 0, true },
		{ "@daily", WHEN_TIMES, 0, false },
		{ "@reboot", WHEN_REBOOT, 0, false },
		{ "@after 10m", WHEN_AFTER, 10 * MINUTE_US, false },
		{ "@every 90s", WHEN_TIMES, 0, true },
		{ "@at 2026-12-24T18:00", WHEN_ONCE, 0, false },
		{ "@at 2026-12-24T18:00:00Z", WHEN_ONCE, 0, false },
		{ "every 2 days at 9:00", WHEN_TIMES, 0, false },
		{ "*:0/15", WHEN_TIMES, 0, true },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct when *w = parse_ok(rows[i].text, DIALECT_EXTENDED);

		assert_int_equal(when_kind(w), rows[i].kind);
		assert_int_equal(when_delay_us(w), rows[i].delay_us);
		assert_int_equal(when_is_wildcard(w), rows[i].is_wildcard);
		assert_null(when_warning(w));
		when_free(w);
	}
}

static void
a_fault_says_where_and_what_to_do(void **unused)
{
	struct when *w = when_parse("0 22-4 * * *", DIALECT_DEBIAN, 0, S(0));
	const struct fault *f = when_fault(w);

	(void)unused;
	assert_non_null(f);
	assert_int_equal(f->err, ERR_BAD_SCHEDULE);
	assert_int_equal(f->column, 3);
	assert_string_equal(f->field, "hour");
	assert_string_equal(f->text, "the range 22-4 is turned round");
	assert_string_equal(f->hint, "write 22-23,0-4");
	when_free(w);
}

/* Whatever was parsed, every question has an answer. */
static void
a_schedule_that_is_none_can_be_asked(void **unused)
{
	struct when *w = when_parse("nonsense", DIALECT_DEBIAN, 0, S(0));
	struct tz *utc = open_ok("UTC");
	struct buf out = BUF_EMPTY;

	(void)unused;
	assert_true(wall_is_never(when_next(w, utc, S(0))));
	assert_false(when_moved(w, utc, S(0), &out));
	when_describe(w, &out);
	when_print(w, &out);
	assert_int_equal(out.len, 0);
	assert_false(when_matches(w, utc, S(0), &out));
	assert_true(out.len > 0);
	buf_fini(&out);
	tz_free(utc);
	when_free(w);
	when_free(NULL);
}

static void
control_bytes_and_endless_texts_are_refused(void **unused)
{
	static char longest[5000];
	static const char *const bad[]
	    = { "", "  ", "0 0 * * *\n", "0 0\033 * * *", longest };

	(void)unused;
	memset(longest, '1', sizeof longest - 1);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		for (int d = 0; d < DIALECT_COUNT; d++) {
			struct when *w
			    = when_parse(bad[i], (enum dialect)d, 0, S(0));

			assert_non_null(when_fault(w));
			when_free(w);
		}
}

static void
a_schedule_that_never_fires_is_warned_of(void **unused)
{
	static const char *const never[]
	    = { "0 0 30 2 *", "0 0 31 4,6 *", "0 0 31W 2 *", "0 0 30 2 ?" };
	struct tz *utc = open_ok("UTC");

	(void)unused;
	for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
		struct when *w = parse_ok(never[i], DIALECT_EXTENDED);

		assert_non_null(when_warning(w));
		assert_true(wall_is_never(when_next(w, utc, S(0))));
		when_free(w);
	}
	tz_free(utc);
}

static void
rare_dates_are_found_far_away(void **unused)
{
	(void)unused;
	expect_next("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z",
	    "2104-02-29T00:00:00Z");
	expect_next("Mon *-02-29", "UTC", "2072-03-01T00:00:00Z",
	    "2112-02-29T00:00:00Z");
	expect_next("Mon *-02-29", "Europe/Berlin", "2072-03-01T00:00:00Z",
	    "2112-02-29T00:00:00+01:00");
	expect_next("2025-02-29", "UTC", "2020-01-01T00:00:00Z", "never");
	expect_next(
	    "0 0 1 1 *", "UTC", "1850-05-05T05:05:05Z", "1851-01-01T00:00:00Z");
}

static void
clock_changes_follow_the_rule(void **unused)
{
	static const char *const zone = "America/New_York";

	(void)unused;
	/* R3: made up once, at the end of the gap. */
	expect_next("0,30 2 * * *", zone, "2025-03-09T00:00:00-05:00",
	    "2025-03-09T03:00:00-04:00 2025-03-10T02:00:00-04:00");
	/* R1: nothing in a gap, both passes of an overlap. */
	expect_next("*/30 2 * * *", zone, "2025-03-09T00:00:00-05:00",
	    "2025-03-10T02:00:00-04:00");
	expect_next("*/30 1 * * *", zone, "2025-11-02T00:00:00-04:00",
	    "2025-11-02T01:00:00-04:00 2025-11-02T01:30:00-04:00 "
	    "2025-11-02T01:00:00-05:00 2025-11-02T01:30:00-05:00");
	/* R2: the first pass only. */
	expect_next("30 1 * * *", zone, "2025-11-02T00:00:00-04:00",
	    "2025-11-02T01:30:00-04:00 2025-11-03T01:30:00-05:00");
	/* In every form. */
	expect_next("every 1 days at 2:30", zone, "2025-03-09T00:00:00-05:00",
	    "2025-03-09T03:00:00-04:00 2025-03-10T02:30:00-04:00");
	expect_next("@at 2025-03-09T02:30", zone, "2025-01-01T00:00:00-05:00",
	    "2025-03-09T03:00:00-04:00 never");
	expect_next("*-*-* 02:30", zone, "2025-03-09T00:00:00-05:00",
	    "2025-03-09T03:00:00-04:00");
	/* R4: a day that was left out is a correction. */
	expect_next("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00-10:00",
	    "2012-12-30T12:00:00+14:00");
}

static void
expect_moved(const char *schedule, const char *zone_name, const char *at,
    const char *expected)
{
	struct when *w = parse_ok(schedule, DIALECT_EXTENDED);
	struct tz *zone = open_ok(zone_name);
	struct buf out = BUF_EMPTY;
	bool moved = when_moved(w, zone, at_utc(at), &out);

	assert_int_equal(moved, expected[0] != '\0');
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
	tz_free(zone);
	when_free(w);
}

static void
a_moved_instant_says_so(void **unused)
{
	(void)unused;
	expect_moved("30 2 * * *", "Europe/Berlin", "2026-03-29T03:00:00+02:00",
	    "02:30 does not exist on 2026-03-29: runs at 03:00 CEST");
	expect_moved(
	    "30 2 * * *", "Europe/Berlin", "2026-03-30T02:30:00+02:00", "");
	expect_moved("0 2,3 * * *", "Europe/Berlin",
	    "2026-03-29T03:00:00+02:00",
	    "02:00 does not exist on 2026-03-29: joined with the run at"
	    " 03:00 CEST");
	expect_moved("0,30 2 * * *", "Europe/Berlin",
	    "2026-03-29T03:00:00+02:00",
	    "02:00 and 02:30 do not exist on 2026-03-29: run once, at 03:00"
	    " CEST");
	expect_moved("0-59 2 * * *", "Europe/Berlin",
	    "2026-03-29T03:00:00+02:00",
	    "02:00, 02:01, 02:02 and 57 more do not exist on 2026-03-29: run"
	    " once, at 03:00 CEST");
	expect_moved(
	    "* 2,3 * * *", "Europe/Berlin", "2026-03-29T03:00:00+02:00", "");
	expect_moved("@every 1h", "UTC", "2026-03-29T03:00:00Z", "");
}

static void
expect_matches(
    const char *schedule, const char *at, bool matches, const char *why)
{
	struct when *w = parse_ok(schedule, DIALECT_EXTENDED);
	struct tz *zone = open_ok("Europe/Berlin");
	struct buf out = BUF_EMPTY;

	assert_int_equal(when_matches(w, zone, at_utc(at), &out), matches);
	assert_string_equal(buf_text(&out), why);
	buf_fini(&out);
	tz_free(zone);
	when_free(w);
}

static void
why_is_answered_in_a_sentence(void **unused)
{
	(void)unused;
	expect_matches("*/5 * * * *", "2026-03-02T12:07:00+01:00", false,
	    "minute 7 is not a multiple of 5");
	expect_matches("0 9-17 * * *", "2026-03-02T20:00:00+01:00", false,
	    "hour 20 is not 9 to 17");
	expect_matches("0 9 * * 1-5", "2026-03-01T09:00:00+01:00", false,
	    "Sunday is not Monday to Friday");
	expect_matches("0 9 1,15 * *", "2026-03-02T09:00:00+01:00", false,
	    "day 2 is not days 1 or 15 of the month");
	expect_matches("0 9 13 * 5", "2026-03-02T09:00:00+01:00", false,
	    "day 2 is not day 13 of the month, and Monday is not Friday");
	expect_matches("0 9 */2 * 1", "2026-03-03T09:00:00+01:00", false,
	    "day 3, a Tuesday, is not every 2nd day from 1 to 31 of the month"
	    " that is Monday");
	expect_matches("0 9 * 1,7 *", "2026-03-02T09:00:00+01:00", false,
	    "March is not January or July");
	expect_matches("0 9 * * *", "2026-03-02T09:00:01+01:00", false,
	    "second 1 is not 0");
	expect_matches("0 9 * * *", "2026-03-02T09:00:00+01:00", true,
	    "09:00 on 2026-03-02 is one: at 09:00 every day");
	expect_matches("30 2 * * *", "2026-03-29T03:00:00+02:00", true,
	    "02:30 does not exist on 2026-03-29: runs at 03:00 CEST");
	expect_matches("30 2 * * *", "2026-10-25T02:30:00+01:00", false,
	    "02:30 comes a second time on 2026-10-25: a fixed time runs the"
	    " first time only");
	expect_matches("every 2 weeks from 2026-01-05 on mon at 9:00",
	    "2026-01-12T09:00:00+01:00", false,
	    "2026-01-12 is left out by every 2 weeks counted from"
	    " 2026-01-05");
	expect_matches("@every 1h", "2026-03-02T09:00:00+01:00", true,
	    "the schedule is every 1h, and this is such an instant");
	expect_matches("@every 1h", "2026-03-02T09:30:00+01:00", false,
	    "the schedule is every 1h; the next such instant is"
	    " 2026-03-02T10:00:00+01:00");
	expect_matches("@reboot", "2026-03-02T09:30:00+01:00", false,
	    "the schedule is once after every boot");
}

/* An instant is one exactly if when_next stops there. */
static void
matches_and_next_agree(void **unused)
{
	static const char *const texts[] = { "*/7 1-3 * * *", "30 2 * * *",
		"0-59/20 1-2 * * *", "15,45 * * * 0", "0 30 2 * * *",
		"every 2 weeks on sun at 2:30,3:00", "Sun *:0/20" };
	static const char *const starts[]
	    = { "2026-03-28T22:00:00Z", "2026-10-24T22:00:00Z" };
	struct tz *zone = open_ok("Europe/Berlin");

	(void)unused;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct when *w = parse_ok(texts[i], DIALECT_EXTENDED);

		for (int start = 0; start < 2; start++)
			for (int m = 0; m < 480; m++) {
				wall_t at = wall_add(
				    at_utc(starts[start]), m * MINUTE_US);
				wall_t next
				    = when_next(w, zone, wall_add(at, -1));
				struct buf why = BUF_EMPTY;

				assert_int_equal(
				    when_matches(w, zone, at, &why),
				    next.us == at.us);
				assert_true(why.len > 0);
				buf_fini(&why);
			}
		when_free(w);
	}
	tz_free(zone);
}

/* Of many names, H must not choose few places, and always the same. */
static void
hashes_spread_and_stay(void **unused)
{
	struct tz *utc = open_ok("UTC");
	bool minutes[60] = { false };
	int different = 0;

	(void)unused;
	for (uint64_t seed = 0; seed < 1000; seed++) {
		struct when *w
		    = when_parse("H H * * *", DIALECT_EXTENDED, seed, S(0));
		struct when *again
		    = when_parse("H H * * *", DIALECT_EXTENDED, seed, S(9));
		wall_t at = when_next(w, utc, S(0));

		assert_int_equal(at.us, when_next(again, utc, S(0)).us);
		minutes[at.us / MINUTE_US % 60] = true;
		when_free(w);
		when_free(again);
	}
	for (int i = 0; i < 60; i++)
		different += minutes[i];
	assert_int_equal(different, 60);
	tz_free(utc);
}

static void
hashes_and_random_places_keep_their_bounds(void **unused)
{
	struct tz *utc = open_ok("UTC");

	(void)unused;
	for (uint64_t seed = 0; seed < 2000; seed++) {
		struct when *w = when_parse(
		    "H(10-20)/5 3~5 H 3 *", DIALECT_EXTENDED, seed, S(0));
		wall_t at = S(0);

		for (int i = 0; i < 2; i++) {
			struct civil c;

			at = when_next(w, utc, at);
			civil_from_seconds(at.us / SECOND_US, &c);
			assert_in_range(c.minute, 10, 20);
			assert_in_range(c.hour, 3, 5);
			assert_in_range(c.day, 1, 28);
			assert_int_equal(c.month, 3);
		}
		when_free(w);
	}
	tz_free(utc);
}

static void
a_fixed_rate_counts_from_its_anchor(void **unused)
{
	struct when *w = when_parse("@every 90s", DIALECT_EXTENDED, 0, S(1000));
	struct tz *utc = open_ok("UTC");

	(void)unused;
	assert_int_equal(when_next(w, utc, S(1000)).us, S(1090).us);
	assert_int_equal(when_next(w, utc, S(999)).us, S(1000).us);
	assert_int_equal(when_next(w, utc, S(0)).us, S(10).us);
	assert_int_equal(when_next(w, utc, S(-1)).us, S(10).us);
	assert_int_equal(when_next(w, utc, S(-80)).us, S(10).us);
	assert_int_equal(when_next(w, utc, S(-81)).us, S(-80).us);
	assert_true(
	    wall_is_never(when_next(w, utc, (wall_t) { INT64_MAX - 5 })));
	tz_free(utc);
	when_free(w);
}

/* The anchor's date is its date in the job's zone: here already Monday. */
static void
weeks_are_counted_from_the_anchors_week(void **unused)
{
	wall_t anchor = at_utc("2026-01-04T23:30:00Z");
	struct when *w = when_parse(
	    "every 2 weeks on mon at 09:00", DIALECT_EXTENDED, 0, anchor);
	struct tz *utc = open_ok("UTC"), *berlin = open_ok("Europe/Berlin");

	(void)unused;
	assert_int_equal(when_next(w, berlin, anchor).us,
	    at_utc("2026-01-05T09:00:00+01:00").us);
	assert_int_equal(
	    when_next(w, utc, anchor).us, at_utc("2026-01-12T09:00:00Z").us);
	tz_free(utc);
	tz_free(berlin);
	when_free(w);
}

static void
periods_go_on_over_years(void **unused)
{
	(void)unused;
	expect_next("every 2 weeks from 2025-12-15 on mon,thu at 9:00",
	    "Europe/Berlin", "2025-12-16T00:00:00+01:00",
	    "2025-12-18T09:00:00+01:00 2025-12-29T09:00:00+01:00 "
	    "2026-01-01T09:00:00+01:00 2026-01-12T09:00:00+01:00");
	expect_next("every 5 months from 2025-11-01 on 31 at 6:00", "UTC",
	    "2025-11-01T00:00:00Z",
	    "2027-07-31T06:00:00Z 2027-12-31T06:00:00Z");
	expect_next("every 12 months from 2025-02-01 on 31", "UTC",
	    "2025-11-01T00:00:00Z", "never");
	expect_next("every 100 days from 2026-01-01 at 0:00,12:00", "UTC",
	    "2026-01-01T00:00:00Z",
	    "2026-01-01T12:00:00Z 2026-04-11T00:00:00Z");
}

static void
parts_of_seconds_are_instants_too(void **unused)
{
	(void)unused;
	expect_next("*:*:10.25/20", "UTC", "2026-01-01T00:00:10.249Z",
	    "2026-01-01T00:00:10.250Z 2026-01-01T00:00:30.250Z "
	    "2026-01-01T00:00:50.250Z 2026-01-01T00:01:10.250Z");
	expect_next("*:*:0/0.5", "UTC", "2026-01-01T00:00:59Z",
	    "2026-01-01T00:00:59.500Z 2026-01-01T00:01:00Z");
	/* Made up at the end of a gap, where no fraction was asked for. */
	expect_next("02:30:00.5", "America/New_York",
	    "2025-03-09T00:00:00-05:00",
	    "2025-03-09T03:00:00-04:00 2025-03-10T02:30:00.500-04:00");
	expect_next("@every 500ms", "UTC", "2026-01-01T00:00:00.2Z",
	    "2026-01-01T00:00:00.500Z 2026-01-01T00:00:01Z");
}

static void
only_a_calendar_names_a_zone(void **unused)
{
	struct when *a = parse_ok("daily Asia/Kolkata", DIALECT_CALENDAR);
	struct when *b = parse_ok("daily utc", DIALECT_CALENDAR);
	struct when *c = parse_ok("@daily", DIALECT_EXTENDED);

	(void)unused;
	assert_string_equal(when_zone(a), "Asia/Kolkata");
	assert_string_equal(when_zone(b), "UTC");
	assert_null(when_zone(c));
	when_free(a);
	when_free(b);
	when_free(c);
}

/* At both ends of time nothing overflows. */
static void
the_ends_of_time_are_quiet(void **unused)
{
	static const char *const texts[]
	    = { "* * * * *", "0 0 29 2 *", "@every 90s", "every 3 months on 1",
		      "*:*:0/0.5", "2030-01-01" };
	struct tz *zone = open_ok("Europe/Berlin");

	(void)unused;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct when *w = parse_ok(texts[i], DIALECT_EXTENDED);
		static const int64_t ends[]
		    = { INT64_MIN, INT64_MIN + 1, INT64_MIN / 2, INT64_MAX / 2,
			      INT64_MAX - 1, INT64_MAX };

		for (size_t j = 0; j < sizeof ends / sizeof *ends; j++) {
			wall_t at = { ends[j] };
			wall_t next = when_next(w, zone, at);

			assert_true(next.us > at.us || wall_is_never(next));
		}
		when_free(w);
	}
	tz_free(zone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dialects_have_names),
		cmocka_unit_test(the_planner_is_told_what_kind_it_is),
		cmocka_unit_test(a_fault_says_where_and_what_to_do),
		cmocka_unit_test(a_schedule_that_is_none_can_be_asked),
		cmocka_unit_test(control_bytes_and_endless_texts_are_refused),
		cmocka_unit_test(a_schedule_that_never_fires_is_warned_of),
		cmocka_unit_test(rare_dates_are_found_far_away),
		cmocka_unit_test(clock_changes_follow_the_rule),
		cmocka_unit_test(a_moved_instant_says_so),
		cmocka_unit_test(why_is_answered_in_a_sentence),
		cmocka_unit_test(matches_and_next_agree),
		cmocka_unit_test(hashes_spread_and_stay),
		cmocka_unit_test(hashes_and_random_places_keep_their_bounds),
		cmocka_unit_test(a_fixed_rate_counts_from_its_anchor),
		cmocka_unit_test(weeks_are_counted_from_the_anchors_week),
		cmocka_unit_test(periods_go_on_over_years),
		cmocka_unit_test(parts_of_seconds_are_instants_too),
		cmocka_unit_test(only_a_calendar_names_a_zone),
		cmocka_unit_test(the_ends_of_time_are_quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
