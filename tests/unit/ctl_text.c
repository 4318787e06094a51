/* cronsctl/text, json, view, timeword: what is shown, and times as typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "cronsctl/json.h"
#include "cronsctl/text.h"
#include "cronsctl/timeword.h"
#include "cronsctl/view.h"
#include "share/buf.h"
#include "share/tz.h"

static void
assert_visible(const char *bytes, size_t len, const char *expected)
{
	struct buf out = BUF_EMPTY;

	text_visible(&out, bytes, len, "");
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
}

static void
nothing_shown_can_act_on_a_terminal(void **state)
{
	(void)state;
	assert_visible("plain \xc3\xa9", 8, "plain \xc3\xa9");
	assert_visible("a\x1b[2Jb", 6, "a\\x1b[2Jb");
	assert_visible("\t\r\n\0\x7f", 5, "\\t\\r\\n\\x00\\x7f");
	assert_visible("\xc2\x9b", 2, "\\u009b");
	assert_visible("\xe2\x80\xae", 3, "\\u202e");
	assert_visible("\xff\xc3", 2, "\\xff\\xc3");
	/* overlong, surrogate, beyond Unicode */
	assert_visible("\xc0\x80", 2, "\\xc0\\x80");
	assert_visible("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");
	assert_visible("\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80");
}

static void
a_character_may_come_in_two_pieces(void **state)
{
	struct text_stream stream = { 0 };
	struct buf out = BUF_EMPTY;

	(void)state;
	text_stream_put(&stream, &out, "a\xe2\x82", 3);
	assert_string_equal(buf_text(&out), "a");
	text_stream_put(&stream, &out, "\xac\n", 2);
	assert_string_equal(buf_text(&out), "a\xe2\x82\xac\n");
	text_stream_put(&stream, &out, "\xe2", 1);
	text_stream_put(&stream, &out, "x", 1);
	assert_string_equal(buf_text(&out), "a\xe2\x82\xac\n\\xe2x");
	buf_fini(&out);
}

static void
cutting_counts_columns_and_says_so(void **state)
{
	struct buf out = BUF_EMPTY;

	(void)state;
	text_cut(&out, "abcdef", 6);
	assert_string_equal(buf_text(&out), "abcdef");
	buf_clear(&out);
	text_cut(&out, "abcdefg", 6);
	assert_string_equal(buf_text(&out), "abcde\u2026");
	buf_clear(&out);
	/* Each of these takes two columns. */
	text_cut(&out, "\u65e5\u672c\u8a9e", 4);
	assert_string_equal(buf_text(&out), "\u65e5\u2026");
	assert_int_equal(text_width("\u65e5\u672c\u8a9e"), 6);
	buf_fini(&out);
}

static void
json_strings_keep_every_byte(void **state)
{
	struct buf out = BUF_EMPTY;

	(void)state;
	json_quote(&out, "a\"b\\\n\x01\xff\0\xc3\xa9", 10);
	assert_string_equal(buf_text(&out),
	    "\"a\\\"b\\\\\\n\\u0001\\udcff\\u0000\xc3\xa9\"");
	buf_fini(&out);
}

static void
assert_span(int64_t us, int units, const char *expected)
{
	struct buf out = BUF_EMPTY;

	view_span(&out, us, units);
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
}

static void
spans_are_short(void **state)
{
	(void)state;
	assert_span(0, 2, "0ms");
	assert_span(-5, 2, "0ms");
	assert_span(120 * 1000, 2, "120ms");
	assert_span(1200 * 1000, 2, "1.2s");
	assert_span(12 * SECOND_US, 2, "12s");
	assert_span(250 * SECOND_US, 2, "4m10s");
	assert_span(2 * MINUTE_US, 2, "2m");
	assert_span(9 * HOUR_US + 12 * MINUTE_US, 2, "9h12m");
	assert_span(14 * HOUR_US + 59 * MINUTE_US, 1, "14h");
	assert_span(5 * DAY_US + 3 * SECOND_US, 2, "5d");
	assert_span(999999, 1, "0s");
	assert_span(999999, 2, "999ms");
}

static void
assert_bytes(int64_t bytes, const char *expected)
{
	struct buf out = BUF_EMPTY;

	view_bytes(&out, bytes);
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
}

static void
sizes_are_short(void **state)
{
	(void)state;
	assert_bytes(0, "0");
	assert_bytes(1023, "1023");
	assert_bytes(1024, "1.0k");
	assert_bytes(10 * 1024, "10k");
	assert_bytes(1024 * 1024 - 1, "1023k");
	assert_bytes(1536 * 1024, "1.5M");
	assert_bytes(INT64_MAX, "7.9E");
}

static struct timeword_base
base_in_berlin(void)
{
	struct fault f;
	struct timeword_base base = { tz_open("Europe/Berlin", &f),
		{ 1795341600 * SECOND_US } }; /* Sun 2026-11-22 11:00 CET */

	assert_non_null(base.zone);
	return base;
}

static void
assert_time(const char *text, const char *expected)
{
	struct timeword_base base = base_in_berlin();
	struct buf out = BUF_EMPTY;
	struct fault f;
	wall_t at;

	assert_int_equal(timeword_parse(text, &base, &at, &f), ERR_NONE);
	rfc3339_print(&out, at, tz_offset(base.zone, at.us / SECOND_US));
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
	tz_free((struct tz *)base.zone);
}

static void
times_are_taken_as_people_write_them(void **state)
{
	(void)state;
	assert_time("now", "2026-11-22T11:00:00+01:00");
	assert_time("2h", "2026-11-22T09:00:00+01:00");
	assert_time("1h30m", "2026-11-22T09:30:00+01:00");
	assert_time("03:00", "2026-11-22T03:00:00+01:00");
	assert_time("3:07:09", "2026-11-22T03:07:09+01:00");
	assert_time("today", "2026-11-22T00:00:00+01:00");
	assert_time("yesterday 03:00", "2026-11-21T03:00:00+01:00");
	assert_time("Tomorrow 03:00", "2026-11-23T03:00:00+01:00");
	assert_time("sun", "2026-11-22T00:00:00+01:00");
	assert_time("mon 09:00", "2026-11-16T09:00:00+01:00");
	assert_time("Saturday 09:00", "2026-11-21T09:00:00+01:00");
	assert_time("2026-07-01", "2026-07-01T00:00:00+02:00");
	assert_time("2026-07-01 03:00", "2026-07-01T03:00:00+02:00");
	assert_time("2026-07-01T03:00:30", "2026-07-01T03:00:30+02:00");
	assert_time("2026-07-01T03:00:00Z", "2026-07-01T05:00:00+02:00");
	assert_time("@1795341600", "2026-11-22T11:00:00+01:00");
	/* Twice there: the first one. */
	assert_time("2026-10-25 02:30", "2026-10-25T02:30:00+02:00");
}

static void
other_times_are_refused_with_a_hint(void **state)
{
	static const char *const wrong[] = { "", "gestern", "25:00", "12:60",
		"2026-02-30", "2026-13-01", "2026-3", "03:00x", "today 3",
		"@", "@x", "-2h", "2026-03-29 02:30" };
	struct timeword_base base = base_in_berlin();

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct fault f;
		wall_t at;

		assert_int_equal(timeword_parse(wrong[i], &base, &at, &f),
		    ERR_BAD_VALUE);
		assert_true(f.hint[0] != '\0');
	}
	tz_free((struct tz *)base.zone);
}

static int
set_locale(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_shown_can_act_on_a_terminal),
		cmocka_unit_test(a_character_may_come_in_two_pieces),
		cmocka_unit_test(cutting_counts_columns_and_says_so),
		cmocka_unit_test(json_strings_keep_every_byte),
		cmocka_unit_test(spans_are_short),
		cmocka_unit_test(sizes_are_short),
		cmocka_unit_test(times_are_taken_as_people_write_them),
		cmocka_unit_test(other_times_are_refused_with_a_hint),
	};

	return cmocka_run_group_tests(tests, set_locale, NULL);
}
