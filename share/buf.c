/* Doubling growth; no memory is fatal, so no function here can fail. */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define LIKELY_ROOM 63 /* what is printed is mostly no longer */

void
buf_init(struct buf *b)
{
	*b = BUF_EMPTY;
}

void
buf_fini(struct buf *b)
{
	free(b->data);
	*b = BUF_EMPTY;
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

char *
buf_room(struct buf *b, size_t len)
{
	size_t need = b->len + len + 1;
	size_t cap = b->cap == 0 ? 64 : b->cap;

	if (need < len)
		fatal("buffer of %zu bytes asked for", len);
	while (cap < need)
		cap *= 2;
	if (cap != b->cap) {
		b->data = xreallocarray(b->data, cap, 1);
		b->cap = cap;
	}
	return b->data + b->len;
}

void
buf_grown(struct buf *b, size_t len)
{
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_put(struct buf *b, const void *bytes, size_t len)
{
	char *to = buf_room(b, len);

	if (len > 0)
		memcpy(to, bytes, len);
	buf_grown(b, len);
}

void
buf_puts(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	char *to = buf_room(b, LIKELY_ROOM);
	size_t room = b->cap - b->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(to, room, fmt, ap);
	va_end(ap);
	if (n < 0)
		fatal("printf format %s", fmt);
	if ((size_t)n >= room) {
		to = buf_room(b, (size_t)n);
		va_start(ap, fmt);
		vsnprintf(to, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	buf_grown(b, (size_t)n);
}

void
buf_eat(struct buf *b, size_t len)
{
	if (len >= b->len) {
		buf_clear(b);
		return;
	}
	memmove(b->data, b->data + len, b->len - len + 1);
	b->len -= len;
}

const char *
buf_text(const struct buf *b)
{
	return b->data == NULL ? "" : b->data;
}

char *
buf_take(struct buf *b)
{
	char *text = b->data == NULL ? xstrdup("") : b->data;

	*b = BUF_EMPTY;
	return text;
}
