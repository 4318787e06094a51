/*
 * plan_parts: the inside of plan, for the plan_*.c files only. plan.c turns
 * and claims, plan_late.c judges what is overdue, plan_pass.c recomputes what
 * is due after a step of the clock, plan_chain.c runs jobs after others,
 * plan_backlog.c runs ranges of slots one after another, plan_hold.c passes by
 * what is paused or skipped, plan_alone.c goes on without the database.
 */
#ifndef CRONSD_PLAN_PARTS_H
#define CRONSD_PLAN_PARTS_H

#include "plan.h"
#include "share/run.h"
#include "step.h"
#include "store_jobs.h"
#include "store_runs.h"

struct tz;
struct when;

/* The job's parsed schedule and its zone, while they are needed. */
struct plan_view {
	struct when *when;
	const struct tz *zone;
};

/*
 * How often the clock was set back: part of a run's key, so that an instant
 * that comes again is a slot of its own. Fixed times come again legally only
 * after a step of more than three hours.
 */
struct plan_laps {
	int64_t any, far;
	wall_t relived; /* until here all was handled in an earlier lap */
};

struct plan {
	struct plan_needs on;
	struct plan_listener listener; /* NULLs: nobody */
	wall_t next; /* first `at` of due; valid while next_known */
	bool next_known;
	wall_t now; /* of the release at hand */
	struct step step;
	struct step_pause pause; /* the last; STEP_NONE: there was none */
	bool is_shaken; /* the pause has still to be recorded */
	struct plan_laps laps, laps_before; /* before: should it be undone */
	bool is_passing; /* all jobs are looked at again, */
	int64_t passed; /* those up to this id have been */
	int64_t alive; /* when that was written down last */
	bool has_backlog; /* perhaps */
	bool has_pauses; /* the same */
	struct plan_alone *alone; /* NULL: such slots wait */
};

/* Slots from first on, in a row: how many, and what comes behind them. */
struct plan_range {
	wall_t first, last, next;
	int64_t count;
	bool is_cut; /* there are more than were counted */
};

/* A due row at hand, and all that belongs to it. */
struct plan_lateness {
	struct db *db;
	const struct job *job;
	const struct plan_view *view;
	struct due *due;
	wall_t now;
};

/* ---- plan.c ---- */

/* False: its schedule or zone cannot be read now. Either way: close it. */
bool plan_view_open(
    struct plan *p, const struct job *job, struct plan_view *v);
void plan_view_close(struct plan_view *v);
wall_t plan_view_next(const struct plan_view *v, wall_t after);

/* The slots from first to the last one before `until`; first is one. */
struct plan_range plan_range(
    const struct plan_view *v, wall_t first, wall_t until);

/*
 * How much later than its slots the job always starts: its stable jitter, 0
 * if it has none. What is due is told by slots at that distance from now.
 */
int64_t plan_shift(const struct plan *p, const struct job *job);

/* *due is for that slot: `at` is the slot, moved by the job's jitter if it is
 * still to come (the slot; if the jitter is stable, the moved one). */
void plan_due_at(
    struct plan *p, const struct plan_lateness *l, wall_t slot);

/* Up to which slot it is time for: with a stable jitter those that came after
 * this one have their own start to come, unless the wait was cut short. */
wall_t plan_newest_due(const struct plan *p, const struct plan_lateness *l);

/* The row of a run that is for these slots; without id, job, uid and fence. */
void plan_fill_row(struct plan *p, const struct plan_lateness *l,
    const struct plan_range *r, struct run_row *row);

int plan_put_due(struct plan *p, struct db *db, const struct due *due);

/*
 * Inserts the run's row and prepares its launch; id, job, uid and fence are
 * filled in. 1; 0: that slot has its row already; -1: the turn is spoilt.
 */
int plan_claim(struct plan *p, struct db *db, const struct job *job,
    struct run_row *row);

/* Takes a claim that is out of the queue back, as if it had never been. */
void plan_unclaim(struct plan *p, struct db *db, struct live_run *run);

/* The lap that slots of this schedule have now. */
int64_t plan_lap(const struct plan *p, const struct when *w);

/* A stable share of the setting catchup-spread. */
int64_t plan_spread(const struct plan *p, int64_t job);

/* ---- plan_late.c ---- */

/*
 * A due row whose start deadline has passed: what is missed is recorded, and
 * *due is what is left to do, perhaps a while later. 0 or -1.
 */
int plan_late(struct plan *p, const struct plan_lateness *l);

/* The due slot is late: will it be started all the same? */
bool plan_late_is_made_up(struct plan *p, const struct plan_lateness *l);

/* What the pause was that slot fell into, in words; appended. */
void plan_late_why(struct plan *p, const struct plan_lateness *l,
    wall_t slot, struct buf *out);

/* The slots from the due one to the last before `until` become one row, if
 * there are any; *due is the first that is left. 0 or -1. */
int plan_late_miss(struct plan *p, const struct plan_lateness *l,
    wall_t until, const char *why);

/* ---- plan_backlog.c ---- */

/* The first of the newest catchup-max slots from the due one until now. */
wall_t plan_backlog_newest(const struct plan_lateness *l);

/* All slots until now will be run one after another; *due is the next. */
int plan_backlog_put(struct plan *p, const struct plan_lateness *l);

/* Goes on with ranges whose moment has come. 0 or -1; *more: call again. */
int plan_backlog_step(
    struct plan *p, struct db *db, wall_t now, bool *more);

/* A run of the job ended: what waited for it goes on. 0 or -1. */
int plan_backlog_wake(struct plan *p, struct db *db, int64_t job);

/* ---- plan_hold.c ---- */

/* Slots of a pause are skipped. 0 or -1; *held: the next is to come, and its
 * job is paused. */
int plan_hold(struct plan *p, const struct plan_lateness *l, bool *held);

/* The first slot after that instant which was not skipped ahead. */
wall_t plan_hold_next(
    struct plan *p, const struct plan_lateness *l, wall_t after);

/* What is made up for waits for the end of a pause: b->at is when to look
 * again. */
struct backlog;
bool plan_holds_backlog(
    struct plan *p, const struct plan_lateness *l, struct backlog *b);

/* ---- plan_chain.c ---- */

/* An outcome of a slot of that job, recorded in this transaction: rounds of
 * the jobs that run after it go on. 0 or -1. */
int plan_chain_ended(struct plan *p, struct db *db, const struct job *job,
    const struct run_row *row);

/* ---- plan_alone.c ---- */

/* Instead of all else, while the database cannot be written: starts what can
 * be. True: there is more. And when that is needed again. */
bool plan_alone_turn(struct plan *p, wall_t now);
wall_t plan_alone_next(struct plan *p);

/* ---- plan_pass.c ---- */

/* A reservation is taken back: the slot is due as if it had never been. */
void plan_give_back(struct plan *p, struct db *db, struct live_run *run);

/* Claimed ahead of its instant, and not a next try that is to come later. */
bool plan_is_reservation(const struct live_run *run, wall_t now);

/* What has to be recorded of a pause is; 0 or -1. */
int plan_pass_settle(struct plan *p, struct db *db, wall_t now);

/* Looks at some more jobs, if there is a pass. 0 or -1. */
int plan_pass_step(struct plan *p, struct db *db, wall_t now);

/*
 * Was the due slot handled in an earlier lap, so that it must not run again?
 * If it was missed then, it may: *due gets a lap of its own.
 */
bool plan_pass_is_done(struct plan *p, const struct plan_lateness *l);

#endif
