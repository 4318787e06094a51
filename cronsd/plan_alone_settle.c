/*
 * The other end of plan_alone.c: rows are made of what memory has, in the first
 * transaction that is to be had; after a start memory is filled from claims.
 */
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "claims.h"
#include "commit.h"
#include "fail.h"
#include "live.h"
#include "plan_alone_parts.h"
#include "self.h"
#include "share/buf.h"
#include "share/log.h"
#include "share/job.h"

#define GAP "the daemon died while the database could not be written"

/* ---- writing it down ---- */

/* If the slot got another row, both are kept: the lap tells them apart. */
static int
settle_run(struct plan *p, struct db *db, struct live_run *run)
{
	struct run_row row;
	struct job job;
	int got;

	run_row_init(&row);
	row.id = run->row.id;
	row.job = run->row.job;
	row.uid = run->row.uid;
	row.slot = run->row.slot;
	row.lap = run->row.lap;
	row.at = run->row.at;
	row.fence = run->row.fence;
	row.cause = run->row.cause;
	row.slot_to = run->row.slot_to;
	row.slots = run->row.slots;
	strlcpy(row.why, run->row.why, sizeof row.why);
	got = runs_add(db, &row);
	if (got == 0) {
		row.lap = run->row.lap += 1000 + row.id;
		got = runs_add(db, &row);
	}
	if (got != 1 || !run->tells_start || run->row.start < 0
	    || p->listener.started == NULL
	    || jobs_get(db, row.job, &job) != 1)
		return got == 1 ? 0 : -1;
	got = p->listener.started(p->listener.arg, db, &job, &run->row);
	job_fini(&job);
	return got;
}

static int
settle_note(struct plan *p, struct db *db, const struct job *job,
    struct run_row row)
{
	int got;

	row.id = p->on.self->next_run++;
	got = runs_add(db, &row);
	if (got == 1 && row.result == RESULT_MISSED
	    && p->listener.missed != NULL)
		got = p->listener.missed(p->listener.arg, db, job, &row) == 0
		    ? 1
		    : -1;
	return got == 1 ? plan_chain_ended(p, db, job, &row) : got;
}

static int
settle_job(struct plan *p, struct db *db, struct alone_job *e)
{
	struct alone_note *note;
	struct job job;
	int got = jobs_get(db, e->due.job, &job);

	if (got != 1)
		return got;
	got = plan_put_due(p, db, &e->due);
	STAILQ_FOREACH(note, &e->notes, next)
		if (got == 0)
			got = settle_note(p, db, &job, note->row);
	job_fini(&job);
	return got;
}

static void
on_settled(void *arg, bool durable)
{
	struct plan *p = arg;
	struct plan_alone *a = p->alone;
	struct live_run *run = NULL;
	struct alone_job *e;

	a->is_settling = false;
	if (!durable)
		return;
	FAIL_POINT(alone_settled);
	while ((run = live_next(p->on.live, run)) != NULL)
		run->is_alone = false;
	while ((e = alone_first_job(a)) != NULL)
		alone_drop_job(a, e);
	if (a->runs > 0)
		log_info("%d runs that were started without the database are "
			 "written down",
		    a->runs);
	a->runs = 0;
	a->is_held = false;
	alone_look_from_the_first(a);
	p->next_known = false;
	if (claims_clear(a->claims) != 0)
		log_warn("%s: the claims there cannot be forgotten",
		    p->on.self->spool_dir);
}

void
plan_alone_settle(struct plan *p)
{
	struct plan_alone *a = p->alone;
	struct live_run *run = NULL;
	struct alone_job *e;
	struct db *db;
	int got = 0;

	if (a == NULL || a->is_settling)
		return;
	if (!commit_is_stuck(p->on.commit))
		alone_look_from_the_first(a);
	if ((a->runs == 0 && alone_first_job(a) == NULL && !a->is_held)
	    || (db = commit_db(p->on.commit)) == NULL)
		return;
	a->is_settling = true;
	while (got == 0 && (run = live_next(p->on.live, run)) != NULL)
		if (run->is_alone)
			got = settle_run(p, db, run);
	for (e = alone_first_job(a); got == 0 && e != NULL;
	     e = alone_next_job(e))
		got = settle_job(p, db, e);
	p->alive = 0; /* this turn says that we live: see plan_pass_settle */
	if (got != 0)
		commit_spoil(p->on.commit);
	commit_then(p->on.commit, on_settled, p);
}

/* ---- after a start ---- */

/*
 * A claim of the daemon before: the job's next slot is behind it, and what lies
 * between is missed. False: another run has that slot already. Then it is the
 * rest of a write that did not end, of which nothing was started.
 */
static bool
pass_claim(struct plan *p, const struct run_row *row)
{
	struct db *db = commit_read_db(p->on.commit);
	struct alone_job *e = alone_find_job(p->alone, row->job);
	wall_t last = { row->slots > 1 ? row->slot_to : row->slot };
	struct run_row said = { .result = RESULT_MISSED, .why = GAP };
	struct due due;
	struct plan_view v;
	struct job job;
	struct plan_lateness l = { db, &job, &v, &due, wall_now() };

	if ((e == NULL && due_get(db, row->job, &due) != 1)
	    || jobs_get(db, row->job, &job) != 1)
		return true;
	if (e == NULL)
		e = alone_add_job(p->alone, &due);
	due = e->due;
	if (due.slot.us <= row->slot && plan_view_open(p, &job, &v)) {
		struct plan_range r
		    = plan_range(&v, due.slot, (wall_t) { row->slot });

		alone_put_note(e, &l, &r, &said);
		plan_due_at(p, &l, plan_view_next(&v, last));
		plan_view_close(&v);
	}
	job_fini(&job);
	if (e->due.slot.us > row->slot)
		return false;
	alone_move_job(p->alone, e, &due);
	return true;
}

/* Not if its row was written, or another one for its slot. */
static void
on_claim(void *arg, const struct claim *claim)
{
	struct plan *p = arg;
	struct db *db = commit_read_db(p->on.commit);
	struct run_row row = *claim->row, other;
	struct live_run *run;

	if (row.id >= p->on.self->next_run)
		p->on.self->next_run = row.id + 1;
	if (runs_get(db, row.id, &other) == 1
	    || runs_get_slot(db, &row, &other) == 1
	    || live_find(p->on.live, row.id) != NULL
	    || !pass_claim(p, &row))
		return;
	if (row.slots > 1)
		snprintf(row.why, sizeof row.why, "for %lld slots",
		    (long long)row.slots);
	alone_say_why(&row);
	run = live_add(p->on.live, &row, RUN_CLAIMED);
	run->is_alone = run->is_firm = true;
	run->same_boot = claim->same_life;
	run->plan = p;
	run->deadline_us = MINUTE_US;
	strlcpy(run->instance, claim->instance, sizeof run->instance);
	p->alone->runs++;
}

void
plan_alone_start(struct plan *p)
{
	struct plan_alone *a = xcalloc(1, sizeof *a);

	p->alone = a;
	p->has_pauses = true;
	RB_INIT(&a->jobs);
	RB_INIT(&a->queue);
	alone_look_from_the_first(a);
	a->claims = claims_new(p->on.self->spool_fd, p->on.self->life);
	claims_each(a->claims, on_claim, p);
	if (a->runs > 0)
		log_info("%d runs were started without the database by the "
			 "last daemon",
		    a->runs);
	plan_alone_settle(p);
}

/* ---- telling ---- */

int
plan_alone_count(const struct plan *p)
{
	return p->alone == NULL ? 0 : p->alone->runs;
}

static bool
covers(const struct run_row *row, int64_t at)
{
	int64_t last = row->slots > 1 ? row->slot_to : row->slot;

	return at < 0 || (row->slot / SECOND_US <= at / SECOND_US
	    && last / SECOND_US >= at / SECOND_US);
}

/* The newest run of the job that is no row yet and stands for that slot. */
static const struct live_run *
find_run(const struct plan *p, int64_t job, int64_t at)
{
	const struct live_run *run = NULL, *found = NULL;

	while ((run = live_next_of_job(p->on.live, job, run)) != NULL)
		if (run->is_alone && covers(&run->row, at))
			found = run;
	return found;
}

static const struct alone_note *
find_note(struct plan *p, int64_t job, int64_t at)
{
	const struct alone_job *e = alone_find_job(p->alone, job);
	const struct alone_note *note;

	if (e != NULL)
		STAILQ_FOREACH(note, &e->notes, next)
			if (covers(&note->row, at))
				return note;
	return NULL;
}

bool
plan_alone_explain(
    struct plan *p, int64_t job, int64_t at, struct buf *out)
{
	const struct live_run *run;
	const struct alone_note *note;

	if (p->alone == NULL || !commit_is_stuck(p->on.commit))
		return false;
	run = find_run(p, job, at);
	note = at < 0 ? NULL : find_note(p, job, at);
	if (run != NULL)
		buf_printf(out,
		    "run %lld %s; its row is written when the database can be",
		    (long long)run->row.id,
		    run->is_over		? "has ended"
			: run->refused != 0	? run->refused_why
			: run->state == RUN_RUNNING ? "goes on"
						    : "starts");
	else if (note != NULL)
		buf_printf(out, "%s (%s); its row is written when the "
		    "database can be",
		    run_result_word(note->row.result), note->row.why);
	else if (at >= 0)
		buf_puts(out, "it waits: the database cannot be written");
	return run != NULL || note != NULL || at >= 0;
}
