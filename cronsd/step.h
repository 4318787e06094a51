/*
 * step: was there a pause since we last looked, in which nobody could start
 * what was due, or did the clock go back? It compares three clocks at every
 * wake-up. It does not know jobs, slots or what is done about a pause (plan
 * does).
 *
 * THE CLOCKS. The wall clock can be set; BOOTTIME cannot, and goes on while
 * the machine sleeps; MONOTONIC cannot, and stands still then. So over one
 * wait of ours:
 *
 *   wall - BOOTTIME       how far the clock was set
 *   BOOTTIME - MONOTONIC  how long the machine was suspended
 *   wall - the alarm      how late we are, whatever the cause: a process that
 *                         was stopped, or a machine whose clocks all stood
 *
 * A clock that runs a little fast or slow (NTP slews it) changes the first
 * difference too, but it never makes us late: the alarm is set on the wall
 * clock, and it rings. And a clock that was set forward over nothing that was
 * due changes nothing either. So forward there is one question: are we late?
 * And back there is one: is it earlier now than when we last looked? A slewed
 * clock is never that; one that was set back by less than we have slept since
 * takes us to instants at which we have done nothing yet.
 *
 * The kernel's word that the clock was set (TFD_TIMER_CANCEL_ON_SET) is needed
 * only to wake us: without it we would sleep on until the old alarm.
 */
#ifndef CRONSD_STEP_H
#define CRONSD_STEP_H

#include <stdbool.h>

#include "share/clock.h"

struct buf;

/* clang-format off */
#define STEP_KINDS(X) \
	X(NONE,    "nothing happened") \
	X(FORWARD, "the clock was set forward") \
	X(BACK,    "the clock was set back") \
	X(SUSPEND, "the machine was suspended") \
	X(STALL,   "the daemon was stopped or held up") \
	X(DOWN,    "the daemon was down")
/* clang-format on */

enum step_kind {
#define X(name, sentence) STEP_##name,
	STEP_KINDS(X)
#undef X
};

struct step_pause {
	enum step_kind kind;
	wall_t from, to; /* by the wall clock: before it, and after */
	int64_t length; /* microseconds passed over, or how far back */
};

struct step {
	struct clocks last; /* when we went to wait */
	wall_t alarm; /* when we wanted to be woken */
	bool has_last;
};

/*
 * About to wait for the alarm. The reading is that of the beginning of this
 * turn, so that a clock that is set during the turn is noticed too.
 */
void step_sleep(
    struct step *s, const struct clocks *now, wall_t alarm);

/* Woken: true and the pause, if there was one. */
bool step_wake(const struct step *s, const struct clocks *now,
    struct step_pause *pause);

/* At the start: alive is when a daemon was last seen at work, -1 unknown. */
void step_start(wall_t now, int64_t alive_us, struct step_pause *pause);

/*
 * "the clock was set forward by 2h", "the daemon was down from ... to ...",
 * with times at that offset from UTC.
 */
void step_print(
    const struct step_pause *pause, int offset_s, struct buf *out);

#endif
