/*
 * work: threads for what may be slow or hang (output ingest, looking
 * users up, checkpoints, sweeping dead runs, composing mail). It does not know
 * any of these.
 * Work runs in a thread and may touch only what it was given; done runs in the
 * loop.
 */
#ifndef CRONSD_WORK_H
#define CRONSD_WORK_H

struct loop;
struct work;

struct work *work_new(struct loop *loop);

/*
 * Lets the threads finish what is queued, at most `seconds`; threads that
 * hang longer are left behind (the process is about to end).
 */
void work_stop(struct work *work, int seconds);

/*
 * Queues a call. Each lane is one thread: its calls run one at a time and in
 * order, so that a hanging NSS delays lookups and nothing else. done may be
 * NULL.
 */
enum work_lane {
	LANE_STORE,
	LANE_USERS,
	LANE_SWEEP,
	LANE_TABS,
	LANE_DROPIN,
	LANE_NOTICE,
	LANE_COUNT
};
struct work_call {
	void (*run)(void *arg); /* in the lane's thread */
	void (*done)(void *arg); /* in the loop, afterwards */
	void *arg;
};
void work_put(struct work *work, enum work_lane lane, struct work_call call);

int work_pending(struct work *work); /* queued or running now */

#endif
