/* Texts lie behind each other: four bytes of a line's number, text, NUL. */
#include "intake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "dropin_pack.h"
#include "share/log.h"

static bool
has_user(void *arg, const char *name)
{
	struct intake *in = arg;
	int64_t uid;
	int got = in->find_user(in->arg, name, &uid);

	in->is_waiting |= got < 0;
	return got != 0;
}

static struct crontab_owner
owner_of(struct intake *in, const struct crontab_line *line)
{
	struct crontab_owner owner = { line->user, -1 };
	int got;

	if (line->user == NULL)
		return in->owner;
	got = in->find_user(in->arg, line->user, &owner.uid);
	in->is_waiting |= got < 0;
	if (got != 1)
		owner.uid = -1;
	return owner;
}

static struct intake_entry *
add_entry(struct intake *in, const struct crontab_line *line)
{
	struct intake_entry *entry;

	if (in->count == in->room) {
		in->room = in->room * 2 + 16;
		in->entry = xreallocarray(
		    in->entry, in->room, sizeof *in->entry);
	}
	entry = &in->entry[in->count++];
	*entry = (struct intake_entry) { .number = line->number,
		.kind = line->kind,
		.said = in->texts.len,
		.job = in->packed.len };
	return entry;
}

static void
say(struct intake *in, struct intake_entry *entry, int line, const char *text)
{
	buf_put(&in->texts, &line, sizeof line);
	buf_put(&in->texts, text, strlen(text) + 1);
	entry->said_count++;
}

const char *
intake_next_text(const struct intake *in, size_t *at, int *line)
{
	const char *text = in->texts.data + *at + sizeof *line;

	memcpy(line, in->texts.data + *at, sizeof *line);
	*at += sizeof *line + strlen(text) + 1;
	return text;
}

static bool
has_option(const struct crontab_line *line, enum job_field field)
{
	for (size_t i = 0; i < line->option_count; i++)
		if (line->option[i].field == field)
			return true;
	return false;
}

/* Can the job be? If not, the entry's first text says why. */
static void
check(struct intake *in, struct intake_entry *entry,
    const struct crontab_made *made)
{
	const struct job *job = &made->job;
	struct fault f;
	char text[120];

	if (job->uid < 0) {
		snprintf(text, sizeof text,
		    "there is no user \"%.60s\" on this host", job->user);
		say(in, entry, entry->number, text);
		entry->is_bad = true;
	} else if (crontab_made_check(made, &f) != ERR_NONE) {
		say(in, entry, entry->number, f.text);
		entry->is_bad = true;
	}
}

static void
take_job(struct intake *in, const struct crontab_line *line)
{
	struct crontab_owner owner = owner_of(in, line);
	struct intake_entry *entry = add_entry(in, line);
	struct crontab_made made;

	crontab_maker_make(in->maker, line, &owner, &made);
	made.job.uid = owner.uid;
	strlcpy(made.job.user, owner.user, sizeof made.job.user);
	entry->has_name = has_option(line, JOB_name);
	entry->has_enabled = has_option(line, JOB_enabled);
	entry->key = (int64_t)strtoull(made.job.source_key, NULL, 16);
	dropin_pack_put(&in->packed, &made.job, &in->preset);
	check(in, entry, &made);
	for (size_t i = 0; !entry->is_bad && i < line->warning_count; i++)
		say(in, entry, line->number, line->warning[i].text);
	if (!entry->is_bad && made.left_out.err != ERR_NONE)
		say(in, entry, made.left_out.line, made.left_out.text);
	job_fini(&made.job);
}

static void
take_line(void *arg, const struct crontab_line *line)
{
	struct intake *in = arg;

	if (line->kind == CRONTAB_ERROR)
		say(in, add_entry(in, line), line->number, line->error.text);
	else if (line->kind == CRONTAB_JOB)
		take_job(in, line);
}

void
intake_read(struct intake *in, const char *text, size_t len)
{
	job_init(&in->preset);
	in->options.has_user = has_user;
	in->options.visit = take_line;
	in->options.arg = in;
	in->maker = crontab_maker_new(in->file, in->options.dialect);
	crontab_parse(text, len, &in->options, &in->result);
	crontab_maker_free(in->maker);
	in->maker = NULL;
}

void
intake_take_job(
    const struct intake *in, const struct intake_entry *entry, struct job *job)
{
	dropin_pack_take(
	    job, in->packed.data + entry->job, &in->preset, entry->key);
}

void
intake_fini(struct intake *in)
{
	job_fini(&in->preset);
	buf_fini(&in->packed);
	buf_fini(&in->texts);
	free(in->entry);
}
