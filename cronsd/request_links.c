/*
 * What a job names: its pool and the jobs that it runs after. A slip in a name
 * would be a job that waits for ever, so it is refused while somebody is there
 * to be told; a job that others name is not removed or renamed under them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "plan.h"
#include "request.h"
#include "share/job.h"
#include "store_jobs.h"
#include "store_jobs_deps.h"
#include "store_pools.h"

static enum err
check_pool(struct request *r, const struct job *job, struct fault *f)
{
	const char *name = JOB_TEXT(job, pool);
	struct pool pool;

	if (request_key(r, "pool") == NULL || *name == '\0'
	    || pools_get(commit_read_db(r->parts->commit), name, &pool) != 0)
		return ERR_NONE;
	fault_set(f, ERR_NOT_FOUND, "pool", "there is no pool \"%.100s\"",
	    name);
	snprintf(f->hint, sizeof f->hint, "make it: cronsctl pool %.60s "
	    "--slots=1", name);
	return f->err;
}

static enum err
check_after(struct request *r, const struct job *job, struct fault *f)
{
	struct db *db = commit_read_db(r->parts->commit);
	const char *at = JOB_TEXT(job, after);
	struct buf cycle = BUF_EMPTY;
	struct dep dep;
	enum err err = ERR_NONE;

	if (plan_chain_cycle(db, job, &cycle))
		err = fault_set(f, ERR_BAD_VALUE, "after",
		    "that would be a circle: %.200s", buf_text(&cycle));
	buf_fini(&cycle);
	while (err == ERR_NONE && request_key(r, "after") != NULL
	    && deps_next(db, job, &at, &dep))
		if (deps_job(db, &dep) == 0)
			err = fault_set(f, ERR_NOT_FOUND, "after",
			    "%.60s has no job \"%.100s\"", dep.user,
			    dep.name);
	return err;
}

enum err
request_check_links(struct request *r, const struct job *job, struct fault *f)
{
	enum err err = check_pool(r, job, f);
	struct job old;

	if (err == ERR_NONE && JOB_TEXT(job, after)[0] != '\0')
		err = check_after(r, job, f);
	if (err != ERR_NONE || job->id == 0
	    || jobs_get(commit_read_db(r->parts->commit), job->id, &old) != 1)
		return err;
	if (strcmp(JOB_TEXT(&old, name), JOB_TEXT(job, name)) != 0)
		err = request_check_unlinked(r, &old, f);
	job_fini(&old);
	return err;
}

/* Another user's (root's) jobs do not count, nor does the job itself. */
enum err
request_check_unlinked(
    struct request *r, const struct job *job, struct fault *f)
{
	struct db *db = commit_read_db(r->parts->commit);
	enum err err = ERR_NONE;
	int64_t *ids;
	int n = deps_on(db, job->user, JOB_TEXT(job, name), &ids);

	for (int i = 0; err == ERR_NONE && i < n; i++) {
		struct job other;

		if (ids[i] == job->id || jobs_get(db, ids[i], &other) != 1)
			continue;
		if (other.uid == job->uid) {
			err = fault_set(f, ERR_HELD, "after",
			    "job \"%.100s\" runs after it",
			    JOB_TEXT(&other, name));
			snprintf(f->hint, sizeof f->hint,
			    "change that first: cronsctl set %.60s after=",
			    JOB_TEXT(&other, name));
		}
		job_fini(&other);
	}
	free(ids);
	return err;
}
