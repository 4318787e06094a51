/*
 * store_outbox: what has to be told, as rows. It does not know why something
 * is told, or how. Functions that change rows are called inside the turn's
 * transaction; -1 is trouble of the database.
 */
#ifndef CRONSD_STORE_OUTBOX_H
#define CRONSD_STORE_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "share/clock.h"
#include "share/event.h"

struct db;

/* clang-format off */
#define OUTBOX_STATES(X) \
	X(WAITING,   "waiting")   /* for its first or next try */ \
	X(SENDING,   "sending")   /* a run delivers it */ \
	X(DELIVERED, "delivered") \
	X(GIVEN_UP,  "given-up")  /* why says it */
/* clang-format on */

enum outbox_state {
#define X(name, word) OUTBOX_##name,
	OUTBOX_STATES(X)
#undef X
};

#define OUTBOX_TEXT_MAX 400

struct outbox_row {
	int64_t id, job, rev;
	int64_t of; /* its run; below 0: minus a slot */
	int event;
	char hook[EVENT_HOOK_MAX];
	int64_t uid;
	char user[64];
	bool quiet; /* nothing is told if nothing was printed */
	char text[OUTBOX_TEXT_MAX];
	wall_t made;
	enum outbox_state state;
	wall_t at; /* waiting: until then; else since then */
	int64_t tries, sent;
	char why[OUTBOX_TEXT_MAX];
};

const char *outbox_state_word(enum outbox_state state);

/* 1: added (id is set), 0: that was told already, -1. */
int outbox_add(struct db *db, struct outbox_row *row);
int outbox_get(struct db *db, int64_t id, struct outbox_row *row);
/* Writes state, at, tries, sent and why. */
int outbox_set(struct db *db, const struct outbox_row *row);
int outbox_drop(struct db *db, int64_t id);

/* When the first row waiting for a later instant than that is due; false: there
 * is none. */
bool outbox_first(struct db *db, wall_t after, wall_t *at);

/* The next uid above that one of which something waits; -1 none. */
int64_t outbox_uid_after(struct db *db, int64_t uid);

/* Ids of what waits of a uid until then, the oldest first; how many, or -1. */
struct outbox_ids {
	int64_t *at;
	int most;
};
int outbox_due(struct db *db, int64_t uid, wall_t until,
    struct outbox_ids ids);

/* Ids of what is being sent: after that one, at most `most`. */
int outbox_sending(struct db *db, int64_t after, struct outbox_ids ids);

/* Forgets a few of those that are over since before then. */
int outbox_prune(struct db *db, wall_t before);

/* Newest first: rows of a uid (-1 all) with id < before, at most `most`. */
struct outbox_want {
	int64_t uid, before;
	int most;
};
int outbox_each(struct db *db, const struct outbox_want *want,
    void (*each)(void *arg, const struct outbox_row *row), void *arg);

#endif
