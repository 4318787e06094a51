/*
 * text: bytes from elsewhere (names, commands, output of jobs) made fit to be
 * shown: on a terminal nothing of them may act. It does not know tables, JSON
 * or where the bytes came from.
 */
#ifndef CRONSCTL_TEXT_H
#define CRONSCTL_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/*
 * The code point that UTF-8 bytes begin with. Returns how many bytes it has;
 * 0 if they are not UTF-8 (overlong, surrogate, stray); -1 if they are right
 * so far and end too early.
 */
int text_utf8(const char *bytes, size_t len, uint32_t *point);

/*
 * Appends bytes so that they are harmless: control bytes as \n \t \r \xHH,
 * invisible and direction-changing characters as \uHHHH, bytes that are not
 * UTF-8 as \xHH. Bytes in `keep` stay as they are ("\n\t" for output).
 */
void text_visible(
    struct buf *out, const char *bytes, size_t len, const char *keep);

/* To standard output: on a terminal nothing acts; elsewhere each byte is as it
 * is. */
void text_write(const struct buf *out);

/* text_visible for bytes that come in pieces: a character may be cut in two. */
struct text_stream {
	char rest[4];
	size_t len; /* of rest */
};

void text_stream_put(struct text_stream *stream, struct buf *out,
    const char *bytes, size_t len);

/* Columns that visible text takes on a terminal of this locale. */
size_t text_width(const char *text);

/* Appends text, cut to so many columns; the last one says so ("…"). */
void text_cut(struct buf *out, const char *text, size_t width);

#endif
