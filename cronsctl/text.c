/*
 * A terminal obeys control bytes, and a reader is fooled by characters that
 * turn the direction of a line round ("Trojan source"): both are written as
 * escapes. Everything else of Unicode is the job's own business.
 */
#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "share/buf.h"

int
text_utf8(const char *bytes, size_t len, uint32_t *point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)bytes[0];
	int need = first < 0x80 ? 1
	    : first < 0xc2	? 0
	    : first < 0xe0	? 2
	    : first < 0xf0	? 3
	    : first < 0xf5	? 4
				: 0;

	if (need <= 1) {
		*point = first;
		return need;
	}
	*point = first & (0xffu >> (need + 1));
	for (int i = 1; i < need; i++) {
		if ((size_t)i == len)
			return -1;
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (bytes[i] & 0x3f);
	}
	if (*point < least[need] || *point > 0x10ffff
	    || (*point >= 0xd800 && *point <= 0xdfff))
		return 0;
	return need;
}

/* Characters that steer instead of being seen. */
static bool
is_steering(uint32_t c)
{
	return (c >= 0x80 && c <= 0x9f) /* C1: CSI and its kin in one */
	    || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e)
	    || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || c == 0x061c
	    || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

static void
put_escaped(struct buf *out, unsigned char c)
{
	static const char from[] = "\n\t\r", to[] = "ntr";
	const char *hit = c != 0 ? strchr(from, c) : NULL;

	if (hit != NULL)
		buf_printf(out, "\\%c", to[hit - from]);
	else
		buf_printf(out, "\\x%02x", c);
}

/* Appends what is complete; returns how many bytes at the end are not. */
static size_t
put_visible(struct buf *out, const char *bytes, size_t len, const char *keep)
{
	while (len > 0) {
		uint32_t point = 0;
		int n = text_utf8(bytes, len, &point);

		if (n < 0)
			return len;
		if (n == 0 || (n == 1 && (point < 0x20 || point == 0x7f)
				  && (point == 0
				      || strchr(keep, (int)point) == NULL)))
			put_escaped(out, (unsigned char)*bytes);
		else if (is_steering(point))
			buf_printf(out, "\\u%04x", point);
		else
			buf_put(out, bytes, (size_t)n);
		bytes += n == 0 ? 1 : n;
		len -= n == 0 ? 1 : (size_t)n;
	}
	return 0;
}

void
text_visible(struct buf *out, const char *bytes, size_t len, const char *keep)
{
	size_t rest = put_visible(out, bytes, len, keep);

	for (; rest > 0; rest--)
		put_escaped(out, (unsigned char)bytes[len - rest]);
}

void
text_write(const struct buf *out)
{
	struct buf shown = BUF_EMPTY;

	if (!isatty(STDOUT_FILENO)) {
		fwrite(out->data, 1, out->len, stdout);
		return;
	}
	text_visible(&shown, out->data, out->len, "\n\t");
	fwrite(shown.data, 1, shown.len, stdout);
	buf_fini(&shown);
}

void
text_stream_put(struct text_stream *stream, struct buf *out,
    const char *bytes, size_t len)
{
	struct buf whole = BUF_EMPTY;

	buf_put(&whole, stream->rest, stream->len);
	buf_put(&whole, bytes, len);
	stream->len = put_visible(out, buf_text(&whole), whole.len, "\n\t");
	memcpy(stream->rest, buf_text(&whole) + whole.len - stream->len,
	    stream->len);
	buf_fini(&whole);
}

/* Length of the character at text and its columns; bytes count as one. */
static size_t
step(const char *text, size_t *columns)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t len = mbrtowc(&c, text, strlen(text), &state);
	int width;

	*columns = 1;
	if (len == 0 || len == (size_t)-1 || len == (size_t)-2)
		return 1;
	width = wcwidth(c);
	*columns = width < 0 ? 1 : (size_t)width;
	return len;
}

size_t
text_width(const char *text)
{
	size_t sum = 0, columns;

	while (*text != '\0') {
		text += step(text, &columns);
		sum += columns;
	}
	return sum;
}

void
text_cut(struct buf *out, const char *text, size_t width)
{
	const char *mark = MB_CUR_MAX > 1 ? "\u2026" : "~";
	size_t used = 0, columns;

	if (text_width(text) <= width) {
		buf_puts(out, text);
		return;
	}
	while (*text != '\0') {
		size_t len = step(text, &columns);

		if (used + columns + 1 > width)
			break;
		buf_put(out, text, len);
		used += columns;
		text += len;
	}
	if (width > 0)
		buf_puts(out, mark);
}
