/*
 * SLOTS OF CRONTAB JOBS WHILE THE DATABASE CANNOT BE WRITTEN. cron goes on
 * when the disk is full, and so do we, for jobs that can be decided without
 * writing: those of live crontabs with plain rules (is_plain). Others hold.
 *
 * Memory has what the database would: for each such job a due row of its own
 * (the one in the database stays behind), its runs in live, marked is_alone,
 * and notes of slots that passed without a run. Claims are written to a file
 * whose room was set aside (claims.h) before anything is started, and the run
 * file is the fence as ever. Notes are not: what is not on the disk was not
 * decided.
 *
 *   durable                    if all stops here
 *   due, as it was             the next daemon decides the slot anew: started
 *                              if its start deadline has not passed
 *   the claim                  it is found out about like a claimed row
 *                              (watch.h): a tombstone or its file says what
 *                              became of it, and no second run is made; the
 *                              job's due row in memory is put behind it
 *   the claim, the run file    adopted, or its end is read from it
 *   rows of all claims, notes  claims whose row there is are nothing
 *   and due rows, in one
 *   transaction
 *   the claims are forgotten   nothing is left to do
 *
 * The first turn in which the database can be written begins with that
 * transaction (plan_alone_settle), so whatever else it does finds rows: ends,
 * and what follows from them (mail, alarms, tries, jobs that run after it),
 * are recorded as if they had just happened. If it is undone all stays as it
 * was.
 *
 * Slots between two claims of which no note survived a kill were decided
 * against, or never decided: they are missed, and say so.
 *
 * After the clock was set back nothing is started so: that an instant comes a
 * second time has to be written down first (plan_pass.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include <bsd/string.h>

#include "claims.h"
#include "commit.h"
#include "db.h"
#include "fail.h"
#include "launch.h"
#include "live.h"
#include "plan_alone_parts.h"
#include "policy.h"
#include "self.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/log.h"
#include "share/when.h"
#include "store_pauses.h"
#include "users.h"

#define MOST_A_TURN 64

/* A slot that is about to be claimed, and the due row before it. */
struct claiming {
	struct alone_job *of;
	struct due was;
};

struct batch {
	struct claiming claim[MOST_A_TURN];
	struct run_row row[MOST_A_TURN];
	int count;
};

static int
job_order(const struct alone_job *a, const struct alone_job *b)
{
	return a->due.job < b->due.job ? -1 : a->due.job > b->due.job;
}

static int
at_order(const struct alone_job *a, const struct alone_job *b)
{
	if (a->due.at.us != b->due.at.us)
		return a->due.at.us < b->due.at.us ? -1 : 1;
	return job_order(a, b);
}

RB_GENERATE_INTERNAL(alone_jobs, alone_job, by_job, job_order,
    static __attribute__((unused)))
RB_GENERATE_INTERNAL(alone_queue, alone_job, by_at, at_order,
    static __attribute__((unused)))

struct alone_job *
alone_first_job(struct plan_alone *a)
{
	return RB_MIN(alone_jobs, &a->jobs);
}

struct alone_job *
alone_next_job(struct alone_job *e)
{
	return RB_NEXT(alone_jobs, NULL, e);
}

void
alone_look_from_the_first(struct plan_alone *a)
{
	a->seen = (struct due) { .at = { INT64_MIN }, .job = INT64_MIN };
}

/* ---- jobs in memory ---- */

struct alone_job *
alone_find_job(struct plan_alone *a, int64_t job)
{
	struct alone_job key = { .due.job = job };

	return RB_FIND(alone_jobs, &a->jobs, &key);
}

struct alone_job *
alone_add_job(struct plan_alone *a, const struct due *due)
{
	struct alone_job *e = xcalloc(1, sizeof *e);

	e->due = *due;
	STAILQ_INIT(&e->notes);
	RB_INSERT(alone_jobs, &a->jobs, e);
	RB_INSERT(alone_queue, &a->queue, e);
	return e;
}

void
alone_drop_job(struct plan_alone *a, struct alone_job *e)
{
	struct alone_note *note;

	while ((note = STAILQ_FIRST(&e->notes)) != NULL) {
		STAILQ_REMOVE_HEAD(&e->notes, next);
		free(note);
	}
	RB_REMOVE(alone_jobs, &a->jobs, e);
	RB_REMOVE(alone_queue, &a->queue, e);
	free(e);
}

void
alone_move_job(struct plan_alone *a, struct alone_job *e, const struct due *due)
{
	RB_REMOVE(alone_queue, &a->queue, e);
	e->due = *due;
	RB_INSERT(alone_queue, &a->queue, e);
}

/* Can its slots be decided with what memory and live runs tell? */
static bool
is_plain(const struct job *job, const struct plan_view *v)
{
	int64_t catchup = JOB_NUMBER(job, catchup);
	int64_t overlap = JOB_NUMBER(job, overlap);

	return job->source != 0 && JOB_NUMBER(job, enabled)
	    && !JOB_NUMBER(job, ping)
	    && (overlap == OVERLAP_ALLOW || overlap == OVERLAP_SKIP)
	    && (catchup == CATCHUP_NONE
		|| (catchup == CATCHUP_ONE
		    && JOB_NUMBER(job, catchup_within) == 0))
	    && JOB_NUMBER(job, max_running) == 0
	    && *JOB_TEXT(job, pool) == '\0' && *JOB_TEXT(job, after) == '\0'
	    && (when_kind(v->when) == WHEN_TIMES
		|| when_kind(v->when) == WHEN_ONCE);
}

/* ---- slots without a run ---- */

/* The note before this one says the same, and no slot lies between. */
static bool
extend_note(struct alone_job *e, const struct plan_view *v,
    const struct run_row *row)
{
	struct alone_note *last = STAILQ_LAST(&e->notes, alone_note, next);
	wall_t end;

	if (last == NULL || last->row.result != row->result
	    || strcmp(last->row.why, row->why) != 0)
		return false;
	end.us = last->row.slots > 1 ? last->row.slot_to : last->row.slot;
	if (plan_view_next(v, end).us != row->slot)
		return false;
	last->row.slot_to = row->slots > 1 ? row->slot_to : row->slot;
	last->row.slots = (last->row.slots > 1 ? last->row.slots : 1)
	    + (row->slots > 1 ? row->slots : 1);
	last->row.end = row->end;
	return true;
}

void
alone_put_note(struct alone_job *e, const struct plan_lateness *l,
    const struct plan_range *r, const struct run_row *said)
{
	struct alone_note *note;
	struct run_row row;

	if (r->count == 0)
		return;
	run_row_init(&row);
	row.job = l->job->id;
	row.uid = l->job->uid;
	row.slot = row.at = r->first.us;
	row.lap = l->due->lap;
	row.result = said->result;
	row.end = l->now.us;
	strlcpy(row.why, said->why, sizeof row.why);
	if (r->count > 1) {
		row.slots = r->count;
		row.slot_to = r->last.us;
	}
	if (extend_note(e, l->view, &row))
		return;
	note = xcalloc(1, sizeof *note);
	note->row = row;
	STAILQ_INSERT_TAIL(&e->notes, note, next);
}

/* The slots from the due one to the last before `until` were not started. */
static void
pass_by(struct plan *p, struct alone_job *e, const struct plan_lateness *l,
    wall_t until)
{
	struct plan_range r = plan_range(l->view, l->due->slot, until);
	struct run_row said = { .result = RESULT_MISSED };
	struct buf why = BUF_EMPTY;

	plan_late_why(p, l, l->due->slot, &why);
	strlcpy(said.why, buf_text(&why), sizeof said.why);
	buf_fini(&why);
	alone_put_note(e, l, &r, &said);
	if (r.count > 0)
		plan_due_at(p, l, r.next);
}

/* Slots of a pause are skipped, up to now. */
static void
pass_pauses(struct plan *p, struct alone_job *e, const struct plan_lateness *l)
{
	struct run_row said = { .result = RESULT_SKIPPED };
	struct pause pause;

	while (p->has_pauses && l->due->slot.us <= l->now.us
	    && pauses_find(l->db, l->job, l->due->slot, &pause) == 1) {
		struct plan_range r = plan_range(
		    l->view, l->due->slot, wall_add(l->due->slot, 1));
		struct buf why = BUF_EMPTY;

		pause_print(&pause, &why);
		strlcpy(said.why, buf_text(&why), sizeof said.why);
		buf_fini(&why);
		alone_put_note(e, l, &r, &said);
		plan_due_at(p, l, r.next);
	}
}

/* ---- claiming ---- */

void
alone_say_why(struct run_row *row)
{
	char before[RUN_WHY_MAX];

	strlcpy(before, row->why, sizeof before);
	snprintf(row->why, sizeof row->why, "%.120s%s%s", before,
	    before[0] == '\0' ? "" : "; ",
	    "started while the database could not be written");
}

/* May it overlap? If not, that is what becomes of these slots. */
static bool
may_start(struct plan *p, struct alone_job *e, const struct plan_lateness *l,
    const struct plan_range *r)
{
	struct live_run run = { .row = { .id = p->on.self->next_run,
		.job = l->job->id,
		.at = l->due->at.us } };
	struct run_row row = { .result = RESULT_SKIPPED };
	struct policy_said said;

	if (policy_overlap(p->on.live, &run, l->job, &said) == POLICY_START)
		return true;
	strlcpy(row.why, said.why, sizeof row.why);
	alone_put_note(e, l, r, &row);
	return false;
}

/* Its due slot and all that came since; as take() in plan.c. */
static void
take(struct plan *p, struct alone_job *e, const struct plan_lateness *l,
    struct batch *b)
{
	wall_t until = wall_add(plan_newest_due(p, l), 1);
	struct run_row *row = &b->row[b->count];
	struct plan_range r;

	while (l->due->slot.us < until.us && plan_pass_is_done(p, l))
		l->due->slot = plan_view_next(l->view, l->due->slot);
	r = plan_range(l->view, l->due->slot, until);
	if (r.count > 0 && may_start(p, e, l, &r)) {
		plan_fill_row(p, l, &r, row);
		alone_say_why(row);
		row->id = p->on.self->next_run++;
		row->job = l->job->id;
		row->uid = l->job->uid;
		row->fence = 1;
		b->claim[b->count].of = e;
		b->claim[b->count++].was = e->due;
	}
	plan_due_at(p, l, r.next);
	l->due->lap = plan_lap(p, l->view->when);
}

/* A job whose moment has come: notes, and perhaps a claim in the batch. */
static void
advance(struct plan *p, struct alone_job *e, wall_t now, struct batch *b)
{
	struct db *db = commit_read_db(p->on.commit);
	struct due due = e->due;
	struct plan_view v;
	struct job job;
	struct plan_lateness l = { db, &job, &v, &due, now };

	if (jobs_get(db, due.job, &job) != 1) {
		due.at = wall_add(now, MINUTE_US);
		alone_move_job(p->alone, e, &due);
		return;
	}
	if (plan_view_open(p, &job, &v)) {
		int64_t deadline = JOB_NUMBER(&job, start_deadline);

		pass_pauses(p, e, &l);
		if (now.us - due.at.us > deadline
		    && !plan_late_is_made_up(p, &l))
			pass_by(p, e, &l,
			    wall_add(now, -deadline - plan_shift(p, &job)));
		if (due.at.us <= now.us)
			take(p, e, &l, b);
	} else
		due.at = wall_add(now, MINUTE_US);
	plan_view_close(&v);
	alone_move_job(p->alone, e, &due);
	job_fini(&job);
}

/* The claim is on the disk: it goes to launch as a row would. */
static void
start(struct plan *p, const struct run_row *row)
{
	struct db *db = commit_read_db(p->on.commit);
	struct live_run *run = live_add(p->on.live, row, RUN_CLAIMED);
	struct job job;

	run->is_alone = run->is_firm = true;
	run->plan = p;
	strlcpy(run->instance, p->on.self->instance, sizeof run->instance);
	run->deadline_us = MINUTE_US;
	if (jobs_get(db, row->job, &job) == 1) {
		run->deadline_us = JOB_NUMBER(&job, start_deadline);
		job_fini(&job);
	}
	p->alone->runs++;
	users_find(p->on.users, (uid_t)row->uid, mono_now());
	launch_put(p->on.launch, run);
}

/* Nothing of the batch is claimed, and nothing more will be. */
static void
give_up(struct plan_alone *a, const struct batch *b)
{
	for (int i = 0; i < b->count; i++)
		alone_move_job(a, b->claim[i].of, &b->claim[i].was);
	a->is_held = true;
	log_warn("crontab jobs wait too: there is no room for their claims");
}

static void
claim(struct plan *p, const struct batch *b)
{
	struct plan_alone *a = p->alone;

	if (b->count == 0)
		return;
	FAIL_POINT(alone_before);
	if (claims_add(a->claims, p->on.self->instance, b->row, b->count)
	    != 0) {
		give_up(a, b);
		return;
	}
	FAIL_POINT(alone_claimed);
	for (int i = 0; i < b->count; i++)
		start(p, &b->row[i]);
}

/* ---- turns ---- */

static bool
is_able(const struct plan *p)
{
	return p->alone != NULL && !p->alone->is_held && !p->on.self->stopping
	    && !p->on.self->crontabs_wait
	    && !(p->is_shaken && p->pause.kind == STEP_BACK);
}

/* Due rows of the database whose moment has come: plain jobs are taken over
 * into memory. False: there are more. */
static bool
look_at_due(struct plan *p, wall_t now)
{
	struct db *db = commit_read_db(p->on.commit);
	struct plan_alone *a = p->alone;
	struct due rows[MOST_A_TURN];
	struct due_page page = { a->seen, now, MOST_A_TURN };
	int n = due_after(db, &page, rows);

	for (int i = 0; i < n; i++) {
		struct plan_view v;
		struct job job;

		a->seen = rows[i];
		if (alone_find_job(a, rows[i].job) != NULL
		    || jobs_get(db, rows[i].job, &job) != 1)
			continue;
		if (plan_view_open(p, &job, &v) && is_plain(&job, &v))
			alone_add_job(a, &rows[i]);
		plan_view_close(&v);
		job_fini(&job);
	}
	return n < MOST_A_TURN;
}

bool
plan_alone_turn(struct plan *p, wall_t now)
{
	struct batch *b;
	struct alone_job *e;
	bool more;

	if (!is_able(p))
		return false;
	more = !look_at_due(p, now);
	b = xcalloc(1, sizeof *b);
	for (int i = 0; i < MOST_A_TURN; i++) {
		e = RB_MIN(alone_queue, &p->alone->queue);
		if (e == NULL || e->due.at.us > now.us)
			break;
		advance(p, e, now, b);
	}
	claim(p, b);
	free(b);
	e = RB_MIN(alone_queue, &p->alone->queue);
	return more || (e != NULL && e->due.at.us <= now.us && is_able(p));
}

wall_t
plan_alone_next(struct plan *p)
{
	struct due_page page = { .until = WALL_NEVER, .most = 1 };
	const struct alone_job *e;
	wall_t next = WALL_NEVER;
	struct due due;

	if (!is_able(p))
		return next;
	page.after = p->alone->seen;
	if (due_after(commit_read_db(p->on.commit), &page, &due) == 1)
		next = due.at;
	e = RB_MIN(alone_queue, &p->alone->queue);
	return e != NULL && e->due.at.us < next.us ? e->due.at : next;
}
