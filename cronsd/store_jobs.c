/*
 * Fields of a job are bound and read in one loop over the rows of share/job.h,
 * so that a new field needs its row and a schema file and nothing here.
 */
#include "store_jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "db.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/line.h"
#include "share/log.h"
#include "store_events.h"
#include "store_jobs_deps.h"
#include "store_jobs_tags.h"

static bool
is_text(enum job_field field)
{
	enum job_kind kind = job_row(field)->kind;

	return kind == KIND_TEXT || kind == KIND_ENV;
}

/* They follow each other in every statement that has them (sql.h), in the order
 * of the table. */
static void
bind_fields(struct sqlite3_stmt *st, const struct job *job)
{
	char first[40];
	int place;

	snprintf(first, sizeof first, ":%s",
	    job_row((enum job_field)0)->column);
	place = db_place(st, first);
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		if (is_text((enum job_field)i))
			db_bind_nth_text(st, place + i, job->value[i].text);
		else
			db_bind_nth(st, place + i, job->value[i].number);
}

static void
read_job(struct sqlite3_stmt *st, struct job *job)
{
	const char *key;
	int place = 0;

	memset(job, 0, sizeof *job); /* the row has every field */
	job->id = db_nth_int(st, place++); /* in the order of SQL_JOB */
	job->rev = db_nth_int(st, place++);
	job->uid = db_nth_int(st, place++);
	strlcpy(job->user, db_nth_text(st, place++), sizeof job->user);
	job->created_us = db_nth_int(st, place++);
	job->source = db_nth_int(st, place++);
	key = db_nth_text(st, place++);
	job->source_key = key == NULL ? NULL : xstrdup(key);
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		if (is_text((enum job_field)i))
			job->value[i].text
			    = xstrdup(db_nth_text(st, place + i));
		else
			job->value[i].number = db_nth_int(st, place + i);
}

static int
read_one(struct db *db, struct sqlite3_stmt *st, struct job *job)
{
	int got = db_step(db, st);

	if (got == 1) {
		read_job(st, job);
		db_done(st);
	}
	return got;
}

int
jobs_get(struct db *db, int64_t id, struct job *job)
{
	struct sqlite3_stmt *st = db_get(db, SQL_JOB_BY_ID);

	db_bind(st, ":id", id);
	return read_one(db, st, job);
}

int
jobs_get_named(
    struct db *db, int64_t uid, const char *name, struct job *job)
{
	struct sqlite3_stmt *st = db_get(db, SQL_JOB_BY_NAME);

	db_bind(st, ":uid", uid);
	db_bind_text(st, ":name", name);
	return read_one(db, st, job);
}

int
jobs_get_by_source(struct db *db, const char *source_key, struct job *job)
{
	struct sqlite3_stmt *st = db_get(db, SQL_JOB_BY_SOURCE);

	db_bind_text(st, ":source_key", source_key);
	return read_one(db, st, job);
}

/* The least text above all that begin with prefix (ASCII names). */
static char *
after_prefix(const char *prefix)
{
	char *to = xmalloc(strlen(prefix) + 2);

	strcpy(to, prefix);
	strcat(to, "\x7f");
	return to;
}

int
jobs_each(struct db *db, const struct jobs_want *want,
    bool (*each)(void *arg, const struct job *job), void *arg)
{
	static const enum sql by_what[] = {
		[JOBS_ALL] = SQL_JOBS_ALL,
		[JOBS_OF] = SQL_JOBS_OF,
		[JOBS_NAMED] = SQL_JOBS_NAMED,
		[JOBS_PREFIXED] = SQL_JOBS_PREFIXED,
		[JOBS_TAGGED] = SQL_JOBS_TAGGED,
	};
	struct sqlite3_stmt *st = db_get(db, by_what[want->what]);
	char *to = NULL;
	bool more = true;
	int got;

	switch (want->what) {
	case JOBS_ALL:
		db_bind(st, ":after", want->after_id);
		break;
	case JOBS_OF:
		db_bind(st, ":uid", want->uid);
		db_bind_text(st, ":after", want->after_name);
		break;
	case JOBS_NAMED:
		db_bind_text(st, ":name", want->name);
		break;
	case JOBS_PREFIXED:
		to = after_prefix(want->name);
		db_bind_text(st, ":from", want->name);
		db_bind_text(st, ":to", to);
		break;
	case JOBS_TAGGED:
		db_bind_text(st, ":tag", want->name);
		db_bind(st, ":uid", want->uid);
		db_bind(st, ":after", want->after_id);
		break;
	}
	if (want->most > 0)
		db_bind(st, ":n", want->most);
	while ((got = db_step(db, st)) == 1 && more) {
		struct job job;

		read_job(st, &job);
		more = each(arg, &job);
		job_fini(&job);
	}
	db_done(st);
	free(to);
	return got < 0 ? -1 : 0;
}

int64_t
jobs_count(struct db *db)
{
	return db_number(db, db_get(db, SQL_JOBS_COUNT), 0);
}

int64_t
jobs_count_of(struct db *db, int64_t uid)
{
	struct sqlite3_stmt *st = db_get(db, SQL_JOBS_COUNT_OF);

	db_bind(st, ":uid", uid);
	return db_number(db, st, 0);
}

void
jobs_print_spec(const struct job *job, struct buf *out)
{
	struct buf value = BUF_EMPTY;

	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		if (job_is_preset(job, (enum job_field)i))
			continue;
		buf_clear(&value);
		if (!is_text((enum job_field)i))
			job_print(job, (enum job_field)i, &value);
		line_put_pair(out, job_row((enum job_field)i)->key,
		    is_text((enum job_field)i) ? job->value[i].text
					       : buf_text(&value));
	}
	buf_fini(&value);
}

bool
jobs_are_same(const struct job *a, const struct job *b)
{
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		if (is_text((enum job_field)i)
			? strcmp(a->value[i].text, b->value[i].text) != 0
			: a->value[i].number != b->value[i].number)
			return false;
	return true;
}

/* The words of a change are its owner's; who may see that there is a job may
 * know that there was one. */
static int
put_event(struct db *db, const struct job *job, const struct jobs_change *why)
{
	struct event e = { .at = why->at.us,
		.kind = EVENT_CHANGED,
		.uid = job->uid,
		.job = job->id,
		.run = -1 };

	if (job->rev == 1 || strcmp(why->text, "brought back") == 0)
		e.kind = EVENT_ADDED;
	else if (strcmp(why->text, "removed") == 0)
		e.kind = EVENT_REMOVED;
	snprintf(e.text, sizeof e.text, "%.64s: revision %lld by %.64s",
	    JOB_TEXT(job, name), (long long)job->rev, why->by);
	return events_put(db, &e);
}

static int
add_rev(struct db *db, const struct job *job, const struct jobs_change *why)
{
	struct sqlite3_stmt *st = db_get(db, SQL_REV_ADD);
	struct buf spec = BUF_EMPTY;
	int got;

	jobs_print_spec(job, &spec);
	db_bind(st, ":job", job->id);
	db_bind(st, ":rev", job->rev);
	db_bind(st, ":at", why->at.us);
	db_bind_text(st, ":by", why->by);
	db_bind_text(st, ":change", why->text);
	db_bind_text(st, ":spec", buf_text(&spec));
	db_bind(st, ":uid", job->uid);
	db_bind_text(st, ":user", job->user);
	db_bind(st, ":created_us", job->created_us);
	db_bind(st, ":source", job->source);
	got = db_run(db, st);
	buf_fini(&spec);
	return got == 0 ? put_event(db, job, why) : got;
}

static void
bind_job(struct sqlite3_stmt *st, const struct job *job)
{
	db_bind(st, ":uid", job->uid);
	db_bind_text(st, ":user", job->user);
	db_bind(st, ":created_us", job->created_us);
	db_bind(st, ":source", job->source);
	if (job->source_key != NULL)
		db_bind_text(st, ":source_key", job->source_key);
	bind_fields(st, job);
}

int
jobs_restore(struct db *db, const struct job *job)
{
	struct sqlite3_stmt *st = db_get(db, SQL_JOB_RESTORE);

	db_bind(st, ":id", job->id);
	db_bind(st, ":rev", job->rev);
	bind_job(st, job);
	if (db_run(db, st) != 0)
		return -1;
	if (db_changes(db) == 0)
		return 1;
	return jobs_put_tags(db, job, true) != 0 ? -1
						 : jobs_put_deps(db, job, true);
}

int
jobs_forget(struct db *db, int64_t id)
{
	struct sqlite3_stmt *st = db_get(db, SQL_JOB_DROP);

	db_bind(st, ":id", id);
	return db_run(db, st);
}

/* SQLite keeps the highest id in a table that has no row before the first. */
int
jobs_put_floor(struct db *db, int64_t id)
{
	struct sqlite3_stmt *st = db_get(db, SQL_JOB_FLOOR);

	db_bind(st, ":id", id);
	if (db_run(db, st) != 0)
		return -1;
	if (db_changes(db) > 0)
		return 0;
	st = db_get(db, SQL_JOB_FLOOR_FIRST);
	db_bind(st, ":id", id);
	return db_run(db, st);
}

int
jobs_add(struct db *db, struct job *job, const struct jobs_change *why)
{
	struct sqlite3_stmt *st = db_get(db, SQL_JOB_ADD);

	bind_job(st, job);
	if (db_run(db, st) != 0)
		return -1;
	if (db_changes(db) == 0)
		return 1;
	job->id = db_last_id(db);
	job->rev = 1;
	if (jobs_put_tags(db, job, true) != 0
	    || jobs_put_deps(db, job, true) != 0)
		return -1;
	return add_rev(db, job, why);
}

int
jobs_set(struct db *db, struct job *job, const struct jobs_change *why)
{
	struct sqlite3_stmt *st = db_get(db, SQL_JOB_SET);

	job->rev++;
	db_bind(st, ":id", job->id);
	db_bind(st, ":rev", job->rev);
	db_bind(st, ":source", job->source);
	if (job->source_key != NULL)
		db_bind_text(st, ":source_key", job->source_key);
	bind_fields(st, job);
	if (db_run(db, st) != 0 || jobs_put_tags(db, job, false) != 0
	    || jobs_put_deps(db, job, false) != 0)
		return -1;
	return add_rev(db, job, why);
}

int
jobs_drop(
    struct db *db, const struct job *job, const struct jobs_change *why)
{
	struct job last;
	int got;

	if (jobs_forget(db, job->id) != 0)
		return -1;
	job_copy(&last, job);
	last.rev++;
	got = add_rev(db, &last, why);
	job_fini(&last);
	return got;
}

int
jobs_return(struct db *db, struct job *job, const struct jobs_change *why)
{
	job->rev++;
	return jobs_restore(db, job) != 0 ? -1 : add_rev(db, job, why);
}

int
jobs_each_rev(struct db *db, int64_t job,
    void (*each)(void *arg, const struct jobs_rev *rev), void *arg)
{
	struct sqlite3_stmt *st = db_get(db, SQL_REV_LIST);
	int got;

	db_bind(st, ":job", job);
	db_bind(st, ":before", INT64_MAX);
	db_bind(st, ":n", 1000);
	while ((got = db_step(db, st)) == 1) {
		struct jobs_rev rev = {
			.rev = db_int(st, "rev"),
			.at_us = db_int(st, "at"),
			.by = db_text(st, "by"),
			.change = db_text(st, "change"),
			.spec = db_text(st, "spec"),
		};

		each(arg, &rev);
	}
	return got;
}

/* "key=value ..." as jobs_print_spec wrote it; the rest are presets. */
static bool
parse_spec(const char *spec, struct job *job)
{
	struct buf text = BUF_EMPTY;
	struct line line;
	struct fault f;
	bool good;

	buf_printf(&text, "job%s", spec);
	good = line_parse_any(&line, text.data, text.len, &f) == ERR_NONE;
	for (size_t i = 0; good && i < line.pair_count; i++) {
		int field = job_field_find(line.pair[i].key);

		good = field < 0
		    || job_set(job, (enum job_field)field,
			   line.pair[i].value, &f)
			== ERR_NONE;
	}
	if (line.text != NULL)
		line_fini(&line);
	buf_fini(&text);
	return good;
}

int
jobs_get_rev(
    struct db *db, const int64_t id_rev[2], struct job *job, bool *removed)
{
	struct sqlite3_stmt *st = db_get(db, SQL_REV_GET);
	const char *user;
	int got;

	db_bind(st, ":job", id_rev[0]);
	db_bind(st, ":rev", id_rev[1]);
	got = db_step(db, st);
	if (got != 1)
		return got;
	job_init(job);
	job->id = id_rev[0];
	job->rev = db_int(st, "rev");
	job->uid = db_int(st, "uid");
	job->created_us = db_int(st, "created_us");
	job->source = db_int(st, "source");
	user = db_text(st, "user");
	strlcpy(job->user, user == NULL ? "" : user, sizeof job->user);
	if (removed != NULL)
		*removed = strcmp(db_text(st, "change"), "removed") == 0;
	if (!parse_spec(db_text(st, "spec"), job)) {
		job_fini(job);
		got = 0;
	}
	db_done(st);
	return got;
}

int
due_put(struct db *db, const struct due *due)
{
	struct sqlite3_stmt *st = db_get(db, SQL_DUE_PUT);

	db_bind(st, ":job", due->job);
	db_bind(st, ":at", due->at.us);
	db_bind(st, ":slot", due->slot.us);
	db_bind(st, ":lap", due->lap);
	return db_run(db, st);
}

int
due_drop(struct db *db, int64_t job)
{
	struct sqlite3_stmt *st = db_get(db, SQL_DUE_DROP);

	db_bind(st, ":job", job);
	return db_run(db, st);
}

static void
read_due(struct sqlite3_stmt *st, struct due *due)
{
	due->job = db_int(st, "job");
	due->at.us = db_int(st, "at");
	due->slot.us = db_int(st, "slot");
	due->lap = db_int(st, "lap");
}

static int
one_due(struct db *db, struct sqlite3_stmt *st, struct due *due)
{
	int got = db_step(db, st);

	if (got == 1)
		read_due(st, due);
	db_done(st);
	return got;
}

int
due_get(struct db *db, int64_t job, struct due *due)
{
	struct sqlite3_stmt *st = db_get(db, SQL_DUE_GET);

	db_bind(st, ":job", job);
	return one_due(db, st, due);
}

int
due_first(struct db *db, struct due *due)
{
	return one_due(db, db_get(db, SQL_DUE_FIRST), due);
}

int
due_until(struct db *db, wall_t until, struct due *rows, int most)
{
	struct sqlite3_stmt *st = db_get(db, SQL_DUE_UNTIL);
	int n = 0, got;

	db_bind(st, ":until", until.us);
	db_bind(st, ":n", most);
	while ((got = db_step(db, st)) == 1)
		read_due(st, &rows[n++]);
	return got < 0 ? -1 : n;
}

int
due_after(struct db *db, const struct due_page *page, struct due *rows)
{
	struct sqlite3_stmt *st = db_get(db, SQL_DUE_AFTER);
	int n = 0, got;

	db_bind(st, ":at", page->after.at.us);
	db_bind(st, ":job", page->after.job);
	db_bind(st, ":until", page->until.us);
	db_bind(st, ":n", page->most);
	while ((got = db_step(db, st)) == 1)
		read_due(st, &rows[n++]);
	return got < 0 ? -1 : n;
}

int64_t
due_count_of(struct db *db, int64_t uid)
{
	struct sqlite3_stmt *st = db_get(db, SQL_DUE_COUNT_OF);

	db_bind(st, ":uid", uid);
	return db_number(db, st, 0);
}

int64_t
due_count(struct db *db)
{
	return db_number(db, db_get(db, SQL_DUE_COUNT), 0);
}

int
jobs_reboot_ids(struct db *db, bool live, int64_t **ids, int *count)
{
	struct sqlite3_stmt *st = db_get(db, SQL_JOBS_REBOOT);
	int got, room = 0;

	db_bind(st, ":live", live);

	*ids = NULL;
	*count = 0;
	while ((got = db_step(db, st)) == 1) {
		if (*count == room) {
			room = room == 0 ? 16 : room * 2;
			*ids = xreallocarray(
			    *ids, (size_t)room, sizeof **ids);
		}
		(*ids)[(*count)++] = db_int(st, "id");
	}
	return got;
}

char *
meta_get(struct db *db, const char *key)
{
	struct sqlite3_stmt *st = db_get(db, SQL_META_GET);
	char *value = NULL;

	db_bind_text(st, ":key", key);
	if (db_step(db, st) == 1)
		value = xstrdup(db_text(st, "value"));
	db_done(st);
	return value;
}

int
meta_put(struct db *db, const char *key, const char *value)
{
	struct sqlite3_stmt *st = db_get(db, SQL_META_PUT);

	db_bind_text(st, ":key", key);
	db_bind_text(st, ":value", value);
	return db_run(db, st);
}
