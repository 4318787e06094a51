/*
 * loop: waits for descriptors, signals and instants, and calls whoever asked.
 * It does not know what they are for. One loop a process, one thread.
 *
 * A turn: wait, call the callbacks of what became ready, then the turn
 * function once. Nothing due means no wake-up: there is no tick.
 */
#ifndef CRONSD_LOOP_H
#define CRONSD_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <bsd/sys/cdefs.h>
#include <bsd/sys/tree.h>

#include "share/clock.h"

struct loop;

struct loop *loop_new(void);
void loop_free(struct loop *loop); /* and what is still watched */

/* events as of epoll. The callback may remove any watch, its own too. */
struct loop_fd;
struct loop_call {
	void (*fn)(void *arg, uint32_t events);
	void *arg;
};
struct loop_fd *loop_watch(
    struct loop *loop, int fd, uint32_t events, struct loop_call call);
void loop_change(struct loop_fd *w, uint32_t events);
void loop_unwatch(struct loop_fd *w); /* NULL is fine; fd stays open */

/* Timers on CLOCK_BOOTTIME: embedded in their owner, one shot. */
struct loop_timer {
	RB_ENTRY(loop_timer) link; /* loop.timers */
	mono_t at;
	void (*fn)(void *arg);
	void *arg;
	bool armed;
};
void loop_timer_set(struct loop *loop, struct loop_timer *t, mono_t at);
void loop_timer_stop(struct loop *loop, struct loop_timer *t);

/*
 * The one timer on CLOCK_REALTIME, absolute; fn is called when it is reached
 * and when the clock was set (stepped is true then). WALL_NEVER disarms it.
 */
void loop_alarm_on(
    struct loop *loop, void (*fn)(void *arg, bool stepped), void *arg);
void loop_alarm_at(struct loop *loop, wall_t at);

/* Blocks the signals of the list (0-ended) and calls fn for each arrival. */
void loop_signals(struct loop *loop, const int *signals,
    void (*fn)(void *arg, int signal), void *arg);

/* After the callbacks of each turn; true asks for another one at once. */
void loop_each_turn(struct loop *loop, bool (*fn)(void *arg), void *arg);

void loop_run(struct loop *loop); /* until loop_stop */
void loop_stop(struct loop *loop);
int64_t loop_wakeups(const struct loop *loop); /* since it was made */

#endif
