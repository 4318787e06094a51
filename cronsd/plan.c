/*
 * One rule serves the steady state and the time after a pause: a slot whose
 * `at` is in the past by no more than the job's start deadline is claimed and
 * starts late. Those that are older are judged by plan_late: they are missed,
 * or come later as one run or several. Whenever a run is claimed it stands for
 * all slots up to now, so that a job that is due every second does not start
 * ten times at once after ten seconds of silence.
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
#include "plan_parts.h"
#include "policy.h"
#include "self.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/log.h"
#include "share/when.h"
#include "store_backlog.h"
#include "users.h"
#include "watch.h"
#include "zones.h"

#define MOST_A_TURN 256
#define MOST_COUNTED 10000

static void
on_zones(void *arg)
{
	plan_zones_changed(arg);
}

struct plan *
plan_new(const struct plan_needs *needs)
{
	struct plan *p = xcalloc(1, sizeof *p);

	p->on = *needs;
	zones_tell(p->on.zones, on_zones, p);
	p->laps.relived.us = INT64_MIN;
	return p;
}

const struct tz *
plan_zone(struct plan *p, const char *name)
{
	return zones_find(p->on.zones,
	    *name == '\0' ? p->on.conf->zone : name, mono_now());
}

bool
plan_view_open(struct plan *p, const struct job *job, struct plan_view *v)
{
	v->when = job_when(job);
	v->zone = plan_zone(p, job_zone(job, v->when));
	return v->zone != NULL && when_fault(v->when) == NULL;
}

void
plan_view_close(struct plan_view *v)
{
	when_free(v->when);
}

wall_t
plan_view_next(const struct plan_view *v, wall_t after)
{
	return when_next(v->when, v->zone, after);
}

/* @reboot and @after have one slot: the next is never. */
struct plan_range
plan_range(const struct plan_view *v, wall_t first, wall_t until)
{
	struct plan_range r = { first, first, first, 0, false };

	while (r.next.us < until.us && r.count < MOST_COUNTED) {
		r.last = r.next;
		r.next = plan_view_next(v, r.next);
		r.count++;
	}
	if (r.next.us < until.us) {
		r.is_cut = true;
		r.last = wall_add(until, -1);
		r.next = plan_view_next(v, r.last);
	}
	return r;
}

int
plan_put_due(struct plan *p, struct db *db, const struct due *due)
{
	p->next_known = false;
	if (wall_is_never(due->at))
		return due_drop(db, due->job);
	return due_put(db, due);
}

int64_t
plan_lap(const struct plan *p, const struct when *w)
{
	return when_is_wildcard(w) ? p->laps.any : p->laps.far;
}

int64_t
plan_spread(const struct plan *p, int64_t job)
{
	uint64_t h = (uint64_t)job * UINT64_C(0x9e3779b97f4a7c15);
	int64_t most = p->on.conf->catchup_spread;

	return most == 0 ? 0 : (int64_t)((h >> 20) % (uint64_t)most);
}

static void
on_claimed(void *arg, bool durable)
{
	struct live_run *run = arg;
	struct plan *p = run->plan;

	p->next_known &= durable;
	if (durable)
		launch_put(p->on.launch, run);
	else
		live_drop(p->on.live, run);
}

int
plan_claim(struct plan *p, struct db *db, const struct job *job,
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
	if (got < 0)
		commit_spoil(p->on.commit);
	if (got <= 0)
		return got;
	p->on.self->next_run++;
	run = live_add(p->on.live, row, RUN_CLAIMED);
	run->claiming = true;
	run->plan = p;
	strlcpy(run->instance, p->on.self->instance, sizeof run->instance);
	run->deadline_us = JOB_NUMBER(job, start_deadline);
	users_find(p->on.users, (uid_t)job->uid, mono_now());
	commit_then(p->on.commit, on_claimed, run);
	return 1;
}

/* From the job and the host, or by chance; kept in due either way. */
static int64_t
jitter_of(const struct plan *p, const struct job *job)
{
	uint64_t most = (uint64_t)JOB_NUMBER(job, jitter), h = job_seed(job);

	if (most == 0)
		return 0;
	if (JOB_NUMBER(job, jitter_kind) == JITTER_RANDOM)
		arc4random_buf(&h, sizeof h);
	else
		for (const char *s = p->on.self->host; *s != '\0'; s++)
			h = (h ^ (unsigned char)*s)
			    * UINT64_C(0x9e3779b97f4a7c15);
	return (int64_t)((h >> 8) % (most + 1));
}

int64_t
plan_shift(const struct plan *p, const struct job *job)
{
	return JOB_NUMBER(job, jitter_kind) == JITTER_STABLE
	    ? jitter_of(p, job)
	    : 0;
}

void
plan_due_at(struct plan *p, const struct plan_lateness *l, wall_t slot)
{
	l->due->slot = l->due->at = slot;
	if (!wall_is_never(slot)
	    && slot.us + plan_shift(p, l->job) > l->now.us)
		l->due->at = wall_add(slot, jitter_of(p, l->job));
}

wall_t
plan_newest_due(const struct plan *p, const struct plan_lateness *l)
{
	int64_t shift = plan_shift(p, l->job);
	wall_t slot = l->due->slot, newest = l->now;

	if (l->due->at.us - slot.us >= shift)
		newest = wall_add(newest, -shift);
	return newest.us > slot.us ? newest : slot;
}

static enum run_cause
cause_of(const struct plan_lateness *l)
{
	int64_t moved = l->due->at.us - l->due->slot.us;

	switch (when_kind(l->view->when)) {
	case WHEN_REBOOT:
		return CAUSE_REBOOT;
	case WHEN_AFTER:
		return CAUSE_AFTER;
	case WHEN_TIMES:
	case WHEN_ONCE:
		break;
	}
	/* plan_late put it off: by more than its jitter could. */
	return moved > JOB_NUMBER(l->job, start_deadline)
		&& moved > JOB_NUMBER(l->job, jitter)
	    ? CAUSE_CATCHUP
	    : CAUSE_SLOT;
}

void
plan_fill_row(struct plan *p, const struct plan_lateness *l,
    const struct plan_range *r, struct run_row *row)
{
	struct buf why = BUF_EMPTY;

	run_row_init(row);
	row->slot = r->first.us;
	row->at = l->due->at.us;
	row->lap = l->due->lap;
	row->cause = cause_of(l);
	if (r->count > 1) {
		row->slots = r->count;
		row->slot_to = r->last.us;
		buf_printf(&why, "for %s%lld slots; ",
		    r->is_cut ? "at least " : "", (long long)r->count);
	}
	if (r->count > 1 || row->cause == CAUSE_CATCHUP)
		plan_late_why(p, l, r->first, &why);
	strlcpy(row->why, buf_text(&why), sizeof row->why);
	buf_fini(&why);
}

/*
 * The slot is due, or will be in a moment: claim it, with all that came since,
 * and move on. Slots that the clock went over a second time may have had their
 * run: these are passed by.
 */
static int
take(struct plan *p, const struct plan_lateness *l)
{
	wall_t until = wall_add(plan_newest_due(p, l), 1);
	struct plan_range r;
	struct run_row row;
	int got = 0;

	while (l->due->slot.us < until.us && plan_pass_is_done(p, l))
		l->due->slot = plan_view_next(l->view, l->due->slot);
	r = plan_range(l->view, l->due->slot, until);
	if (r.count > 1 && JOB_NUMBER(l->job, catchup) == CATCHUP_ALL)
		return plan_backlog_put(p, l);
	while (got == 0 && r.count > 0) {
		plan_fill_row(p, l, &r, &row);
		got = plan_claim(p, l->db, l->job, &row);
		r.first = plan_view_next(l->view, r.first);
		r.count--;
	}
	plan_due_at(p, l, r.next);
	l->due->lap = plan_lap(p, l->view->when);
	return got < 0 ? -1 : 0;
}

/* One due row: judge what is too old, claim what is due, advance. */
static int
advance(struct plan *p, struct db *db, struct due *due, wall_t now)
{
	wall_t until = wall_add(now, p->on.conf->claim_ahead);
	struct plan_view v;
	struct job job;
	int got = jobs_get(db, due->job, &job);
	struct plan_lateness l = { db, &job, &v, due, now };

	if (got != 1)
		return got < 0 ? -1 : due_drop(db, due->job);
	got = 0;
	if (!plan_view_open(p, &job, &v)) {
		log_warn("job %s: its schedule or zone cannot be read now",
		    JOB_TEXT(&job, name));
		due->at.us = now.us + MINUTE_US;
	} else if (JOB_NUMBER(&job, ping)
	    || (when_kind(v.when) == WHEN_REBOOT
		&& when_is_left_out(v.when, v.zone, due->slot))) {
		due->at = WALL_NEVER; /* nothing to run, or no slot */
	} else {
		bool held = false;

		got = plan_hold(p, &l, &held);
		if (got == 0 && !held
		    && now.us - due->at.us > JOB_NUMBER(&job, start_deadline))
			got = plan_late(p, &l);
		if (got == 0 && !held && due->at.us <= until.us)
			got = take(p, &l);
	}
	if (got == 0)
		got = plan_put_due(p, db, due);
	plan_view_close(&v);
	job_fini(&job);
	return got;
}

/*
 * What a pause has put off to a moment still to come is claimed now too: the
 * first round may find it overdue and put it off.
 */
int
plan_settle(struct plan *p, int64_t job, wall_t now)
{
	struct db *db = commit_db(p->on.commit);
	struct due due;
	int got = -1;

	for (int round = 0; round < 2; round++) {
		if (db == NULL || (got = due_get(db, job, &due)) != 1
		    || (due.at.us > now.us && due.slot.us > now.us))
			break;
		if (due.at.us > now.us)
			due.at = now;
		if (advance(p, db, &due, now) != 0)
			return -1;
	}
	return got < 0 ? -1 : 0;
}

/* False: the turn is spoilt. */
static bool
advance_all(struct plan *p, struct db *db, wall_t now, bool *more)
{
	struct due rows[MOST_A_TURN];
	wall_t until = wall_add(now, p->on.conf->claim_ahead);
	int n = due_until(db, until, rows, MOST_A_TURN);

	for (int i = 0; i < n; i++)
		if (advance(p, db, &rows[i], now) != 0)
			return false;
	p->next_known = false;
	*more = n == MOST_A_TURN;
	return n >= 0;
}

bool
plan_turn(struct plan *p, wall_t now)
{
	struct db *db;
	bool more = false;

	if (p->on.self->stopping || plan_next(p).us > now.us)
		return false;
	db = commit_db(p->on.commit);
	if (db == NULL)
		return commit_is_stuck(p->on.commit)
		    && plan_alone_turn(p, now);
	if (plan_pass_settle(p, db, now) != 0
	    || plan_pass_step(p, db, now) != 0
	    || !advance_all(p, db, now, &more)
	    || plan_backlog_step(p, db, now, &more) != 0) {
		commit_spoil(p->on.commit);
		return false;
	}
	return more || p->is_passing;
}

wall_t
plan_next(struct plan *p)
{
	struct db *db = commit_read_db(p->on.commit);
	struct due due;
	wall_t range;

	if (commit_is_stuck(p->on.commit))
		return plan_alone_next(p);
	if (p->is_shaken || p->is_passing)
		return (wall_t) { INT64_MIN };
	if (!p->next_known) {
		p->next = WALL_NEVER;
		p->next_known = true;
		if (due_first(db, &due) == 1)
			p->next = wall_add(due.at, -p->on.conf->claim_ahead);
		if (p->has_backlog && backlog_next(db, &range)
		    && range.us < p->next.us)
			p->next = range;
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

void
plan_unclaim(struct plan *p, struct db *db, struct live_run *run)
{
	run->plan = p;
	if (runs_release(db, run->row.id) != 0)
		commit_spoil(p->on.commit);
	commit_then(p->on.commit, on_released, run);
}

/* A reservation decides nothing: while its slot is still to come, a change of
 * the job takes it back. One that waits, or a further try, would not come
 * again. */
static void
release(void *arg, struct live_run *run)
{
	struct plan *p = arg;
	struct db *db = commit_db(p->on.commit);

	if (run->row.slot <= p->now.us || run->row.attempt > 0 || db == NULL)
		launch_put(p->on.launch, run);
	else
		plan_unclaim(p, db, run);
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
	struct plan_view v;
	struct plan_lateness l = { db, job, &v, &due, now };

	if (db == NULL)
		return -1;
	plan_release(p, job->id, now);
	if (plan_view_open(p, job, &v) && JOB_NUMBER(job, enabled))
		due.slot = when_kind(v.when) == WHEN_AFTER
		    ? when_delayed(v.when, v.zone, now)
		    : plan_hold_next(p, &l, now);
	due.lap = plan_lap(p, v.when);
	plan_view_close(&v);
	if (JOB_NUMBER(job, ping))
		due.slot = WALL_NEVER; /* nothing is to be started */
	plan_due_at(p, &l, due.slot);
	if (next != NULL)
		*next = due.slot;
	if (p->listener.planned != NULL
	    && p->listener.planned(p->listener.arg, db, job, now) != 0)
		return -1;
	return plan_put_due(p, db, &due);
}

/* The next try of a slot: claimed in the transaction that ends this one. 1, 0:
 * it is not tried again, -1. */
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
	next.slot_to = row->slot_to;
	next.slots = row->slots;
	if (plan_claim(p, db, job, &next) < 0)
		return -1;
	if (row->cause == CAUSE_MANUAL
	    && runs_copy_env(db, row->id, next.id) != 0)
		return -1;
	return 1;
}

static int
plan_after(struct plan *p, struct db *db, const struct job *job,
    const struct run_row *row)
{
	struct due due = { .job = row->job };
	struct plan_view v;
	int got = 0;

	if (row->cause != CAUSE_AFTER)
		return 0;
	if (plan_view_open(p, job, &v) && when_kind(v.when) == WHEN_AFTER
	    && JOB_NUMBER(job, enabled)) {
		due.slot = when_delayed(
		    v.when, v.zone, (wall_t) { row->end });
		due.at = due.slot;
		due.lap = plan_lap(p, v.when);
		got = plan_put_due(p, db, &due);
	}
	plan_view_close(&v);
	return got;
}

int
plan_ended(struct plan *p, struct db *db, const struct job *job,
    const struct run_row *row)
{
	int got = retry(p, db, job, row);

	if (got >= 0)
		got = got > 0 ? 0 : plan_chain_ended(p, db, job, row);
	if (got == 0)
		got = plan_after(p, db, job, row);
	if (got == 0)
		got = plan_backlog_wake(p, db, row->job);
	return got;
}

int
plan_reboot(struct plan *p, struct db *db, bool live, wall_t now)
{
	int64_t *ids;
	int count, got = jobs_reboot_ids(db, live, &ids, &count);

	for (int i = 0; got == 0 && i < count; i++)
		got = plan_put_due(p, db,
		    &(struct due) { .job = ids[i],
			.at = now,
			.slot = now,
			.lap = p->laps.any });
	free(ids);
	return got;
}

wall_t
plan_slot_after(struct plan *p, const struct job *job, wall_t after)
{
	struct plan_view v;
	wall_t next = WALL_NEVER;

	if (plan_view_open(p, job, &v))
		next = plan_view_next(&v, after);
	plan_view_close(&v);
	return next;
}
