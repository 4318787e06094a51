/*
 * plan: which slot of a job comes next, and claiming it: the `due` table is
 * the queue. It does not know how a run starts or ends, or who changed a job.
 *
 * A slot's life, and what a crash means after each durable step:
 *
 *   planned   due(job, at, slot)          the next start finds it past due:
 *                                         within the start deadline it is
 *                                         claimed then, else it is judged
 *                                         (plan_late.c)
 *   claimed   run row, due advanced, in   recovery (watch_find_out) starts it
 *             one transaction             or finds it started
 *   missed    one row for the whole       nothing is left to do
 *             range, due advanced
 *
 * Claims are made `claim-ahead` before the instant, so that the fsync is paid
 * before it and not after. A claim decides nothing but that this slot belongs
 * to that run.
 */
#ifndef CRONSD_PLAN_H
#define CRONSD_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "share/clock.h"

struct buf;
struct commit;
struct conf;
struct db;
struct job;
struct launch;
struct live;
struct live_run;
struct plan;
struct run_row;
struct self;
struct step_pause;
struct tz;
struct users;
struct watch;
struct zones;

struct plan_needs {
	struct self *self;
	const struct conf *conf;
	struct commit *commit;
	struct live *live;
	struct zones *zones;
	struct users *users;
	struct launch *launch;
	struct watch *watch;
};

struct plan *plan_new(const struct plan_needs *needs);

/* Who is told, in the transaction, that slots were missed (with that row), that
 * a job was added or changed, and that a run was started of which nobody could
 * be told then; each returns 0 or -1. */
struct plan_listener {
	int (*missed)(void *arg, struct db *db, const struct job *job,
	    const struct run_row *row);
	int (*planned)(void *arg, struct db *db, const struct job *job,
	    wall_t now);
	int (*started)(void *arg, struct db *db, const struct job *job,
	    const struct run_row *row);
	void *arg;
};
void plan_listen(struct plan *p, const struct plan_listener *listener);

/* Once after a boot: @reboot jobs are due now. Those of live crontabs, once
 * these were read; the others at the start. In a transaction. */
int plan_reboot(struct plan *p, struct db *db, bool live, wall_t now);

/*
 * Before the first turn, after plan_reboot: what the last daemon left in meta,
 * and how long there was none.
 */
void plan_start(struct plan *p, wall_t now);

/*
 * Every turn begins and ends with a look at the clocks (step.h): was there a
 * pause? alarm is when we are to be woken.
 */
void plan_wake(struct plan *p, const struct clocks *now);
void plan_sleep(struct plan *p, const struct clocks *now, wall_t alarm);

/* There was a pause: what is late is judged by it. */
void plan_pause(struct plan *p, const struct step_pause *pause);

/* Zones are not what they were: all that is due is computed anew. */
void plan_zones_changed(struct plan *p);

/*
 * For the next daemon, before a turn that changed something is sealed: there
 * was one at that time. Written down every few seconds at most, and at the
 * end.
 */
void plan_alive(struct plan *p, wall_t now);

/*
 * A run whose launch was taken back is to be launched again. After a crash its
 * start deadline may have passed: then its slot is judged as a late one.
 */
void plan_again(struct plan *p, struct live_run *run, wall_t now);

/*
 * A job is about to be changed or removed: what is due by now is claimed or
 * missed under its old rules, in the turn's transaction. 0, or -1: spoil it.
 */
int plan_settle(struct plan *p, int64_t job, wall_t now);

/* A job was added or changed: its next slot, in the turn's transaction. next
 * may be NULL. Its claims are released first. */
int plan_job(
    struct plan *p, const struct job *job, wall_t now, wall_t *next);

/* Takes back the claims of a job whose instants are still to come. */
void plan_release(struct plan *p, int64_t job, wall_t now);

/* A run of the job ends: its next try, and when @after jobs are due. */
int plan_ended(struct plan *p, struct db *db, const struct job *job,
    const struct run_row *row);

/* What a job that runs after others waits for, in words; nothing if it does
 * not. And: is it among the jobs that it would run after, by way of others?
 * Then how: "a after b after a". Both appended. */
void plan_chain_explain(struct db *db, int64_t job, struct buf *out);
bool plan_chain_cycle(
    struct db *db, const struct job *job, struct buf *out);

/* Claims or misses what is due until now + claim-ahead, at most 256; true:
 * there is more. */
bool plan_turn(struct plan *p, wall_t now);

/* When plan_turn is needed again; WALL_NEVER: nothing is planned. */
wall_t plan_next(struct plan *p);

/* The clock was set: what is due is looked at again. */
void plan_clock_set(struct plan *p);

/* The job's first slot after that instant, WALL_NEVER if there is none. */
wall_t plan_slot_after(struct plan *p, const struct job *job, wall_t after);

/* The zone of that name, "" being the setting zone; NULL if it cannot be read
 * now. Borrowed until the next call. */
const struct tz *plan_zone(struct plan *p, const char *name);

/* Claims a run asked for by hand, now: its id, or -1 (nothing can be
 * recorded). In the turn's transaction; it is launched once that is durable. */
int64_t plan_manual(struct plan *p, const struct job *job, wall_t now);

/* A further try of the slot of a run that is over, in the same way. */
int64_t plan_retry(struct plan *p, const struct job *job,
    const struct run_row *last, wall_t now);

/*
 * The job's next slot is skipped: its row, with the reason, is there before
 * its instant. 1 and the slot; 0: there is none to come; -1: nothing can be
 * recorded.
 */
struct plan_skip {
	wall_t now;
	const char *why;
	wall_t slot; /* of the answer */
};
int plan_skip(
    struct plan *p, const struct job *job, struct plan_skip *skip);

/*
 * What was started while the database could not be written (plan_alone.c).
 * start: before runs are recovered, those of the last daemon are put into
 * live. settle: first thing in a turn; makes them rows if there is a
 * transaction. How many there are; and what became of a slot (at < 0: of the
 * newest), while the database cannot be written: false, nothing to say.
 */
void plan_alone_start(struct plan *p);
void plan_alone_settle(struct plan *p);
int plan_alone_count(const struct plan *p);
bool plan_alone_explain(
    struct plan *p, int64_t job, int64_t at, struct buf *out);

/* There is a pause (store_pauses.h) that was not there before. */
void plan_paused(struct plan *p);

/*
 * The slots of a job from one instant to another run again, one after another;
 * those that ran already only with force. Fills in how many will, and how many
 * did. `to` is at most now. 0; -1: nothing can be recorded; 1: they are more
 * than PLAN_REPLAY_MOST.
 */
#define PLAN_REPLAY_MOST 1000
struct plan_replay {
	wall_t from, to, now;
	bool force, dry; /* dry: only count */
	int slots, ran;
};
int plan_replay(
    struct plan *p, const struct job *job, struct plan_replay *r);

#endif
