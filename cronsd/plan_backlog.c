/*
 * RANGES OF SLOTS, ONE AFTER ANOTHER: what catchup=all makes up for, and what
 * replay runs again. A range is a row of backlog, not a list: memory holds
 * none of it, and it outlives the daemon. Its next slot is claimed when no run
 * of its job is left, in the same transaction that moves the row on, so a
 * crash neither forgets a slot nor runs one twice. Whatever ends a run of the
 * job, in the transaction of that end, wakes the row.
 *
 * The run of a slot that has a row already is a further try of that slot: the
 * slot's outcome is that of its last try.
 */
#include <string.h>

#include "commit.h"
#include "conf.h"
#include "live.h"
#include "plan_parts.h"
#include "share/job.h"
#include "share/when.h"
#include "store_backlog.h"

#define MOST_A_TURN 64
#define MOST_SKIPPED 1000 /* slots of a range in a turn */

/* Are there more than `most` slots from there until now? */
static bool
has_more(const struct plan_lateness *l, wall_t from, int64_t most)
{
	wall_t slot = plan_view_next(l->view, wall_add(from, -1));
	int64_t n = 0;

	while (slot.us <= l->now.us && n++ < most)
		slot = plan_view_next(l->view, slot);
	return slot.us <= l->now.us;
}

/* A search by halves: counting a year of seconds would take too long. */
wall_t
plan_backlog_newest(const struct plan_lateness *l)
{
	int64_t most = JOB_NUMBER(l->job, catchup_max);
	wall_t from = l->due->slot, to = wall_add(l->now, 1);

	if (!has_more(l, from, most))
		return from;
	while (to.us - from.us > 1) {
		wall_t middle = { from.us + (to.us - from.us) / 2 };

		if (has_more(l, middle, most))
			from = middle;
		else
			to = middle;
	}
	return plan_view_next(l->view, wall_add(to, -1));
}

int
plan_backlog_put(struct plan *p, const struct plan_lateness *l)
{
	struct backlog b = { .job = l->job->id,
		.at = wall_add(l->now, plan_spread(p, l->job->id)),
		.slot = l->due->slot,
		.until = l->now,
		.cause = CAUSE_CATCHUP };

	p->has_backlog = true;
	p->next_known = false;
	plan_due_at(p, l, plan_view_next(l->view, l->now));
	l->due->lap = plan_lap(p, l->view->when);
	return backlog_add(l->db, &b);
}

int
plan_backlog_wake(struct plan *p, struct db *db, int64_t job)
{
	if (!p->has_backlog)
		return 0;
	p->next_known = false;
	return backlog_wake(db, job);
}

/* May it have been executed? Then it is not run again unasked. */
static bool
did_run(enum run_result result)
{
	switch (result) {
	case RESULT_NOSTART:
	case RESULT_SKIPPED:
	case RESULT_MISSED:
		return false;
	case RESULT_NONE:
	case RESULT_OK:
	case RESULT_FAIL:
	case RESULT_SIGNAL:
	case RESULT_TIMEOUT:
	case RESULT_KILLED:
	case RESULT_LOST:
		break;
	}
	return true;
}

/* The key of a run of that slot: 1; 0: it ran, and need not again; -1. */
static int
find_key(struct plan *p, const struct plan_lateness *l, bool force,
    struct run_row *row)
{
	int64_t span[2] = { l->due->slot.us, l->due->slot.us };
	struct run_row was;
	int got = runs_get_covering(l->db, l->job->id, span, &was);

	run_row_init(row);
	row->slot = l->due->slot.us;
	row->lap = plan_lap(p, l->view->when);
	if (got <= 0)
		return got < 0 ? -1 : 1;
	row->lap = was.lap;
	row->attempt = was.slot == row->slot ? was.attempt + 1 : 1;
	return force || !did_run(was.result);
}

/* Claims the first slot that is to be run; l->due->slot is behind it then. */
static int
claim_next(struct plan *p, const struct plan_lateness *l,
    const struct backlog *b)
{
	struct run_row row;
	int got = 0;

	for (int n = 0; got == 0 && n < MOST_SKIPPED; n++) {
		l->due->slot = plan_view_next(
		    l->view, wall_add(l->due->slot, -1));
		if (l->due->slot.us > b->until.us)
			return 0;
		got = find_key(p, l, b->force, &row);
		row.at = l->now.us;
		row.cause = b->cause;
		if (got == 1)
			got = plan_claim(p, l->db, l->job, &row);
		l->due->slot = wall_add(l->due->slot, 1);
	}
	return got;
}

/* The job is not planned any more: the rest of what it slept over is missed. */
static int
give_up(struct plan *p, const struct plan_lateness *l,
    const struct backlog *b)
{
	l->due->slot = plan_view_next(l->view, wall_add(l->due->slot, -1));
	l->due->lap = plan_lap(p, l->view->when);
	if (plan_late_miss(p, l, wall_add(b->until, 1),
		"the job was disabled before this was made up for")
	    != 0)
		return -1;
	return backlog_drop(l->db, b->id);
}

static int
go_on(struct plan *p, const struct plan_lateness *l, struct backlog *b)
{
	int got;

	if (plan_holds_backlog(p, l, b))
		return backlog_set(l->db, b);
	if (live_has_job(p->on.live, b->job)) {
		b->at = WALL_NEVER;
		return backlog_set(l->db, b);
	}
	if (!JOB_NUMBER(l->job, enabled) && b->cause == CAUSE_CATCHUP)
		return give_up(p, l, b);
	got = claim_next(p, l, b);
	if (got < 0)
		return -1;
	b->slot = l->due->slot;
	b->at = got == 1 ? WALL_NEVER : l->now;
	if (plan_view_next(l->view, wall_add(b->slot, -1)).us > b->until.us)
		return backlog_drop(l->db, b->id);
	return backlog_set(l->db, b);
}

static int
step_one(struct plan *p, struct db *db, struct backlog *b, wall_t now)
{
	struct due due = { .job = b->job, .slot = b->slot, .at = now };
	struct plan_view v;
	struct job job;
	struct plan_lateness l = { db, &job, &v, &due, now };
	int got = jobs_get(db, b->job, &job);

	if (got != 1)
		return got < 0 ? -1 : backlog_drop(db, b->id);
	if (plan_view_open(p, &job, &v)) {
		got = go_on(p, &l, b);
	} else {
		b->at = wall_add(now, MINUTE_US);
		got = backlog_set(db, b);
	}
	plan_view_close(&v);
	job_fini(&job);
	return got;
}

int
plan_backlog_step(struct plan *p, struct db *db, wall_t now, bool *more)
{
	struct backlog rows[MOST_A_TURN];
	wall_t next;
	int n;

	if (!p->has_backlog)
		return 0;
	n = backlog_due(db, now, rows, MOST_A_TURN);
	for (int i = 0; i < n; i++)
		if (step_one(p, db, &rows[i], now) != 0)
			return -1;
	if (n == 0)
		p->has_backlog = backlog_next(db, &next);
	p->next_known = false;
	*more |= n == MOST_A_TURN;
	return n < 0 ? -1 : 0;
}

/* ---- replay ---- */

static int
count(struct plan *p, const struct plan_lateness *l, struct plan_replay *r)
{
	struct run_row row;

	l->due->slot = plan_view_next(l->view, wall_add(r->from, -1));
	while (l->due->slot.us <= r->to.us) {
		int got = find_key(p, l, false, &row);

		if (got < 0)
			return -1;
		r->ran += got == 0;
		r->slots += r->force || got == 1;
		if (r->slots + r->ran > PLAN_REPLAY_MOST)
			return 1;
		l->due->slot = plan_view_next(l->view, l->due->slot);
	}
	return 0;
}

int
plan_replay(struct plan *p, const struct job *job, struct plan_replay *r)
{
	struct db *db = commit_db(p->on.commit);
	struct backlog b = { 0, job->id, r->now, r->from, r->to,
		CAUSE_REPLAY, r->force };
	struct due due = { .job = job->id };
	struct plan_view v;
	struct plan_lateness l = { db, job, &v, &due, r->now };
	int got = -1;

	if (db == NULL)
		return -1;
	r->slots = r->ran = 0;
	if (plan_view_open(p, job, &v))
		got = count(p, &l, r);
	plan_view_close(&v);
	if (got != 0 || r->slots == 0 || r->dry)
		return got;
	p->has_backlog = true;
	p->next_known = false;
	return backlog_add(db, &b);
}
