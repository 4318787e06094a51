/*
 * watch: the runs that were started: it learns of their ends (a datagram of
 * the shim, its pidfd, or a look at the run file), records results, and hands
 * output over. It does not know why a run was started or how.
 *
 * THE END OF A RUN, state by state. The run file alone decides (spool.h); news
 * only say when to look.
 *
 *   look at the file         recorded in the turn's      then
 *                            transaction
 *   EXIT valid               its result, health, what    file ingested as soon
 *                            comes next                   as END is there or
 *                                                        the lock is free
 *   lock held, no EXIT       nothing                     the shim goes on
 *   lock free, no EXIT       lost, after a sweep of its  output so far is
 *                            processes                   ingested
 *
 * If the daemon stops before the transaction is durable, the file is still
 * there and is looked at again at the next start; if it stops after it, the
 * row has a result and the file is just ingested (ingest.h).
 */
#ifndef CRONSD_WATCH_H
#define CRONSD_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "share/clock.h"
#include "share/run.h"

struct commit;
struct cronlog;
struct db;
struct follow;
struct ingest;
struct live;
struct live_run;
struct loop;
struct run_row;
struct self;
struct spool_file;
struct spool_news;
struct watch;
struct work;

struct watch_needs {
	struct self *self;
	struct loop *loop;
	struct work *work;
	struct commit *commit;
	struct live *live;
	struct ingest *ingest;
	struct follow *follow;
	struct cronlog *cronlog; /* is told of every start */
	/* A job that is to be told of it was executed, by this daemon or, as it
	 * turns out, by the last one. */
	void (*started)(void *arg, const struct run_row *row);
	/* Inside the transaction that records an end; 0, or -1 spoils it. */
	int (*ending)(void *arg, struct db *db, const struct run_row *row);
	/* After it: the result is durable. */
	void (*ended)(void *arg, const struct run_row *row);
	/* It is over, and that cannot be recorded now. */
	void (*over)(void *arg, struct live_run *run);
	/* A run is gone: its last byte is in its file. */
	void (*drained)(void *arg);
	/* A launch was taken back; its new fence is durable: start it again. */
	void (*again)(void *arg, struct live_run *run);
	void *arg;
};

/* Binds the news socket in the spool. */
struct watch *watch_new(const struct watch_needs *needs);

/* The shim of a run reported: it went on, or has an EXIT. Takes pidfd. */
void watch_started(
    struct watch *w, struct live_run *run, pid_t pid, int pidfd);
/* Then, if it did: its job was executed. */
void watch_executed(struct watch *w, const struct live_run *run);

/* A shim says that a run has ended and that it will have another: it can
 * neither be killed nor be watched for this one any more. */
void watch_left(struct watch *w, const struct spool_news *news);

/* Something may have ended: look at its file in the next turn. */
void watch_look(struct watch *w, struct live_run *run);

/* Looks at <= 256 runs; true: there are more. gather: not yet, unless the
 * first of them has waited for 50 ms or there was a call to hurry. */
bool watch_turn(struct watch *w, bool gather);
void watch_hurry(struct watch *w);

/*
 * Records, in this turn, the end of a run that never started (skipped,
 * missed, nostart): state CLAIMED or SENT. The run is gone when that is
 * durable. Returns -1 if nothing can be recorded now.
 */
int watch_refuse(struct watch *w, struct live_run *run,
    enum run_result result, const char *why);

/*
 * What became of a run that was claimed or sent, and of which nothing is
 * known: adopts it, finishes it, or takes it back with a tombstone and gives
 * it to again(). same_boot false: a run without a file is lost.
 */
void watch_find_out(struct watch *w, struct live_run *run, bool same_boot);

/* Orders its shim to end it: signal 0 is the usual end. False: no shim. */
bool watch_kill(struct live_run *run, int signal, int64_t grace_us);

/* A run (state ENDED) whose result is recorded and whose file is there still:
 * drained by its shim, or to be counted and ingested. For recovery. */
void watch_drain(struct watch *w, struct live_run *run);

#endif
