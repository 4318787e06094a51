/*
 * The snapshot is read first, then its changes, as far as their last part is
 * whole. A job's line counts where its revision is higher than what is there,
 * so it does no harm that one file was written before the other.
 */
#include "snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "db.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/line.h"
#include "share/log.h"
#include "snapshot_parts.h"
#include "store_imports.h"
#include "store_jobs.h"
#include "store_pauses.h"
#include "store_pools.h"
#include "store_sources.h"

static int64_t
number_of(const struct line *line, const char *key)
{
	const char *text = line_find(line, key);

	return text == NULL ? 0 : atoll(text);
}

/* false: the line is no job that can be trusted. */
static bool
read_job(const struct line *line, struct job *job)
{
	struct fault f;
	const char *user = line_find(line, "user");
	const char *key = line_find(line, "source_key");
	bool good = true;

	job_init(job);
	job->id = number_of(line, "id");
	job->rev = number_of(line, "rev");
	job->uid = number_of(line, "uid");
	job->created_us = number_of(line, "created");
	job->source = number_of(line, "source");
	job->source_key = key == NULL ? NULL : xstrdup(key);
	strlcpy(job->user, user == NULL ? "" : user, sizeof job->user);
	for (size_t i = 0; i < line->pair_count && good; i++) {
		int field = job_field_find(line->pair[i].key);

		if (field >= 0)
			good = job_set(job, (enum job_field)field,
				   line->pair[i].value, &f)
			    == ERR_NONE;
	}
	good = good && job->id > 0 && user != NULL
	    && job_check(job, &f) == ERR_NONE;
	if (!good)
		job_fini(job);
	return good;
}

/* Without a hash: that of the next reading is another one in any case. */
static int
add_entry(struct db *db, const struct job *job)
{
	if (job->source == 0 || job->source_key == NULL)
		return 0;
	return entries_put(db,
	    &(struct entry) { .job = job->id,
		.source = job->source,
		.key = (int64_t)strtoull(job->source_key, NULL, 16) });
}

/* The revision of the job that is there; 0: none is, -1. */
static int64_t
rev_of(struct db *db, int64_t id)
{
	struct job job;
	int64_t rev;
	int got = jobs_get(db, id, &job);

	if (got != 1)
		return got;
	rev = job.rev;
	job_fini(&job);
	return rev;
}

static int
forget_job(struct db *db, int64_t id)
{
	return jobs_forget(db, id) != 0 ? -1 : entries_drop(db, id);
}

/*
 * Another job with its name has another name by now, or is gone: what says so
 * stands further on in the same part.
 */
static int
put_job(struct db *db, const struct job *job, struct snapshot_found *found)
{
	struct job other;
	int got = jobs_restore(db, job);

	if (got == 1
	    && jobs_get_named(db, job->uid, JOB_TEXT(job, name), &other)
		== 1) {
		got = forget_job(db, other.id);
		job_fini(&other);
		found->jobs--;
		if (got == 0)
			got = jobs_restore(db, job);
	}
	return got != 0 ? -1 : add_entry(db, job);
}

static int
add_job(struct db *db, const struct job *job, struct snapshot_found *found)
{
	int64_t rev = rev_of(db, job->id);

	if (rev < 0 || (rev > 0 && rev >= job->rev))
		return rev < 0 ? -1 : 0;
	if (rev > 0 && forget_job(db, job->id) != 0)
		return -1;
	found->jobs += rev == 0;
	return put_job(db, job, found);
}

/* Its id is not given to another job. */
static int
drop_job(
    struct db *db, const struct line *line, struct snapshot_found *found)
{
	int64_t id = number_of(line, "id"), rev = rev_of(db, id);

	if (rev < 0 || jobs_put_floor(db, id) != 0)
		return -1;
	if (rev == 0 || rev >= number_of(line, "rev"))
		return 0;
	found->jobs--;
	return forget_job(db, id);
}

/* All pauses and pools follow. */
static int
clear_rest(struct db *db)
{
	return db_do(db, SQL_PAUSES_CLEAR) != 0 ? -1
						: db_do(db, SQL_POOLS_CLEAR);
}

static void
see_highest(const struct line *line, struct snapshot_found *found)
{
	if (number_of(line, "highest") > found->highest_run)
		found->highest_run = number_of(line, "highest");
}

static int
add_source(struct db *db, const struct line *line)
{
	const char *path = line_find(line, "path");
	const char *user = line_find(line, "user");
	struct source source = { .id = number_of(line, "id"),
		.uid = number_of(line, "uid") };

	if (path == NULL || user == NULL || source.id <= 0)
		return 0;
	source.kind = number_of(line, "kind") == SOURCE_USER ? SOURCE_USER
							     : SOURCE_SYSTEM;
	strlcpy(source.user, user, sizeof source.user);
	source.path = xstrdup(path);
	int got = sources_restore(db, &source);
	source_fini(&source);
	return got;
}

static int
add_pause(struct db *db, const struct line *line)
{
	const char *tag = line_find(line, "tag"), *by = line_find(line, "by");
	const char *why = line_find(line, "why");
	struct pause p = { .job = number_of(line, "job"),
		.uid = number_of(line, "uid"),
		.since = { number_of(line, "since") },
		.until = { number_of(line, "until") },
		.firm = number_of(line, "firm") != 0 };

	if (tag == NULL || by == NULL || why == NULL)
		return 0;
	strlcpy(p.tag, tag, sizeof p.tag);
	strlcpy(p.by, by, sizeof p.by);
	strlcpy(p.why, why, sizeof p.why);
	return pauses_add(db, &p);
}

static int
add_pool(struct db *db, const struct line *line)
{
	const char *name = line_find(line, "name");
	struct pool p;

	if (name == NULL)
		return 0;
	pool_init(&p, name);
	if (number_of(line, "slots") > 0)
		p.slots = number_of(line, "slots");
	p.per_uid = number_of(line, "per_uid");
	p.paused = number_of(line, "paused") != 0;
	return pools_put(db, &p);
}

/* Of a job that could not be read there is no source either. */
static int
add_import(struct db *db, const struct line *line)
{
	struct imports_of of
	    = { line_find(line, "file"), number_of(line, "uid") };
	int64_t id = number_of(line, "job");
	struct job job;
	int got = jobs_get(db, id, &job);

	if (got == 1)
		job_fini(&job);
	if (got != 1 || of.file == NULL)
		return got < 0 ? -1 : 0;
	return imports_put(db, id, &of);
}

/* 0; -1 if the database failed. */
static int
take_line(struct db *db, const struct line *line, struct snapshot_found *found)
{
	struct job job;
	int got;

	if (strcmp(line->verb, "runs") == 0
	    || strcmp(line->verb, "end") == 0) {
		see_highest(line, found);
		return 0;
	}
	if (strcmp(line->verb, "gone") == 0)
		return drop_job(db, line, found);
	if (strcmp(line->verb, "rest") == 0)
		return clear_rest(db);
	if (strcmp(line->verb, "source") == 0)
		return add_source(db, line);
	if (strcmp(line->verb, "pause") == 0)
		return add_pause(db, line);
	if (strcmp(line->verb, "pool") == 0)
		return add_pool(db, line);
	if (strcmp(line->verb, "import") == 0)
		return add_import(db, line);
	if (strcmp(line->verb, "job") != 0 || !read_job(line, &job)) {
		log_warn("jobs.snapshot: job %lld cannot be read",
		    (long long)number_of(line, "id"));
		return 0;
	}
	got = add_job(db, &job, found);
	job_fini(&job);
	return got;
}

/* The first `most` bytes of the file. */
static int
read_lines(
    struct db *db, FILE *file, int64_t most, struct snapshot_found *found)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t len;
	int number = 0, got = 0;

	while (got == 0 && most > 0
	    && (len = getline(&text, &room, file)) > 0) {
		struct line line;
		struct fault f;

		number++;
		most -= len;
		if (text[len - 1] == '\n')
			len--;
		if (line_parse_any(&line, text, (size_t)len, &f)
		    != ERR_NONE) {
			log_warn("jobs.snapshot:%d: %s", number, f.text);
			continue;
		}
		got = take_line(db, &line, found);
		line_fini(&line);
	}
	free(text);
	return got;
}

/* Of the same life of the database, and as far as it is whole. */
static int
read_changes(struct db *db, const char *path, struct snapshot_found *found)
{
	char *changes = snapshot_changes_path(path);
	char life[SNAPSHOT_LIFE];
	struct snapshot_end end = { 0 };
	FILE *file;
	int got = 0;

	if (snapshot_read_head(path, life, &end))
		snapshot_find_end(changes, life, &end);
	else
		end.bytes = 0;
	file = end.bytes == 0 ? NULL : fopen(changes, "re");
	if (file != NULL) {
		got = read_lines(db, file, end.bytes, found);
		fclose(file);
	}
	free(changes);
	return got;
}

int
snapshot_read(struct db *db, const char *path, struct snapshot_found *found)
{
	FILE *file = fopen(path, "re");
	int got;

	*found = (struct snapshot_found) { 0, 0 };
	if (file == NULL)
		return errno == ENOENT ? 0 : -1;
	if (db_do(db, SQL_BEGIN) != 0 || db_do(db, SQL_JOBS_CLEAR) != 0
	    || clear_rest(db) != 0 || imports_unnote(db) != 0
	    || sources_clear(db) != 0) {
		db_do(db, SQL_ROLLBACK);
		fclose(file);
		return -1;
	}
	got = read_lines(db, file, INT64_MAX, found);
	fclose(file);
	if (got == 0)
		got = read_changes(db, path, found);
	if (got != 0)
		db_do(db, SQL_ROLLBACK);
	else
		got = db_do(db, SQL_COMMIT);
	if (got != 0)
		*found = (struct snapshot_found) { 0, 0 };
	return got;
}

int64_t
snapshot_events(const char *path, const char *instance)
{
	char *changes = snapshot_changes_path(path);
	char life[SNAPSHOT_LIFE];
	struct snapshot_end head = { 0 }, end = { 0 };

	if (snapshot_read_head(path, life, &head)
	    && strcmp(life, instance) == 0)
		snapshot_find_end(changes, life, &end);
	else
		head.events = 0;
	free(changes);
	return end.events > head.events ? end.events : head.events;
}
