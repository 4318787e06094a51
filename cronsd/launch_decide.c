/*
 * MAY IT START? Asked at its instant and again whenever what it waits for has
 * happened, always from the beginning, of the job as it is then: is it too
 * late, may it overlap, are there room and a slot, does its owner exist?
 *
 * What counts is what goes on: runs that were sent or that run, be it that
 * this daemon started them or that it found their files. So nothing is written
 * down when a slot is given or taken. A slot is free when the end of its run
 * is durable; it is given by the order to the zygote; the run file says which
 * pool it is of.
 *
 *   state          durable                  if all stops here
 *   claimed        the row                  recovery asks anew, within its
 *                                           start deadline
 *   waits          the row says `waits`     it asks anew, however late
 *   sent           nothing more             no file: it asks anew, under a
 *                                           higher fence; a file: as below
 *   runs           run file, with `pool`    adopted: it has its slot
 *   ended          the result               its slot is free; whoever waits
 *                                           asks anew
 *
 * A run of which nobody can tell (its file cannot be read now) counts as one
 * that goes on.
 */
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "commit.h"
#include "conf.h"
#include "db.h"
#include "fail.h"
#include "launch_parts.h"
#include "policy.h"
#include "self.h"
#include "share/buf.h"
#include "share/job.h"
#include "store_pauses.h"
#include "store_pools.h"
#include "watch.h"

#define PAUSE_US (SECOND_US / 4) /* before what failed is tried again */

static void
try_again_soon(struct launch *l)
{
	if (!l->again.armed)
		loop_timer_set(l->on.loop, &l->again,
		    (mono_t) { mono_now().us + PAUSE_US });
}

void
launch_put_aside(struct launch *l, struct live_run *run)
{
	run->is_aside = true;
	TAILQ_INSERT_TAIL(&l->aside, run, in_list);
	try_again_soon(l);
}

enum launch_verdict
launch_refuse(
    const struct launch_case *c, enum run_result result, const char *why)
{
	struct live_run *run = c->run;

	if (watch_refuse(c->l->on.watch, run, result, why) == 0)
		return LAUNCH_ENDED;
	if (why != run->refused_why)
		strlcpy(run->refused_why, why, sizeof run->refused_why);
	run->refused = result;
	launch_put_aside(c->l, run);
	return LAUNCH_WAITS;
}

static bool
is_too_late(const struct launch_case *c)
{
	return !c->run->row.waits
	    && c->now.us - c->run->row.at > c->run->deadline_us;
}

static enum launch_verdict
miss(const struct launch_case *c)
{
	const char *what = c->run->waited_for;
	char why[RUN_WHY_MAX];

	snprintf(why, sizeof why, "start deadline passed while %s%s",
	    what == NULL ? "nobody was there" : "waiting for ",
	    what == NULL ? "" : what);
	return launch_refuse(c, RESULT_MISSED, why);
}

enum launch_verdict
launch_wait(const struct launch_case *c, const char *what)
{
	c->run->waited_for = what;
	if (is_too_late(c))
		return miss(c);
	launch_put_aside(c->l, c->run);
	return LAUNCH_WAITS;
}

/*
 * From here on its start deadline does not count, after a crash either. Where
 * that cannot be written down now it is not: then a crash makes it late.
 */
static void
note_waits(const struct launch_case *c)
{
	struct db *db;

	if (c->run->row.waits)
		return;
	c->run->row.waits = true;
	db = commit_db(c->l->on.commit);
	FAIL_POINT(wait_before);
	if (db != NULL && runs_set_waits(db, c->run->row.id) != 0)
		commit_spoil(c->l->on.commit);
}

/* A point of priority is worth a fixed time, so the order of two runs never
 * changes while they wait. */
static int64_t
rank_of(const struct launch_case *c)
{
	return c->run->row.at
	    - JOB_NUMBER(c->job, priority) * c->l->on.conf->ageing;
}

/* Room under the settings' limits: its start deadline goes on. */
static enum launch_verdict
wait_for_room(const struct launch_case *c, struct lobby_place place,
    const char *what)
{
	c->run->waited_for = what;
	c->run->rank = rank_of(c);
	lobby_put(c->l->lobby, place, c->run);
	try_again_soon(c->l);
	return LAUNCH_WAITS;
}

static enum launch_verdict
wait_for_runs(const struct launch_case *c, struct lobby_place place)
{
	note_waits(c);
	c->run->rank = rank_of(c);
	lobby_put(c->l->lobby, place, c->run);
	return LAUNCH_WAITS;
}

static enum launch_verdict
wait_for_job(const struct launch_case *c)
{
	return wait_for_runs(
	    c, (struct lobby_place) { LOBBY_JOB, c->job->id, 0 });
}

/* Ends the run that is in the way; its result says for whom. */
static enum launch_verdict
replace(const struct launch_case *c, struct live_run *other)
{
	struct launch *l = c->l;

	if (other->claiming)
		return launch_wait(c, "the run before it");
	if (other->state == RUN_CLAIMED && !other->is_in_doubt) {
		launch_forget(l, other);
		if (watch_refuse(l->on.watch, other, RESULT_SKIPPED,
			"replaced by the next run")
		    == 0)
			return launch_decide(c);
		launch_put(l, other);
		return launch_wait(c, "the database");
	}
	if (!other->replaced)
		other->replaced = watch_kill(other, 0,
		    JOB_NUMBER(c->job, grace));
	if (!other->replaced) { /* it is just being started: in a moment */
		note_waits(c);
		return launch_wait(c, "the run before it");
	}
	return wait_for_job(c);
}

static enum launch_verdict
decide_overlap(const struct launch_case *c)
{
	struct policy_said said;
	enum policy verdict;
	int64_t most = JOB_NUMBER(c->job, max_running);

	verdict = policy_overlap(c->l->on.live, c->run, c->job, &said);
	if (said.other != NULL && said.other->in_ended) {
		watch_hurry(c->l->on.watch);
		return launch_wait(c, "the end of the run before it");
	}
	switch (verdict) {
	case POLICY_SKIP:
		return launch_refuse(c, RESULT_SKIPPED, said.why);
	case POLICY_REPLACE:
		return replace(c, said.other);
	case POLICY_WAIT:
		return wait_for_job(c);
	case POLICY_START:
		break;
	}
	if (most > 0 && live_running_of_job(c->l->on.live, c->job->id) >= most)
		return wait_for_job(c);
	return LAUNCH_START;
}

static enum launch_verdict
decide_pool(const struct launch_case *c)
{
	struct live *live = c->l->on.live;
	struct policy_said said;
	struct pool pool;
	int64_t key = pool_key(JOB_TEXT(c->job, pool));
	struct lobby_place place = { LOBBY_POOL, key, 0 };

	if (key == 0)
		return LAUNCH_START;
	if (pools_get(commit_read_db(c->l->on.commit),
		JOB_TEXT(c->job, pool), &pool)
	    < 0)
		return launch_wait(c, "the database");
	switch (policy_pool(live, c->job, &pool, &said)) {
	case POLICY_START:
		return LAUNCH_START;
	case POLICY_SKIP:
		return launch_refuse(c, RESULT_NOSTART, said.why);
	case POLICY_WAIT:
	case POLICY_REPLACE:
		break;
	}
	if (said.is_own) {
		place.kind = LOBBY_POOL_UID;
		place.uid = c->run->row.uid;
	}
	return wait_for_runs(c, place);
}

static enum launch_verdict
decide_room(const struct launch_case *c)
{
	const struct conf *conf = c->l->on.conf;
	struct live *live = c->l->on.live;
	int64_t uid = c->run->row.uid;

	if (live_running_of(live, uid) >= conf->max_running_per_uid)
		return wait_for_room(c,
		    (struct lobby_place) { LOBBY_UID, 0, uid },
		    "room under max-running-per-uid");
	if (live_running(live) >= conf->max_running)
		return wait_for_room(c,
		    (struct lobby_place) { LOBBY_ALL, 0, 0 },
		    "room under max-running");
	return LAUNCH_START;
}

/* Its entry may have been removed while nobody looked. */
static bool
must_be_read(const struct launch_case *c)
{
	return c->job->source != 0 && c->l->on.self->crontabs_wait;
}

static bool
is_unasked(const struct live_run *run)
{
	return run->row.cause != CAUSE_MANUAL
	    && run->row.cause != CAUSE_REPLAY;
}

/* What somebody asked for runs in a pause too. why has RUN_WHY_MAX bytes. */
static bool
is_paused(const struct launch_case *c, char *why)
{
	struct db *db = commit_read_db(c->l->on.commit);
	struct buf text = BUF_EMPTY;
	struct pause pause;

	if (!is_unasked(c->run)
	    || pauses_find(db, c->job, wall_now(), &pause) != 1)
		return false;
	pause_print(&pause, &text);
	strlcpy(why, buf_text(&text), RUN_WHY_MAX);
	buf_fini(&text);
	return true;
}

/* A limit that cannot be set is no reason to run without it. */
bool
launch_needs_cgroup(const struct job *job)
{
	return JOB_NUMBER(job, memory) > 0 || JOB_NUMBER(job, pids) > 0;
}

enum launch_verdict
launch_decide(const struct launch_case *c)
{
	char why[RUN_WHY_MAX];
	enum launch_verdict v;

	c->run->deadline_us = JOB_NUMBER(c->job, start_deadline);
	if (must_be_read(c)) {
		launch_put_aside(c->l, c->run);
		return LAUNCH_WAITS;
	}
	if (is_too_late(c))
		return miss(c);
	if (is_paused(c, why))
		return launch_refuse(c, RESULT_SKIPPED, why);
	if (is_unasked(c->run) && !JOB_NUMBER(c->job, enabled))
		return launch_refuse(
		    c, RESULT_SKIPPED, "the job is disabled");
	if (launch_needs_cgroup(c->job)
	    && *c->l->on.self->cgroup.limited == '\0')
		return launch_refuse(c, RESULT_NOSTART,
		    "memory and pids need a cgroup v2 directory with both "
		    "controllers: see cgroup in cronsd.conf(5)");
	v = decide_overlap(c);
	if (v == LAUNCH_START && mono_now().us < c->run->not_before.us)
		return launch_wait(c, "room for its run file");
	if (v == LAUNCH_START && c->l->zygote.fd < 0)
		return launch_wait(c, "a supervisor");
	if (v == LAUNCH_START)
		v = decide_pool(c);
	if (v == LAUNCH_START)
		v = decide_room(c);
	return v;
}

/* ---- what it waits for ---- */

void
launch_free(struct launch *l, const struct live_run *run)
{
	int64_t uid = run->row.uid, pool = run->pool;

	lobby_wake(l->lobby, (struct lobby_place) { LOBBY_ALL, 0, 0 });
	lobby_wake(l->lobby, (struct lobby_place) { LOBBY_UID, 0, uid });
	lobby_wake(
	    l->lobby, (struct lobby_place) { LOBBY_JOB, run->row.job, 0 });
	if (pool == 0)
		return;
	lobby_wake(l->lobby, (struct lobby_place) { LOBBY_POOL, pool, 0 });
	lobby_wake(
	    l->lobby, (struct lobby_place) { LOBBY_POOL_UID, pool, uid });
}

static void
explain_job(struct launch *l, const struct live_run *run, struct buf *out)
{
	const struct live_run *other
	    = live_of_job(l->on.live, run->row.job, run);

	if (other == NULL)
		other = live_first_before(l->on.live, run);
	if (other == NULL)
		buf_puts(out, "it waits for its turn");
	else
		buf_printf(out, "it waits for the end of run %lld of its job",
		    (long long)other->row.id);
}

static void
explain_pool(struct launch *l, const struct live_run *run,
    const struct job *job, struct buf *out)
{
	const struct live_run *holder;
	struct policy_said said;
	struct pool pool;

	if (pools_get(commit_read_db(l->on.commit), JOB_TEXT(job, pool), &pool)
		< 0
	    || policy_pool(l->on.live, job, &pool, &said)
		== POLICY_START) {
		buf_printf(out, "it waits for a slot of pool \"%s\"",
		    JOB_TEXT(job, pool));
		return;
	}
	buf_printf(out, "it waits: %s", said.why);
	holder = policy_holder(l->on.live, pool_key(pool.name),
	    said.is_own ? run->row.uid : -1);
	if (holder != NULL && !pool.paused)
		buf_printf(out, ", first by run %lld",
		    (long long)holder->row.id);
}

void
launch_explain(struct launch *l, const struct live_run *run,
    const struct job *job, struct buf *out)
{
	struct lobby_place place;

	if (run->is_aside) {
		buf_puts(out, "it waits until it can be started");
		return;
	}
	if (!lobby_find(run, &place))
		return;
	switch (place.kind) {
	case LOBBY_ALL:
		buf_printf(out, "it waits: max-running, %lld runs go on",
		    (long long)live_running(l->on.live));
		return;
	case LOBBY_UID:
		buf_printf(out, "it waits: max-running-per-uid, %lld runs of "
		    "its user go on",
		    (long long)live_running_of(l->on.live, run->row.uid));
		return;
	case LOBBY_POOL:
	case LOBBY_POOL_UID:
		explain_pool(l, run, job, out);
		return;
	case LOBBY_JOB:
		explain_job(l, run, out);
		return;
	}
}
