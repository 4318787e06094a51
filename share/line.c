/*
 * A line is copied once and its words are decoded in place: no escape is
 * shorter than the byte it stands for, so the decoded text never overtakes
 * the reader. Everything is bounded before it is looked at.
 */
#include "line.h"

#include <bsd/string.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "log.h"

struct reader {
	char *start; /* the copy */
	char *p; /* next byte to read */
	char *end; /* of the line; a NUL stands there */
	struct fault *f;
};

struct token {
	char *at; /* where it began, for messages */
	char *key; /* NULL: a word */
	char *text;
	bool quoted;
};

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* A fault at that place; the hint may be "". */
static enum err
fault_at(struct reader *r, const char *at, const char *what, const char *hint)
{
	fault_set(r->f, ERR_BAD_REQUEST, "", "%s", what);
	r->f->column = (int)(at - r->start) + 1;
	strlcpy(r->f->hint, hint, sizeof r->f->hint);
	return r->f->err;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * The byte that the escape at p (behind its backslash, before end) stands
 * for, and how many bytes the escape has; -1 if it is none. NUL is told apart
 * by the caller: a cell may hold it, a word may not.
 */
static int
read_escape(const char *p, const char *end, int *len)
{
	static const char from[] = "ntr\\\"", to[] = "\n\t\r\\\"";
	const char *hit;

	*len = 1;
	if (p == end)
		return -1;
	if (*p == 'x') {
		int high = end - p > 2 ? hex_digit(p[1]) : -1;
		int low = end - p > 2 ? hex_digit(p[2]) : -1;

		*len = 3;
		return high < 0 || low < 0 ? -1 : high * 16 + low;
	}
	hit = *p == '\0' ? NULL : strchr(from, *p);
	return hit == NULL ? -1 : (unsigned char)to[hit - from];
}

/* Reads "..." at p; text becomes its content, ended by a NUL. */
static enum err
read_quoted(struct reader *r, char **text)
{
	char *open = r->p++, *to = r->p;

	*text = to;
	while (*r->p != '"') {
		int len = 0, c = (unsigned char)*r->p;

		if (r->p == r->end)
			return fault_at(r, open, "the quote is not closed", "");
		if (c == '\\') {
			c = read_escape(r->p + 1, r->end, &len);
			if (c <= 0)
				return fault_at(r, r->p, "not an escape",
				    "these are: \\n \\t \\r \\\\ \\\" \\xHH");
		}
		*to++ = (char)c;
		r->p += 1 + len;
	}
	r->p++;
	*to = '\0';
	return ERR_NONE;
}

static bool
is_key_byte(char c)
{
	return isalnum((unsigned char)c) || (c != '\0' && strchr("_.-", c));
}

static bool
is_key(const char *text)
{
	const char *p = text;

	while (is_key_byte(*p))
		p++;
	return p > text && *p == '\0';
}

/* Reads bare bytes at p; stops at a blank, and at the first = if asked to. */
static enum err
read_bare(struct reader *r, bool stop_at_equals)
{
	while (*r->p != ' ' && r->p != r->end) {
		if (*r->p == '=' && stop_at_equals)
			break;
		if (*r->p == '"')
			return fault_at(r, r->p, "a quote inside a word",
			    "put the whole word or value in quotes");
		r->p++;
	}
	return ERR_NONE;
}

/* The text of a token or of a pair's value, quoted or bare, at p. */
static enum err
read_text(struct reader *r, struct token *t)
{
	t->text = r->p;
	t->quoted = *r->p == '"';
	return t->quoted ? read_quoted(r, &t->text)
			 : read_bare(r, t->key == NULL);
}

static enum err
check_end(struct reader *r)
{
	if (*r->p != ' ' && r->p != r->end)
		return fault_at(r, r->p, "no blank after the quote", "");
	return ERR_NONE;
}

static enum err
read_token(struct reader *r, struct token *t)
{
	enum err err;

	*t = (struct token) { .at = r->p };
	err = read_text(r, t);
	if (err == ERR_NONE && !t->quoted && *r->p == '=') {
		*r->p++ = '\0';
		t->key = t->text;
		if (!is_key(t->key))
			return fault_at(r, t->at, "not a key before the =",
			    "put a word that holds = in quotes");
		err = read_text(r, t);
	}
	return err == ERR_NONE ? check_end(r) : err;
}

/* A token that is a word whatever it looks like. */
static enum err
read_word(struct reader *r, struct token *t)
{
	enum err err;

	*t = (struct token) { .at = r->p, .key = r->p };
	err = read_text(r, t);
	return err == ERR_NONE ? check_end(r) : err;
}

/* Ends the token where it ended and steps over the blanks behind it. */
static void
end_token(struct reader *r)
{
	char *end = r->p;

	while (*r->p == ' ')
		r->p++;
	*end = '\0';
}

static enum err
set_tag(struct reader *r, struct line *line, const struct token *t)
{
	if (!is_key(t->text + 1) || strlen(t->text + 1) > LINE_TAG)
		return fault_at(r, t->at, "the tag is not 1 to 64 of a-z 0-9 "
					  "_ . -", "");
	line->tag = t->text + 1;
	return ERR_NONE;
}

static enum err
set_verb(struct reader *r, struct line *line, const struct token *t)
{
	if (t->key != NULL || t->quoted || !is_key(t->text))
		return fault_at(r, t->at, "a verb is expected here", "");
	line->verb = t->text;
	return ERR_NONE;
}

static enum err
set_payload(struct reader *r, struct line *line, const struct token *t)
{
	const char *p = t->text + 1;
	int64_t count = 0;

	while (isdigit((unsigned char)*p) && count < INT64_MAX / 16)
		count = count * 10 + (*p++ - '0');
	if (*p != '\0' || p == t->text + 1)
		return fault_at(r, t->at, "not a count of bytes after the <",
		    "put a word that begins with < in quotes");
	if (r->p != r->end)
		return fault_at(r, r->p, "nothing may follow the count", "");
	line->payload = count;
	return ERR_NONE;
}

static enum err
add_word(struct reader *r, struct line *line, const struct token *t)
{
	if (line->word_count + line->pair_count == LINE_WORDS)
		return fault_at(r, t->at, "more than 256 words", "");
	if (t->key == NULL) {
		line->word[line->word_count++] = t->text;
		return ERR_NONE;
	}
	if (line_find(line, t->key) != NULL)
		return fault_at(r, t->at, "a key is given twice", "");
	line->pair[line->pair_count++]
	    = (struct line_pair) { t->key, t->text };
	return ERR_NONE;
}

static enum err
put_token(struct reader *r, struct line *line, const struct token *t)
{
	bool bare = t->key == NULL && !t->quoted;

	if (line->verb == NULL && line->tag == NULL && bare
	    && t->text[0] == '@')
		return set_tag(r, line, t);
	if (line->verb == NULL)
		return set_verb(r, line, t);
	if (bare && t->text[0] == '<')
		return set_payload(r, line, t);
	return add_word(r, line, t);
}

static enum err
check_bytes(struct reader *r)
{
	for (char *p = r->start; p != r->end; p++)
		if (is_control(*p))
			return fault_at(r, p, "a control byte",
			    "write it as \\n, \\t or \\xHH inside quotes");
	return ERR_NONE;
}

static enum err
read_tokens(struct reader *r, struct line *line)
{
	enum err err = check_bytes(r);
	struct token t;

	while (*r->p == ' ')
		r->p++;
	while (err == ERR_NONE && r->p != r->end) {
		err = read_token(r, &t);
		if (err != ERR_NONE)
			break;
		end_token(r);
		err = put_token(r, line, &t);
	}
	if (err == ERR_NONE && line->verb == NULL)
		err = fault_at(r, r->end, "a verb is missing", "");
	return err;
}

/* The tag of a line that is not understood, if that much is. */
static void
save_tag(struct line *line, const char *bytes, size_t len)
{
	const char *p = bytes, *end = bytes + len;
	size_t n = 0;

	while (p != end && *p == ' ')
		p++;
	if (p == end || *p++ != '@')
		return;
	while (n < LINE_TAG && p + n != end && is_key_byte(p[n]))
		n++;
	if (n == 0 || (p + n != end && p[n] != ' '))
		return;
	memcpy(line->faulty_tag, p, n);
	line->faulty_tag[n] = '\0';
	line->tag = line->faulty_tag;
}

static void
line_init(struct line *line)
{
	line->text = NULL;
	line->tag = line->verb = NULL;
	line->word_count = line->pair_count = 0;
	line->payload = -1;
}

enum err
line_parse_any(
    struct line *line, const char *bytes, size_t len, struct fault *f)
{
	struct reader r = { .f = f };
	enum err err;

	line_init(line);
	line->text = r.start = r.p = xmalloc(len + 1);
	r.end = r.start + len;
	memcpy(r.start, bytes, len);
	*r.end = '\0';
	err = read_tokens(&r, line);
	if (err != ERR_NONE) {
		line_fini(line);
		save_tag(line, bytes, len);
	}
	return err;
}

enum err
line_parse(struct line *line, const char *bytes, size_t len, struct fault *f)
{
	if (len <= LINE_BYTES)
		return line_parse_any(line, bytes, len, f);
	line_init(line);
	save_tag(line, bytes, len);
	return fault_set(f, ERR_TOO_LARGE, "",
	    "the line has more than %d bytes", LINE_BYTES);
}

/*
 * Array and text share one allocation: a text of n bytes has at most
 * n / 2 + 1 words, and the NULL behind them.
 */
int
line_split(const char *text, char ***words, struct fault *f)
{
	size_t len = strlen(text), slots = len / 2 + 2;
	char **array = xmalloc(slots * sizeof *array + len + 1);
	struct reader r = { .f = f, .start = (char *)(array + slots) };
	int count = 0;
	struct token t;
	enum err err;

	r.p = memcpy(r.start, text, len + 1);
	r.end = r.start + len;
	err = check_bytes(&r);
	while (*r.p == ' ')
		r.p++;
	while (err == ERR_NONE && r.p != r.end) {
		err = read_word(&r, &t);
		if (err != ERR_NONE)
			break;
		end_token(&r);
		array[count++] = t.text;
	}
	array[count] = NULL;
	*words = array;
	if (err == ERR_NONE)
		return count;
	free(array);
	return -1;
}

void
line_fini(struct line *line)
{
	free(line->text);
	line->text = NULL;
	line->tag = line->verb = NULL;
	line->word_count = line->pair_count = 0;
}

const char *
line_find(const struct line *line, const char *key)
{
	for (size_t i = 0; i < line->pair_count; i++)
		if (strcmp(line->pair[i].key, key) == 0)
			return line->pair[i].value;
	return NULL;
}

/* One byte, as itself or as the escape that read_escape takes back. */
static void
put_escaped(struct buf *out, char c)
{
	static const char from[] = "\n\t\r\\", to[] = "ntr\\";
	const char *hit = c == '\0' ? NULL : strchr(from, c);

	if (hit != NULL)
		buf_printf(out, "\\%c", to[hit - from]);
	else if (is_control(c))
		buf_printf(out, "\\x%02x", (unsigned char)c);
	else
		buf_putc(out, c);
}

/* A bare word must be neither a pair nor a payload count nor begin a quote. */
static bool
is_bare(const char *text)
{
	if (*text == '\0' || *text == '<' || *text == '@')
		return false;
	for (; *text != '\0'; text++)
		if (is_control(*text) || strchr(" \"=\\", *text) != NULL)
			return false;
	return true;
}

/* What ends a run of bytes that stand for themselves between quotes. */
static bool
is_special(char c)
{
	return c == '"' || c == '\\' || is_control(c);
}

void
line_put_word(struct buf *out, const char *text)
{
	if (is_bare(text)) {
		buf_puts(out, text);
		return;
	}
	buf_putc(out, '"');
	while (*text != '\0') {
		size_t plain = 0;

		while (!is_special(text[plain]))
			plain++;
		buf_put(out, text, plain);
		text += plain;
		if (*text == '"')
			buf_puts(out, "\\\"");
		else if (*text != '\0')
			put_escaped(out, *text);
		text += *text != '\0';
	}
	buf_putc(out, '"');
}

void
line_put_pair(struct buf *out, const char *key, const char *text)
{
	buf_putc(out, ' ');
	buf_puts(out, key);
	buf_putc(out, '=');
	line_put_word(out, text);
}

void
line_put_cell(struct buf *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put_escaped(out, bytes[i]);
}

int
line_read_cell(struct buf *out, const char *cell, size_t len)
{
	const char *end = cell + len;
	size_t before = out->len;

	while (cell != end) {
		int escape_len = 0, c = (unsigned char)*cell;

		if (c == '\\')
			c = read_escape(cell + 1, end, &escape_len);
		if (c < 0 || (escape_len == 1 && c == '"')) {
			out->len = before;
			if (out->data != NULL)
				out->data[before] = '\0';
			return -1;
		}
		buf_putc(out, (char)c);
		cell += 1 + escape_len;
	}
	return 0;
}
