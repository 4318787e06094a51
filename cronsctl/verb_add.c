/*
 * add and set: fields of a job from the command line. What stands behind "--"
 * is its command: one word is a line for the shell, several are executed
 * without one. The daemon checks everything; only what it cannot know (which
 * word was meant) is said here.
 */
#include <bsd/string.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "share/buf.h"
#include "share/calendar.h"
#include "share/job.h"
#include "share/line.h"

static bool
has_command(const struct session *s)
{
	return s->args.rest_count > 0 || s->args.field[JOB_command] != NULL
	    || s->args.field[JOB_ping] != NULL
	    || s->args.field[JOB_argv] != NULL;
}

/* A command twice, or none where one is needed. */
static enum err
check_command(const struct session *s, bool is_needed, struct fault *f)
{
	if (!has_command(s) && is_needed) {
		fault_set(f, ERR_MISSING_KEY, "", "a command is missing");
		strlcpy(f->hint,
		    "it stands behind --: cronsctl add NAME SCHEDULE --"
		    " 'command line'",
		    sizeof f->hint);
		return f->err;
	}
	if (s->args.rest_count > 0
	    && (s->args.field[JOB_command] != NULL
		|| s->args.field[JOB_argv] != NULL))
		return fault_set(f, ERR_BAD_VALUE, "command",
		    "it is given behind -- and as an option too");
	return ERR_NONE;
}

/* A file, "-" being standard input, as the text of the field; cut at most a
 * byte behind what is allowed. */
static int
read_text(const char *name, struct buf *text)
{
	FILE *in = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
	size_t got = 1;
	int status = 0;

	if (in == NULL)
		return -1;
	while (got > 0 && text->len <= CALENDAR_BYTES) {
		got = fread(buf_room(text, 4096), 1, 4096, in);
		buf_grown(text, got);
	}
	if (ferror(in))
		status = -1;
	if (in != stdin)
		fclose(in);
	return status;
}

/*
 * --not names a file: its text is what the daemon gets, which opens no file
 * that a user names. Looked at here first, so that the complaint has the
 * file's name. Empty: no calendar any more.
 */
static int
read_calendar(struct session *s)
{
	char **field = &s->args.field[JOB_not];
	struct calendar *calendar = NULL;
	struct buf text = BUF_EMPTY;
	struct fault f;
	int status = 0;

	if (*field == NULL || **field == '\0')
		return 0;
	if (read_text(*field, &text) != 0) {
		fault_set(&f, ERR_BAD_VALUE, "not", "%.150s: %s", *field,
		    strerror(errno));
		status = session_fail(s, &f);
		goto out;
	}
	s->file = *field;
	if (strlen(buf_text(&text)) != text.len)
		fault_set(&f, ERR_BAD_VALUE, "not", "there is a NUL in it");
	else
		calendar = calendar_parse(buf_text(&text), &f);
	if (calendar == NULL)
		status = session_fail(s, &f);
	s->file = NULL;
	if (status == 0) {
		free(*field);
		*field = buf_take(&text);
	}
out:
	calendar_free(calendar);
	buf_fini(&text);
	return status;
}

static int
ask_and_say(struct session *s, const struct buf *request)
{
	struct call_answer answer = { 0 };
	int status = session_ask(s, request, NULL, &answer);

	if (status == 0)
		status = session_say_done(s, &answer);
	call_answer_fini(&answer);
	return status;
}

int
command_do(struct session *s)
{
	struct buf request = BUF_EMPTY;
	int status;

	session_request(s, &request);
	status = ask_and_say(s, &request);
	buf_fini(&request);
	return status;
}

/* The first word is a job; those behind it are not. */
int
command_tag(struct session *s)
{
	struct buf request = BUF_EMPTY;
	int status;

	session_begin(s, &request);
	session_put_job(s, &request, s->args.word[0]);
	for (size_t i = 1; i < s->args.word_count; i++) {
		buf_putc(&request, ' ');
		line_put_word(&request, s->args.word[i]);
	}
	session_put_options(s, &request);
	status = ask_and_say(s, &request);
	buf_fini(&request);
	return status;
}

/* Its word is a pool, and -u does not make it another user's. */
int
command_pool(struct session *s)
{
	struct buf request = BUF_EMPTY;
	int status;

	session_begin(s, &request);
	buf_putc(&request, ' ');
	line_put_word(&request, s->args.word[0]);
	session_put_options(s, &request);
	status = ask_and_say(s, &request);
	buf_fini(&request);
	return status;
}

int
command_add(struct session *s)
{
	struct buf request = BUF_EMPTY;
	struct fault f;
	int status;

	if (check_command(s, true, &f) != ERR_NONE)
		return session_fail(s, &f);
	for (int i = JOB_name; i <= JOB_schedule; i++)
		if (s->args.field[i] != NULL) {
			fault_set(&f, ERR_BAD_VALUE,
			    job_row((enum job_field)i)->key,
			    "it is given as a word and as an option too");
			return session_fail(s, &f);
		}
	status = read_calendar(s);
	if (status != 0)
		return status;
	s->subject = s->args.word[1];
	session_begin(s, &request);
	line_put_pair(&request, "name", s->args.word[0]);
	line_put_pair(&request, "schedule", s->args.word[1]);
	session_put_rest(s, &request);
	session_put_fields(s, &request);
	session_put_options(s, &request);
	status = ask_and_say(s, &request);
	buf_fini(&request);
	return status;
}

int
command_set(struct session *s)
{
	struct buf request = BUF_EMPTY;
	bool any = s->args.rest_count > 0;
	struct fault f;
	int status;

	for (size_t i = 1; i < s->args.word_count; i++)
		if (args_put_pair(&s->args, s->args.word[i], &f) != ERR_NONE)
			return session_fail(s, &f);
	if (check_command(s, false, &f) != ERR_NONE)
		return session_fail(s, &f);
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		any = any || s->args.field[i] != NULL;
	if (!any) {
		fault_set(&f, ERR_MISSING_KEY, "", "nothing to set");
		strlcpy(f.hint, "usage: cronsctl set JOB KEY=VALUE...",
		    sizeof f.hint);
		return session_fail(s, &f);
	}
	status = read_calendar(s);
	if (status != 0)
		return status;
	s->subject = s->args.field[JOB_schedule];
	session_begin(s, &request);
	session_put_job(s, &request, s->args.word[0]);
	session_put_rest(s, &request);
	session_put_fields(s, &request);
	session_put_options(s, &request);
	status = ask_and_say(s, &request);
	buf_fini(&request);
	return status;
}
