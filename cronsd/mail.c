/*
 * Which header stands where is measured on the real programs. A job that is
 * no crontab's, and every event, has headers of our own: they say by
 * Auto-Submitted that no holiday notice is wanted.
 */
#include "mail.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share/buf.h"
#include "share/event.h"
#include "share/job.h"
#include "share/line.h"
#include "share/log.h"
#include "share/run.h"
#include "share/when.h"
#include "store_runs.h"
#include "transcript.h"

#define HEADER_MOST 900 /* bytes of one value */
#define TAIL_BYTES 4096 /* output in the mail of an event */

char *
mail_env(const char *lines, const char *name)
{
	size_t want = strlen(name);
	char *value = NULL;

	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");

		if (len > want && lines[want] == '='
		    && strncmp(lines, name, want) == 0) {
			free(value);
			value = xstrndup(lines + want + 1, len - want - 1);
		}
		lines += len + (lines[len] == '\n');
	}
	return value;
}

/* cron's safe_p: the first character is alphanumeric, the rest is that or one
 * of these. */
static bool
is_safe(const char *address, int64_t dialect)
{
	const char *more
	    = dialect == DIALECT_CRONIE ? "@!:%-.,_+" : "@!:%-.,_+=/";

	if (!isalnum((unsigned char)*address))
		return false;
	for (; *address != '\0'; address++)
		if (!isalnum((unsigned char)*address)
		    && strchr(more, *address) == NULL)
			return false;
	return true;
}

enum mail_address
mail_to(const struct job *job, char **to)
{
	*to = mail_env(JOB_TEXT(job, env), "MAILTO");
	if (*to == NULL)
		*to = xstrdup(job->user);
	if (**to == '\0')
		return MAIL_NOBODY;
	return is_safe(*to, JOB_NUMBER(job, dialect)) ? MAIL_SAFE : MAIL_UNSAFE;
}

int64_t
mail_policy(const struct job *job, int64_t setting)
{
	int64_t policy = JOB_NUMBER(job, mail);
	char *to;

	if (policy != MAIL_AUTO)
		return policy;
	if (job->source_key == NULL) {
		to = mail_env(JOB_TEXT(job, env), "MAILTO");
		free(to);
		if (to == NULL)
			return MAIL_NEVER;
	}
	return setting + MAIL_ALWAYS; /* it has no word for AUTO */
}

/* Somebody who ended a run knows of it. */
static bool
is_failure(enum run_result result)
{
	return run_result_is_bad(result) && result != RESULT_KILLED;
}

/* out_bytes is -1 until the last byte is known: then it is decided later. */
static bool
is_silent(const struct run_row *row)
{
	return row->out_bytes == 0 && row->err_bytes <= 0;
}

bool
mail_wants(
    const struct run_row *row, const struct mail_end *end, bool *quiet)
{
	*quiet = end->policy == MAIL_OUTPUT;
	if (row->result == RESULT_SKIPPED || row->result == RESULT_MISSED)
		return false;
	switch ((enum job_mail)end->policy) {
	case MAIL_ALWAYS:
		return true;
	case MAIL_OUTPUT:
		return row->start >= 0 && !is_silent(row);
	case MAIL_FAIL:
		return is_failure(row->result) && end->last;
	case MAIL_CHANGE:
		return end->changed;
	case MAIL_AUTO:
	case MAIL_NEVER:
		break;
	}
	return false;
}

/* ---- headers ---- */

/* Never more than one line: what could begin another is made visible. */
static void
put_value(struct buf *out, const char *text)
{
	size_t from = out->len;

	for (; *text != '\0' && out->len - from < HEADER_MOST; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			buf_printf(out, "^%c", c ^ 0x40);
		else
			buf_putc(out, (char)c);
	}
	if (*text != '\0')
		buf_puts(out, "...");
}

static void
put_header(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%s: ", name);
	put_value(out, value);
	buf_putc(out, '\n');
}

static const char *
value_or(const char *value, const char *preset)
{
	return value != NULL && *value != '\0' ? value : preset;
}

/* What the job is given, as the dialect's cron lists it: the crontab's names in
 * the order in which it set them first, then those that are left. */
static void
put_env(struct buf *out, const struct mail_input *in)
{
	const struct job *job = in->job;
	const char *lines = JOB_TEXT(job, env);
	bool is_cronie = JOB_NUMBER(job, dialect) == DIALECT_CRONIE;
	const char *const preset[][2] = { { "SHELL", "/bin/sh" },
		{ "HOME", in->home },
		{ "PATH",
		    is_cronie ? "/usr/bin:/bin:/usr/sbin:/sbin"
			      : "/usr/bin:/bin" },
		{ "LOGNAME", job->user },
		{ "USER", is_cronie ? job->user : NULL } };

	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");
		char *line = xstrndup(lines, len);

		buf_puts(out, "X-Cron-Env: <");
		put_value(out, line);
		buf_puts(out, ">\n");
		free(line);
		lines += len + (lines[len] == '\n');
	}
	for (size_t i = 0; i < sizeof preset / sizeof preset[0]; i++) {
		char *own = mail_env(JOB_TEXT(job, env), preset[i][0]);

		if (own == NULL && preset[i][1] != NULL)
			buf_printf(out, "X-Cron-Env: <%s=%s>\n", preset[i][0],
			    preset[i][1]);
		free(own);
	}
}

static void
put_subject(struct buf *out, const struct mail_input *in)
{
	int64_t dialect = JOB_NUMBER(in->job, dialect);
	const char *command = JOB_TEXT(in->job, command);
	bool is_cron = in->event == EVENT_OUTPUT
	    && (dialect == DIALECT_DEBIAN || dialect == DIALECT_CRONIE);
	struct buf text = BUF_EMPTY;

	buf_printf(&text, "%s <%s@%.*s> ", is_cron ? "Cron" : "crons",
	    in->job->user, (int)strcspn(in->host, "."), in->host);
	if (is_cron)
		buf_puts(&text, command);
	else
		buf_printf(&text, "%s: %s", JOB_TEXT(in->job, name),
		    in->event != EVENT_OUTPUT ? event_word(in->event)
					      : in->sentence);
	put_header(out, "Subject", buf_text(&text));
	buf_fini(&text);
}

struct addresses {
	char *to, *from; /* owned; from may be NULL */
};

static void
put_from(struct buf *out, const struct mail_input *in,
    const struct addresses *a)
{
	struct buf from = BUF_EMPTY;

	if (JOB_NUMBER(in->job, dialect) == DIALECT_DEBIAN)
		buf_puts(&from, value_or(a->from, "root (Cron Daemon)"));
	else
		buf_printf(&from, "\"(%s)\" <%s>",
		    JOB_NUMBER(in->job, dialect) == DIALECT_CRONIE
			? "Cron Daemon"
			: "crons",
		    value_or(a->from, in->job->user));
	put_header(out, "From", buf_text(&from));
	buf_fini(&from);
}

static void
put_type(struct buf *out, const char *lines, const char *charset)
{
	char *type = mail_env(lines, "CONTENT_TYPE");
	char *encoding = mail_env(lines, "CONTENT_TRANSFER_ENCODING");
	char preset[64];

	snprintf(preset, sizeof preset, "text/plain; charset=%s", charset);
	put_header(out, "MIME-Version", "1.0");
	put_header(out, "Content-Type", type != NULL ? type : preset);
	put_header(out, "Content-Transfer-Encoding",
	    encoding != NULL ? encoding : "8bit");
	free(type);
	free(encoding);
}

static void
put_headers(struct buf *out, const struct mail_input *in,
    const struct addresses *a)
{
	const char *lines = JOB_TEXT(in->job, env);
	int64_t dialect = JOB_NUMBER(in->job, dialect);
	bool is_own = in->event != EVENT_OUTPUT
	    || (dialect != DIALECT_DEBIAN && dialect != DIALECT_CRONIE);

	put_from(out, in, a);
	put_header(out, "To", a->to);
	put_subject(out, in);
	put_type(out, is_own ? "" : lines, in->charset);
	if (is_own || dialect == DIALECT_CRONIE)
		put_header(out, "Auto-Submitted", "auto-generated");
	if (dialect == DIALECT_CRONIE && !is_own)
		put_header(out, "Precedence", "bulk");
	if (is_own) {
		put_header(out, "X-Crons-Job", JOB_TEXT(in->job, name));
		if (in->row != NULL)
			buf_printf(out, "X-Crons-Run: %lld\n",
			    (long long)in->row->id);
	} else
		put_env(out, in);
	buf_putc(out, '\n');
}

/* ---- body ---- */

/* cronie drops them, on the way into the mail. */
static void
drop_returns(struct buf *text, size_t from)
{
	size_t to = from;

	for (size_t i = from; i < text->len; i++)
		if (text->data[i] != '\r')
			text->data[to++] = text->data[i];
	text->len = to;
}

static int
put_output(struct buf *out, const struct mail_input *in)
{
	size_t from = out->len;
	int got = transcript_read(
	    in->places, in->row, (size_t)in->most, out);
	int64_t all = in->row->out_bytes
	    + (in->row->err_bytes > 0 ? in->row->err_bytes : 0);

	if (got < 0)
		return -1;
	if (JOB_NUMBER(in->job, dialect) == DIALECT_CRONIE)
		drop_returns(out, from);
	if (got > 0)
		buf_printf(out,
		    "\n[crons: cut after %lld of %lld bytes; the rest is in "
		    "the history: cronsctl logs %lld]\n",
		    (long long)in->most,
		    (long long)(all > in->most ? all : in->most),
		    (long long)in->row->id);
	return 0;
}

static int
put_event(struct buf *out, const struct mail_input *in)
{
	int got;

	buf_printf(out, "%s\n", in->sentence);
	if (in->row == NULL)
		return 0;
	buf_printf(out, "\nAll of it: cronsctl logs %lld\n",
	    (long long)in->row->id);
	if (in->row->start < 0)
		return 0;
	buf_puts(out, "The end of its output:\n\n");
	got = transcript_tail(in->places, in->row, TAIL_BYTES, out);
	return got < 0 ? -1 : 0;
}

/* ---- the mailer ---- */

static void
put_word(struct buf *argv, const char *word)
{
	if (argv->len > 0)
		buf_putc(argv, ' ');
	line_put_word(argv, word);
}

static void
put_argv(struct buf *argv, const struct mail_input *in,
    const struct addresses *a)
{
	static const char *const debian[]
	    = { "-FCronDaemon", "-i", "-B8BITMIME", "-oem" };
	static const char *const cronie[]
	    = { "-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f" };
	bool is_cronie = JOB_NUMBER(in->job, dialect) == DIALECT_CRONIE;

	put_word(argv, in->mailer);
	if (is_cronie)
		for (size_t i = 0; i < sizeof cronie / sizeof *cronie; i++)
			put_word(argv, cronie[i]);
	else
		for (size_t i = 0; i < sizeof debian / sizeof *debian; i++)
			put_word(argv, debian[i]);
	put_word(argv, is_cronie ? value_or(a->from, in->job->user) : a->to);
}

/* One that is unsafe is nobody's, as in both crons: the usual sender stands. */
static char *
sender_of(const struct job *job)
{
	char *from = mail_env(JOB_TEXT(job, env), "MAILFROM");

	if (from != NULL && !is_safe(from, JOB_NUMBER(job, dialect))) {
		free(from);
		from = NULL;
	}
	return from;
}

int
mail_compose(
    const struct mail_input *in, struct buf *argv, struct buf *text)
{
	struct addresses a;
	int got = 1;

	a.from = sender_of(in->job);
	if (mail_to(in->job, &a.to) == MAIL_SAFE) {
		put_argv(argv, in, &a);
		put_headers(text, in, &a);
		got = in->event == EVENT_OUTPUT && in->row != NULL
		    ? put_output(text, in)
		    : put_event(text, in);
	}
	free(a.to);
	free(a.from);
	return got;
}
