/* cronsctl/lines, tail, match: output cut anywhere becomes lines again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cronsctl/call.h"
#include "cronsctl/lines.h"
#include "cronsctl/match.h"
#include "cronsctl/tail.h"
#include "share/buf.h"

/* "o@TIME:bytes" and a | behind what ends a line. */
static void
write_down(void *arg, const struct frame *line, bool is_end)
{
	buf_printf(arg, "%c@%lld:", line->kind, (long long)line->us);
	buf_put(arg, line->bytes, line->len);
	buf_puts(arg, is_end ? "|" : "");
}

static void
put(struct lines *lines, char kind, int64_t us, const char *text)
{
	struct frame frame = { .kind = kind, .us = us, .bytes = text,
		.len = strlen(text) };

	lines_put(lines, &frame);
}

static void
a_line_has_the_time_of_its_first_byte(void **state)
{
	struct buf seen = BUF_EMPTY;
	struct lines *lines = lines_new(write_down, &seen);

	(void)state;
	put(lines, 'o', 1, "a");
	put(lines, 'e', 2, "err");
	put(lines, 'o', 3, "b\nc\nd");
	put(lines, 'e', 4, "or\n");
	put(lines, 'o', 5, "\n\n");
	put(lines, 'o', 6, "rest");
	assert_string_equal(buf_text(&seen),
	    "o@1:ab\n|o@3:c\n|e@2:error\n|o@3:d\n|o@5:\n|");
	lines_end(lines);
	lines_end(lines);
	assert_string_equal(
	    buf_text(&seen) + seen.len - 10, "|o@6:rest|");
	lines_free(lines);
	buf_fini(&seen);
}

/* However a text is cut, its lines are the same. */
static void
cuts_make_no_difference(void **state)
{
	static const char text[] = "one\n\ntwo two\nthree\n\n\nfour";
	struct buf whole = BUF_EMPTY, seen = BUF_EMPTY;

	(void)state;
	for (size_t cut = 1; cut <= sizeof text; cut++) {
		struct lines *lines = lines_new(write_down, &seen);

		buf_clear(&seen);
		for (size_t at = 0; at < sizeof text - 1; at += cut) {
			struct frame frame = { .kind = 'o', .us = 7,
				.bytes = text + at };

			frame.len = sizeof text - 1 - at;
			if (frame.len > cut)
				frame.len = cut;
			lines_put(lines, &frame);
		}
		lines_end(lines);
		if (cut == 1)
			buf_puts(&whole, buf_text(&seen));
		assert_string_equal(buf_text(&seen), buf_text(&whole));
		lines_free(lines);
	}
	buf_fini(&whole);
	buf_fini(&seen);
}

static void
a_gap_cuts_a_line_and_no_line_takes_all_memory(void **state)
{
	struct buf seen = BUF_EMPTY;
	struct lines *lines = lines_new(write_down, &seen);
	char *much = malloc(LINES_LONGEST + 1);

	(void)state;
	put(lines, 'o', 1, "begin");
	put(lines, 'c', 2, "note");
	put(lines, 'g', 3, "gap");
	put(lines, 'o', 4, "end\n");
	assert_string_equal(
	    buf_text(&seen), "c@2:noteo@1:beging@3:gapo@4:end\n|");
	buf_clear(&seen);
	memset(much, 'x', LINES_LONGEST);
	much[LINES_LONGEST] = '\0';
	put(lines, 'o', 5, much);
	assert_int_equal(seen.len, LINES_LONGEST + strlen("o@5:"));
	lines_free(lines);
	free(much);
	buf_fini(&seen);
}

static void
write_frame(void *arg, const struct frame *frame)
{
	buf_put(arg, frame->bytes, frame->len);
}

static void
keep(void *arg, const struct frame *line, bool is_end)
{
	tail_put(arg, line, is_end);
}

static void
the_last_lines_are_those_that_end_last(void **state)
{
	static const char *const expected[] = { "", "abcdef", "x\nabcdef",
		"[note]two\nx\nabcdef", "[note]two\nx\nabcdef" };

	(void)state;
	for (size_t n = 0; n < 5; n++) {
		struct buf seen = BUF_EMPTY;
		struct tail *tail = tail_new(n);
		struct lines *lines = lines_new(keep, tail);

		put(lines, 'c', 1, "[note]");
		put(lines, 'o', 1, "two\n");
		put(lines, 'e', 2, "abc");
		put(lines, 'o', 3, "x\n");
		put(lines, 'e', 4, "def");
		lines_end(lines);
		tail_each(tail, write_frame, &seen);
		assert_string_equal(buf_text(&seen), expected[n]);
		buf_fini(&seen);
		lines_free(lines);
		tail_free(tail);
	}
}

static void
bytes_of_any_kind_are_matched(void **state)
{
	struct fault f;
	struct match *match = match_new("^a.b\\.?$", &f);

	(void)state;
	assert_non_null(match);
	assert_true(match_has(match, "a\xff" "b\n", 4));
	assert_false(match_has(match, "a\xc3\xa9" "b", 4));
	assert_false(match_has(match, "a b\nc", 5));
	match_free(match);
	match = match_new("b$", &f);
	assert_true(match_has(match, "a\0b\n", 4)); /* behind a NUL too */
	match_free(match);
	assert_null(match_new("a(b", &f));
	assert_int_equal(f.err, ERR_BAD_VALUE);
	assert_non_null(strstr(f.text, "a(b"));
}

static void
an_expression_is_bounded(void **state)
{
	char *text = malloc(100000);
	struct fault f;

	(void)state;
	memset(text, 'a', 99999);
	text[99999] = '\0';
	assert_null(match_new(text, &f));
	assert_non_null(strstr(f.text, "too long"));
	free(text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_the_time_of_its_first_byte),
		cmocka_unit_test(cuts_make_no_difference),
		cmocka_unit_test(
		    a_gap_cuts_a_line_and_no_line_takes_all_memory),
		cmocka_unit_test(the_last_lines_are_those_that_end_last),
		cmocka_unit_test(bytes_of_any_kind_are_matched),
		cmocka_unit_test(an_expression_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
