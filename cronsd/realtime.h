/*
 * realtime: the thread that waits for instants, and the zygote, run at the
 * lowest real-time priority where that is allowed, so that a busy machine does
 * not make them late. It does not know what they wait for. What they start
 * does not inherit it.
 *
 * A turn that computes for longer than REALTIME_BUDGET_US is ordinary work
 * and goes on as that: the kernel counts, and says so with SIGXCPU.
 */
#ifndef CRONSD_REALTIME_H
#define CRONSD_REALTIME_H

#include <stdbool.h>
#include <sys/types.h>

#define REALTIME_BUDGET_US 20000

/* For the calling thread; false, and as before, where it is not allowed. */
bool realtime_start(void);
void realtime_stop(void); /* before another program is executed, too */

/* Given up, for a turn that has much to do; the kernel does it if need be.
 * Taken again before a wait that should not be late. */
void realtime_rest(void);
void realtime_wait(void);

/* That child, the zygote, too, if we have it; its own children not. */
void realtime_lend(pid_t pid);

#endif
