/* The protocol's request line, its words and the cells of its tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../share/buf.h"
#include "../../share/line.h"

/* A fixed generator: a failure must come again. */
static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void
parse_ok(struct line *line, const char *text)
{
	struct fault f;

	if (line_parse(line, text, strlen(text), &f) != ERR_NONE)
		fail_msg("%s: column %d: %s", text, f.column, f.text);
}

static void
a_request_is_taken_apart(void **unused)
{
	struct line line;

	(void)unused;
	parse_ok(&line,
	    "@7 add one key=a=b schedule=\"0 3 * * *\" \"x=y\" \"\" <12");
	assert_string_equal(line.tag, "7");
	assert_string_equal(line.verb, "add");
	assert_int_equal(line.word_count, 3);
	assert_string_equal(line.word[0], "one");
	assert_string_equal(line.word[1], "x=y");
	assert_string_equal(line.word[2], "");
	assert_int_equal(line.pair_count, 2);
	assert_string_equal(line_find(&line, "key"), "a=b");
	assert_string_equal(line_find(&line, "schedule"), "0 3 * * *");
	assert_null(line_find(&line, "sched"));
	assert_int_equal(line.payload, 12);
	line_fini(&line);
}

static void
the_least_request_is_a_verb(void **unused)
{
	struct line line;

	(void)unused;
	parse_ok(&line, "  status  ");
	assert_null(line.tag);
	assert_string_equal(line.verb, "status");
	assert_int_equal(line.word_count + line.pair_count, 0);
	assert_int_equal(line.payload, -1);
	line_fini(&line);
}

static void
escapes_live_in_quotes_only(void **unused)
{
	struct line line;

	(void)unused;
	parse_ok(&line, "v \"a\\n\\t\\r\\\\\\\"\\x41\\xfe\" b\\n c=\"\" d=");
	assert_string_equal(line.word[0], "a\n\t\r\\\"A\xfe");
	assert_string_equal(line.word[1], "b\\n");
	assert_string_equal(line_find(&line, "c"), "");
	assert_string_equal(line_find(&line, "d"), "");
	line_fini(&line);
}

static const struct {
	const char *text;
	size_t len; /* 0: strlen */
	int column;
} refused[] = {
	{ "", 0, 1 },
	{ "@7", 0, 3 },
	{ "@ add", 0, 1 },
	{ "@7 @8 add", 0, 4 },
	{ "key=value", 0, 1 },
	{ "\"add\"", 0, 1 },
	{ "add \"a", 0, 5 },
	{ "add \"a\\q\"", 0, 7 },
	{ "add \"a\\x4\"", 0, 7 },
	{ "add \"a\\x00\"", 0, 7 },
	{ "add \"a\\", 0, 7 },
	{ "add \"a\"b", 0, 8 },
	{ "add a\"b", 0, 6 },
	{ "add k=a\"b\"", 0, 8 },
	{ "add =b", 0, 5 },
	{ "add a/b=c", 0, 5 },
	{ "add a=1 a=2", 0, 9 },
	{ "add <", 0, 5 },
	{ "add <1x", 0, 5 },
	{ "add <99999999999999999999", 0, 5 },
	{ "add <12 more", 0, 9 },
	{ "add a\tb", 0, 6 },
	{ "add a\r", 0, 6 },
	{ "add a\0b", 7, 6 },
	{ "add a\x7f", 0, 6 },
};

static void
a_bad_line_is_refused_with_its_column(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		size_t len = refused[i].len;
		struct line line;
		struct fault f;

		if (len == 0)
			len = strlen(refused[i].text);
		if (line_parse(&line, refused[i].text, len, &f) == ERR_NONE)
			fail_msg("accepted: %s", refused[i].text);
		assert_int_equal(f.err, ERR_BAD_REQUEST);
		if (f.column != refused[i].column)
			fail_msg("%s: column %d, not %d", refused[i].text,
			    f.column, refused[i].column);
	}
}

static void
a_line_has_limits(void **unused)
{
	struct buf text = BUF_EMPTY;
	struct line line;
	struct fault f;

	(void)unused;
	buf_puts(&text, "v");
	for (int i = 0; i < LINE_WORDS; i++)
		buf_puts(&text, " w");
	assert_int_equal(
	    line_parse(&line, text.data, text.len, &f), ERR_NONE);
	line_fini(&line);
	buf_puts(&text, " w");
	assert_int_equal(
	    line_parse(&line, text.data, text.len, &f), ERR_BAD_REQUEST);
	buf_clear(&text);
	while (text.len < LINE_BYTES)
		buf_putc(&text, 'v');
	assert_int_equal(
	    line_parse(&line, text.data, text.len, &f), ERR_NONE);
	line_fini(&line);
	buf_putc(&text, 'v');
	assert_int_equal(
	    line_parse(&line, text.data, text.len, &f), ERR_TOO_LARGE);
	buf_fini(&text);
}

/* Words of random bytes, half of them from the bytes that need care. */
static void
random_word(uint32_t *state, char *to, size_t cap)
{
	static const char care[] = " \"\\=<@\n\t\rx%#";
	size_t len = next_random(state) % cap;

	for (size_t i = 0; i < len; i++) {
		to[i] = next_random(state) % 2 == 0
		    ? care[next_random(state) % (sizeof care - 1)]
		    : (char)(next_random(state) % 255 + 1);
	}
	to[len] = '\0';
}

static void
what_is_printed_parses_to_the_same_words(void **unused)
{
	uint32_t state = 1;

	(void)unused;
	for (int round = 0; round < 20000; round++) {
		struct buf text = BUF_EMPTY;
		char word[24], value[24];
		struct line line;

		random_word(&state, word, sizeof word);
		random_word(&state, value, sizeof value);
		buf_puts(&text, "verb ");
		line_put_word(&text, word);
		line_put_pair(&text, "key", value);
		parse_ok(&line, text.data);
		assert_int_equal(line.word_count, 1);
		assert_string_equal(line.word[0], word);
		assert_int_equal(line.pair_count, 1);
		assert_string_equal(line.pair[0].value, value);
		line_fini(&line);
		buf_fini(&text);
	}
}

static void
a_list_of_words_is_split(void **unused)
{
	struct fault f;
	char **words;

	(void)unused;
	assert_int_equal(
	    line_split(" a=b  <3 \"c d\" \"\" ", &words, &f), 4);
	assert_string_equal(words[0], "a=b");
	assert_string_equal(words[1], "<3");
	assert_string_equal(words[2], "c d");
	assert_string_equal(words[3], "");
	assert_null(words[4]);
	free(words);
	assert_int_equal(line_split("", &words, &f), 0);
	free(words);
	assert_int_equal(line_split("a b c d e", &words, &f), 5);
	free(words);
	assert_int_equal(line_split("a \"b", &words, &f), -1);
	assert_int_equal(f.column, 3);
	assert_int_equal(line_split("a\nb", &words, &f), -1);
	assert_int_equal(f.column, 2);
}

static void
a_cell_of_any_bytes_comes_back(void **unused)
{
	uint32_t state = 2;

	(void)unused;
	for (int round = 0; round < 20000; round++) {
		struct buf cell = BUF_EMPTY, back = BUF_EMPTY;
		char bytes[24];
		size_t len = next_random(&state) % sizeof bytes;

		for (size_t i = 0; i < len; i++)
			bytes[i] = (char)(next_random(&state) % 2 == 0
				? next_random(&state) % 36
				: next_random(&state));
		line_put_cell(&cell, bytes, len);
		for (size_t i = 0; i < cell.len; i++)
			assert_true((unsigned char)cell.data[i] >= 0x20);
		assert_int_equal(
		    line_read_cell(&back, buf_text(&cell), cell.len), 0);
		assert_int_equal(back.len, len);
		if (len > 0)
			assert_memory_equal(back.data, bytes, len);
		buf_fini(&cell);
		buf_fini(&back);
	}
}

static void
a_bad_cell_leaves_the_buffer_alone(void **unused)
{
	struct buf out = BUF_EMPTY;

	(void)unused;
	buf_puts(&out, "kept");
	assert_int_equal(line_read_cell(&out, "a\\q", 3), -1);
	assert_int_equal(line_read_cell(&out, "a\\", 2), -1);
	assert_int_equal(line_read_cell(&out, "a\\x4", 4), -1);
	assert_string_equal(out.data, "kept");
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_taken_apart),
		cmocka_unit_test(the_least_request_is_a_verb),
		cmocka_unit_test(escapes_live_in_quotes_only),
		cmocka_unit_test(a_bad_line_is_refused_with_its_column),
		cmocka_unit_test(a_line_has_limits),
		cmocka_unit_test(what_is_printed_parses_to_the_same_words),
		cmocka_unit_test(a_list_of_words_is_split),
		cmocka_unit_test(a_cell_of_any_bytes_comes_back),
		cmocka_unit_test(a_bad_cell_leaves_the_buffer_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
