/*
 * show: all of a job, as "name  value" lines: first what it is, then every
 * field that is not its preset, when it runs next, and how its last runs went.
 * Both requests are sent at once; --json prints the first reply only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint.h"
#include "member.h"
#include "row.h"
#include "session.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/line.h"
#include "text.h"

#define RUNS_SHOWN 10

struct page {
	const struct view *view;
	struct buf out;
	char strip[RUNS_SHOWN]; /* results of runs, newest first */
	size_t runs, good;
};

static void
put_line(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%-14s ", name);
	text_visible(out, value, strlen(value), "");
	buf_putc(out, '\n');
}

static void
put_instant(struct page *page, const char *name, int64_t us)
{
	buf_printf(&page->out, "%-14s ", name);
	view_long(page->view, &page->out, us);
	if (us > page->view->now.us) {
		buf_puts(&page->out, " (in ");
		view_span(&page->out, us - page->view->now.us, 2);
		buf_putc(&page->out, ')');
	}
	buf_putc(&page->out, '\n');
}

/* Microseconds with blanks between them, one line each. */
static void
put_upcoming(struct page *page, const char *list)
{
	const char *name = "next";
	char *end;

	for (;; list = end) {
		long long us = strtoll(list, &end, 10);

		if (end == list)
			return;
		put_instant(page, name, us);
		name = "";
	}
}

/* Has the field another value than a new job would have? */
static bool
is_set(enum job_field field, const char *text)
{
	struct job job;
	struct fault f;
	bool set = text[0] != '\0';

	job_init(&job);
	if (job_set(&job, field, text, &f) == ERR_NONE)
		set = !job_is_preset(&job, field);
	job_fini(&job);
	return set;
}

/* Each line of a field of several lines gets a line of its own. */
static void
put_field(struct page *page, const struct row *row, enum job_field field)
{
	const struct job_row *fact = job_row(field);
	const char *value = row_text(row, fact->column, NULL);

	if (field == JOB_name || field == JOB_schedule
	    || !is_set(field, value))
		return;
	while ((fact->kind == KIND_ENV || field == JOB_not)
	    && strchr(value, '\n') != NULL) {
		struct buf line = BUF_EMPTY;

		buf_put(&line, value, strcspn(value, "\n"));
		put_line(&page->out, fact->key, buf_text(&line));
		buf_fini(&line);
		value += strcspn(value, "\n") + 1;
	}
	if (value[0] != '\0')
		put_line(&page->out, fact->key, value);
}

/* What lint has to say of the schedule, and the daemon where lint is silent. */
static void
put_warnings(struct page *page, const struct row *row)
{
	struct lint_list list = { 0 };
	enum dialect dialect = DIALECT_EXTENDED;

	dialect_find(row_text(row, "dialect", NULL), &dialect);
	lint_expression(row_text(row, "schedule", NULL), dialect, &list);
	for (size_t i = 0; i < list.count; i++)
		if (list.found[i].rule != LINT_DIALECTS)
			put_line(&page->out, "warning", list.found[i].text);
	if (list.count == 0 && row_has(row, "warning"))
		put_line(&page->out, "warning",
		    row_text(row, "warning", NULL));
	lint_list_fini(&list);
}

static void
on_job(void *arg, const struct row *row)
{
	struct page *page = arg;
	struct buf title = BUF_EMPTY;

	if (page->view->json) {
		member_print_row(page->view, row);
		return;
	}
	buf_printf(&title, "%s (id %s, revision %s)",
	    row_text(row, "name", NULL), row_text(row, "id", NULL),
	    row_text(row, "rev", NULL));
	put_line(&page->out, "job", buf_text(&title));
	put_line(&page->out, "user", row_text(row, "user", NULL));
	put_line(&page->out, "schedule", row_text(row, "schedule", NULL));
	if (row_has(row, "words"))
		put_line(&page->out, "", row_text(row, "words", NULL));
	put_warnings(page, row);
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		put_field(page, row, (enum job_field)i);
	if (row_number(row, "source", 0) != 0)
		put_line(&page->out, "source", row_text(row, "source", NULL));
	if (row_has(row, "created_us"))
		put_instant(page, "created", row_number(row, "created_us", 0));
	put_upcoming(page, row_text(row, "next", NULL));
	buf_fini(&title);
}

static void
on_run(void *arg, const struct row *row)
{
	struct page *page = arg;
	const char *result = row_text(row, "result", NULL);
	bool good = strcmp(result, "ok") == 0;

	if (page->view->json || page->runs == RUNS_SHOWN)
		return;
	page->strip[page->runs++] = result[0] == '\0' ? '>'
	    : good				      ? '.'
	    : strcmp(result, "fail") == 0	      ? 'F'
						      : result[0];
	page->good += good;
}

/* The last runs, oldest first: "..F.s..... (8 of 10 ok)". */
static void
put_strip(struct page *page)
{
	if (page->runs == 0)
		return;
	buf_printf(&page->out, "%-14s ", "last runs");
	for (size_t i = page->runs; i-- > 0;)
		buf_putc(&page->out, page->strip[i]);
	buf_printf(&page->out, " (%zu of %zu ok)\n", page->good, page->runs);
}

/* Sends "verb JOB n=count". */
static int
send_ahead(struct session *s, const char *verb, const char *count)
{
	struct buf request = BUF_EMPTY;
	struct fault f;
	int status = 0;

	buf_puts(&request, verb);
	session_put_job(s, &request, s->args.word[0]);
	if (count != NULL)
		line_put_pair(&request, "n", count);
	if (call_send(s->call, &request, NULL, &f) != 0)
		status = session_fail(s, &f);
	buf_fini(&request);
	return status;
}

int
command_show(struct session *s)
{
	struct page page = { .view = &s->view };
	struct call_sink job = { &page, on_job, NULL };
	struct call_sink run = { &page, on_run, NULL };
	int status = 0;

	if (session_call(s, &status) == NULL)
		return status;
	status = send_ahead(s, "show", NULL);
	if (status == 0 && !s->view.json)
		status = send_ahead(s, "runs", "10");
	if (status == 0)
		status = session_read(s, &job, NULL);
	if (status == 0 && !s->view.json)
		status = session_read(s, &run, NULL);
	put_strip(&page);
	fputs(buf_text(&page.out), stdout);
	buf_fini(&page.out);
	return status;
}
