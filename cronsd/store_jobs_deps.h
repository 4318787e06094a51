/*
 * store_jobs_deps: which jobs a job runs after (its field `after`), as rows,
 * and which of those have ended in the round at hand. store_jobs writes them
 * with the job. It does not know what a round's end brings.
 *
 * A row names a job by its user and name: the link outlives a crontab that is
 * broken for a while, and a job that is removed and made again.
 */
#ifndef CRONSD_STORE_JOBS_DEPS_H
#define CRONSD_STORE_JOBS_DEPS_H

#include <stdbool.h>
#include <stdint.h>

#include "share/job.h"
#include "share/run.h"

struct db;

#define DEPS_MOST 32 /* of one job */

struct dep {
	char user[64], name[JOB_NAME_MAX];
	enum job_want want;
	int64_t run; /* that ended in this round; 0: none has */
	enum run_result result;
};

/* The rows of a job become what its field says. Ends of the round at hand are
 * kept where the field is what it was, and forgotten if the job is disabled. */
int jobs_put_deps(struct db *db, const struct job *job, bool is_new);

/* The rows of a job in order of its field; how many, or -1. */
int deps_of(struct db *db, int64_t job, struct dep deps[DEPS_MOST]);

/* Ids of the jobs that run after that one; how many, or -1. *ids is yours. */
int deps_on(struct db *db, const char *user, const char *name, int64_t **ids);

/* The next one of the job's field, as it would be stored; false: no more. */
bool deps_next(struct db *db, const struct job *job, const char **at,
    struct dep *dep);

/* The id of the job that a row names; 0: there is none. */
int64_t deps_job(struct db *db, const struct dep *dep);

/* An end in the round of `job`; and a new round of it. */
int deps_mark(struct db *db, int64_t job, const struct dep *dep);
int deps_reset(struct db *db, int64_t job);

#endif
