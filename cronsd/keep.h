/*
 * keep: what is remembered, and for how long: retention of runs by number and
 * age, of a job, of a user and in all; the snapshot of jobs, checkpoints. It
 * does not know output's chunks (ingest) or why a job changed. All of it may
 * be late or lost in a crash: it is done again.
 *
 * A run goes in a turn's transaction, a few hundred a turn; its output after
 * that one is durable. Where all stops between the two, output without a run
 * is left: it goes when out.db is full, as nobody's.
 */
#ifndef CRONSD_KEEP_H
#define CRONSD_KEEP_H

#include <stdbool.h>
#include <stdint.h>

struct commit;
struct conf;
struct db;
struct ingest;
struct keep;
struct loop;
struct self;
struct work;

struct keep_needs {
	struct self *self;
	const struct conf *conf;
	struct loop *loop;
	struct work *work;
	struct commit *commit;
	struct ingest *ingest;
	const char *main_path;
	struct db *db; /* main.db of the loop, to see how long its log is */
};

struct keep *keep_new(const struct keep_needs *needs);

/* A run of that job ended: it may have too many now. */
void keep_ended(struct keep *k, int64_t job);

/* Jobs changed: the snapshot is written within 10 s. */
void keep_jobs_changed(struct keep *k);
/* The same, and not only what their revisions, pauses and pools tell of. */
void keep_more_changed(struct keep *k);

/* Does a bounded piece of what is due; true: turn again. later: jobs are due,
 * which come first, unless the disk is full; it wakes the loop itself. */
bool keep_turn(struct keep *k, bool later);

/* Writes the snapshot now if it is due (before the daemon ends). */
void keep_stop(struct keep *k);
/* When the workers have stopped: closes what they had open. */
void keep_close(struct keep *k);

#endif
