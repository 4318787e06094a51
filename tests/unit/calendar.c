/*
 * Calendars: what is taken and what is refused, and then calendars made at
 * random, given to schedules of every form: what when_next says is compared
 * with the instants of the bare schedule, looked at one by one, and a search
 * through the entries that knows nothing of bits.
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
#include "../../share/calendar.h"
#include "../../share/clock.h"
#include "../../share/tz.h"
#include "../../share/when.h"

#define ROUNDS 2000
#define ENTRIES 12

static int64_t
day(int year, int month, int of_month)
{
	return days_from_civil(year, month, of_month);
}

static struct calendar *
parse_ok(const char *text)
{
	struct fault f;
	struct calendar *c = calendar_parse(text, &f);

	if (c == NULL)
		fail_msg("%s: %d:%d: %s", text, f.line, f.column, f.text);
	return c;
}

static void
days_are_left_out_and_added(void **unused)
{
	struct calendar *c = parse_ok("\xef\xbb\xbf# the year\r\n"
				      "2026-12-24..2027-01-03 # closed\r\n"
				      "--12-31..--01-01\n"
				      "  - --02-29,---05-01\n"
				      "+ 2026-12-29 # stocktaking\n"
				      "+2027-05-01, + --10-03\n");

	(void)unused;
	assert_int_equal(calendar_of_day(c, day(2026, 12, 23)), 0);
	assert_int_equal(calendar_of_day(c, day(2026, 12, 24)), CALENDAR_OUT);
	assert_int_equal(calendar_of_day(c, day(2027, 1, 3)), CALENDAR_OUT);
	assert_int_equal(calendar_of_day(c, day(2027, 1, 4)), 0);
	assert_int_equal(calendar_of_day(c, day(2026, 12, 29)), CALENDAR_IN);
	assert_int_equal(calendar_of_day(c, day(1800, 12, 31)), CALENDAR_OUT);
	assert_int_equal(calendar_of_day(c, day(2400, 1, 1)), CALENDAR_OUT);
	assert_int_equal(calendar_of_day(c, day(2028, 2, 29)), CALENDAR_OUT);
	assert_int_equal(calendar_of_day(c, day(2027, 3, 1)), 0);
	assert_int_equal(calendar_of_day(c, day(2027, 5, 1)), CALENDAR_IN);
	assert_int_equal(calendar_of_day(c, day(2028, 5, 1)), CALENDAR_OUT);
	assert_int_equal(calendar_of_day(c, day(2100, 10, 3)), CALENDAR_IN);
	calendar_free(c);
}

static void
expect_entry(const struct calendar *c, int64_t of_day, const char *expected)
{
	struct buf out = BUF_EMPTY;

	calendar_put_entry(c, of_day, &out);
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
}

static void
the_entry_that_counts_is_told(void **unused)
{
	struct calendar *c = parse_ok("2026-12-01..2026-12-31 # December\n"
				      "--12-24\n\n+ 2026-12-24 #  a rush \n");
	struct buf out = BUF_EMPTY;

	(void)unused;
	expect_entry(c, day(2026, 12, 1), "line 1 (December)");
	expect_entry(c, day(2026, 12, 24), "line 4 (a rush )");
	expect_entry(c, day(2027, 12, 24), "line 2");
	expect_entry(c, day(2027, 12, 25), "");
	calendar_describe(c, &out);
	assert_string_equal(
	    buf_text(&out), "leaves out 2 dates or ranges, adds 1");
	buf_fini(&out);
	calendar_free(c);
}

static void
expect_fault(const char *text, int line, int column, const char *why)
{
	struct fault f = { .err = ERR_NONE };

	assert_null(calendar_parse(text, &f));
	if (f.line != line || f.column != column || f.err != ERR_BAD_VALUE
	    || strstr(f.text, why) == NULL || f.hint[0] == '\0')
		fail_msg("%s: %d:%d: %s", text, f.line, f.column, f.text);
	assert_string_equal(f.field, "not");
}

static void
a_mistake_is_told_with_its_place(void **unused)
{
	(void)unused;
	expect_fault("2026-02-29", 1, 1, "no such day");
	expect_fault("--02-30", 1, 1, "no such day");
	expect_fault("# x\n\n  - 2026-13-01", 3, 5, "no such day");
	expect_fault("christmas", 1, 1, "no date");
	expect_fault("2026-1-1", 1, 1, "no date");
	expect_fault("2026-01-011", 1, 1, "no date");
	expect_fault("1969-12-31", 1, 1, "1970 to 2199");
	expect_fault("2200-01-01", 1, 1, "1970 to 2199");
	expect_fault("2026-01-02..2026-01-01", 1, 1, "turned round");
	expect_fault("2026-01-01..2036-01-09", 1, 1, "ten years");
	expect_fault("2026-01-01..--01-09", 1, 1, "or neither");
	expect_fault("2026-01-01..", 1, 13, "no date");
	expect_fault("2026-01-01 Christmas", 1, 12, "must follow");
	expect_fault("2026-01-01 .. 2026-01-02", 1, 12, "must follow");
	expect_fault("2026-01-01,,", 1, 12, "no date");
	expect_fault("+", 1, 2, "no date");
	expect_fault("2026-01-01\n\x01", 2, 1, "control byte");
}

static void
a_text_that_is_too_long_is_refused(void **unused)
{
	struct buf text = BUF_EMPTY;
	struct fault f;

	(void)unused;
	while (text.len <= CALENDAR_BYTES)
		buf_puts(&text, "# nothing\n");
	assert_null(calendar_parse(buf_text(&text), &f));
	assert_int_equal(f.err, ERR_TOO_LARGE);
	buf_fini(&text);
}

/* ---- at random ---- */

static uint64_t seed = 1;

static int
dice(int sides)
{
	seed = seed * UINT64_C(6364136223846793005)
	    + UINT64_C(1442695040888963407);
	return (int)((seed >> 33) % (uint64_t)sides);
}

struct entry {
	struct civil from, to;
	bool is_in, is_yearly;
};

struct model {
	struct entry entry[ENTRIES];
	int count;
	struct buf text;
};

/* In 2026 and 2027, where the questions are. */
static void
random_date(struct civil *c)
{
	civil_from_days(day(2026, 1, 1) + dice(730), c);
}

static void
put_random_date(struct buf *out, const struct civil *c, bool is_yearly)
{
	if (is_yearly)
		buf_puts(out, "--");
	else
		buf_printf(out, "%04d-", (int)c->year);
	buf_printf(out, "%02d-%02d", c->month, c->day);
}

static void
make_entry(struct model *m)
{
	struct entry *e = &m->entry[m->count++];
	int64_t first;

	e->is_in = dice(3) == 0;
	e->is_yearly = dice(2) == 0;
	random_date(&e->from);
	first = days_from_civil(e->from.year, e->from.month, e->from.day);
	civil_from_days(first + dice(dice(2) == 0 ? 3 : 60), &e->to);
	buf_puts(&m->text, e->is_in ? "+ " : dice(2) == 0 ? "- " : "");
	put_random_date(&m->text, &e->from, e->is_yearly);
	buf_puts(&m->text, "..");
	put_random_date(&m->text, &e->to, e->is_yearly);
	buf_puts(&m->text, dice(4) == 0 ? " # why\n" : "\n");
}

static int
compare_dates(const struct civil *a, const struct civil *b, bool is_yearly)
{
	if (!is_yearly && a->year != b->year)
		return a->year < b->year ? -1 : 1;
	if (a->month != b->month)
		return a->month < b->month ? -1 : 1;
	return a->day < b->day ? -1 : a->day > b->day;
}

static bool
entry_has(const struct entry *e, const struct civil *c)
{
	bool is_behind = compare_dates(c, &e->from, e->is_yearly) >= 0;
	bool is_before = compare_dates(c, &e->to, e->is_yearly) <= 0;

	if (compare_dates(&e->from, &e->to, e->is_yearly) > 0)
		return is_behind || is_before;
	return is_behind && is_before;
}

/* Those of every year first, then those with a year: the last word counts. */
static enum calendar_word
ask_model(const struct model *m, const struct civil *c)
{
	enum calendar_word word = CALENDAR_SILENT;

	for (int years = 0; years < 2; years++)
		for (int i = 0; i < m->count; i++)
			if (m->entry[i].is_yearly == (years == 0)
			    && entry_has(&m->entry[i], c))
				word = m->entry[i].is_in ? CALENDAR_IN
							 : CALENDAR_OUT;
	return word;
}

/* A schedule, and the same times on every day; NULL: make-up days mean
 * nothing to it. */
static const char *const schedules[][2] = {
	{ "0 9 * * 1-5", "0 9 * * *" },
	{ "30 2 * * *", "30 2 * * *" },
	{ "*/20 2-3 * * sun", "*/20 2-3 * * *" },
	{ "15 0,12,23 1,15 * *", "15 0,12,23 * * *" },
	{ "0 0 L * *", "0 0 * * *" },
	{ "0 6 * 2 *", "0 6 * * *" },
	{ "every 2 weeks from 2026-01-05 on mon,thu at 09:00",
	    "every day at 09:00" },
	{ "every 3 days from 2026-01-01 at 02:30,18:00",
	    "every day at 02:30,18:00" },
	{ "Mon..Fri *-*-* 10:30:30", "*-*-* 10:30:30" },
	{ "@every 7h", NULL },
	{ "@every 30h", NULL },
	{ "@at 2026-05-01T12:00", "0 12 * * *" },
	{ "0 0 30 2 *", "0 0 * * *" },
};

struct trial {
	const struct model *model;
	const struct tz *zone;
	struct when *bare, *daily, *both; /* daily may be NULL */
};

static enum calendar_word
word_of(const struct trial *t, wall_t at)
{
	int64_t second = at.us / SECOND_US;
	struct civil c;

	civil_from_seconds(second + tz_offset(t->zone, second), &c);
	return ask_model(t->model, &c);
}

/* The first instant of w after `after` whose day has (or has not) the word. */
static wall_t
next_with(const struct trial *t, const struct when *w, wall_t after, bool in)
{
	wall_t end = { (day(2028, 7, 1)) * DAY_US };

	for (;;) {
		enum calendar_word word;

		after = when_next(w, t->zone, after);
		if (after.us >= end.us)
			return WALL_NEVER;
		word = word_of(t, after);
		if (in ? word == CALENDAR_IN : word != CALENDAR_OUT)
			return after;
	}
}

static void
try_instants(const struct trial *t, const char *schedule)
{
	wall_t after = { (day(2026, 1, 1) + dice(700)) * DAY_US };
	wall_t end = { day(2028, 7, 1) * DAY_US };

	for (int i = 0; i < 8 && after.us < end.us; i++) {
		wall_t got = when_next(t->both, t->zone, after);
		wall_t want = next_with(t, t->bare, after, false);
		wall_t added = t->daily == NULL
		    ? WALL_NEVER
		    : next_with(t, t->daily, after, true);
		struct buf why = BUF_EMPTY;

		if (added.us < want.us)
			want = added;
		if (want.us >= end.us && got.us >= end.us)
			return;
		if (got.us != want.us)
			fail_msg("%s after %lld: %lld, not %lld, with\n%s",
			    schedule, (long long)after.us, (long long)got.us,
			    (long long)want.us, buf_text(&t->model->text));
		assert_true(when_matches(t->both, t->zone, got, &why));
		buf_fini(&why);
		after = got;
	}
}

static void
try_schedule(
    const struct model *m, const struct tz *zone, const char *const text[2])
{
	enum dialect dialect = DIALECT_EXTENDED;
	wall_t anchor = { day(2026, 1, 1) * DAY_US };
	struct trial t = { .model = m, .zone = zone };

	t.bare = when_parse(text[0], dialect, 1, anchor);
	t.both = when_parse(text[0], dialect, 1, anchor);
	if (text[1] != NULL)
		t.daily = when_parse(text[1], dialect, 1, anchor);
	when_set_calendar(t.both, buf_text(&m->text));
	assert_null(when_fault(t.both));
	try_instants(&t, text[0]);
	when_free(t.bare);
	when_free(t.both);
	when_free(t.daily);
}

static void
compare_days(const struct model *m)
{
	struct calendar *c = parse_ok(buf_text(&m->text));
	int64_t in = CALENDAR_NONE, kept = CALENDAR_NONE;

	for (int64_t d = day(2028, 12, 31); d >= day(2025, 1, 1); d--) {
		struct civil date;
		enum calendar_word word;

		civil_from_days(d, &date);
		word = ask_model(m, &date);
		assert_int_equal(calendar_of_day(c, d), word);
		if (word == CALENDAR_IN)
			in = d;
		if (word != CALENDAR_OUT)
			kept = d;
		if (in != CALENDAR_NONE)
			assert_int_equal(
			    calendar_next_in(c, d, CALENDAR_NONE), in);
		assert_int_equal(calendar_next_in(c, d, d), CALENDAR_NONE);
		if (kept != CALENDAR_NONE)
			assert_int_equal(calendar_next_kept(c, d), kept);
	}
	calendar_free(c);
}

static void
random_calendars_are_what_they_say(void **unused)
{
	struct fault f;
	struct tz *zones[] = { tz_open("UTC", &f),
		tz_open("Europe/Berlin", &f), tz_open("Asia/Beirut", &f) };
	size_t count = sizeof schedules / sizeof *schedules;

	(void)unused;
	for (int round = 0; round < ROUNDS; round++) {
		struct model m = { .text = BUF_EMPTY };

		seed = (uint64_t)round * 77 + 5;
		for (int n = 1 + dice(ENTRIES); n > 0; n--)
			make_entry(&m);
		if (round % 20 == 0)
			compare_days(&m);
		try_schedule(
		    &m, zones[dice(3)], schedules[dice((int)count)]);
		buf_fini(&m.text);
	}
	for (size_t i = 0; i < 3; i++)
		tz_free(zones[i]);
}

static void
a_delay_ends_on_a_day_that_remains(void **unused)
{
	struct fault f;
	struct tz *berlin = tz_open("Europe/Berlin", &f);
	struct when *w
	    = when_parse("@after 2h", DIALECT_EXTENDED, 0, (wall_t) { 0 });
	wall_t from, want;

	(void)unused;
	when_set_calendar(w, "2026-12-24..2026-12-26");
	rfc3339_parse("2026-12-23T21:00:00+01:00", &from);
	assert_int_equal(
	    when_delayed(w, berlin, from).us, from.us + 2 * HOUR_US);
	rfc3339_parse("2026-12-23T23:00:00+01:00", &from);
	rfc3339_parse("2026-12-27T00:00:00+01:00", &want);
	assert_int_equal(when_delayed(w, berlin, from).us, want.us);
	assert_true(when_is_left_out(w, berlin, wall_add(want, -1)));
	assert_false(when_is_left_out(w, berlin, want));
	when_free(w);
	tz_free(berlin);
}

static void
a_schedule_without_a_day_left_never_runs(void **unused)
{
	struct fault f;
	struct tz *utc = tz_open("UTC", &f);
	static const char *const texts[]
	    = { "0 9 * * *", "@every 1h", "every 2 days", "@hourly" };

	(void)unused;
	for (size_t i = 0; i < 4; i++) {
		struct when *w = when_parse(
		    texts[i], DIALECT_EXTENDED, 0, (wall_t) { 0 });

		when_set_calendar(w, "--01-01..--12-31");
		assert_true(wall_is_never(
		    when_next(w, utc, (wall_t) { 1767225600 * SECOND_US })));
		when_free(w);
	}
	tz_free(utc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_left_out_and_added),
		cmocka_unit_test(the_entry_that_counts_is_told),
		cmocka_unit_test(a_mistake_is_told_with_its_place),
		cmocka_unit_test(a_text_that_is_too_long_is_refused),
		cmocka_unit_test(random_calendars_are_what_they_say),
		cmocka_unit_test(a_delay_ends_on_a_day_that_remains),
		cmocka_unit_test(a_schedule_without_a_day_left_never_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
