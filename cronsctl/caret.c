/*
 * What is shown is a piece of the line, since one may have a hundred thousand
 * bytes: some bytes before the column (back to where a character begins) and
 * as much as the width holds behind. Escapes of control bytes make what is
 * before the caret wider, so its place is measured on the visible text.
 */
#include "caret.h"

#include <stdbool.h>
#include <stdlib.h>

#include "share/buf.h"
#include "text.h"

#define WIDTH 76 /* of the line, behind two blanks */
#define BEFORE 48 /* bytes kept in front of the column */

/* Where the piece begins: at the line's start unless the column is far off. */
static size_t
find_start(const char *line, size_t len, size_t at)
{
	size_t start = 0;

	if (len > WIDTH && at > BEFORE)
		start = at - BEFORE;
	while (start > 0 && start < at
	    && ((unsigned char)line[start] & 0xc0) == 0x80)
		start++;
	return start;
}

void
caret_put(struct buf *out, const char *line, size_t len, int column)
{
	size_t at = column > 0 ? (size_t)column - 1 : 0;
	size_t start, size;
	struct buf text = BUF_EMPTY, before = BUF_EMPTY;
	bool is_cut;

	if (at > len)
		return;
	start = find_start(line, len, at);
	size = len - start > 4 * WIDTH ? 4 * WIDTH : len - start;
	is_cut = start > 0;
	text_visible(&text, line + start, size, "");
	text_visible(&before, line + start, at - start, "");
	buf_puts(out, "\n  ");
	if (is_cut)
		buf_puts(out, MB_CUR_MAX > 1 ? "\u2026" : "~");
	text_cut(out, buf_text(&text), WIDTH);
	if (column > 0)
		buf_printf(out, "\n  %*s^",
		    (int)text_width(buf_text(&before)) + is_cut, "");
	buf_fini(&before);
	buf_fini(&text);
}
