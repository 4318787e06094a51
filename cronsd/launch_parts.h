/*
 * launch_parts: the inside of launch, for the launch_*.c files only. launch.c
 * keeps the queue and the zygote, launch_decide.c says whether a run may start
 * and where it waits if not.
 */
#ifndef CRONSD_LAUNCH_PARTS_H
#define CRONSD_LAUNCH_PARTS_H

#include "launch.h"
#include "live.h"
#include "lobby.h"
#include "loop.h"
#include "share/run.h"
#include "zygote.h"

struct buf;
struct job;

RB_HEAD(launch_queue, live_run);
TAILQ_HEAD(launch_runs, live_run);

struct launch {
	struct launch_needs on;
	struct zygote zygote;
	struct loop_fd *zygote_watch;
	mono_t zygote_at; /* when it was started last */
	struct launch_queue queue; /* instants to come, and due ones to be
	                            * looked at */
	struct lobby *lobby; /* due, and waiting for other runs */
	struct launch_runs aside; /* due, and waiting for anything else */
	struct launch_runs sent;
	int sent_count, window;
	int turn_count; /* looked at in this turn, so far */
	bool is_full; /* the window is: news will come */
	bool is_crowded; /* and more was due in the last turn */
	struct loop_timer silence; /* the oldest of sent is overdue */
	struct loop_timer again; /* try what is aside, or the zygote */
};

/* A run at hand: it is in no queue, place or list. */
struct launch_case {
	struct launch *l;
	struct live_run *run;
	const struct job *job;
	wall_t now;
	const struct buf *input; /* NULL: its standard input is the job's */
};

/* What became of a run that was at hand. */
enum launch_verdict {
	LAUNCH_START, /* nothing is in its way */
	LAUNCH_WAITS, /* it is in the lobby or aside */
	LAUNCH_ENDED, /* it has a result */
};

/* May it start? If not, it is put where it waits, or has its result. */
enum launch_verdict launch_decide(const struct launch_case *c);

/* Has it limits that only a cgroup can set? */
bool launch_needs_cgroup(const struct job *job);

/* It has that result and never started; or it is aside, if that cannot be
 * recorded now: then that is all that is still to be done. */
enum launch_verdict launch_refuse(
    const struct launch_case *c, enum run_result result, const char *why);

/* `what` is kept. It waits for what no run's end brings (its owner's name, a
 * supervisor), and is tried again soon; it is missed if its start deadline has
 * passed. */
enum launch_verdict launch_wait(const struct launch_case *c, const char *what);

void launch_put_aside(struct launch *l, struct live_run *run);

/* A slot, or room, that run had is free: who waits for it may try. */
void launch_free(struct launch *l, const struct live_run *run);

#endif
