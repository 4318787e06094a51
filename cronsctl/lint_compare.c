/*
 * The text is parsed twice. The first reading is kept, line by line, as what
 * can differ: kind, what a setting or a command comes to, input, flags. The
 * second is compared with it as it comes.
 */
#include "lint_compare.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "lint_list.h"
#include "share/log.h"
#include "share/when.h"

#define SHOWN 60 /* bytes of a text in a message */

struct reading {
	enum crontab_kind kind;
	int column; /* of the error */
	unsigned flags;
	char *text; /* owned: value, command or error; NULL: of no matter */
	char *input; /* owned or NULL */
};

struct comparison {
	struct crontab_options options;
	struct lint_list *list;
	struct reading *debian; /* by line, from 0 */
	int count, room;
	bool is_debian; /* then another rule tells of CRON_TZ */
};

static const char *
text_of(const struct crontab_line *line)
{
	if (line->kind == CRONTAB_ENV)
		return line->value;
	if (line->kind == CRONTAB_JOB)
		return line->command + strspn(line->command, " \t");
	return line->kind == CRONTAB_ERROR ? line->error.text : NULL;
}

static void
keep_line(void *arg, const struct crontab_line *line)
{
	struct comparison *c = arg;
	const char *text = text_of(line);

	if (c->count == c->room) {
		c->room = c->room * 2 + 64;
		c->debian = xreallocarray(
		    c->debian, (size_t)c->room, sizeof *c->debian);
	}
	c->debian[c->count++] = (struct reading) {
		.kind = line->kind,
		.column = line->error.column,
		.flags = line->flags,
		.text = text == NULL ? NULL : xstrdup(text),
		.input = line->kind != CRONTAB_JOB || line->input == NULL
		    ? NULL
		    : xstrdup(line->input),
	};
}

static int
cut(const char *text)
{
	size_t len = strlen(text);

	return len > SHOWN ? SHOWN : (int)len;
}

/* cron's own words of an error, before the colon. */
static int
words_of(const char *error)
{
	return (int)strcspn(error, ":");
}

/* One of them refuses the line. */
static struct lint_finding *
tell_refused(struct comparison *c, const struct reading *d,
    const struct crontab_line *line)
{
	struct lint_finding *found;

	if (d->kind == CRONTAB_ERROR) {
		found = lint_add(c->list, LINT_DIALECTS,
		    "Debian's cron says \"%.*s\" and ignores the whole file;"
		    " cronie takes the line",
		    words_of(d->text), d->text);
		found->column = d->column;
	} else {
		found = lint_add(c->list, LINT_DIALECTS,
		    "cronie says \"%.*s\" and leaves the line out; Debian's"
		    " cron takes it",
		    words_of(line->error.text), line->error.text);
		found->column = line->error.column;
	}
	return found;
}

static struct lint_finding *
tell_text(struct comparison *c, const struct reading *d,
    const struct crontab_line *line)
{
	const char *text = text_of(line);

	return lint_add(c->list, LINT_DIALECTS,
	    "%s is \"%.*s\" for Debian's cron and \"%.*s\" for cronie",
	    line->kind == CRONTAB_ENV ? "the value" : "the command",
	    cut(d->text), d->text, cut(text), text);
}

/* Names that are cronie's orders and Debian's variables. */
static bool
is_order(const struct comparison *c, const struct crontab_line *line)
{
	return line->kind == CRONTAB_ENV
	    && (strcmp(line->name, "RANDOM_DELAY") == 0
		|| (strcmp(line->name, "CRON_TZ") == 0 && !c->is_debian));
}

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
compare_line(void *arg, const struct crontab_line *line)
{
	struct comparison *c = arg;
	const struct reading *d = &c->debian[line->number - 1];
	struct lint_finding *found = NULL;

	if ((d->kind == CRONTAB_ERROR) != (line->kind == CRONTAB_ERROR))
		found = tell_refused(c, d, line);
	else if (line->kind == CRONTAB_ERROR)
		return;
	else if (!same(d->text, text_of(line)))
		found = tell_text(c, d, line);
	else if (is_order(c, line))
		found = lint_add(c->list, LINT_DIALECTS,
		    "cronie obeys %s; for Debian's cron it is a variable of"
		    " the jobs",
		    line->name);
	else if (line->kind == CRONTAB_JOB
	    && (!same(d->input, line->input) || d->flags != line->flags))
		found = lint_add(c->list, LINT_DIALECTS,
		    "Debian's cron and cronie give the command other input or"
		    " options");
	if (found == NULL)
		return;
	found->line = line->number;
	if (found->column == 0)
		found->column = 1;
}

/* A limit that only one of them has. */
static void
compare_limits(struct comparison *c, const struct crontab_result *debian,
    const struct crontab_result *cronie)
{
	const struct crontab_result *over
	    = debian->fault.err == ERR_TOO_LARGE ? debian : cronie;

	if ((debian->fault.err == ERR_TOO_LARGE)
	    == (cronie->fault.err == ERR_TOO_LARGE))
		return;
	lint_add(c->list, LINT_DIALECTS,
	    "%s ignores the whole file: %s; the other reads it",
	    over == debian ? "Debian's cron" : "cronie", over->fault.text)
	    ->line
	    = over->fault.line;
}

void
lint_compare(const char *text, size_t len,
    const struct crontab_options *options, struct lint_list *list)
{
	struct comparison c = { .options = *options, .list = list };
	struct crontab_result debian, cronie;

	c.is_debian = options->dialect == DIALECT_DEBIAN;
	c.options.arg = &c;
	c.options.has_user = NULL;
	c.options.check_users = false;
	c.options.dialect = DIALECT_DEBIAN;
	c.options.visit = keep_line;
	crontab_parse(text, len, &c.options, &debian);
	c.options.dialect = DIALECT_CRONIE;
	c.options.visit = compare_line;
	crontab_parse(text, len, &c.options, &cronie);
	compare_limits(&c, &debian, &cronie);
	for (int i = 0; i < c.count; i++) {
		free(c.debian[i].text);
		free(c.debian[i].input);
	}
	free(c.debian);
}

void
lint_compare_schedule(const char *text, struct lint_list *list)
{
	struct when *debian
	    = when_parse(text, DIALECT_DEBIAN, 0, (wall_t) { 0 });
	struct when *cronie
	    = when_parse(text, DIALECT_CRONIE, 0, (wall_t) { 0 });
	const struct fault *d = when_fault(debian), *c = when_fault(cronie);
	struct lint_finding *found;

	if ((d == NULL) != (c == NULL)) {
		found = lint_add(list, LINT_DIALECTS,
		    "%s refuses it; %s does not",
		    d != NULL ? "Debian's cron" : "cronie",
		    d != NULL ? "cronie" : "Debian's cron");
		found->column = d != NULL ? d->column : c->column;
	}
	when_free(debian);
	when_free(cronie);
}
