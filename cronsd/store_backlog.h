/*
 * store_backlog: ranges of slots that are run one after another, as rows. It
 * does not know schedules, nor why there is such a range. Functions that
 * change rows are called inside the turn's transaction; -1 is trouble of the
 * database.
 */
#ifndef CRONSD_STORE_BACKLOG_H
#define CRONSD_STORE_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "share/clock.h"
#include "share/run.h"

struct db;

/* A row; at WALL_NEVER waits for a run of the job to end. */
struct backlog {
	int64_t id, job;
	wall_t at;
	wall_t slot, until; /* both included */
	enum run_cause cause;
	bool force; /* slots that ran run again */
};

int backlog_add(struct db *db, const struct backlog *b); /* id is given */
int backlog_set(struct db *db, const struct backlog *b); /* at and slot */
int backlog_drop(struct db *db, int64_t id);

/* What waits for that job's runs is to be looked at now; -1: of any job. */
int backlog_wake(struct db *db, int64_t job);

/* At most `most` rows with at <= until, the earliest first; how many, or -1. */
int backlog_due(struct db *db, wall_t until, struct backlog *rows, int most);

/* The range of that job that the slot lies in: 1, 0, -1. */
int backlog_of_slot(
    struct db *db, int64_t job, int64_t slot, struct backlog *b);

/* When the first row is to be looked at; false: there is none. */
bool backlog_next(struct db *db, wall_t *at);

#endif
