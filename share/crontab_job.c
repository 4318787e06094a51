/*
 * A job's key is a hash of what the entry says; equal entries of a file are
 * numbered. The keys and names of a reading are kept in one tree of 64-bit
 * numbers. A preset name ends with six digits of the key and so does not
 * change when other lines do; where two of them meet in one file, the second
 * gets the whole key.
 */
#include "crontab_job.h"

#include <bsd/string.h>
#include <bsd/sys/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "crontab_name.h"
#include "log.h"

struct seen {
	RB_ENTRY(seen) in_tree; /* crontab_maker.tree */
	uint64_t hash;
	uint64_t count;
};

RB_HEAD(seen_tree, seen);

struct crontab_maker {
	struct seen_tree tree;
	char *file; /* NULL: a user's */
	enum dialect dialect;
};

static int
compare_seen(const struct seen *a, const struct seen *b)
{
	return a->hash < b->hash ? -1 : a->hash > b->hash;
}

RB_GENERATE_INTERNAL(seen_tree, seen, in_tree, compare_seen,
    __attribute__((unused)) static)

struct crontab_maker *
crontab_maker_new(const char *file, enum dialect dialect)
{
	struct crontab_maker *maker = xcalloc(1, sizeof *maker);

	RB_INIT(&maker->tree);
	maker->file = file == NULL ? NULL : xstrdup(file);
	maker->dialect = dialect;
	return maker;
}

void
crontab_maker_free(struct crontab_maker *maker)
{
	struct seen *s;

	if (maker == NULL)
		return;
	while ((s = RB_ROOT(&maker->tree)) != NULL) {
		RB_REMOVE(seen_tree, &maker->tree, s);
		free(s);
	}
	free(maker->file);
	free(maker);
}

/* FNV-1a over the text and its NUL, so that "a","b" is not "ab","". */
static uint64_t
hash_text(uint64_t h, const char *text)
{
	do
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	while (*text++ != '\0');
	return h;
}

static uint64_t
mix(uint64_t h)
{
	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
	return h ^ (h >> 31);
}

/* How often that hash was seen before. */
static uint64_t
count_seen(struct crontab_maker *maker, uint64_t hash)
{
	struct seen key = { .hash = hash };
	struct seen *s = RB_FIND(seen_tree, &maker->tree, &key);

	if (s == NULL) {
		s = xcalloc(1, sizeof *s);
		s->hash = hash;
		RB_INSERT(seen_tree, &maker->tree, s);
	}
	return s->count++;
}

static bool
is_new_name(struct crontab_maker *maker, const char *user, const char *name)
{
	uint64_t h = hash_text(UINT64_C(0x6e616d65), user);

	return count_seen(maker, mix(hash_text(h, name))) == 0;
}

static uint64_t
key_of(struct crontab_maker *maker, const struct crontab_line *line,
    const char *user)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	h = hash_text(h, user);
	h = hash_text(h, line->schedule);
	h = mix(hash_text(h, line->raw));
	return mix(h + UINT64_C(0x9e3779b97f4a7c15) * count_seen(maker, h));
}

/* The program and a part of the key, behind the file of a system crontab. */
static void
put_name(struct buf *out, const struct crontab_maker *maker,
    const struct crontab_line *line, const char *key)
{
	buf_clear(out);
	if (maker->file != NULL) {
		crontab_name_put_word(out, maker->file, 60);
		buf_putc(out, ':');
		if (out->data[0] == '@' || out->data[0] == '-')
			out->data[0] = '_';
	}
	crontab_name_put_command(out, line->command);
	buf_printf(out, "-%s", key);
}

static void
make_name(struct crontab_maker *maker, const struct crontab_line *line,
    struct job *job)
{
	struct buf name = BUF_EMPTY;
	char part[7];

	strlcpy(part, job->source_key, sizeof part);
	put_name(&name, maker, line, part);
	if (!is_new_name(maker, job->user, name.data)) {
		put_name(&name, maker, line, job->source_key);
		is_new_name(maker, job->user, name.data);
	}
	free(JOB_TEXT(job, name));
	JOB_TEXT(job, name) = buf_take(&name);
}

/* Names that cron sets to the user's, whatever a crontab says: in the place
 * that the crontab gave them. */
static bool
is_forced(const char *name, enum dialect dialect)
{
	return strcmp(name, "LOGNAME") == 0
	    || (dialect == DIALECT_CRONIE && strcmp(name, "USER") == 0);
}

struct env_text {
	struct buf text;
	enum dialect dialect;
	const char *user;
};

static void
put_setting(void *arg, const char *name, const char *value)
{
	struct env_text *t = arg;

	if (name[0] == '\0')
		return;
	buf_printf(&t->text, "%s%s=", t->text.len > 0 ? "\n" : "", name);
	buf_puts(&t->text, is_forced(name, t->dialect) ? t->user : value);
}

/* Values that were checked where they came from; what is refused is a bug. */
static void
set(struct job *job, enum job_field field, const char *text)
{
	struct fault f;

	if (job_set(job, field, text, &f) != ERR_NONE)
		fatal("crontab entry, %s: %s", job_row(field)->key, f.text);
}

static void
set_fields(const struct crontab_maker *maker, const struct crontab_line *line,
    struct job *job)
{
	struct env_text env = { BUF_EMPTY, maker->dialect, job->user };
	char delay[16];

	set(job, JOB_schedule, line->schedule);
	set(job, JOB_dialect, dialect_name(maker->dialect));
	set(job, JOB_zone, line->zone);
	set(job, JOB_command, line->command);
	if (line->input != NULL)
		set(job, JOB_stdin, line->input);
	crontab_env_each(line->env, put_setting, &env);
	set(job, JOB_env, buf_text(&env.text));
	set(job, JOB_overlap, "allow");
	set(job, JOB_catchup, "none");
	set(job, JOB_merge, "yes");
	if ((line->flags & CRONTAB_MAIL_ON_FAILURE) != 0)
		set(job, JOB_mail, "fail");
	if ((line->flags & CRONTAB_NO_LOG) != 0)
		set(job, JOB_log, "no");
	if (line->delay > 0) {
		snprintf(delay, sizeof delay, "%dm", line->delay);
		set(job, JOB_jitter, delay);
	}
	buf_fini(&env.text);
}

/* May that owner have the option, on this job, beside the others? */
static enum err
try_option(struct crontab_maker *maker, const struct crontab_option *option,
    struct job *job, struct fault *f)
{
	struct job trial;
	enum err err;

	if (job_row(option->field)->who != WHO_OWNER && job->uid != 0)
		return fault_set(f, ERR_DENIED, job_row(option->field)->key,
		    "only root may set that");
	job_copy(&trial, job);
	err = job_set(&trial, option->field, option->text, f);
	if (err == ERR_NONE)
		err = job_check(&trial, f);
	if (err == ERR_NONE && option->field == JOB_name
	    && !is_new_name(maker, job->user, option->text))
		err = fault_set(
		    f, ERR_EXISTS, "name", "an entry above has that name");
	if (err == ERR_NONE)
		err = job_set(job, option->field, option->text, f);
	job_fini(&trial);
	return err;
}

static void
apply_options(struct crontab_maker *maker, const struct crontab_line *line,
    struct crontab_made *made)
{
	struct fault *f = &made->left_out, why;

	for (size_t i = 0; i < line->option_count; i++) {
		const struct crontab_option *option = &line->option[i];

		if (try_option(maker, option, &made->job, &why) == ERR_NONE
		    || f->err != ERR_NONE)
			continue;
		*f = why;
		f->line = option->line;
		f->column = option->column;
	}
}

void
crontab_maker_make(struct crontab_maker *maker,
    const struct crontab_line *line, const struct crontab_owner *owner,
    struct crontab_made *made)
{
	struct job *job = &made->job;
	char key[17];

	memset(&made->left_out, 0, sizeof made->left_out);
	job_init(job);
	strlcpy(job->user, owner->user, sizeof job->user);
	job->uid = owner->uid;
	snprintf(key, sizeof key, "%016llx",
	    (unsigned long long)key_of(maker, line, owner->user));
	job->source_key = xstrdup(key);
	make_name(maker, line, job);
	set_fields(maker, line, job);
	made->is_read = line->option_count == 0
	    && (maker->dialect == DIALECT_DEBIAN
		|| maker->dialect == DIALECT_CRONIE);
	apply_options(maker, line, made);
}

enum err
crontab_made_check(const struct crontab_made *made, struct fault *f)
{
	return made->is_read ? job_check_rest(&made->job, f)
			     : job_check(&made->job, f);
}
