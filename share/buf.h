/*
 * buf: bytes that grow. It does not know what they mean. The data is always
 * followed by a NUL that is not counted in len, so data is a C string too
 * (never NULL once something was put; buf_text is never NULL at all).
 */
#ifndef SHARE_BUF_H
#define SHARE_BUF_H

#include <stddef.h>
#include <sys/types.h>

struct buf {
	char *data; /* owned; NULL while empty */
	size_t len;
	size_t cap;
};

#define BUF_EMPTY ((struct buf) { NULL, 0, 0 })

void buf_init(struct buf *b);
void buf_fini(struct buf *b); /* frees; the buf is empty again */
void buf_clear(struct buf *b); /* len 0, memory kept */

void buf_put(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for len more bytes; returns where they go. buf_grown adds them. */
char *buf_room(struct buf *b, size_t len);
void buf_grown(struct buf *b, size_t len);

/* Drops the first len bytes. */
void buf_eat(struct buf *b, size_t len);

/* Borrowed until the next call; "" while empty. */
const char *buf_text(const struct buf *b);

/* Yours to free; the buf is empty afterwards. */
char *buf_take(struct buf *b);

#endif
