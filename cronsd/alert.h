/*
 * alert: decides what is told of a job: the mail with a run's output, and its
 * events. It writes rows of the outbox, in the transaction of what happened,
 * so that nothing is told of what was not, and nothing is forgotten. It does
 * not know how something is told (outbox).
 */
#ifndef CRONSD_ALERT_H
#define CRONSD_ALERT_H

struct alert;
struct commit;
struct conf;
struct db;
struct job;
struct outbox;
struct run_row;
struct self;

struct alert_needs {
	const struct self *self;
	const struct conf *conf;
	struct commit *commit;
	struct outbox *outbox;
};

struct alert *alert_new(const struct alert_needs *needs);

/* A run of the job ends with that row, in this transaction. 0 or -1. */
int alert_ending(struct alert *a, struct db *db, const struct job *job,
    const struct run_row *row);

#endif
