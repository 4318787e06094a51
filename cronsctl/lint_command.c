/*
 * The command is looked at as text, a byte at a time with quotes in mind; it
 * is no parser of shell language and says nothing where it is not sure. The
 * command as it stands in the line is the line's end.
 */
#include "lint_line.h"

#include <bsd/string.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lint_list.h"
#include "share/buf.h"
#include "share/crontab_env.h"
#include "text.h"

static struct lint_finding *
put(const struct lint_line *l, struct lint_finding *found, const char *at)
{
	found->line = l->line->number;
	found->column = (int)(at - l->text) + 1;
	return found;
}

/* The command in the line; its end where it was cut. */
static const char *
raw_of(const struct lint_line *l)
{
	size_t len = strlen(l->text), raw = strlen(l->line->raw);
	const char *at = l->text + (raw <= len ? len - raw : 0);

	return strcmp(at, l->line->raw) == 0 ? at : l->text + len;
}

/*
 * The place of word outside of quotes and comments; NULL if it is not there.
 * What follows a backslash is quoted.
 */
static const char *
find_bare(const char *text, const char *word)
{
	size_t len = strlen(word);
	char open = '\0';

	for (const char *p = text; *p != '\0'; p++) {
		if (open == '\0' && strncmp(p, word, len) == 0)
			return p;
		if (open == '\0' && *p == '#' && p > text && p[-1] == ' ')
			return NULL;
		if (*p == '\\' && open != '\'' && p[1] != '\0')
			p++;
		else if (*p == open)
			open = '\0';
		else if (open == '\0' && (*p == '\'' || *p == '"'))
			open = *p;
	}
	return NULL;
}

/* The first % that ends the command: each of them is escaped by the fix. */
static void
check_percent(const struct lint_line *l, const char *raw)
{
	struct buf fix = BUF_EMPTY;
	const char *first = NULL;
	struct lint_finding *found;

	if (l->line->input == NULL)
		return;
	buf_put(&fix, l->text, (size_t)(raw - l->text));
	for (const char *p = raw; *p != '\0'; p++) {
		if (*p == '%' && (p == raw || p[-1] != '\\')) {
			first = first == NULL ? p : first;
			buf_putc(&fix, '\\');
		}
		buf_putc(&fix, *p);
	}
	if (first != NULL) {
		found = put(l,
		    lint_add(l->list, LINT_PERCENT,
			"the command ends at this %%, the rest is its input"),
		    first);
		strlcpy(found->hint,
		    "write \\% for a percent sign, quoted or not",
		    sizeof found->hint);
		found->fix = buf_take(&fix);
	}
	buf_fini(&fix);
}

static bool
is_weekday(const char *word, size_t len)
{
	static const char names[] = "sun mon tue wed thu fri sat";

	for (const char *p = names; *p != '\0'; p += 3 + (p[3] == ' '))
		if (len >= 3 && strncasecmp(word, p, 3) == 0)
			return len == 3 || strchr("-,#L", word[3]) != NULL;
	return false;
}

/* A word of the bytes of a field ("1-5", "?", "mon-fri") and more behind. */
static void
check_sixth(const struct lint_line *l, const char *raw)
{
	size_t blanks = strspn(raw, " \t"), len;
	const char *word = raw + blanks, *first;
	struct lint_finding *found;
	struct buf fix = BUF_EMPTY;

	len = strcspn(word, " \t");
	if (len == 0 || word[len] == '\0' || *word == '/' || *word == '-'
	    || l->line->schedule[0] == '@'
	    || (word[strspn(word, "0123456789*/,-?L#")] != word[len]
		&& !is_weekday(word, len)))
		return;
	found = put(l,
	    lint_add(l->list, LINT_SIXTH_FIELD,
		"the command begins with \"%.*s\", which looks like a sixth"
		" time field",
		len > 40 ? 40 : (int)len, word),
	    word);
	strlcpy(found->hint,
	    "Debian's cron and cronie take 5, the first is the minute",
	    sizeof found->hint);
	first = l->text + strspn(l->text, " \t");
	if (strncmp(first, "0 ", 2) == 0 && *word == '?') {
		buf_put(&fix, first + 2, (size_t)(word - first) - 2);
		buf_printf(&fix, "*%s", word + 1);
		found->fix = buf_take(&fix);
	} else if (strncmp(first, "0 ", 2) == 0) {
		buf_puts(&fix, first + 2);
		found->fix = buf_take(&fix);
	}
	buf_fini(&fix);
}

/* "root" and the names that own system crontabs; a program may be so called. */
static void
check_user_word(const struct lint_line *l, const char *raw)
{
	const struct crontab_options *o = l->options;
	const char *word = raw + strspn(raw, " \t"), *next;
	size_t len = strcspn(word, " \t");
	struct lint_finding *found;
	struct buf fix = BUF_EMPTY;
	char name[64];

	next = word + len + strspn(word + len, " \t");
	if (o->system || len == 0 || len >= sizeof name || *next == '\0')
		return;
	memcpy(name, word, len);
	name[len] = '\0';
	if (strcmp(name, "root") != 0
	    && (strchr("/[(", *next) == NULL || o->has_user == NULL
		|| !o->has_user(o->arg, name)))
		return;
	found = put(l,
	    lint_add(l->list, LINT_USER_WORD,
		"\"%s\" is a user's name, and here the command's first word",
		name),
	    word);
	strlcpy(found->hint,
	    "only /etc/crontab and /etc/cron.d have a user field"
	    " (lint --system)",
	    sizeof found->hint);
	buf_put(&fix, l->text, (size_t)(word - l->text));
	buf_puts(&fix, next);
	found->fix = buf_take(&fix);
}

/* What only some shells have, unless SHELL in force is one of these. */
static void
check_bashism(const struct lint_line *l, const char *raw)
{
	static const char *const words[] = { "&>", "[[ ", "<(" };
	const char *shell = crontab_env_find(l->line->env, "SHELL");
	struct lint_finding *found;

	if (shell != NULL && strcmp(shell, "/bin/sh") != 0
	    && strcmp(shell, "/bin/dash") != 0)
		return;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		const char *at = find_bare(raw, words[i]);

		if (at == NULL || (at > raw && at[-1] == '&'))
			continue;
		found = put(l,
		    lint_add(l->list, LINT_BASHISM,
			"\"%.2s\" is bash's, and /bin/sh runs the command",
			words[i]),
		    at);
		strlcpy(found->hint,
		    i == 0 ? "write >FILE 2>&1, or set SHELL=/bin/bash above"
			   : "set SHELL=/bin/bash above",
		    sizeof found->hint);
	}
}

static void
check_redirect(const struct lint_line *l, const char *raw)
{
	const char *at = find_bare(raw, "2>&1"), *next;
	struct lint_finding *found;

	if (at == NULL)
		return;
	next = at + 4 + strspn(at + 4, " ");
	if (next[0] == '1')
		next++;
	if (next[0] != '>')
		return;
	found = put(l,
	    lint_add(l->list, LINT_REDIRECT,
		"2>&1 comes before >: what goes to stderr is not redirected"),
	    at);
	strlcpy(found->hint, "write >FILE 2>&1", sizeof found->hint);
}

void
lint_command(const struct lint_line *l)
{
	const char *raw = raw_of(l);
	size_t len = strlen(l->text);

	if (l->line->command[strspn(l->line->command, " \t")] == '\0') {
		put(l,
		    lint_add(l->list, LINT_NO_COMMAND, "there is no command"),
		    raw);
		return;
	}
	check_percent(l, raw);
	check_sixth(l, raw);
	check_user_word(l, raw);
	check_bashism(l, raw);
	check_redirect(l, raw);
	if (len > 0 && l->text[len - 1] == '\\')
		put(l,
		    lint_add(l->list, LINT_BACKSLASH,
			"lines are not joined: the command ends here, with a"
			" backslash"),
		    l->text + len - 1);
}

/* Are these the bytes of a quote or dash that keyboards do not have? */
static size_t
typographic(const char *p)
{
	return strncmp(p, "\xe2\x80", 2) == 0
		&& strchr("\x93\x94\x98\x99\x9c\x9d", p[2]) != NULL
		&& p[2] != '\0'
	    ? 3
	    : 0;
}

static bool
is_hidden(const char *p, size_t rest)
{
	struct buf shown = BUF_EMPTY;
	uint32_t point;
	int len = text_utf8(p, rest, &point);
	bool hidden = false;

	if (len > 1) {
		text_visible(&shown, p, (size_t)len, "");
		hidden = buf_text(&shown)[0] == '\\';
	} else if (len == 1) {
		hidden = iscntrl((unsigned char)*p) && *p != '\t' && *p != '\r';
	}
	buf_fini(&shown);
	return hidden;
}

void
lint_bytes(const struct lint_line *l)
{
	const char *hidden = NULL, *curly = NULL;
	const char *end = l->text + strlen(l->text);

	for (const char *p = l->text; *p != '\0'; p++) {
		if (hidden == NULL && is_hidden(p, (size_t)(end - p)))
			hidden = p;
		if (curly == NULL && l->line->kind == CRONTAB_JOB
		    && typographic(p) != 0)
			curly = p;
	}
	if (hidden != NULL)
		put(l,
		    lint_add(l->list, LINT_HIDDEN,
			"a byte or character here is not seen as it is"),
		    hidden);
	if (curly != NULL)
		strlcpy(put(l,
		    lint_add(l->list, LINT_QUOTES,
			"a quote or dash of a word processor: a shell takes it"
			" for a letter"),
		    curly)
			    ->hint,
		    "write ' \" or -", 160);
}
