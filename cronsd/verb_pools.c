/*
 * pool, unpool, pools: pools are root's and the admins'; "alice/db" is
 * alice's, too. Whatever changes, runs that wait are decided anew.
 */
#include <stdio.h>
#include <string.h>

#include "commit.h"
#include "keep.h"
#include "launch.h"
#include "live.h"
#include "share/job.h"
#include "store_pools.h"
#include "verb.h"

#define MOST_SLOTS 1000000

/* Is "alice/db" that user's? */
static bool
is_pool_of(const char *name, const char *user)
{
	size_t len = strcspn(name, "/");

	return name[len] == '/' && strlen(user) == len
	    && strncmp(name, user, len) == 0;
}

static bool
may_change(const struct request *r, const char *name)
{
	return r->caller.root || r->caller.admin
	    || is_pool_of(name, r->caller.name);
}

static enum err
check_name(const struct request *r, const char *name, struct fault *f)
{
	struct job job;
	enum err err;

	job_init(&job);
	err = job_set(&job, JOB_pool, name, f);
	job_fini(&job);
	if (err == ERR_NONE && *name == '\0')
		err = fault_set(f, ERR_BAD_VALUE, "pool", "it has no name");
	if (err == ERR_NONE && !may_change(r, name)) {
		err = fault_set(f, ERR_DENIED, "pool",
		    "pool \"%.100s\" is not yours", name);
		snprintf(f->hint, sizeof f->hint,
		    "one of your own is called %.60s/NAME", r->caller.name);
	}
	return err;
}

static enum err
read_keys(const struct request *r, struct pool *pool, struct fault *f)
{
	if (request_number(r, "slots", &pool->slots, f) != ERR_NONE
	    || request_number(r, "per_uid", &pool->per_uid, f) != ERR_NONE)
		return f->err;
	if (pool->slots < 1 || pool->slots > MOST_SLOTS)
		return fault_set(f, ERR_BAD_VALUE, "slots",
		    "a pool has 1 to %d slots; pause=yes stops it",
		    MOST_SLOTS);
	if (pool->per_uid < 0 || pool->per_uid > MOST_SLOTS)
		return fault_set(f, ERR_BAD_VALUE, "per-uid",
		    "0 (no limit) to %d slots of one user", MOST_SLOTS);
	if (request_key(r, "pause") != NULL)
		pool->paused = request_is(r, "pause");
	return ERR_NONE;
}

enum verb_status
verb_pool(struct request *r)
{
	char per_uid[40] = ""; /* none: no other limit */
	struct db *db = commit_db(r->parts->commit);
	const char *name = r->line.word[0];
	struct pool pool;
	struct fault f;
	int got;

	if (db == NULL)
		return reply_busy(r);
	if (check_name(r, name, &f) != ERR_NONE)
		return reply_fault(r, &f);
	got = pools_get(db, name, &pool);
	if (got >= 0 && read_keys(r, &pool, &f) != ERR_NONE)
		return reply_fault(r, &f);
	if (got < 0 || pools_put(db, &pool) != 0) {
		commit_spoil(r->parts->commit);
		return reply_busy(r);
	}
	keep_jobs_changed(r->parts->keep);
	launch_wake_all(r->parts->launch);
	if (pool.per_uid > 0)
		snprintf(per_uid, sizeof per_uid, " per_uid=%lld",
		    (long long)pool.per_uid);
	reply_ok(r, got == 1 ? 200 : 201, "pool=%s slots=%lld%s pause=%s",
	    pool.name, (long long)pool.slots, per_uid,
	    pool.paused ? "yes" : "no");
	return VERB_COMMIT;
}

enum verb_status
verb_unpool(struct request *r)
{
	struct db *db = commit_db(r->parts->commit);
	const char *name = r->line.word[0];
	int64_t jobs;
	struct pool pool;
	struct fault f;

	if (db == NULL)
		return reply_busy(r);
	if (check_name(r, name, &f) != ERR_NONE)
		return reply_fault(r, &f);
	if (pools_get(db, name, &pool) != 1)
		return reply_err(r, ERR_NOT_FOUND, "pool",
		    "there is no pool \"%.100s\"", name);
	jobs = pools_count_jobs(db, name);
	if (jobs != 0)
		return reply_err(r, ERR_HELD, "pool",
		    "%lld jobs name pool \"%.100s\"", (long long)jobs, name);
	if (pools_drop(db, name) != 0) {
		commit_spoil(r->parts->commit);
		return reply_busy(r);
	}
	keep_jobs_changed(r->parts->keep);
	launch_wake_all(r->parts->launch);
	reply_ok(r, 200, "pool=%s", name);
	return VERB_COMMIT;
}

static bool
may_see(const struct request *r, const char *name)
{
	return strchr(name, '/') == NULL || may_change(r, name)
	    || r->caller.view;
}

static bool
put_pool(void *arg, const struct pool *pool)
{
	struct request *r = arg;
	int64_t key = pool_key(pool->name);

	if (!may_see(r, pool->name)
	    || (r->line.word_count > 0
		&& strcmp(r->line.word[0], pool->name) != 0))
		return true;
	r->cursor++;
	reply_begin(r);
	reply_text(r, pool->name);
	reply_number(r, pool->slots);
	reply_some(r, pool->per_uid > 0 ? pool->per_uid : -1);
	reply_text(r, pool->paused ? "yes" : "no");
	reply_number(r, live_tally(r->parts->live, key, -1).running);
	reply_number(r, launch_waiting(r->parts->launch, key));
	reply_number(r, pools_count_jobs(r->parts->read, pool->name));
	reply_end(r);
	return true;
}

enum verb_status
verb_pools(struct request *r)
{
	reply_names(r);
	r->cursor = 0;
	if (pools_each(r->parts->read, put_pool, r) != 0)
		return reply_err(r, ERR_INTERNAL, "", "the database failed");
	if (r->cursor == 0 && r->line.word_count > 0)
		return reply_err(r, ERR_NOT_FOUND, "pool",
		    "there is no pool \"%.100s\"", r->line.word[0]);
	return reply_ok(r, 200, "%s", "");
}
