/*
 * launch: from a claimed run to a running one. It decides at the instant
 * whether the run may start (overlap, limits, deadline, owner), writes its
 * spec and hands it to the zygote; it keeps a zygote alive. It does not know
 * schedules, nor how a run ends.
 *
 * WHERE A RUN CAN BE, and what a crash of the daemon means there: claimed and
 * not sent, or sent and not published: no run file; recovery buries the name
 * and starts it again (watch_find_out). Published: the shim holds the lock;
 * it is adopted. A decision not to start is a result, recorded in the turn
 * that makes it: before it is durable the run is still claimed.
 *
 * The zygote's death loses nothing: runs that were sent and not heard of are
 * looked at one by one, as after a crash.
 */
#ifndef CRONSD_LAUNCH_H
#define CRONSD_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

#include "share/buf.h"
#include "share/clock.h"
#include "share/job.h"

struct buf;
struct commit;
struct conf;
struct job;
struct launch;
struct live;
struct live_run;
struct loop;
struct self;
struct users;
struct watch;

/* What a run without a job executes; job and input are for launch to free. */
struct launch_order {
	struct job job; /* as if it had one */
	struct buf input; /* its standard input; may hold any byte */
	char why[200]; /* it is refused */
};

struct launch_needs {
	struct self *self;
	const struct conf *conf;
	struct loop *loop;
	struct commit *commit;
	struct live *live;
	struct users *users;
	struct watch *watch;
	int shim_fd; /* the shim's binary, opened once */
	const char *pam; /* path of the helper for PAM sessions */
	/* Fills the order of a run without a job. 1; 0: ask again after a
	 * launch_wake or a while; -1: never (why), and nothing to free. */
	int (*order)(
	    void *arg, struct live_run *run, struct launch_order *order);
	void *order_arg;
};

struct launch *launch_new(const struct launch_needs *needs);

/* A run whose claim is durable; started at its row.at. */
void launch_put(struct launch *l, struct live_run *run);

/* Starts what is due, at most a window of unstarted ones; true: turn again. */
bool launch_turn(struct launch *l, wall_t now);

/* Was there more due in the last turn than could be started at once? */
bool launch_is_crowded(const struct launch *l);

/* The earliest instant in the queue that is not waiting for something else. */
wall_t launch_next(struct launch *l);

/* Takes one run out of the queue; the caller records what becomes of it. */
void launch_forget(struct launch *l, struct live_run *run);

/* Claimed runs of that job that are in the queue: takes them out and calls
 * each; the caller records what becomes of them. Those that wait for other
 * runs are decided anew. */
void launch_release(struct launch *l, int64_t job,
    void (*each)(void *arg, struct live_run *run), void *arg);

/* The same with every claimed run that is not sent, of whatever job. */
void launch_each_queued(struct launch *l,
    void (*each)(void *arg, struct live_run *run), void *arg);

/* Something else changed than runs: users, the crontabs. */
void launch_wake(struct launch *l);
/* Pools or settings changed: all that waits is decided anew. */
void launch_wake_all(struct launch *l);
/* That run has a result, and it is durable; it is in live still. */
void launch_ended(struct launch *l, int64_t run);

/* What a claimed run waits for, in words; nothing if it is not due. */
void launch_explain(struct launch *l, const struct live_run *run,
    const struct job *job, struct buf *out);

/* How many wait for a slot of that pool (pool_key). */
int launch_waiting(struct launch *l, int64_t pool);

/* A child of this process ended (SIGCHLD): was it the zygote? */
void launch_child_ended(struct launch *l, int pid);

int launch_zygote_pid(const struct launch *l);

/* Ends the zygote; its shims live on. */
void launch_stop(struct launch *l);

#endif
