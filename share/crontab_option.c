/*
 * The words are those of the protocol's lines, so a comment is read as a line
 * with a verb of our own in front; columns are moved back by its length.
 */
#include "crontab_option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "crontab_fault.h"
#include "line.h"
#include "log.h"

static const char mark[] = "#crons:";
static const char verb[] = "crons ";

/* What the entry says itself is not said a second time above it. */
static bool
is_of_entry(enum job_field field)
{
	return field == JOB_schedule || field == JOB_dialect
	    || field == JOB_command || field == JOB_argv
	    || field == JOB_stdin || field == JOB_env;
}

static void
warn_key(struct crontab_line *line, int column, const char *key)
{
	const char *nearest = job_field_nearest(key);
	char hint[64] = "";

	if (nearest != NULL)
		snprintf(hint, sizeof hint, "did you mean %s?", nearest);
	crontab_hint(
	    crontab_warn(line, column, "a #crons: key that no job has"), hint);
}

/* One field's check, on a job that nobody needs. */
static bool
is_good(enum job_field field, const char *text, struct fault *f)
{
	struct job job;
	bool good;

	job_init(&job);
	good = job_set(&job, field, text, f) == ERR_NONE;
	job_fini(&job);
	return good;
}

static void
add(struct crontab_option_list *list, struct crontab_line *line, int column,
    const struct line_pair *pair)
{
	int field = job_field_find(pair->key);
	struct fault f;

	if (field < 0)
		warn_key(line, column, pair->key);
	else if (is_of_entry((enum job_field)field))
		crontab_warn(line, column, "the entry itself says that");
	else if (!is_good((enum job_field)field, pair->value, &f))
		crontab_hint(crontab_warn(line, column, f.text), f.hint);
	else if (list->count == CRONTAB_OPTIONS)
		crontab_warn(line, column, "more than 64 keys for an entry");
	else
		list->option[list->count++] = (struct crontab_option) {
			(enum job_field)field, xstrdup(pair->value),
			line->number, column
		};
}

void
crontab_option_parse(struct crontab_option_list *list, const char *text,
    struct crontab_line *line)
{
	struct buf words = BUF_EMPTY;
	size_t len = strlen(text);
	struct line parsed;
	struct fault f;
	int shift;

	if (strncmp(text, mark, sizeof mark - 1) != 0)
		return;
	while (len > 0 && strchr("\r\t ", text[len - 1]) != NULL)
		len--;
	buf_puts(&words, verb);
	buf_put(&words, text + sizeof mark - 1, len - (sizeof mark - 1));
	shift = (int)(sizeof mark - 1) - (int)(sizeof verb - 1);
	if (line_parse(&parsed, words.data, words.len, &f) != ERR_NONE) {
		crontab_hint(
		    crontab_warn(line, f.column + shift, f.text), f.hint);
		goto out;
	}
	if (parsed.word_count > 0 || parsed.payload >= 0)
		crontab_warn(line, (int)sizeof mark, "not all is key=value");
	for (size_t i = 0; i < parsed.pair_count; i++)
		add(list, line, (int)sizeof mark, &parsed.pair[i]);
	line_fini(&parsed);
out:
	buf_fini(&words);
}

void
crontab_option_clear(struct crontab_option_list *list)
{
	while (list->count > 0)
		free(list->option[--list->count].text);
}
