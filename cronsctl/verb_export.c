/*
 * export: jobs as text that makes them again. Three forms: a shell script of
 * cronsctl add lines, which has everything; a crontab, which has what a
 * crontab can say; JSON, one object a job.
 *
 * In a crontab an environment line is in force for all entries below it, so
 * only what differs from the last entry is written, and a variable that an
 * entry does not have is set to nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "crontext.h"
#include "member.h"
#include "row.h"
#include "session.h"
#include "share/buf.h"
#include "share/job.h"
#include "text.h"

struct output {
	const struct session *s;
	struct crontext *crontext; /* NULL: not as a crontab */
};

/* One word for a POSIX shell, quoted where it must be. */
static void
put_shell_word(struct buf *out, const char *text)
{
	static const char safe[]
	    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	      "0123456789_-+./:,@%=";

	if (text[0] != '\0' && text[strspn(text, safe)] == '\0') {
		buf_puts(out, text);
		return;
	}
	buf_putc(out, '\'');
	for (; *text != '\0'; text++)
		if (*text == '\'')
			buf_puts(out, "'\\''");
		else
			buf_putc(out, *text);
	buf_putc(out, '\'');
}

static void
put_option(struct buf *out, const struct job *job, enum job_field field)
{
	struct buf text = BUF_EMPTY;

	if (!job_is_preset(job, field)) {
		job_print(job, field, &text);
		buf_printf(out, " --%s=", job_row(field)->key);
		put_shell_word(out, buf_text(&text));
	}
	buf_fini(&text);
}

/*
 * A calendar is a here-document: --not takes a file. The word that ends it is
 * no line of a calendar.
 */
static void
put_calendar(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	buf_printf(out, " <<'END-OF-CALENDAR'\n%s%sEND-OF-CALENDAR", text,
	    len > 0 && text[len - 1] == '\n' ? "" : "\n");
}

/* Another user's job must not become the job of who runs the script. */
static void
print_add(const struct session *s, const struct job *job)
{
	struct buf out = BUF_EMPTY;

	buf_puts(&out, "cronsctl add ");
	put_shell_word(&out, JOB_TEXT(job, name));
	buf_putc(&out, ' ');
	put_shell_word(&out, JOB_TEXT(job, schedule));
	if (job->user[0] != '\0'
	    && strcmp(job->user, call_greeting(s->call, "user")) != 0) {
		buf_puts(&out, " --user=");
		put_shell_word(&out, job->user);
	}
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		if (i != JOB_name && i != JOB_schedule && i != JOB_command
		    && i != JOB_not)
			put_option(&out, job, (enum job_field)i);
	if (JOB_TEXT(job, not)[0] != '\0')
		buf_puts(&out, " --not=-");
	if (JOB_TEXT(job, command)[0] != '\0') {
		buf_puts(&out, " -- ");
		put_shell_word(&out, JOB_TEXT(job, command));
	}
	if (JOB_TEXT(job, not)[0] != '\0')
		put_calendar(&out, JOB_TEXT(job, not));
	buf_putc(&out, '\n');
	text_write(&out);
	buf_fini(&out);
}

/* The fields of a row into a job; those that this cronsctl does not know or
 * like are left at their presets. */
static void
read_job(struct job *job, const struct row *row)
{
	struct fault f;

	job_init(job);
	strlcpy(job->user, row_text(row, "user", NULL), sizeof job->user);
	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		const struct job_row *fact = job_row((enum job_field)i);

		if (row_has(row, fact->column))
			job_set(job, (enum job_field)i,
			    row_text(row, fact->column, NULL), &f);
	}
}

static void
on_row(void *arg, const struct row *row)
{
	struct output *output = arg;
	struct job job;

	if (output->s->view.json) {
		member_print_row(&output->s->view, row);
		return;
	}
	read_job(&job, row);
	if (output->crontext != NULL)
		crontext_print(output->crontext, &job);
	else
		print_add(output->s, &job);
	job_fini(&job);
}

/* Whose crontab: --user's, that of the jobs named, or one's own. */
static const char *
find_user(const struct session *s)
{
	if (session_option(s, OPTION_USER) != NULL)
		return session_option(s, OPTION_USER);
	return s->args.word_count > 0 ? NULL : call_greeting(s->call, "user");
}

int
command_export(struct session *s)
{
	struct output output = { .s = s };
	struct call_sink sink = { &output, on_row, NULL };
	struct buf request = BUF_EMPTY;
	int status;

	if (session_option(s, OPTION_CRONTAB) != NULL
	    && session_call(s, &status) == NULL)
		return status;
	if (session_option(s, OPTION_CRONTAB) != NULL)
		output.crontext = crontext_new(find_user(s));
	session_request(s, &request);
	status = session_ask(s, &request, &sink, NULL);
	if (output.crontext != NULL && crontext_free(output.crontext) > 0
	    && status == 0)
		fprintf(stderr,
		    "cronsctl: export: some jobs cannot be said in a crontab;"
		    " they are comments in it\n");
	buf_fini(&request);
	return status;
}
