/* The tags of jobs, taken apart: written with the job's row, by store_jobs. */
#include <stdio.h>
#include <string.h>

#include "db.h"
#include "share/job.h"
#include "store_jobs_tags.h"

static int
put(struct db *db, const struct job *job, const char *tag)
{
	struct sqlite3_stmt *st = db_get(db, SQL_TAG_PUT);

	db_bind_text(st, ":tag", tag);
	db_bind(st, ":job", job->id);
	db_bind(st, ":uid", job->uid);
	return db_run(db, st);
}

int
jobs_put_tags(struct db *db, const struct job *job, bool is_new)
{
	const char *at = JOB_TEXT(job, tags);
	char tag[JOB_TAG_MAX];
	int got = 0;

	if (!is_new) {
		struct sqlite3_stmt *st = db_get(db, SQL_TAGS_DROP);

		db_bind(st, ":job", job->id);
		got = db_run(db, st);
	}
	while (got == 0 && job_next_tag(&at, tag))
		got = put(db, job, tag);
	return got;
}

int
tags_each(struct db *db, int64_t uid,
    void (*each)(void *arg, const char *tag, int64_t jobs), void *arg)
{
	struct sqlite3_stmt *st = db_get(db, SQL_TAGS_COUNT);
	int got;

	db_bind(st, ":uid", uid);
	while ((got = db_step(db, st)) == 1)
		each(arg, db_text(st, "tag"), db_int(st, "n"));
	return got;
}
