/*
 * What a trial executes is kept in memory only: who asked for it waits for it,
 * and asks again if this daemon dies before it has started. It is kept until
 * the end, since a launch may be taken back.
 */
#include "trial.h"

#include <stdlib.h>
#include <string.h>
#include <bsd/sys/queue.h>

#include <bsd/string.h>

#include "commit.h"
#include "fail.h"
#include "launch.h"
#include "live.h"
#include "self.h"
#include "share/job.h"
#include "share/log.h"
#include "store_jobs.h"
#include "store_runs.h"

#define MOST_TRIES 1000 /* places in one microsecond */
#define TAIL_BYTES (INT64_C(64) << 20) /* of output that is not seen at once */

struct trial {
	struct trials *all;
	int64_t run;
	struct job job; /* owned */
	TAILQ_ENTRY(trial) in_list; /* trials.list */
};

struct trials {
	struct trial_needs on;
	TAILQ_HEAD(, trial) list;
};

struct trials *
trial_new(const struct trial_needs *needs)
{
	struct trials *t = xcalloc(1, sizeof *t);

	t->on = *needs;
	TAILQ_INIT(&t->list);
	return t;
}

static void
drop(struct trial *trial)
{
	TAILQ_REMOVE(&trial->all->list, trial, in_list);
	job_fini(&trial->job);
	free(trial);
}

static struct trial *
find(const struct trials *t, int64_t run)
{
	struct trial *trial;

	TAILQ_FOREACH(trial, &t->list, in_list)
		if (trial->run == run)
			return trial;
	return NULL;
}

static void
on_claimed(void *arg, bool durable)
{
	struct trial *trial = arg;
	const struct trial_needs *on = &trial->all->on;
	struct live_run *run = live_find(on->live, trial->run);

	if (durable) {
		launch_put(on->launch, run);
		return;
	}
	live_drop(on->live, run);
	drop(trial);
}

/* A row without a job; the first free place from now on is its own. */
static int
add_row(struct trials *t, struct db *db, struct run_row *row)
{
	int got = 0;

	for (int i = 0; got == 0 && i < MOST_TRIES; i++) {
		got = runs_add(db, row);
		if (got == 0)
			row->slot++;
	}
	if (got == 1)
		t->on.self->next_run++;
	return got;
}

/*
 * Nobody is told of it, it takes no slot of a pool, and its output is seen as
 * it comes: the middle of it may go only if who watches is far behind.
 */
static void
take_job(struct trial *trial, const struct job *job)
{
	struct fault f;

	job_copy(&trial->job, job);
	if (job_set(&trial->job, JOB_pool, "", &f) != ERR_NONE
	    || job_set(&trial->job, JOB_notify, "", &f) != ERR_NONE)
		fatal("trial: %s", f.text);
	if (JOB_NUMBER(&trial->job, output_tail) < TAIL_BYTES)
		JOB_NUMBER(&trial->job, output_tail) = TAIL_BYTES;
}

int64_t
trial_put(struct trials *t, const struct job *job, wall_t now)
{
	struct db *db = commit_db(t->on.commit);
	struct trial *trial;
	struct live_run *run;
	struct run_row row;

	if (db == NULL)
		return -1;
	run_row_init(&row);
	row.id = t->on.self->next_run;
	row.slot = row.at = now.us;
	row.lap = LAP_MANUAL;
	row.uid = job->uid;
	row.fence = 1;
	row.cause = CAUSE_TEST;
	if (add_row(t, db, &row) != 1) {
		commit_spoil(t->on.commit);
		return -1;
	}
	FAIL_POINT(act_test);
	run = live_add(t->on.live, &row, RUN_CLAIMED);
	strlcpy(run->instance, t->on.self->instance, sizeof run->instance);
	run->deadline_us = INT64_MAX;
	trial = xcalloc(1, sizeof *trial);
	trial->all = t;
	trial->run = row.id;
	take_job(trial, job);
	TAILQ_INSERT_TAIL(&t->list, trial, in_list);
	commit_then(t->on.commit, on_claimed, trial);
	return row.id;
}

int
trial_count(const struct trials *t, int64_t uid)
{
	const struct trial *trial;
	int n = 0;

	TAILQ_FOREACH(trial, &t->list, in_list)
		n += trial->job.uid == uid;
	return n;
}

int
trial_order(const struct trials *t, const struct live_run *run,
    struct launch_order *order)
{
	const struct trial *trial = find(t, run->row.id);

	memset(order, 0, sizeof *order);
	if (trial == NULL) {
		strlcpy(order->why, "cronsd was restarted before it started",
		    sizeof order->why);
		return -1;
	}
	job_copy(&order->job, &trial->job);
	return 1;
}

void
trial_ended(struct trials *t, const struct run_row *run)
{
	struct trial *trial = find(t, run->id);

	if (trial != NULL)
		drop(trial);
}
