/*
 * outbox: tells what has to be told: it takes rows of the outbox and starts a
 * run for each, of a mailer or a hook, as any other run is started. These runs
 * have no job (run.job = 0); clients do not see them unless they ask for one by
 * its number. It does not know when something is to be told.
 *
 * THE LIFE OF A ROW, and what a crash means after each durable step:
 *
 *   after                     durable            if all stops here
 *   the transaction that      waiting            the next daemon goes on
 *   decided it (the end of
 *   a run, mostly)
 *   claim, one transaction    sending; a run     recovery starts that run, or
 *                             without result     adopts it, as any other
 *   the run's shim published  run file           adopted
 *   the run's EXIT            its status         recorded
 *   the end of that run, one  delivered, or      nothing is left to do, or the
 *   transaction               waiting for the    next daemon tries again
 *                             next try, or
 *                             given up
 *
 * So each row is delivered at least once. A second time only if a supervisor
 * or the host died after the mailer had done its work and before that was
 * written down: that cannot be told from one that had not.
 *
 * Nothing waits for a delivery: they have a limit of their own beside
 * max-running, and a user never has more than half of it.
 */
#ifndef CRONSD_OUTBOX_H
#define CRONSD_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "share/clock.h"

struct commit;
struct conf;
struct db;
struct launch;
struct launch_order;
struct live;
struct live_run;
struct notice;
struct outbox;
struct outbox_row;
struct run_row;
struct self;

struct outbox_needs {
	struct self *self;
	const struct conf *conf;
	struct commit *commit;
	struct live *live;
	struct notice *notice;
	struct launch *launch;
};

struct outbox *outbox_new(const struct outbox_needs *needs);

/* At the start, when runs were recovered: what the last daemon was sending. */
void outbox_start(struct outbox *o);

/* In the turn's transaction: that has to be told. 0 or -1. */
int outbox_put(struct outbox *o, struct db *db, struct outbox_row *row);

/* For launch: what a run of ours executes. See launch_needs.order. */
int outbox_order(
    struct outbox *o, struct live_run *run, struct launch_order *order);

/* A run of ours ends: in its transaction; and when that is durable. */
int outbox_ending(struct outbox *o, struct db *db, const struct run_row *row);
void outbox_ended(struct outbox *o, const struct run_row *row);

/* Some run is over or a user was looked up: what waited for that may go on. */
void outbox_wake(struct outbox *o);

/* Starts what is due. */
void outbox_turn(struct outbox *o, wall_t now);

/* When outbox_turn is needed again. */
wall_t outbox_next(struct outbox *o, wall_t now);

#endif
