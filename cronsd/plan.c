/*
 * One rule serves the steady state and the time after a pause: a slot whose
 * `at` is in the past by no more than the job's start deadline is claimed and
 * starts late; older ones are missed, all of them in one row. Counting them is
 * bounded: after MOST_COUNTED the row says "at least".
 */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "commit.h"
#include "conf.h"
#include "fail.h"
#include "launch.h"
#include "live.h"
#include "policy.h"
#include "self.h"
#include "share/job.h"
#include "share/log.h"
#include "share/when.h"
#include "store_jobs.h"
#include "store_runs.h"
#include "users.h"
#include "watch.h"
#include "zones.h"

#define MOST_A_TURN 256
#define MOST_COUNTED 10000

struct plan {
	struct plan_needs on;
	wall_t next; /* first `at` of due; valid while next_known */
	bool next_known;
	wall_t now; /* of the release at hand */
};

struct plan *
plan_new(const struct plan_needs *needs)
{
	struct plan *p = xcalloc(1, sizeof *p);

	p->on = *needs;
	return p;
}

/* The job's parsed schedule and its zone, while they are needed. */
struct view {
	struct when *when;
	const struct tz *zone;
};

static bool
view_open(struct plan *p, const struct job *job, struct view *v)
{
	const char *zone;

	v->when = job_when(job);
	zone = job_zone(job, v->when);
	if (*zone == '\0')
		zone = p->on.conf->zone;
	v->zone = zones_find(p->on.zones, zone, mono_now());
	return v->zone != NULL && when_fault(v->when) == NULL;
}

static wall_t
view_next(const struct view *v, wall_t after)
{
	return when_next(v->when, v->zone, after);
}

static int
put_due(struct plan *p, struct db *db, const struct due *due)
{
	p->next_known = false;
	if (wall_is_never(due->at))
		return due_drop(db, due->job);
	return due_put(db, due);
}

static void
on_claimed(void *arg, bool durable)
{
	struct live_run *run = arg;
	struct plan *p = run->plan;

	if (durable) {
		launch_put(p->on.launch, run);
		return;
	}
	p->next_known = false;
	live_drop(p->on.live, run);
}

/* Inserts the run's row and prepares its launch. 0; -1 spoils the turn. */
static int
claim(struct plan *p, struct db *db, const struct job *job,
    struct run_row *row)
{
	struct live_run *run;
	int got;

	row->id = p->on.self->next_run;
	row->job = job->id;
	row->uid = job->uid;
	row->fence = 1;
	FAIL_POINT(claim_before);
	got = runs_add(db, row);
	if (got < 0) {
		commit_spoil(p->on.commit);
		return -1;
	}
	if (got == 0)
		return 0; /* that slot has its run already */
	p->on.self->next_run++;
	run = live_add(p->on.live, row, RUN_CLAIMED);
	run->plan = p;
	strlcpy(run->instance, p->on.self->instance, sizeof run->instance);
	run->deadline_us = JOB_NUMBER(job, start_deadline);
	users_find(p->on.users, (uid_t)job->uid, mono_now());
	commit_then(p->on.commit, on_claimed, run);
	return 0;
}

struct missing {
	const struct view *view;
	struct due *due;
	wall_t until, now;
};

/*
 * Records the slots from the due one up to the last before `until` as missed;
 * *due becomes the first slot at or after it.
 */
static int
miss(struct plan *p, struct db *db, const struct job *job, struct missing m)
{
	struct run_row row;
	wall_t slot = m.due->slot, last = slot;
	int64_t n = 0;

	/* @reboot and @after have one slot: when_next says never. */
	while (slot.us < m.until.us && n < MOST_COUNTED) {
		last = slot;
		slot = view_next(m.view, slot);
		n++;
	}
	if (slot.us < m.until.us) {
		last = m.until;
		slot = view_next(m.view, m.until);
	}
	run_row_init(&row);
	row.id = p->on.self->next_run++;
	row.job = job->id;
	row.uid = job->uid;
	row.slot = row.at = m.due->slot.us;
	row.lap = m.due->lap;
	row.result = RESULT_MISSED;
	row.end = m.now.us;
	row.slots = n;
	row.slot_to = n > 1 ? last.us : -1;
	snprintf(row.why, sizeof row.why, "%s",
	    n == MOST_COUNTED ? "nobody was there (at least so many)"
			      : "nobody was there");
	m.due->slot = m.due->at = slot;
	return runs_add(db, &row) < 0 ? -1 : 0;
}

static enum run_cause
cause_of(const struct when *w)
{
	switch (when_kind(w)) {
	case WHEN_REBOOT:
		return CAUSE_REBOOT;
	case WHEN_AFTER:
		return CAUSE_AFTER;
	case WHEN_TIMES:
	case WHEN_ONCE:
		break;
	}
	return CAUSE_SLOT;
}

/* The slot is due (or will be in a moment): claim it and move on. */
static int
take(struct plan *p, struct db *db, const struct job *job,
    struct missing m)
{
	struct run_row row;
	enum when_kind kind = when_kind(m.view->when);
	bool has_next = kind == WHEN_TIMES || kind == WHEN_ONCE;

	run_row_init(&row);
	row.slot = m.due->slot.us;
	row.at = m.due->at.us;
	row.lap = m.due->lap;
	row.cause = cause_of(m.view->when);
	if (claim(p, db, job, &row) != 0)
		return -1;
	m.due->slot = has_next ? view_next(m.view, m.due->slot) : WALL_NEVER;
	m.due->at = m.due->slot;
	return 0;
}

/* One due row: miss what is too old, claim what is due, advance. */
static int
advance(struct plan *p, struct db *db, struct due *due, wall_t now)
{
	wall_t until = wall_add(now, p->on.conf->claim_ahead);
	struct view v;
	struct job job;
	int got = jobs_get(db, due->job, &job);

	if (got != 1)
		return got < 0 ? -1 : due_drop(db, due->job);
	wall_t oldest = { now.us - JOB_NUMBER(&job, start_deadline) };
	struct missing m = { &v, due, oldest, now };

	got = 0;
	if (!view_open(p, &job, &v)) {
		log_warn("job %s: its schedule or zone cannot be read now",
		    JOB_TEXT(&job, name));
		due->at.us = now.us + MINUTE_US;
	} else {
		if (due->at.us < oldest.us)
			got = miss(p, db, &job, m);
		if (got == 0 && due->at.us <= until.us)
			got = take(p, db, &job, m);
	}
	if (got == 0)
		got = put_due(p, db, due);
	when_free(v.when);
	job_fini(&job);
	return got;
}

int
plan_settle(struct plan *p, int64_t job, wall_t now)
{
	struct db *db = commit_db(p->on.commit);
	struct due due;
	int got = -1;

	while (db != NULL && (got = due_get(db, job, &due)) == 1
	    && due.at.us <= now.us)
		if (advance(p, db, &due, now) != 0)
			return -1;
	return got < 0 ? -1 : 0;
}

bool
plan_turn(struct plan *p, wall_t now)
{
	struct due rows[MOST_A_TURN];
	wall_t until = wall_add(now, p->on.conf->claim_ahead);
	struct db *db;
	int n;

	if (p->on.self->stopping || plan_next(p).us > now.us)
		return false;
	db = commit_db(p->on.commit);
	if (db == NULL)
		return false;
	n = due_until(db, until, rows, MOST_A_TURN);
	for (int i = 0; i < n; i++)
		if (advance(p, db, &rows[i], now) != 0) {
			commit_spoil(p->on.commit);
			return false;
		}
	p->next_known = false;
	return n == MOST_A_TURN;
}

wall_t
plan_next(struct plan *p)
{
	struct due due;

	if (!p->next_known) {
		p->next = WALL_NEVER;
		p->next_known = true;
		if (due_first(commit_read_db(p->on.commit), &due) == 1)
			p->next = wall_add(due.at, -p->on.conf->claim_ahead);
	}
	return p->next;
}

void
plan_clock_set(struct plan *p)
{
	p->next_known = false;
}

static void
on_released(void *arg, bool durable)
{
	struct live_run *run = arg;
	struct plan *p = run->plan;

	if (!durable) {
		launch_put(p->on.launch, run);
		return;
	}
	live_move(p->on.live, run, RUN_DONE);
	live_drop(p->on.live, run);
}

/*
 * A reservation decides nothing: while its instant is still to come, a change
 * of the job takes it back as if it had never been. One that is due already
 * and waits for room stays, and so does a further try: its slot has been, and
 * would not come again.
 */
static void
release(void *arg, struct live_run *run)
{
	struct plan *p = arg;
	struct db *db = commit_db(p->on.commit);

	if (run->row.at <= p->now.us || run->row.attempt > 0 || db == NULL) {
		launch_put(p->on.launch, run);
		return;
	}
	run->plan = p;
	if (runs_release(db, run->row.id) != 0)
		commit_spoil(p->on.commit);
	commit_then(p->on.commit, on_released, run);
}

void
plan_release(struct plan *p, int64_t job, wall_t now)
{
	p->now = now;
	launch_release(p->on.launch, job, release, p);
}

int
plan_job(struct plan *p, const struct job *job, wall_t now, wall_t *next)
{
	struct db *db = commit_db(p->on.commit);
	struct due due = { .job = job->id, .slot = WALL_NEVER };
	struct view v;

	if (db == NULL)
		return -1;
	plan_release(p, job->id, now);
	if (view_open(p, job, &v) && JOB_NUMBER(job, enabled))
		due.slot = when_kind(v.when) == WHEN_AFTER
		    ? wall_add(now, when_delay_us(v.when))
		    : view_next(&v, now);
	when_free(v.when);
	due.at = due.slot;
	if (next != NULL)
		*next = due.at;
	return put_due(p, db, &due);
}

/* The next try of a slot: claimed in the transaction that ends this one. */
static int
retry(struct plan *p, struct db *db, const struct job *job,
    const struct run_row *row)
{
	struct run_row next;
	wall_t at;

	if (!JOB_NUMBER(job, enabled) || !policy_retries(job, row, &at))
		return 0;
	run_row_init(&next);
	next.slot = row->slot;
	next.lap = row->lap;
	next.shard = row->shard;
	next.attempt = row->attempt + 1;
	next.cause = row->cause;
	next.at = at.us;
	return claim(p, db, job, &next);
}

static int
plan_after(struct plan *p, struct db *db, const struct job *job,
    const struct run_row *row)
{
	struct due due = { .job = row->job };
	struct view v;
	int got = 0;

	if (row->cause != CAUSE_AFTER)
		return 0;
	if (view_open(p, job, &v) && when_kind(v.when) == WHEN_AFTER
	    && JOB_NUMBER(job, enabled)) {
		due.slot.us = row->end + when_delay_us(v.when);
		due.at = due.slot;
		got = put_due(p, db, &due);
	}
	when_free(v.when);
	return got;
}

int
plan_ended(struct plan *p, struct db *db, const struct run_row *row)
{
	struct job job;
	int got = jobs_get(db, row->job, &job);

	if (got != 1)
		return got;
	got = retry(p, db, &job, row);
	if (got == 0)
		got = plan_after(p, db, &job, row);
	job_fini(&job);
	return got;
}

int
plan_reboot(struct plan *p, struct db *db, wall_t now)
{
	int64_t *ids;
	int count, got = jobs_reboot_ids(db, &ids, &count);

	for (int i = 0; got == 0 && i < count; i++)
		got = put_due(p, db,
		    &(struct due) { .job = ids[i], .at = now, .slot = now });
	free(ids);
	return got;
}

wall_t
plan_slot_after(struct plan *p, const struct job *job, wall_t after)
{
	struct view v;
	wall_t next = WALL_NEVER;

	if (view_open(p, job, &v))
		next = view_next(&v, after);
	when_free(v.when);
	return next;
}

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
		if (claim(p, db, job, &row) != 0)
			return -1;
		if (p->on.self->next_run != id)
			return id;
	}
	return -1;
}
