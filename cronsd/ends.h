/*
 * ends: what follows from the end of a run, in its order: in the transaction
 * that records it (further tries, what is due after it, what is told of it),
 * and once that is durable. It is the door to runs without a job (notices and
 * trials), for main and verbs. It does not know how an end is learned (watch).
 */
#ifndef CRONSD_ENDS_H
#define CRONSD_ENDS_H

#include "share/clock.h"

struct alert;
struct commit;
struct conf;
struct db;
struct ends;
struct job;
struct keep;
struct launch;
struct launch_order;
struct live;
struct live_run;
struct plan;
struct run_row;
struct self;
struct trials;
struct users;
struct work;

struct ends_needs {
	struct self *self;
	const struct conf *conf;
	struct commit *commit;
	struct live *live;
	struct users *users;
	struct plan *plan;
	struct launch *launch;
	struct keep *keep;
	struct db *out; /* out.db for reading; may be NULL */
	const char *out_path; /* the same for a worker */
	struct work *work;
};

struct ends *ends_new(const struct ends_needs *needs);

/* Runs were recovered: notices go on. */
void ends_start(struct ends *ends);

/* In the transaction that ends the run; 0, or -1 spoils it. */
int ends_recording(
    struct ends *ends, struct db *db, const struct run_row *row);

/* A job was executed that is to be told of it. */
void ends_started(struct ends *ends, const struct run_row *row);

/* A ping was recorded with that row: it is an end like others. 0 or -1. */
int ends_pinged(struct ends *ends, struct db *db, const struct job *job,
    const struct run_row *row);

/* It is durable. */
void ends_recorded(struct ends *ends, const struct run_row *row);

/* A launch was taken back: the run is to be launched again. */
void ends_again(struct ends *ends, struct live_run *run, wall_t now);

/* A run printed its last byte, or a user was looked up: notices may go on. */
void ends_wake(struct ends *ends);

/* What a run without a job executes (launch_needs.order). */
int ends_order(struct ends *ends, struct live_run *run,
    struct launch_order *order);

/* Tells what is due; and when that is needed again. */
void ends_turn(struct ends *ends, wall_t now);
wall_t ends_next(struct ends *ends, wall_t now);

/* The runs that nothing follows from. */
struct trials *ends_trials(struct ends *ends);

/* What people should know of notices; NULL: nothing. */
const char *ends_warning(const struct ends *ends);

/* When the workers have stopped. */
void ends_stop(struct ends *ends);

#endif
