/*
 * live: the runs that are claimed or running, in memory: their state, who
 * they belong to, how many there are. It does not know how a run is started,
 * watched or recorded; it refuses moves that run.h does not allow.
 */
#ifndef CRONSD_LIVE_H
#define CRONSD_LIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <bsd/sys/cdefs.h>
#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include "share/clock.h"
#include "store_runs.h"

struct live;
struct lobby_share;
struct loop_fd;
struct plan;
struct watch;

struct live_run {
	struct run_row row;
	enum run_state state;
	char instance[17]; /* in its run file's name */
	int64_t deadline_us; /* start deadline of its job */
	int64_t pool; /* pool_key of the pool it has a slot of; 0 none */
	const char *waited_for; /* under its deadline; NULL: nothing yet */
	int64_t rank; /* its place among waiting ones; set by launch */
	pid_t pid; /* of its shim; 0 unknown */
	int pidfd; /* -1 none */
	struct loop_fd *pidfd_watch;
	struct watch *watch; /* for the callbacks of these modules */
	struct plan *plan;
	mono_t sent; /* when the zygote got it */
	mono_t not_before; /* its launch failed: not again until then */
	bool ending; /* in a turn's finish, not durable yet */
	bool is_stale; /* and since then there was more news of its file */
	bool closed; /* its shim is gone or has written END */
	bool has_output;
	bool tells_start; /* somebody wants to know of its start */
	bool replaced; /* it was told to end for the next one */
	bool sweeping, swept; /* its processes, after its shim died */
	bool has_news; /* of its end, before the news of its start */
	bool same_boot; /* as watch_find_out was told */
	bool claiming; /* its row is not durable yet: nothing is decided */
	bool is_in_doubt; /* CLAIMED, but perhaps it runs: see live_doubt */
	bool is_alone; /* its claim is no row yet: see plan_alone.c */
	bool is_firm; /* it was: its slot cannot be given back */
	bool is_over; /* it has ended, and that cannot be recorded now */
	enum run_result refused; /* it is not to start; the same */
	char refused_why[RUN_WHY_MAX];
	RB_ENTRY(live_run) by_id; /* live.ids */
	RB_ENTRY(live_run) by_job; /* live.jobs: (job, id) */
	RB_ENTRY(live_run) by_at; /* launch.queue or a lobby_share.runs */
	bool queued; /* in launch.queue */
	struct lobby_share *share; /* NULL: not in the lobby */
	TAILQ_ENTRY(live_run) in_list; /* launch.sent or .aside, watch.look or
	                                * .later */
	bool is_aside; /* in launch.aside */
	bool in_ended; /* in watch.look */
	bool in_later; /* in watch.later */
};

struct live *live_new(void);

/* The run takes a copy of row. Borrowed until live_drop. */
struct live_run *live_add(
    struct live *live, const struct run_row *row, enum run_state state);
void live_drop(struct live *live, struct live_run *run);

/* Fatal if run.h does not allow it. */
void live_move(struct live *live, struct live_run *run, enum run_state to);

/*
 * Nobody can tell now if that claimed run was started: until it is found out
 * it counts as one that goes on.
 */
void live_doubt(struct live *live, struct live_run *run, bool doubt);

/* It has ended, which cannot be written down now: it stands in nobody's way. */
void live_over(struct live *live, struct live_run *run);

/* It has a slot of that pool as long as it goes on; 0: of none. */
void live_set_pool(struct live *live, struct live_run *run, int64_t pool);

/* How many go on of a pool (0: of all) and a user (-1: all), and the number of
 * the start that was the last of these: the larger, the later. */
struct live_tally {
	int running;
	int64_t served;
};
struct live_tally live_tally(struct live *live, int64_t pool, int64_t uid);

struct live_run *live_find(struct live *live, int64_t id);
/* The oldest run of that job, other than `but`, that has started and of whose
 * end nothing is known; and how many there are. */
struct live_run *live_of_job(
    struct live *live, int64_t job, const struct live_run *but);
int64_t live_running_of_job(struct live *live, int64_t job);
/* Claimed runs of its job that were due before that one, and the first. */
int64_t live_waiting_before(struct live *live, const struct live_run *run);
struct live_run *live_first_before(
    struct live *live, const struct live_run *run);
/* Runs of a job, by id; NULL starts / ends. */
struct live_run *live_next_of_job(
    struct live *live, int64_t job, const struct live_run *after);
/* Has it a run that may still start or go on? */
bool live_has_job(struct live *live, int64_t job);
/* The first run with that id or above. */
struct live_run *live_from(struct live *live, int64_t id);
/* In order of id; NULL starts / ends. */
struct live_run *live_next(struct live *live, const struct live_run *after);

int live_count(const struct live *live); /* all states */
/* SENT and RUNNING; runs without a job (notices) are not counted. */
int live_running(struct live *live);
int live_running_of(struct live *live, int64_t uid);

#endif
