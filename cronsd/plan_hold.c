/*
 * SLOTS THAT ARE PASSED BY: those of a pause, and the one that `skip` names.
 *
 * A pause is a row (store_pauses.h) and nothing else: it touches no job, so a
 * million jobs are paused and resumed by one row, and a job's slots tell by
 * their instants whether they lie in one, also when they are looked at later.
 *
 *   durable                      a crash there
 *   the pause                    the next daemon finds it
 *   row skipped, due advanced,   the slots up to due.slot are accounted for,
 *   in one transaction           and no other
 *   the pause's end              what is due from then on starts
 *
 * While it lasts each slot is looked at when its instant has come, not before:
 * the pause may end until then. What follows without a gap becomes one row that
 * grows. A run that was claimed before the pause began is refused by launch;
 * what somebody asks for (run, retry, replay) starts all the same.
 *
 * `skip` writes the row of a slot to come and moves due behind it. When the job
 * is planned anew (it was edited, the clock was set), slots that were skipped
 * ahead are passed by, so that no range ever lies over such a row.
 */
#include <string.h>

#include <bsd/string.h>

#include "commit.h"
#include "conf.h"
#include "fail.h"
#include "launch.h"
#include "live.h"
#include "plan_parts.h"
#include "self.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/when.h"
#include "store_backlog.h"
#include "store_pauses.h"

void
plan_paused(struct plan *p)
{
	p->has_pauses = true;
}

static void
fill_row(const struct plan_lateness *l, const struct plan_range *r,
    const char *why, struct run_row *row)
{
	run_row_init(row);
	row->job = l->job->id;
	row->uid = l->job->uid;
	row->slot = row->at = r->first.us;
	row->lap = l->due->lap;
	row->result = RESULT_SKIPPED;
	row->end = l->now.us;
	if (r->count > 1) {
		row->slots = r->count;
		row->slot_to = r->last.us;
	}
	strlcpy(row->why, why, sizeof row->why);
}

/* The row before this one says the same, and no slot lies between: it grows. 1,
 * 0: it does not, -1. */
static int
extend(const struct plan_lateness *l, const struct plan_range *r,
    const char *why)
{
	struct run_row last;
	int got = runs_get_newest(l->db, l->job->id, &last);
	wall_t end;

	if (got != 1)
		return got;
	end.us = last.slot_to > last.slot ? last.slot_to : last.slot;
	if (last.result != RESULT_SKIPPED || last.lap != l->due->lap
	    || strcmp(last.why, why) != 0 || end.us >= r->first.us
	    || plan_view_next(l->view, end).us != r->first.us)
		return 0;
	last.slot_to = r->last.us;
	last.end = l->now.us;
	return runs_extend(l->db, &last, r->count) == 0 ? 1 : -1;
}

/* A slot that has a row already (skip) is left out. */
static int
record(struct plan *p, const struct plan_lateness *l, struct plan_range r,
    const char *why)
{
	struct run_row row;
	int got = r.first.us > l->now.us ? 0 : extend(l, &r, why);

	for (; got == 0 && r.count > 0; r.count--) {
		fill_row(l, &r, why, &row);
		row.id = p->on.self->next_run;
		got = runs_add(l->db, &row);
		p->on.self->next_run += got > 0;
		if (got > 0
		    && plan_chain_ended(p, l->db, l->job, &row) != 0)
			return -1;
		r.first = plan_view_next(l->view, r.first);
	}
	return got < 0 ? -1 : 0;
}

/* The slots from the due one until then have passed; *due is what follows. */
static int
pass_by(struct plan *p, const struct plan_lateness *l,
    const struct pause *pause)
{
	wall_t until = wall_add(l->now, 1);
	struct plan_range r;
	struct buf why = BUF_EMPTY;
	int got;

	if (pause->until.us < until.us)
		until = pause->until;
	r = plan_range(l->view, l->due->slot, until);
	pause_print(pause, &why);
	got = record(p, l, r, buf_text(&why));
	buf_fini(&why);
	l->due->slot = when_kind(l->view->when) == WHEN_AFTER
	    ? wall_add(l->now, when_delay_us(l->view->when))
	    : r.next;
	plan_due_at(p, l, l->due->slot);
	l->due->lap = plan_lap(p, l->view->when);
	return got;
}

int
plan_hold(struct plan *p, const struct plan_lateness *l, bool *held)
{
	struct pause pause;
	int got;

	if (!p->has_pauses)
		return 0;
	while ((got = pauses_find(l->db, l->job, l->due->slot, &pause)) == 1) {
		if (l->due->slot.us > l->now.us) {
			/* Claim-ahead earlier we are asked again. */
			l->due->at = wall_add(
			    l->due->slot, p->on.conf->claim_ahead);
			*held = true;
			return 0;
		}
		if (pass_by(p, l, &pause) != 0)
			return -1;
	}
	return got;
}

wall_t
plan_hold_next(
    struct plan *p, const struct plan_lateness *l, wall_t after)
{
	wall_t slot = plan_view_next(l->view, after);
	bool is_new = l->job->rev == 1 && l->job->created_us == l->now.us;
	struct run_row row;

	/* A job that was made at this instant has no runs to look for. */
	while (!is_new && !wall_is_never(slot)) {
		int64_t span[2] = { slot.us, slot.us };

		if (runs_get_covering(l->db, l->job->id, span, &row) != 1
		    || row.result != RESULT_SKIPPED
		    || row.lap != plan_lap(p, l->view->when))
			break;
		slot = plan_view_next(l->view, slot);
	}
	return slot;
}

bool
plan_holds_backlog(
    struct plan *p, const struct plan_lateness *l, struct backlog *b)
{
	struct pause pause;

	if (!p->has_pauses || b->cause == CAUSE_REPLAY
	    || pauses_find(l->db, l->job, l->now, &pause) != 1)
		return false;
	b->at = wall_add(l->now, MINUTE_US);
	if (pause.until.us < b->at.us)
		b->at = pause.until;
	return true;
}

/* ---- skip ---- */

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

static int
skip_due(struct plan *p, const struct plan_lateness *l, const char *why)
{
	struct plan_range r
	    = plan_range(l->view, l->due->slot, wall_add(l->due->slot, 1));

	if (record(p, l, r, why) != 0)
		return -1;
	FAIL_POINT(act_skip);
	l->due->slot = when_kind(l->view->when) == WHEN_AFTER
	    ? wall_add(l->due->slot, when_delay_us(l->view->when))
	    : r.next;
	plan_due_at(p, l, l->due->slot);
	return plan_put_due(p, l->db, l->due);
}

int
plan_skip(
    struct plan *p, const struct job *job, struct plan_skip *skip)
{
	struct db *db = commit_db(p->on.commit);
	struct plan_view v;
	struct due due;
	struct plan_lateness l = { db, job, &v, &due, skip->now };
	int got = db == NULL ? -1 : plan_settle(p, job->id, l.now);

	if (got != 0)
		return -1;
	p->now = l.now;
	launch_release(p->on.launch, job->id, release, p);
	got = due_get(db, job->id, &due);
	if (got != 1)
		return got;
	skip->slot = due.slot;
	got = -1;
	if (plan_view_open(p, job, &v))
		got = skip_due(p, &l, skip->why) == 0 ? 1 : -1;
	plan_view_close(&v);
	return got;
}

/* ---- what is asked for by hand ---- */

int64_t
plan_manual(struct plan *p, const struct job *job, wall_t now)
{
	struct db *db = commit_db(p->on.commit);
	struct run_row row;
	int64_t id = p->on.self->next_run;

	if (db == NULL)
		return -1;
	run_row_init(&row);
	row.lap = LAP_MANUAL;
	row.cause = CAUSE_MANUAL;
	for (int tries = 0; tries < 1000; tries++) {
		row.slot = row.at = now.us + tries; /* its own slot */
		switch (plan_claim(p, db, job, &row)) {
		case 1:
			return id;
		case -1:
			return -1;
		}
	}
	return -1;
}

int64_t
plan_retry(struct plan *p, const struct job *job,
    const struct run_row *last, wall_t now)
{
	struct db *db = commit_db(p->on.commit);
	struct run_row row;

	if (db == NULL)
		return -1;
	run_row_init(&row);
	row.slot = last->slot;
	row.lap = last->lap;
	row.shard = last->shard;
	row.attempt = last->attempt + 1;
	row.cause = CAUSE_MANUAL;
	row.at = now.us;
	row.slot_to = last->slot_to;
	row.slots = last->slots;
	if (plan_claim(p, db, job, &row) != 1)
		return -1;
	FAIL_POINT(act_retry);
	return runs_copy_env(db, last->id, row.id) != 0 ? -1 : row.id;
}
