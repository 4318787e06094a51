/*
 * A row of the table is one kind of mistake: it makes another line of the one
 * at hand, or nothing. The first whose line is right, or is wrong only further
 * to the right, is taken, and the rest is looked at again. So no row needs to
 * be sure: the parser decides.
 */
#include "lint_fix.h"

#include <bsd/string.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "share/buf.h"
#include "share/clock.h"
#include "share/errs.h"
#include "share/nearest.h"

#define ROUNDS 8 /* mistakes mended in one line */

/* A wrong line: the fault's word, and the term of it between commas. */
struct wrong {
	const char *line, *at; /* at: where the fault is */
	const char *word, *word_end, *term, *term_end;
	const struct fault *f;
};

/* The line with other text in place of the bytes from span[0] to span[1]. */
static void
replace(struct buf *out, const struct wrong *w, const char *const span[2],
    const char *text)
{
	buf_put(out, w->line, (size_t)(span[0] - w->line));
	buf_puts(out, text);
	buf_puts(out, span[1]);
}

/* "write X" or "did you mean X?" where X is all that is needed. */
static void
fix_by_hint(struct buf *out, const struct wrong *w)
{
	const char *const term[2] = { w->term, w->term_end };
	const char *const word[2] = { w->word, w->word_end };
	char text[64];

	if (sscanf(w->f->hint, "did you mean %60[^?]?", text) == 1)
		replace(out, w, word, text);
	else if ((strstr(w->f->text, "turned round") != NULL
		     || strstr(w->f->text, "a step needs") != NULL)
	    && sscanf(w->f->hint, "write %60s", text) == 1
	    && strchr(w->f->hint + 6, ' ') == NULL)
		replace(out, w, term, text);
}

/*
 * 60 minutes are the next hour's 0; a range ends at the last there is. What
 * the weekday 8 is, nobody knows.
 */
static void
fix_number(struct buf *out, const struct wrong *w)
{
	const char *what = strstr(w->f->text, "\" is not in ");
	const char *span[2] = { w->at, w->at };
	long number = strtol(w->at, (char **)&span[1], 10);
	int low, high;
	char text[16];

	if (what == NULL
	    || sscanf(what, "\" is not in %d-%d", &low, &high) != 2)
		return;
	if (w->at > w->line && w->at[-1] == '-')
		snprintf(text, sizeof text, "%d", high);
	else if (number == 0 || (low == 0 && high > 7 && number == high + 1))
		snprintf(text, sizeof text, "%d", low);
	else
		return;
	replace(out, w, span, text);
}

/* "Mondays", "mno", "september": the three letters that are meant. */
static void
fix_name(struct buf *out, const struct wrong *w)
{
	static const char *const names[] = { "sunday", "monday", "tuesday",
		"wednesday", "thursday", "friday", "saturday", "january",
		"february", "march", "april", "may", "june", "july", "august",
		"september", "october", "november", "december" };
	const char *span[2] = { w->at, w->at };
	char word[16], name[4];
	size_t len = 0;

	for (; isalpha((unsigned char)*span[1]); span[1]++)
		if (len + 1 < sizeof word)
			word[len++]
			    = (char)tolower((unsigned char)*span[1]);
	word[len] = '\0';
	for (size_t i = 0; len > 1 && i < sizeof names / sizeof names[0]; i++) {
		strlcpy(name, names[i], sizeof name);
		if (strncmp(word, name, 3) == 0
		    || nearest_is_near(word, names[i])
		    || (len == 3 && nearest_distance(word, name) == 1)) {
			replace(out, w, span, name);
			return;
		}
	}
}

/* Quartz says ? where cron says *. */
static void
fix_question(struct buf *out, const struct wrong *w)
{
	const char *const span[2] = { w->at, w->at + 1 };

	if (*w->at == '?')
		replace(out, w, span, "*");
}

/* ",5", "5,", "5,,6", "+5", "1;2", "*5", a dash of a word processor. */
static void
fix_bytes(struct buf *out, const struct wrong *w)
{
	const char *const span[2] = { w->word, w->word_end };
	struct buf text = BUF_EMPTY;

	for (const char *p = w->word; p < w->word_end; p++) {
		char last = text.len == 0 ? ',' : text.data[text.len - 1];

		if (*p == '+' || (*p == ',' && last == ','))
			continue;
		if (strncmp(p, "\xe2\x80", 2) == 0
		    && (p[2] == '\x93' || p[2] == '\x94')) {
			buf_putc(&text, '-');
			p += 2;
		} else if (*p == ';') {
			buf_putc(&text, ',');
		} else {
			if (last == '*' && isdigit((unsigned char)*p))
				buf_putc(&text, '/');
			buf_putc(&text, *p);
		}
	}
	while (text.len > 0 && text.data[text.len - 1] == ',')
		text.data[--text.len] = '\0';
	if (text.len != (size_t)(w->word_end - w->word)
	    || strncmp(buf_text(&text), w->word, text.len) != 0)
		replace(out, w, span, buf_text(&text));
	buf_fini(&text);
}

/* A blank that does not break, from a web page, looks like one that does. */
static void
fix_blank(struct buf *out, const struct wrong *w)
{
	const char *nbsp = strstr(w->line, "\xc2\xa0");

	if (nbsp != NULL) {
		const char *const span[2] = { nbsp, nbsp + 2 };

		replace(out, w, span, " ");
	}
}

/* "@Daily", and "@every 10m" where it comes out even. */
static void
fix_macro(struct buf *out, const struct wrong *w)
{
	const char *span[2] = { w->word, w->word_end };
	char word[24], text[32];
	long number;
	char *unit;

	if (*w->word != '@' || w->word_end - w->word >= (long)sizeof word)
		return;
	strlcpy(word, w->word, (size_t)(w->word_end - w->word) + 1);
	for (char *p = word; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	if (strcmp(word, "@every") != 0) {
		replace(out, w, span, word);
		return;
	}
	number = strtol(w->word_end, &unit, 10);
	if (number < 1 || (unit[1] != ' ' && unit[1] != '\0'))
		return;
	if (*unit == 'm' && number < 60 && 60 % number == 0)
		snprintf(text, sizeof text, "*/%ld * * * *", number);
	else if (*unit == 'h' && number < 24 && 24 % number == 0)
		snprintf(text, sizeof text, "0 */%ld * * *", number);
	else
		return;
	span[1] = unit + 1;
	replace(out, w, span, text);
}

/* Six fields: the first was seconds, or the last is a star too many. */
static void
fix_count(struct buf *out, const struct wrong *w)
{
	const char *first = w->line + strspn(w->line, " \t");
	const char *const seconds[2] = { first, first + 2 };
	const char *const word[2] = { w->at, w->at + 2 };

	if (strstr(w->f->text, "a sixth time field") == NULL
	    && strncmp(w->f->text, "6 fields", 8) != 0)
		return;
	if (strncmp(first, "0 ", 2) == 0)
		replace(out, w, seconds, "");
	else if (strncmp(w->at, "* ", 2) == 0)
		replace(out, w, word, "");
}

/* A dash in front that belongs to cronie, or to a list of another kind. */
static void
fix_dash(struct buf *out, const struct wrong *w)
{
	const char *first = w->line + strspn(w->line, " \t");
	const char *const span[2] = { first, first + 1 };

	if (*first == '-')
		replace(out, w, span, "");
}

/* "export A=b", "A=", "A=\"b": the three ways to miss a setting. */
static void
fix_setting(struct buf *out, const struct wrong *w)
{
	static const char export[] = "export ";
	const char *first = w->line + strspn(w->line, " \t");
	const char *equals = strchr(first, '='), *value;
	const char *const span[2] = { first, first + sizeof export - 1 };

	if (strncmp(first, export, sizeof export - 1) == 0) {
		replace(out, w, span, "");
		return;
	}
	if (equals == NULL || strcspn(first, " \t*") < (size_t)(equals - first))
		return;
	value = equals + 1 + strspn(equals + 1, " \t");
	buf_puts(out, w->line);
	if (*value == '\0')
		buf_puts(out, "\"\"");
	else if (*value == '"' || *value == '\'')
		buf_putc(out, *value);
	else
		buf_clear(out);
}

/* A system crontab's command where the user should be. */
static void
fix_user(struct buf *out, const struct wrong *w)
{
	const char *const span[2] = { w->at, w->at };

	if (strncmp(w->f->text, "bad username", 12) == 0 && *w->at == '/')
		replace(out, w, span, "root ");
}

static void (*const fixes[])(struct buf *out, const struct wrong *w) = {
	fix_by_hint,
	fix_number,
	fix_name,
	fix_question,
	fix_bytes,
	fix_macro,
	fix_count,
	fix_dash,
	fix_setting,
	fix_user,
	fix_blank,
};

static void
point(struct wrong *w, const char *line, const struct fault *f)
{
	size_t len = strlen(line);
	size_t at = f->column > 0 ? (size_t)f->column - 1 : 0;

	w->line = line;
	w->f = f;
	w->at = line + (at < len ? at : len);
	w->word = w->at;
	while (w->word > line && w->word[-1] != ' ' && w->word[-1] != '\t')
		w->word--;
	w->word_end = w->at + strcspn(w->at, " \t");
	w->term = w->at;
	while (w->term > w->word && w->term[-1] != ',')
		w->term--;
	w->term_end = w->at + strcspn(w->at, " \t,");
}

/* How much of the line stands behind the fault: less is nearer to right. */
static size_t
rest_of(const char *line, const struct fault *f)
{
	size_t len = strlen(line);

	return f->column > 0 && (size_t)f->column <= len
	    ? len - (size_t)f->column
	    : 0;
}

/* One mistake less: the line is in out and its fault in f, or it is right. */
static bool
mend(const struct lint_judge *judge, const char *line, struct fault *f,
    struct buf *out)
{
	struct wrong w;

	point(&w, line, f);
	for (size_t i = 0; i < sizeof fixes / sizeof fixes[0]; i++) {
		struct fault next = { 0 };

		buf_clear(out);
		fixes[i](out, &w);
		if (out->len == 0)
			continue;
		if (judge->is_right(judge->arg, out->data, &next)) {
			f->err = ERR_NONE;
			return true;
		}
		if (rest_of(out->data, &next) < rest_of(line, f)) {
			*f = next;
			return true;
		}
	}
	return false;
}

char *
lint_fix(const struct lint_judge *judge, const char *line)
{
	struct buf now = BUF_EMPTY, next = BUF_EMPTY;
	struct fault f = { 0 };
	char *fixed = NULL;

	buf_puts(&now, line);
	if (judge->is_right(judge->arg, line, &f))
		goto out;
	for (int i = 0; i < ROUNDS && fixed == NULL; i++) {
		struct fault before = f;

		if (!mend(judge, buf_text(&now), &before, &next))
			break;
		if (before.err == ERR_NONE)
			fixed = buf_take(&next);
		f = before;
		buf_clear(&now);
		buf_puts(&now, buf_text(&next));
	}
out:
	buf_fini(&now);
	buf_fini(&next);
	return fixed;
}
