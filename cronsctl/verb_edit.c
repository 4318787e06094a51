/*
 * edit: a job as a text of FIELD=VALUE lines in an editor, and what was changed
 * in it as a request `set` with the revision that the text was made from: if
 * somebody changed the job meanwhile, nothing is done and the text is kept.
 */
#include <stdio.h>
#include <string.h>

#include "edit.h"
#include "row.h"
#include "session.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/line.h"

struct editing {
	struct job before, after;
	long long id, rev;
	bool found;
	struct buf text;
};

static void
put_line(struct buf *out, const struct job *job, enum job_field field)
{
	struct buf value = BUF_EMPTY, pair = BUF_EMPTY;

	job_print(job, field, &value);
	line_put_pair(&pair, job_row(field)->key, buf_text(&value));
	buf_printf(out, "%s\n", buf_text(&pair) + 1);
	buf_fini(&pair);
	buf_fini(&value);
}

/* What differs from a new job; below, in comments, what else there is. */
static void
print_text(struct editing *e)
{
	const struct job *job = &e->before;

	buf_printf(&e->text,
	    "# Job %lld, revision %lld. A line is FIELD=VALUE; values with"
	    " blanks in them\n# stand in \"quotes\" (\\n is a line's end)."
	    " A field without a line has the\n# value of a new job.\n",
	    e->id, e->rev);
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		if (!job_is_preset(job, (enum job_field)i))
			put_line(&e->text, job, (enum job_field)i);
	buf_puts(&e->text, "\n");
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		if (job_is_preset(job, (enum job_field)i))
			buf_printf(&e->text, "# %s=%s: %s\n",
			    job_row((enum job_field)i)->key,
			    job_row((enum job_field)i)->preset,
			    job_row((enum job_field)i)->help);
}

static void
on_row(void *arg, const struct row *row)
{
	struct editing *e = arg;
	struct fault f;

	e->found = true;
	e->id = row_number(row, "id", 0);
	e->rev = row_number(row, "rev", 0);
	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		const struct job_row *fact = job_row((enum job_field)i);

		if (row_has(row, fact->column))
			job_set(&e->before, (enum job_field)i,
			    row_text(row, fact->column, NULL), &f);
	}
}

/* One line of the text: "FIELD=VALUE", empty, or a comment. */
static enum err
read_line(struct editing *e, const char *text, size_t len, struct fault *f)
{
	struct buf bytes = BUF_EMPTY;
	struct line line;
	enum err err;
	int field;

	if (strspn(text, " \t") >= len || text[strspn(text, " \t")] == '#')
		return ERR_NONE;
	buf_puts(&bytes, "set ");
	buf_put(&bytes, text, len);
	err = line_parse_any(&line, bytes.data, bytes.len, f);
	buf_fini(&bytes);
	if (err != ERR_NONE)
		return err;
	if (line.pair_count != 1 || line.word_count != 0)
		err = fault_set(f, ERR_BAD_VALUE, "",
		    "a line is FIELD=VALUE, with quotes around blanks");
	else if ((field = job_field_find(line.pair[0].key)) < 0)
		err = fault_set(f, ERR_UNKNOWN_KEY, "",
		    "a job has no field \"%.40s\"", line.pair[0].key);
	else
		err = job_set(
		    &e->after, (enum job_field)field, line.pair[0].value, f);
	line_fini(&line);
	return err;
}

static enum err
read_text(struct editing *e, const char *text, struct fault *f)
{
	enum err err = ERR_NONE;

	job_init(&e->after);
	for (int line = 1; err == ERR_NONE && *text != '\0'; line++) {
		size_t len = strcspn(text, "\n");

		err = read_line(e, text, len, f);
		f->line = line;
		f->column = 0;
		text += len + (text[len] == '\n');
	}
	return err;
}

/* The fields that differ as keys; how many. */
static int
put_changes(const struct editing *e, struct buf *request)
{
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	int n = 0;

	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		buf_clear(&before);
		buf_clear(&after);
		job_print(&e->before, (enum job_field)i, &before);
		job_print(&e->after, (enum job_field)i, &after);
		if (strcmp(buf_text(&before), buf_text(&after)) == 0)
			continue;
		line_put_pair(request, job_row((enum job_field)i)->key,
		    buf_text(&after));
		n++;
	}
	buf_fini(&after);
	buf_fini(&before);
	return n;
}

static int
send_changes(struct session *s, struct editing *e)
{
	struct call_answer answer = { 0 };
	struct buf request = BUF_EMPTY;
	int status = 0;

	buf_printf(&request, "set %lld if_rev=%lld", e->id, e->rev);
	if (put_changes(e, &request) == 0)
		fprintf(stderr, "cronsctl: edit: nothing was changed\n");
	else
		status = session_ask(s, &request, NULL, &answer);
	if (status == 0 && answer.code != 0)
		session_say_done(s, &answer);
	call_answer_fini(&answer);
	buf_fini(&request);
	return status;
}

static int
edit_job(struct session *s, struct editing *e)
{
	struct edit file = { .path = "" };
	struct fault f = { 0 };
	int status = EXIT_ANSWER_IS_NO;

	print_text(e);
	if (edit_begin(&file, &e->text) == 0 && edit_run(&file) == 0) {
		s->file = file.path;
		if (read_text(e, buf_text(&file.text), &f) != ERR_NONE)
			status = session_fail(s, &f);
		s->file = NULL;
		if (f.err == ERR_NONE)
			status = send_changes(s, e);
		job_fini(&e->after);
	}
	edit_end(&file, status != 0);
	return status;
}

int
command_edit(struct session *s)
{
	struct editing e = { .found = false };
	struct call_sink sink = { &e, on_row, NULL };
	struct buf request = BUF_EMPTY;
	int status;

	job_init(&e.before);
	buf_puts(&request, "show");
	session_put_job(s, &request, s->args.word[0]);
	status = session_ask(s, &request, &sink, NULL);
	/* The editor may stay open for days. */
	call_free(s->call);
	s->call = NULL;
	if (status == 0 && e.found)
		status = edit_job(s, &e);
	job_fini(&e.before);
	buf_fini(&e.text);
	buf_fini(&request);
	return status;
}
