/*
 * The request line from bytes: nothing may crash, and what was understood
 * must be understood the same when it is printed again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../share/buf.h"
#include "../../share/line.h"

int fuzz_line(const uint8_t *data, size_t len);

static void
print_line(struct buf *out, const struct line *line)
{
	if (line->tag != NULL)
		buf_printf(out, "@%s ", line->tag);
	buf_puts(out, line->verb);
	for (size_t i = 0; i < line->word_count; i++) {
		buf_putc(out, ' ');
		line_put_word(out, line->word[i]);
	}
	for (size_t i = 0; i < line->pair_count; i++)
		line_put_pair(out, line->pair[i].key, line->pair[i].value);
	if (line->payload >= 0)
		buf_printf(out, " <%lld", (long long)line->payload);
}

/* Printing may need more bytes than a line has: then there is no second. */
static void
check_again(const struct line *first)
{
	struct buf text = BUF_EMPTY, text_again = BUF_EMPTY;
	struct line again;
	struct fault f;

	print_line(&text, first);
	if (text.len > LINE_BYTES)
		goto out;
	if (line_parse(&again, text.data, text.len, &f) != ERR_NONE)
		abort();
	print_line(&text_again, &again);
	if (strcmp(text.data, text_again.data) != 0)
		abort();
	line_fini(&again);
out:
	buf_fini(&text);
	buf_fini(&text_again);
}

static void
check_cell(const char *bytes, size_t len)
{
	struct buf cell = BUF_EMPTY, back = BUF_EMPTY;

	line_put_cell(&cell, bytes, len);
	if (line_read_cell(&back, buf_text(&cell), cell.len) != 0
	    || back.len != len || memcmp(buf_text(&back), bytes, len) != 0)
		abort();
	buf_clear(&back);
	line_read_cell(&back, bytes, len);
	buf_fini(&cell);
	buf_fini(&back);
}

int
fuzz_line(const uint8_t *data, size_t len)
{
	struct line line;
	struct fault f;

	if (line_parse(&line, (const char *)data, len, &f) == ERR_NONE) {
		check_again(&line);
		line_fini(&line);
	} else if (f.err == ERR_NONE || f.text[0] == '\0')
		abort();
	if (len > 0)
		check_cell((const char *)data, len);
	return 0;
}
