/*
 * trial: runs that somebody asked for to see how a job would do (cronsctl
 * test): started at once in the job's own surroundings, and of no consequence.
 * It does not know who may ask, nor how a run is started or shown.
 *
 * Such a run has a row, so that its number is given out once and a crash finds
 * it; but the row has no job: no slot, policy, pool, health, alarm or statistic
 * hears of it, and listings of runs leave it out.
 *
 *   state       durable        if all stops here
 *   claimed     the row        what it was to execute is not known any more:
 *                              it is skipped, and whoever waits is told
 *   sent, runs  row, run file  as any other run
 */
#ifndef CRONSD_TRIAL_H
#define CRONSD_TRIAL_H

#include <stdint.h>

#include "share/clock.h"

struct commit;
struct job;
struct launch;
struct launch_order;
struct live;
struct live_run;
struct run_row;
struct self;
struct trials;

struct trial_needs {
	struct self *self;
	struct commit *commit;
	struct live *live;
	struct launch *launch;
};

struct trials *trial_new(const struct trial_needs *needs);

/*
 * Claims a run of that job, which is copied, in this turn; it is started when
 * that is durable. Its number, or -1: the database cannot be written now.
 */
int64_t trial_put(struct trials *t, const struct job *job, wall_t now);

/* How many of that user were asked for and have not ended. */
int trial_count(const struct trials *t, int64_t uid);

/* Fills the order: see launch_needs.order. */
int trial_order(const struct trials *t, const struct live_run *run,
    struct launch_order *order);

/* That run's end is durable. */
void trial_ended(struct trials *t, const struct run_row *run);

#endif
