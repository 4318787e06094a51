/*
 * store_events: what happened, as rows of a ring of bounded size. It does not
 * know who follows it. events_put is called inside the turn's transaction, by
 * whoever writes the rows that it tells of; -1 is trouble of the database.
 */
#ifndef CRONSD_STORE_EVENTS_H
#define CRONSD_STORE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "share/run.h"

struct db;

#define EVENTS_KEPT 16384 /* and up to EVENTS_SLACK more */
#define EVENTS_SLACK 256

/* From now on so many are kept. */
void events_keep(int64_t count);

/* clang-format off */
#define EVENT_KINDS(X) \
	X(ADDED,   1, "added")   /* a job, or it is back */ \
	X(CHANGED, 2, "changed") /* its fields */ \
	X(REMOVED, 3, "removed") \
	X(PAUSED,  4, "paused")  /* a job, or all of a user or tag */ \
	X(RESUMED, 5, "resumed") \
	X(STARTED, 6, "started") /* a run */ \
	X(ENDED,   7, "ended")   /* a run, or it never started: its result */
/* clang-format on */

enum event_kind {
#define X(name, number, word) EVENT_##name = number,
	EVENT_KINDS(X)
#undef X
};

struct event {
	int64_t seq, at;
	enum event_kind kind;
	int64_t uid, job;
	int64_t run; /* -1 none */
	enum run_result result;
	char text[240];
};

const char *event_kind_word(enum event_kind kind);

/* seq is given. */
int events_put(struct db *db, const struct event *e);

/* The ends of the ring: seq of the oldest and the newest; 0 if it is empty. */
int64_t events_oldest(struct db *db);
int64_t events_newest(struct db *db);

/* At most `most` events after seq, in order, until each returns false. */
int events_each(struct db *db, const int64_t seq_most[2],
    bool (*each)(void *arg, const struct event *e), void *arg);

#endif
