/*
 * What is due and waits stands in the way like what goes on, or the runs of a
 * job that waits for a slot would pile up. A queue is the order of the
 * instants: a run waits behind the one that goes on and those of its job that
 * were due before it. Claims are durable, so a queue survives the daemon.
 */
#include "policy.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "share/job.h"
#include "store_pools.h"

#define MOST_DELAY_US (30 * DAY_US)

static enum policy
skip(struct policy_said *said)
{
	snprintf(said->why, sizeof said->why, "overlap with run %lld",
	    (long long)said->other->row.id);
	return POLICY_SKIP;
}

enum policy
policy_overlap(struct live *live, const struct live_run *run,
    const struct job *job, struct policy_said *said)
{
	int64_t room;

	said->other = NULL;
	if (JOB_NUMBER(job, overlap) == OVERLAP_ALLOW)
		return POLICY_START;
	said->other = live_of_job(live, run->row.job, run);
	if (said->other == NULL)
		said->other = live_first_before(live, run);
	if (said->other == NULL)
		return POLICY_START;
	switch ((enum job_overlap)JOB_NUMBER(job, overlap)) {
	case OVERLAP_QUEUE:
		/* Those ahead may be undecided yet: more than the queue. */
		room = JOB_NUMBER(job, queue);
		if (live_waiting_before(live, run) < room)
			return POLICY_WAIT;
		snprintf(said->why, sizeof said->why,
		    "overlap with run %lld, and its queue of %lld is full",
		    (long long)said->other->row.id, (long long)room);
		return POLICY_SKIP;
	case OVERLAP_REPLACE:
		return POLICY_REPLACE;
	case OVERLAP_ALLOW:
	case OVERLAP_SKIP:
		break;
	}
	return skip(said);
}

const struct live_run *
policy_holder(struct live *live, int64_t pool, int64_t uid)
{
	const struct live_run *run = NULL;

	while ((run = live_next(live, run)) != NULL)
		if (run->pool == pool
		    && (run->state == RUN_SENT || run->state == RUN_RUNNING
			|| run->is_in_doubt)
		    && (uid < 0 || run->row.uid == uid))
			return run;
	return NULL;
}

static void
say_full(struct policy_said *said, const struct pool *pool, int running)
{
	snprintf(said->why, sizeof said->why,
	    "pool %.100s full: %d of %lld slots%s%s taken", pool->name,
	    running, (long long)(said->is_own ? pool->per_uid : pool->slots),
	    said->is_own ? " a user" : "", running == 1 ? " is" : " are");
}

enum policy
policy_pool(struct live *live, const struct job *job,
    const struct pool *pool, struct policy_said *said)
{
	int64_t key = pool_key(pool->name), uid = job->uid;
	int all = live_tally(live, key, -1).running;
	int own = live_tally(live, key, uid).running;
	size_t len = strcspn(pool->name, "/");

	said->is_own = false;
	if (pool->name[len] == '/'
	    && (strlen(job->user) != len
		|| strncmp(job->user, pool->name, len) != 0)) {
		snprintf(said->why, sizeof said->why,
		    "pool %.100s is another user's", pool->name);
		return POLICY_SKIP;
	}
	if (pool->paused) {
		snprintf(said->why, sizeof said->why, "pool %.100s is paused",
		    pool->name);
		return POLICY_WAIT;
	}
	if (all >= pool->slots) {
		say_full(said, pool, all);
		return POLICY_WAIT;
	}
	said->is_own = pool->per_uid > 0 && own >= pool->per_uid;
	if (!said->is_own)
		return POLICY_START;
	say_full(said, pool, own);
	return POLICY_WAIT;
}

/* Is the result, or the exit status, a word of "fail,timeout,75"? */
static bool
is_listed(const char *list, const struct run_row *row)
{
	const char *result = run_result_word(row->result);

	while (*list != '\0') {
		size_t len = strcspn(list, ",");

		if (isdigit((unsigned char)*list)
			? row->result == RESULT_FAIL && row->code == atoi(list)
			: strlen(result) == len
			    && strncmp(list, result, len) == 0)
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

/* delay * factor ^ (tries before this one), bounded. */
static int64_t
delay_after(const struct job *job, int64_t attempt)
{
	int64_t delay = JOB_NUMBER(job, retry_delay);

	for (int64_t i = 0; i < attempt && delay < MOST_DELAY_US; i++)
		delay *= JOB_NUMBER(job, retry_factor);
	return delay < MOST_DELAY_US ? delay : MOST_DELAY_US;
}

bool
policy_retries(const struct job *job, const struct run_row *row, wall_t *at)
{
	bool lost = row->result == RESULT_LOST
	    && JOB_NUMBER(job, on_lost) == ON_LOST_RETRY;
	int64_t most = JOB_NUMBER(job, retry);

	if (!lost && !is_listed(JOB_TEXT(job, retry_on), row))
		return false;
	if (lost && most == 0)
		most = 1;
	/* What was refused is not tried again; what was lost may never have
	 * started: the host died first. */
	if (row->attempt >= most || (row->start < 0 && !lost))
		return false;
	at->us = row->end + delay_after(job, row->attempt);
	return true;
}
