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
	bool twice; /* the job at hand is in Debian's dialect */
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

/* The quote that text can stand in, '\0' if it can in none. */
static char
quote_for(const char *text)
{
	if (strchr(text, '"') == NULL)
		return '"';
	return strchr(text, '\'') == NULL ? '\'' : '\0';
}

/*
 * Whether text has to stand in quotes: cron trims what does not, takes quotes
 * in front for its own, and a setting without a value for none.
 */
static bool
needs_quotes(const char *text)
{
	return text[0] == '\0' || text[0] == '"' || text[0] == '\''
	    || text[strcspn(text, " \t\r\v\f")] != '\0';
}

/* Debian's cron takes away a second pair of quotes. */
static bool
loses_quotes(const char *value)
{
	size_t len = strlen(value);

	return len >= 2 && (value[0] == '"' || value[0] == '\'')
	    && value[len - 1] == value[0];
}

static void
put_quoted(struct buf *out, const char *text, char quote)
{
	buf_printf(out, "%c%s%c", quote, text, quote);
}

/* twice: as Debian's cron reads it. */
static void
put_setting(struct buf *out, const char *name, const char *value, bool twice)
{
	struct buf inner = BUF_EMPTY;
	bool again = twice && loses_quotes(value);

	if (again)
		put_quoted(&inner, value, value[0]);
	else
		buf_puts(&inner, value);
	if (needs_quotes(name))
		put_quoted(out, name, quote_for(name));
	else
		buf_puts(out, name);
	buf_putc(out, '=');
	if (needs_quotes(buf_text(&inner)))
		put_quoted(out, buf_text(&inner), quote_for(buf_text(&inner)));
	else
		buf_puts(out, buf_text(&inner));
	buf_putc(out, '\n');
	buf_fini(&inner);
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
	put_setting(out, name, value, text->twice);
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

/* cronie's way to say log=no, in the crontabs where it may be said so. */
static bool
has_dash(const struct job *job)
{
	return JOB_NUMBER(job, dialect) == DIALECT_CRONIE
	    && strcmp(job->user, "root") == 0 && JOB_NUMBER(job, log) == 0;
}

/* And its way to say mail=fail. */
static bool
has_flag(const struct job *job)
{
	return JOB_NUMBER(job, dialect) == DIALECT_CRONIE
	    && JOB_NUMBER(job, mail) == MAIL_FAIL;
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
		    || field == JOB_shell || job_is_preset(job, field)
		    || (field == JOB_log && has_dash(job))
		    || (field == JOB_mail && has_flag(job)))
			continue;
		job_print(job, field, &value);
		line_put_pair(out, job_row(field)->key, buf_text(&value));
		buf_fini(&value);
	}
	buf_putc(out, '\n');
}

/*
 * A percent sign would begin the input, so it is escaped. Debian's cron makes
 * one backslash of two, so one is two where that would happen.
 */
static void
put_command(struct buf *out, const char *text, bool pairs, bool has_input)
{
	for (; *text != '\0'; text++) {
		if (*text == '%')
			buf_putc(out, '\\');
		if (*text == '\\' && pairs
		    && (text[1] == '\\' || text[1] == '%'
			|| (text[1] == '\0' && has_input)))
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
}

/* In the input a percent sign is a line feed, and \% is one. */
static void
put_input(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '%')
			buf_puts(out, "\\%");
		else
			buf_putc(out, text[i] == '\n' ? '%' : text[i]);
}

static void
put_entry(struct buf *out, const struct job *job)
{
	const char *input = JOB_TEXT(job, stdin);
	size_t len = strlen(input);

	buf_printf(out, "%s%s %s", has_dash(job) ? "-" : "",
	    JOB_TEXT(job, schedule), has_flag(job) ? "-n " : "");
	put_command(out, JOB_TEXT(job, command),
	    JOB_NUMBER(job, dialect) == DIALECT_DEBIAN, len > 0);
	if (len > 0) {
		/* cron ends a last line that is not empty by itself. */
		if (len > 1 && input[len - 1] == '\n'
		    && input[len - 2] != '\n')
			len--;
		buf_putc(out, '%');
		put_input(out, input, len);
	}
	buf_putc(out, '\n');
}

/*
 * cronie keeps all backslashes before a percent sign but the last, and takes
 * them in pairs: an odd number of them cannot stand there.
 */
static bool
has_odd_escape(const char *command, bool has_input)
{
	size_t slashes = 0;

	for (; *command != '\0'; command++) {
		if (*command == '%' && slashes % 2 == 1)
			return true;
		slashes = *command == '\\' ? slashes + 1 : 0;
	}
	return has_input && slashes % 2 == 1;
}

/* A backslash before a line feed, which is a % in the crontab. */
static bool
has_odd_input(const char *input)
{
	const char *at = strstr(input, "\\\n");

	return at != NULL && at[2] != '\0';
}

/* Is there a variable whose name or value fits into no quotes? */
static bool
has_odd_setting(const char *env)
{
	bool is_odd = false;

	while (env[0] != '\0' && !is_odd) {
		size_t len = strcspn(env, "\n"), key = strcspn(env, "=");
		char *line = strndup(env, len);

		if (line != NULL && key < len) {
			line[key] = '\0';
			is_odd = (needs_quotes(line) && quote_for(line) == 0)
			    || (needs_quotes(line + key + 1)
				&& quote_for(line + key + 1) == 0);
		}
		free(line);
		env += len + (env[len] == '\n');
	}
	return is_odd;
}

/* Why this crontab cannot say it; NULL if it can. */
static const char *
find_obstacle(const struct crontext *text, const struct job *job)
{
	if (strcmp(text->user, job->user) != 0)
		return "it is another user's, see --user";
	if (JOB_TEXT(job, argv)[0] != '\0')
		return "it is executed without a shell";
	if (JOB_TEXT(job, command)[0] == '\0'
	    && JOB_NUMBER(job, dialect) != DIALECT_DEBIAN)
		return "it has no command";
	if (strchr(JOB_TEXT(job, command), '\n') != NULL)
		return "its command has several lines";
	if (!is_crontab_schedule(JOB_TEXT(job, schedule)))
		return "its schedule is none of a crontab";
	if (JOB_NUMBER(job, dialect) != DIALECT_DEBIAN
	    && has_odd_escape(JOB_TEXT(job, command),
		JOB_TEXT(job, stdin)[0] != '\0'))
		return "it has a backslash before a % that would escape it";
	if (has_odd_input(JOB_TEXT(job, stdin)))
		return "its input has a backslash at the end of a line";
	if (has_odd_setting(JOB_TEXT(job, env)))
		return "its environment has both quotes in one value";
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
	text->twice = JOB_NUMBER(job, dialect) == DIALECT_DEBIAN;
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
	text_write(&out);
	buf_fini(&out);
}
