/*
 * store_runs: runs and slots' outcomes, and the last end of each job, as
 * rows. It does not know processes or run files. Functions that change rows
 * are called inside the turn's transaction; -1 is trouble of the database.
 */
#ifndef CRONSD_STORE_RUNS_H
#define CRONSD_STORE_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "share/run.h"

struct db;

#define RUN_WHY_MAX 200
#define LAP_MANUAL (-1) /* a run asked for by hand has no lap */

/* A row; times in microseconds, -1 where there is none. */
struct run_row {
	int64_t id, job, slot, lap, shard, attempt, uid, fence;
	enum run_cause cause;
	enum run_result result; /* RESULT_NONE: not over */
	int64_t at, start, end;
	int64_t code, signal;
	char why[RUN_WHY_MAX]; /* "" none */
	int64_t slot_to, slots; /* a range of slots: its last, how many */
	int64_t out_bytes, err_bytes, dropped_bytes;
	bool waits; /* claimed, and waits for other runs */
};

/* A row with nothing in it: all -1 or 0, to be filled. */
void run_row_init(struct run_row *row);

/*
 * Environment lines of one run, kept as long as its row; a further try gets a
 * copy. runs_take_env: NULL if there are none, else yours.
 */
int runs_put_env(struct db *db, int64_t id, const char *env);
int runs_copy_env(struct db *db, int64_t from, int64_t to);
char *runs_take_env(struct db *db, int64_t id);

/* The row of a range of slots that is over goes on: it has so many more. */
int runs_extend(struct db *db, const struct run_row *range, int64_t slots);

/* 1: inserted, 0: that slot has a row already, -1. */
int runs_add(struct db *db, const struct run_row *row);
int runs_set_fence(struct db *db, int64_t id, int64_t fence);
int runs_set_waits(struct db *db, int64_t id);
/* Deletes a run that was only claimed. */
int runs_release(struct db *db, int64_t id);
/* Records result, start, end, code, signal, why and bytes of a live run, and
 * the job's health. 1: done, 0: it had a result already, -1. */
int runs_end(struct db *db, const struct run_row *row);
int runs_set_bytes(struct db *db, const struct run_row *row);

int runs_get(struct db *db, int64_t id, struct run_row *row); /* 1, 0, -1 */
int runs_get_slot(
    struct db *db, const struct run_row *key, struct run_row *row);
/*
 * What became of a slot: the newest row of one from span[0] to span[1], both
 * included, else the row of a range of slots that span[0] lies in.
 */
int runs_get_covering(struct db *db, int64_t job, const int64_t span[2],
    struct run_row *row);
/* The newest row of a job, and of those that failed. */
int runs_get_newest(struct db *db, int64_t job, struct run_row *row);
int runs_get_bad(struct db *db, int64_t job, struct run_row *row);

/* Newest first, at most `most`, until each returns false. */
struct runs_want {
	int64_t job; /* or -1 */
	int64_t uid; /* or -1; not together with job */
	int64_t before; /* id; of a job: the slot's row before (slot, id) */
	int64_t before_slot;
	int most;
};
int runs_each(struct db *db, const struct runs_want *want,
    bool (*each)(void *arg, const struct run_row *row), void *arg);
int runs_each_live(struct db *db,
    bool (*each)(void *arg, const struct run_row *row), void *arg);

/* The highest run id there is or was; runs_put_floor tells of one that is
 * about to go. */
int64_t runs_max_id(struct db *db);
int runs_put_floor(struct db *db, int64_t id);
/* Runs of a user (uid -1: of all) that went wrong since then, among the newest
 * of all; not more are looked at than that. */
#define RUNS_BAD_MOST 10000
int64_t runs_count_bad(struct db *db, int64_t uid, int64_t since_us);

/* The last end of a job. 1, 0 (it never ended), -1. */
struct health {
	int64_t run, start, end, code;
	enum run_result result;
};
int health_get(struct db *db, int64_t job, struct health *health);
/* Of a job that was removed and is back: from its newest run that started. */
int health_restore(struct db *db, int64_t job);

/*
 * Retention: ids of ended runs of a job whose slot is before slot_before, and
 * before bad_before where they failed; no pinned ones. Oldest first, at most
 * `most`; how many, or -1.
 */
struct runs_ids {
	int64_t *at;
	int most;
};
struct runs_old {
	int64_t job, slot_before, bad_before;
};
int runs_surplus(
    struct db *db, const struct runs_old *old, struct runs_ids ids);
/* The slot of the keep-th newest row (of those that failed): what is older is
 * surplus; -1 none. */
int64_t runs_nth_slot(struct db *db, int64_t job, int64_t keep);
int64_t runs_nth_bad_slot(struct db *db, int64_t job, int64_t keep);
/* How many rows there are, of each user, or (uid >= 0) of each of his jobs;
 * looks at all of them: for a worker. */
int runs_each_count(struct db *db, int64_t uid,
    void (*each)(void *arg, int64_t owner, int64_t count), void *arg);
/* Ended runs with after < id <= to whose job is gone, ended before_us. */
struct runs_orphans {
	int64_t after, to, before_us;
};
int runs_orphans(struct db *db, const struct runs_orphans *want,
    struct runs_ids ids);
int runs_drop(struct db *db, int64_t id);

/* Pinned runs are kept, with their output. has: 1, 0, -1. */
int runs_pin(struct db *db, const struct run_row *row, int64_t at_us);
int runs_unpin(struct db *db, int64_t id);
int runs_is_pinned(struct db *db, int64_t id);
int64_t runs_count_pins(struct db *db, int64_t uid);

#endif
