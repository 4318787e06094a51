/*
 * WHEN THE CLOCK GOES BACK, instants come a second time. Up to three hours
 * back, as with cron: wildcard times follow the clock and run again, in a
 * *lap* of their own; fixed times that ran do not run again, those that did
 * not (their job is new, or they were missed) do. Further back it is another
 * time altogether: all is computed anew and nothing is held back.
 *
 * Laps are counted for the whole database, in meta: "lap_any" rises with every
 * step back, "lap_far" follows it after a far one; a due row gets the one of
 * its kind of schedule. relived_us is where the clock stood before the step:
 * until it is reached again the ledger is asked before a fixed time is
 * claimed. It costs nothing at other times.
 *
 * A step back, and a zone whose file was replaced, change what is due next of
 * any job: a *pass* goes over all jobs, some each turn. Until it has come to a
 * job, that job's next slot is the old one: later than it should be, never
 * twice. "pass" stands in meta while it goes on: if the daemon ends meanwhile,
 * the next one begins it again.
 *
 * ANY PAUSE takes reservations back, slots that were claimed ahead and whose
 * instant had not come: they are judged like the others. Runs that wait for
 * room have waited as long as before: their instant moves with the clock.
 */
#include <stdio.h>
#include <stdlib.h>

#include "commit.h"
#include "conf.h"
#include "launch.h"
#include "live.h"
#include "plan_parts.h"
#include "self.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/log.h"
#include "share/when.h"
#include "store_backlog.h"

#define FAR_US (3 * HOUR_US)
#define MOST_A_TURN 256
#define ALIVE_US (5 * SECOND_US)

static int64_t
get_number(struct db *db, const char *key, int64_t absent)
{
	char *text = meta_get(db, key);
	int64_t number = text == NULL ? absent : atoll(text);

	free(text);
	return number;
}

static int
put_number(struct db *db, const char *key, int64_t number)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)number);
	return meta_put(db, key, text);
}

void
plan_start(struct plan *p, wall_t now)
{
	struct db *db = commit_read_db(p->on.commit);
	struct step_pause pause;

	p->laps.any = get_number(db, "lap_any", 0);
	p->laps.far = get_number(db, "lap_far", 0);
	p->laps.relived.us = get_number(db, "relived_us", INT64_MIN);
	p->is_passing = get_number(db, "pass", 0) != 0;
	p->has_backlog = p->has_pauses = true;
	step_start(now, get_number(db, "alive_us", -1), &pause);
	plan_pause(p, &pause);
}

void
plan_alive(struct plan *p, wall_t now)
{
	int64_t since = now.us - p->alive;
	bool is_last = p->on.self->stopping;
	struct db *db;

	if (!is_last
	    && (!commit_is_open(p->on.commit)
		|| (since >= 0 && since < ALIVE_US)))
		return;
	db = commit_db(p->on.commit);
	p->alive = now.us;
	if (db != NULL && put_number(db, "alive_us", now.us) != 0)
		commit_spoil(p->on.commit);
}

void
plan_wake(struct plan *p, const struct clocks *now)
{
	struct step_pause pause;

	if (step_wake(&p->step, now, &pause))
		plan_pause(p, &pause);
}

void
plan_sleep(struct plan *p, const struct clocks *now, wall_t alarm)
{
	step_sleep(&p->step, now, alarm);
}

static void
say(const struct step_pause *pause)
{
	struct buf text = BUF_EMPTY;

	step_print(pause, 0, &text);
	if (pause->kind != STEP_DOWN)
		log_info("%s", buf_text(&text));
	buf_fini(&text);
}

/* A pause before the last one was recorded: the two are one. */
void
plan_pause(struct plan *p, const struct step_pause *pause)
{
	wall_t from = p->pause.from;

	p->pause = *pause;
	if (p->is_shaken && from.us < pause->from.us)
		p->pause.from = from;
	p->is_shaken = true;
	p->next_known = false;
	say(pause);
}

void
plan_zones_changed(struct plan *p)
{
	p->is_passing = true;
	p->passed = 0;
}

void
plan_give_back(struct plan *p, struct db *db, struct live_run *run)
{
	struct due due, mine = { run->row.job, { run->row.at },
		{ run->row.slot }, run->row.lap };

	if (due_get(db, run->row.job, &due) != 1
	    || due.slot.us > run->row.slot)
		if (plan_put_due(p, db, &mine) != 0)
			commit_spoil(p->on.commit);
	plan_unclaim(p, db, run);
}

bool
plan_is_reservation(const struct live_run *run, wall_t now)
{
	return run->row.cause == CAUSE_SLOT && run->row.attempt == 0
	    && !run->is_firm && run->row.at > now.us;
}

/* Before a pass: what is reserved may not be due at all. */
static void
release(void *arg, struct live_run *run)
{
	struct plan *p = arg;
	struct db *db = commit_db(p->on.commit);

	if (db != NULL && plan_is_reservation(run, p->now))
		plan_give_back(p, db, run);
	else
		launch_put(p->on.launch, run);
}

/* The instant of a run that waits for room, or for its next try. */
static int64_t
shift(const struct step_pause *pause, int64_t at)
{
	int64_t moved = pause->to.us - pause->from.us;

	if (pause->kind == STEP_FORWARD || pause->kind == STEP_BACK
	    || at <= pause->from.us)
		return at + moved;
	return at < pause->to.us ? pause->to.us : at;
}

/* Where the daemon before us could not write for a while, it was last seen long
 * before its last claims: what runs for a later slot keeps this one. */
static bool
is_last(struct db *db, const struct live_run *run)
{
	struct run_row row;

	return runs_get_newest(db, run->row.job, &row) != 1
	    || row.slot <= run->row.slot;
}

/* One run in launch's queue. */
static void
shake(void *arg, struct live_run *run)
{
	struct plan *p = arg;
	struct db *db = commit_db(p->on.commit);

	if (db != NULL && plan_is_reservation(run, p->pause.from)
	    && is_last(db, run)) {
		plan_give_back(p, db, run);
		return;
	}
	if (!run->is_alone) /* it is no row yet: what it has is claimed */
		run->row.at = shift(&p->pause, run->row.at);
	launch_put(p->on.launch, run);
}

/* The row is there already, so a slot that is made up for just starts later. */
void
plan_again(struct plan *p, struct live_run *run, wall_t now)
{
	struct due due = { run->row.job, { run->row.at }, { run->row.slot },
		run->row.lap };
	struct plan_view v;
	struct job job;
	struct plan_lateness l
	    = { commit_read_db(p->on.commit), &job, &v, &due, now };

	if (run->row.cause != CAUSE_MANUAL && !run->row.waits
	    && jobs_get(l.db, run->row.job, &job) == 1) {
		if (plan_view_open(p, &job, &v) && plan_late_is_made_up(p, &l))
			run->row.at = now.us + plan_spread(p, job.id);
		plan_view_close(&v);
		job_fini(&job);
	}
	launch_put(p->on.launch, run);
}

/* The turn with all that a pause changes was undone: once more. */
static void
on_settled(void *arg, bool durable)
{
	struct plan *p = arg;

	if (durable)
		return;
	p->laps = p->laps_before;
	p->is_shaken = true;
}

static int
raise_laps(struct plan *p, struct db *db)
{
	p->laps.any++;
	if (p->pause.length > FAR_US)
		p->laps.far = p->laps.any;
	if (p->laps.relived.us < p->pause.from.us)
		p->laps.relived = p->pause.from;
	plan_zones_changed(p);
	return put_number(db, "lap_any", p->laps.any) != 0
		|| put_number(db, "lap_far", p->laps.far) != 0
		|| put_number(db, "relived_us", p->laps.relived.us) != 0
	    ? -1
	    : 0;
}

int
plan_pass_settle(struct plan *p, struct db *db, wall_t now)
{
	int got = 0;

	(void)now;
	if (!p->is_shaken)
		return 0;
	p->is_shaken = false;
	p->laps_before = p->laps;
	commit_then(p->on.commit, on_settled, p);
	launch_each_queued(p->on.launch, shake, p);
	if (p->pause.kind == STEP_BACK)
		got = raise_laps(p, db);
	if (got == 0 && p->has_backlog)
		got = backlog_wake(db, -1);
	p->alive = p->pause.to.us;
	return got != 0 ? got : put_number(db, "alive_us", p->alive);
}

/* ---- the pass ---- */

struct passing {
	struct plan *plan;
	struct db *db;
	wall_t now;
	int count, failed;
};

/* What should be due: *due is what is. False: it may stay as it is. */
static bool
recompute(struct passing *g, const struct job *job,
    const struct plan_view *v, struct due *due)
{
	wall_t later = when_delayed(v->when, v->zone, g->now);
	wall_t soon = wall_add(g->now, plan_spread(g->plan, job->id));
	struct plan_lateness l = { g->db, job, v, due, g->now };
	struct due was = *due;

	if (due->slot.us <= g->now.us) {
		if (due->at.us > soon.us)
			due->at = soon; /* it was put off by another clock */
		return due->at.us != was.at.us;
	}
	switch (when_kind(v->when)) {
	case WHEN_REBOOT:
		return false;
	case WHEN_AFTER:
		if (live_has_job(g->plan->on.live, job->id)
		    || due->slot.us <= later.us)
			return false;
		due->slot = later;
		break;
	case WHEN_TIMES:
	case WHEN_ONCE:
		due->slot = plan_hold_next(g->plan, &l, g->now);
		break;
	}
	plan_due_at(g->plan, &l, due->slot);
	due->lap = plan_lap(g->plan, v->when);
	return due->slot.us != was.slot.us;
}

static bool
pass_job(void *arg, const struct job *job)
{
	struct passing *g = arg;
	struct due due;
	struct plan_view v;
	int got;

	g->plan->passed = job->id;
	g->count++;
	if (!JOB_NUMBER(job, enabled) || JOB_NUMBER(job, ping))
		return true;
	got = due_get(g->db, job->id, &due);
	if (got == 0)
		due = (struct due) { job->id, WALL_NEVER, WALL_NEVER, 0 };
	if (got >= 0 && plan_view_open(g->plan, job, &v)
	    && recompute(g, job, &v, &due))
		got = plan_put_due(g->plan, g->db, &due);
	plan_view_close(&v);
	if (got < 0)
		g->failed = 1;
	return got >= 0;
}

static void
on_passed(void *arg, bool durable)
{
	struct plan *p = arg;

	if (!durable)
		plan_zones_changed(p);
}

int
plan_pass_step(struct plan *p, struct db *db, wall_t now)
{
	struct passing g = { p, db, now, 0, 0 };
	struct jobs_want want = { .what = JOBS_ALL,
		.after_id = p->passed,
		.most = MOST_A_TURN };

	if (!p->is_passing)
		return 0;
	if (p->passed == 0) {
		p->now = now;
		launch_each_queued(p->on.launch, release, p);
		if (put_number(db, "pass", 1) != 0)
			return -1;
	}
	if (jobs_each(db, &want, pass_job, &g) != 0 || g.failed)
		return -1;
	commit_then(p->on.commit, on_passed, p);
	if (g.count == MOST_A_TURN)
		return 0;
	p->is_passing = false;
	return put_number(db, "pass", 0);
}

/* ---- a slot that comes a second time ---- */

bool
plan_pass_is_done(struct plan *p, const struct plan_lateness *l)
{
	int64_t span[2] = { l->due->slot.us, l->due->slot.us };
	struct run_row row;

	if (l->due->slot.us > p->laps.relived.us
	    || when_is_wildcard(l->view->when)
	    || runs_get_covering(l->db, l->job->id, span, &row) != 1
	    || row.lap < l->due->lap)
		return false;
	if (row.result != RESULT_MISSED)
		return true;
	l->due->lap = row.lap + 1;
	return false;
}
