/*
 * alert: decides what is told of a job: the mail with a run's output, and its
 * events. It writes rows of the outbox, in the transaction of what happened,
 * so that nothing is told of what was not, and nothing is forgotten. It does
 * not know how something is told (outbox).
 *
 * WHAT IS TOLD AND WHAT IS NOT. start, ok and recovered are told each time. The
 * others begin an alarm: a row with one bit an event. An event whose bit is set
 * already is not told again; but while one of them is a failure, and nobody has
 * said ack, somebody is reminded whenever the field remind (a minute at least)
 * has passed since somebody was told last, whether it happens again or not. An
 * end that is well clears the bits; if one of them was a failure, the job has
 * recovered.
 */
#ifndef CRONSD_ALERT_H
#define CRONSD_ALERT_H

#include "share/clock.h"

struct alert;
struct commit;
struct conf;
struct db;
struct job;
struct live;
struct outbox;
struct plan;
struct run_row;
struct self;

struct alert_needs {
	const struct self *self;
	const struct conf *conf;
	struct commit *commit;
	struct live *live;
	struct plan *plan;
	struct outbox *outbox;
};

struct alert *alert_new(const struct alert_needs *needs);

/* In the transaction of what happened; each 0 or -1: */

/* a run of the job ends with that row, or slots of it were missed; */
int alert_ending(struct alert *a, struct db *db, const struct job *job,
    const struct run_row *row);

/* a run of it has started; */
int alert_started(struct alert *a, struct db *db, const struct job *job,
    const struct run_row *row);

/* the job was added or changed: when something of it must be heard. */
int alert_planned(
    struct alert *a, struct db *db, const struct job *job, wall_t now);

/* Jobs of which nothing was heard in time; and when to look again. */
void alert_turn(struct alert *a, wall_t now);
wall_t alert_next(struct alert *a);

#endif
