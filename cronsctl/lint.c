/*
 * The parser's own faults are findings; beside them each line is looked at by
 * the rules for its kind. What needs more than a line (entries that stand
 * there twice, settings below the last entry) is collected while the lines
 * are visited and told at the end.
 *
 * A line is looked at in a copy of its own, for it may hold a NUL.
 */
#include "lint.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "lint_compare.h"
#include "lint_fix.h"
#include "lint_line.h"
#include "lint_schedule.h"
#include "share/buf.h"
#include "share/crontab_job.h"
#include "share/log.h"

struct entry {
	uint64_t hash;
	int line;
};

struct linter {
	struct crontab_options options; /* its visit and arg are ours */
	const struct crontab_options *given;
	struct lint_list *list;
	const char *next, *end; /* the text that was not visited yet */
	struct buf text; /* of the line */
	struct crontab_maker *maker;
	struct entry *entries; /* owned */
	size_t entry_count, entry_room;
	int last_entry; /* line of the last one, good or bad */
	int *settings; /* owned: lines of those below it */
	size_t setting_count, setting_room;
};

static bool
has_user(void *arg, const char *name)
{
	struct linter *l = arg;

	return l->given->has_user(l->given->arg, name);
}

/* Takes the next line of the text; the parser visits all of them in order. */
static void
take_line(struct linter *l)
{
	const char *end = memchr(l->next, '\n', (size_t)(l->end - l->next));

	buf_clear(&l->text);
	buf_put(&l->text, l->next,
	    (size_t)((end == NULL ? l->end : end) - l->next));
	l->next = end == NULL ? l->end : end + 1;
}

static uint64_t
hash_text(uint64_t h, const char *text)
{
	do
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	while (*text++ != '\0');
	return h;
}

static void
keep_entry(struct linter *l, const struct crontab_line *line)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (l->entry_count == l->entry_room) {
		l->entry_room = l->entry_room * 2 + 64;
		l->entries = xreallocarray(
		    l->entries, l->entry_room, sizeof *l->entries);
	}
	h = hash_text(h, line->schedule);
	h = hash_text(h, line->zone == NULL ? "" : line->zone);
	h = hash_text(h, line->user == NULL ? "" : line->user);
	h = hash_text(h, line->raw);
	l->entries[l->entry_count++] = (struct entry) { h, line->number };
}

static void
keep_setting(struct linter *l, int line)
{
	if (l->setting_count == l->setting_room) {
		l->setting_room = l->setting_room * 2 + 16;
		l->settings = xreallocarray(
		    l->settings, l->setting_room, sizeof *l->settings);
	}
	l->settings[l->setting_count++] = line;
}

/* Is this line alone right? For lint_fix. */
static bool
is_right_line(void *arg, const char *line, struct fault *f)
{
	const struct linter *l = arg;
	struct crontab_options options = l->options;
	struct crontab_result result;
	struct buf text = BUF_EMPTY;

	buf_printf(&text, "%s\n", line);
	options.visit = NULL;
	crontab_parse(text.data, text.len, &options, &result);
	*f = result.fault;
	buf_fini(&text);
	return result.errors == 0 && result.fault.err == ERR_NONE;
}

/* A line without its end is mended by its end. */
static void
add_error(struct linter *l, const struct crontab_line *line)
{
	struct lint_judge judge = { is_right_line, l };
	struct lint_finding *found
	    = lint_add_fault(l->list, LINT_IS_ERROR, &line->error);

	if (strlen(buf_text(&l->text)) == l->text.len
	    && found->rule != LINT_NO_NEWLINE)
		found->fix = lint_fix(&judge, buf_text(&l->text));
}

/* lint has its own eyes for %, and a comment's options are one rule. */
static void
add_warnings(struct linter *l, const struct crontab_line *line)
{
	for (size_t i = 0; i < line->warning_count; i++) {
		const struct fault *f = &line->warning[i];
		struct lint_finding *found;

		if (lint_rule_find(LINT_IS_WARNING, f->text) == LINT_PERCENT)
			continue;
		found = lint_add_fault(l->list, LINT_IS_WARNING, f);
		if (line->kind == CRONTAB_COMMENT)
			found->rule = LINT_OPTION;
	}
}

/* An option may be good by itself, and not for this entry or this user. */
static void
add_options(struct linter *l, const struct crontab_line *line)
{
	bool is_root = line->user != NULL ? strcmp(line->user, "root") == 0
					  : l->options.privileged;
	struct crontab_owner owner
	    = { line->user != NULL ? line->user : "", is_root ? 0 : 1 };
	struct crontab_made made;

	if (line->option_count == 0)
		return;
	crontab_maker_make(l->maker, line, &owner, &made);
	if (made.left_out.err != ERR_NONE)
		lint_add_fault(l->list, LINT_IS_WARNING, &made.left_out)->rule
		    = LINT_OPTION;
	job_fini(&made.job);
}

/* The bytes of the line that are its schedule, as many words as it has. */
static void
look_at_schedule(struct linter *l, const struct crontab_line *line)
{
	const char *text = buf_text(&l->text), *p = text, *start;
	struct lint_schedule s = {
		.list = l->list,
		.dialect = l->options.dialect,
		.number = line->number,
		.line = text,
	};

	p += strspn(p, " \t");
	if ((line->flags & CRONTAB_NO_LOG) != 0 && *p == '-')
		p++;
	start = p;
	for (const char *word = line->schedule; word != NULL;
	     word = strchr(word, ' ')) {
		word += *word == ' ';
		p += strspn(p, " \t");
		p += strcspn(p, " \t");
	}
	s.start = (size_t)(start - text);
	s.len = (size_t)(p - start);
	lint_schedule(&s);
}

static void
visit(void *arg, const struct crontab_line *line)
{
	struct linter *l = arg;
	struct lint_line look = {
		.list = l->list,
		.options = &l->options,
		.line = line,
	};

	take_line(l);
	look.text = buf_text(&l->text);
	add_warnings(l, line);
	if (line->kind == CRONTAB_ERROR)
		add_error(l, line);
	else
		lint_bytes(&look);
	if (line->kind == CRONTAB_ENV) {
		lint_setting(&look);
		keep_setting(l, line->number);
	}
	if (line->kind == CRONTAB_JOB) {
		look_at_schedule(l, line);
		lint_command(&look);
		add_options(l, line);
		keep_entry(l, line);
	}
	if (line->kind == CRONTAB_JOB || line->kind == CRONTAB_ERROR) {
		l->last_entry = line->number;
		l->setting_count = 0;
	}
}

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *one = a, *two = b;

	if (one->hash != two->hash)
		return one->hash < two->hash ? -1 : 1;
	return one->line - two->line;
}

static void
tell_duplicates(struct linter *l)
{
	if (l->entry_count > 1)
		qsort(l->entries, l->entry_count, sizeof *l->entries,
		    compare_entries);
	for (size_t i = 1; i < l->entry_count; i++) {
		struct lint_finding *found;

		if (l->entries[i].hash != l->entries[i - 1].hash)
			continue;
		found = lint_add(l->list, LINT_DUPLICATE,
		    "the same as line %d: it runs twice",
		    l->entries[i - 1].line);
		found->line = l->entries[i].line;
		found->column = 1;
	}
}

static void
tell_unused(struct linter *l)
{
	for (size_t i = 0; l->last_entry > 0 && i < l->setting_count; i++) {
		struct lint_finding *found = lint_add(l->list, LINT_UNUSED,
		    "no entry stands below: a setting counts from its line on");

		found->line = l->settings[i];
		found->column = 1;
	}
}

static void
fini(struct linter *l)
{
	crontab_maker_free(l->maker);
	free(l->entries);
	free(l->settings);
	buf_fini(&l->text);
}

void
lint_crontab(const struct buf *text,
    const struct crontab_options *options, struct lint_list *list,
    struct crontab_result *result)
{
	struct linter l = {
		.options = *options,
		.given = options,
		.list = list,
		.next = buf_text(text),
		.end = buf_text(text) + text->len,
		.maker = crontab_maker_new(NULL, options->dialect),
	};

	l.options.arg = &l;
	l.options.visit = visit;
	if (options->has_user != NULL)
		l.options.has_user = has_user;
	crontab_parse(l.next, text->len, &l.options, result);
	if (result->fault.err == ERR_TOO_LARGE)
		lint_add_fault(list, LINT_IS_ERROR, &result->fault);
	tell_duplicates(&l);
	tell_unused(&l);
	if (options->dialect != DIALECT_EXTENDED)
		lint_compare(buf_text(text), text->len, options, list);
	lint_list_sort(list);
	fini(&l);
}

static bool
is_right_schedule(void *arg, const char *line, struct fault *f)
{
	struct when *when
	    = when_parse(line, *(const enum dialect *)arg, 0, (wall_t) { 0 });
	bool right = when_fault(when) == NULL;

	if (!right)
		*f = *when_fault(when);
	when_free(when);
	return right;
}

void
lint_expression(
    const char *text, enum dialect dialect, struct lint_list *list)
{
	struct lint_judge judge = { is_right_schedule, &dialect };
	struct lint_schedule s
	    = { list, dialect, 0, text, 0, strlen(text) };
	struct when *when = when_parse(text, dialect, 0, (wall_t) { 0 });
	const char *warning = when_warning(when);
	struct lint_finding *found;
	struct fault f;

	if (when_fault(when) != NULL) {
		found = lint_add_fault(list, LINT_IS_ERROR, when_fault(when));
		found->fix = lint_fix(&judge, text);
	} else {
		if (warning != NULL) {
			fault_set(&f, ERR_BAD_SCHEDULE, "", "%s", warning);
			f.line = 0;
			f.column = 1;
			lint_add_fault(list, LINT_IS_WARNING, &f);
		}
		lint_schedule(&s);
	}
	if (dialect == DIALECT_DEBIAN || dialect == DIALECT_CRONIE)
		lint_compare_schedule(text, list);
	lint_list_sort(list);
	when_free(when);
}
