/*
 * line: one line of the protocol: a request taken apart into tag, verb,
 * words, key=value pairs and the length of its payload, and the quoting that
 * puts one together. Also the escapes of a table cell. It does not know which
 * verbs or keys there are, sockets, or who is asking.
 *
 *	["@"tag] verb *(word | key=word) ["<"count]
 *
 * A word is bare (no blank, quote or control byte; a backslash is itself) or
 * stands in double quotes, where \n \t \r \\ \" and \xHH are the escapes.
 */
#ifndef SHARE_LINE_H
#define SHARE_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "errs.h"

struct buf;

#define LINE_BYTES 65536 /* the longest line, its LF not counted */
#define LINE_WORDS 256 /* words and pairs together */
#define LINE_TAG 64 /* bytes of a tag */

struct line_pair {
	const char *key; /* [A-Za-z0-9_.-]+ */
	const char *value;
};

struct line {
	char *text; /* owned; everything below points into it */
	const char *tag; /* without its @; NULL: none */
	const char *verb;
	size_t word_count;
	size_t pair_count;
	char faulty_tag[LINE_TAG + 1]; /* of a line that is not understood */
	const char *word[LINE_WORDS];
	struct line_pair pair[LINE_WORDS]; /* no key twice */
	int64_t payload; /* bytes that follow the line; -1: none */
};

/*
 * Takes the len bytes apart (the LF is not among them; no NUL is needed
 * behind). The fault has the column in bytes; the line is empty then but for
 * its tag, so that it can be answered under it, and needs no line_fini.
 */
enum err line_parse(
    struct line *line, const char *bytes, size_t len, struct fault *f);
/* The same for lines of our own files, which may be longer than LINE_BYTES. */
enum err line_parse_any(
    struct line *line, const char *bytes, size_t len, struct fault *f);
void line_fini(struct line *line);

/* The value of that key, borrowed from the line; NULL if it is not given. */
const char *line_find(const struct line *line, const char *key);

/*
 * Appends text as one word, quoted where it must be; what is printed parses
 * to the same text, whatever its bytes. The caller puts the blanks between
 * words; line_put_pair puts one blank in front of key=word.
 */
void line_put_word(struct buf *out, const char *text);
void line_put_pair(struct buf *out, const char *key, const char *text);

/*
 * The words of a list that is kept as text: blanks between them, each as
 * line_put_word writes it (here = and < mean nothing). Returns their number
 * and an array that ends in NULL, all of it yours to free() at once; or -1,
 * a fault with its column, and nothing to free.
 */
int line_split(const char *text, char ***words, struct fault *f);

/*
 * A cell of a table: tab, LF, CR, backslash and the other control bytes are
 * escaped (\t \n \r \\ \xHH), so that a row is one line and its tabs are its
 * columns. Reading is the inverse: it appends the bytes of the cell to out;
 * -1 if an escape is not one of these (out is unchanged then).
 */
void line_put_cell(struct buf *out, const char *bytes, size_t len);
int line_read_cell(struct buf *out, const char *cell, size_t len);

#endif
