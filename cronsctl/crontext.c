/*
 * What an entry needs beyond a schedule and a command stands in a "#crons:"
 * comment above it, which cron takes for a comment and crons reads. Of the
 * environment only the difference to what is in force is written; a variable
 * cannot be unset in a crontab, so it is set to nothing.
 */
#include "crontext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share/buf.h"
#include "share/clock.h"
#include "share/job.h"
#include "share/line.h"
#include "share/log.h"
#include "share/when.h"
#include "text.h"

struct crontext {
	char **name, **value; /* owned: the environment in force */
	size_t count;
	size_t unsaid;
	char *user; /* owned; NULL: not known before the first job */
};

struct crontext *
crontext_new(const char *user)
{
	struct crontext *text = xcalloc(1, sizeof *text);

	text->user = user == NULL ? NULL : xstrdup(user);
	return text;
}

size_t
crontext_free(struct crontext *text)
{
	size_t unsaid = text->unsaid;

	for (size_t i = 0; i < text->count; i++) {
		free(text->name[i]);
		free(text->value[i]);
	}
	free(text->name);
	free(text->value);
	free(text->user);
	free(text);
	return unsaid;
}

/* Is the schedule one that cronie would take? (Debian's cron takes less.) */
static bool
is_crontab_schedule(const char *schedule)
{
	struct when *when
	    = when_parse(schedule, DIALECT_CRONIE, 0, (wall_t) { 0 });
	bool is_one = when_fault(when) == NULL;

	when_free(when);
	return is_one;
}

/* Sets a variable for what follows, and prints it if it is a change. */
static void
put_variable(struct crontext *text, struct buf *out, const char *name,
    const char *value)
{
	size_t i = 0;

	while (i < text->count && strcmp(text->name[i], name) != 0)
		i++;
	if (i < text->count && strcmp(text->value[i], value) == 0)
		return;
	if (i == text->count) {
		text->name
		    = xreallocarray(text->name, i + 1, sizeof(char *));
		text->value
		    = xreallocarray(text->value, i + 1, sizeof(char *));
		text->name[i] = xstrdup(name);
		text->value[i] = NULL;
		text->count++;
	}
	free(text->value[i]);
	text->value[i] = xstrdup(value);
	/* cron strips a pair of quotes, and nothing inside them. */
	buf_printf(out, "%s=\"%s\"\n", name, value);
}

/* The value of name in the lines NAME=VALUE; NULL if it is not there. */
static const char *
find_variable(const char *env, const char *name)
{
	size_t len = strlen(name);

	while (env[0] != '\0') {
		if (strncmp(env, name, len) == 0 && env[len] == '=')
			return env + len + 1;
		env += strcspn(env, "\n");
		env += env[0] == '\n';
	}
	return NULL;
}

static bool
is_in_force(const struct crontext *text, const char *name)
{
	for (size_t i = 0; i < text->count; i++)
		if (strcmp(text->name[i], name) == 0)
			return true;
	return false;
}

static void
put_environment(
    struct crontext *text, struct buf *out, const struct job *job)
{
	const char *env = JOB_TEXT(job, env), *p = env;
	struct buf name = BUF_EMPTY, value = BUF_EMPTY;

	for (size_t i = 0; i < text->count; i++)
		if (find_variable(env, text->name[i]) == NULL
		    && strcmp(text->name[i], "SHELL") != 0)
			put_variable(text, out, text->name[i], "");
	while (p[0] != '\0') {
		size_t len = strcspn(p, "\n"), key = strcspn(p, "=");

		buf_clear(&name);
		buf_clear(&value);
		if (key < len) {
			buf_put(&name, p, key);
			buf_put(&value, p + key + 1, len - key - 1);
			put_variable(
			    text, out, buf_text(&name), buf_text(&value));
		}
		p += len + (p[len] == '\n');
	}
	if (JOB_TEXT(job, shell)[0] != '\0')
		put_variable(text, out, "SHELL", JOB_TEXT(job, shell));
	else if (find_variable(env, "SHELL") == NULL
	    && is_in_force(text, "SHELL"))
		put_variable(text, out, "SHELL", "/bin/sh");
	buf_fini(&value);
	buf_fini(&name);
}

/* The fields that a crontab has no place for, in the comment that we read. */
static void
put_fields(struct buf *out, const struct job *job)
{
	buf_puts(out, "#crons:");
	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		enum job_field field = (enum job_field)i;
		struct buf value = BUF_EMPTY;

		if (field == JOB_schedule || field == JOB_dialect
		    || field == JOB_command || field == JOB_argv
		    || field == JOB_stdin || field == JOB_env
		    || field == JOB_shell || job_is_preset(job, field))
			continue;
		job_print(job, field, &value);
		line_put_pair(out, job_row(field)->key, buf_text(&value));
		buf_fini(&value);
	}
	buf_putc(out, '\n');
}

/* A percent sign would begin the input, so it is escaped; LF becomes %. */
static void
put_percent(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '%')
			buf_puts(out, "\\%");
		else if (*text == '\n')
			buf_putc(out, '%');
		else
			buf_putc(out, *text);
}

static void
put_entry(struct buf *out, const struct job *job)
{
	const char *input = JOB_TEXT(job, stdin);
	size_t len = strlen(input);

	buf_printf(out, "%s ", JOB_TEXT(job, schedule));
	put_percent(out, JOB_TEXT(job, command));
	if (len > 0) {
		struct buf text = BUF_EMPTY;

		/* cron ends the input with a line feed of its own. */
		buf_put(&text, input, input[len - 1] == '\n' ? len - 1 : len);
		buf_putc(out, '%');
		put_percent(out, buf_text(&text));
		buf_fini(&text);
	}
	buf_putc(out, '\n');
}

/* Why this crontab cannot say it; NULL if it can. */
static const char *
find_obstacle(const struct crontext *text, const struct job *job)
{
	if (strcmp(text->user, job->user) != 0)
		return "it is another user's, see --user";
	if (JOB_TEXT(job, command)[0] == '\0')
		return "it is executed without a shell";
	if (strchr(JOB_TEXT(job, command), '\n') != NULL)
		return "its command has several lines";
	if (!is_crontab_schedule(JOB_TEXT(job, schedule)))
		return "its schedule is none of a crontab";
	return NULL;
}

void
crontext_print(struct crontext *text, const struct job *job)
{
	const char *obstacle;
	struct buf out = BUF_EMPTY;

	if (text->user == NULL)
		text->user = xstrdup(job->user);
	obstacle = find_obstacle(text, job);
	if (obstacle != NULL) {
		text->unsaid++;
		buf_puts(&out, "# ");
		text_visible(&out, JOB_TEXT(job, name),
		    strlen(JOB_TEXT(job, name)), "");
		buf_printf(&out, ": not in a crontab: %s\n", obstacle);
	} else {
		put_environment(text, &out, job);
		put_fields(&out, job);
		put_entry(&out, job);
	}
	fwrite(out.data, 1, out.len, stdout);
	buf_fini(&out);
}
