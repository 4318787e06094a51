/*
 * ingest: moves the output of ended runs from their run files into out.db, in
 * a worker, and removes the files. It does not know results, and asks nobody:
 * a run file is handed over once its result is durable.
 *
 *   after                  durable            if all stops here
 *   result committed       result, file       recovery hands it over again
 *   out.db committed       (perhaps)          again: same rows, same keys
 *   out.db's log synced    output             again: the same
 *   unlink                 output             done
 *
 * It also keeps stored output within its limits: of a job, of a user and in
 * all. What goes is the oldest output of the job that has most, of the user
 * who has most; where a run failed, last; where it is pinned, never. Pins are
 * main.db's: out.db has a mark of each, which is looked at anew when a pin
 * comes or goes, before a run's output is dropped and at the first pass, so
 * that a crash between the two databases costs nothing.
 */
#ifndef CRONSD_INGEST_H
#define CRONSD_INGEST_H

#include <stdbool.h>
#include <stdint.h>

struct bin;
struct conf;
struct ingest;
struct self;
struct work;

struct ingest_needs {
	const struct self *self;
	struct work *work;
	const struct conf *conf; /* keep_bytes and keep_bytes_per_uid */
	const char *out_path, *main_path; /* opened in the worker */
	struct bin *bin; /* gets files without output */
};

struct ingest *ingest_new(const struct ingest_needs *needs);

/* file: its name in the spool. silent: it is known that there is no output;
 * then all there is to do is the bin's. */
void ingest_put(struct ingest *ingest, const char *file, int64_t run,
    bool silent);

/* Forgets the stored output of runs (retention); takes ids. */
void ingest_forget(struct ingest *ingest, int64_t *ids, int count);

/* That run was pinned, or is no more: it is durable in main.db. */
void ingest_look_at_pin(struct ingest *ingest, int64_t run);

/* Once a day: output whose run main.db does not know goes, a piece a pass. It
 * is left where all stopped between forgetting a run and its output. */
void ingest_sift(struct ingest *ingest);

/* A job's own limit of bytes: what is beyond it goes, oldest first. */
void ingest_limit_job(
    struct ingest *ingest, int64_t uid, int64_t job, int64_t most_bytes);

/*
 * The disk is full: output goes that the limits would let stay, so many runs'
 * a pass, and what it took of the disk is given back. First of runs that went
 * well, the oldest first; of those that failed when there are no others; never
 * the newest of a job, nor what is pinned. Call it as long as room is lacking.
 */
void ingest_relieve(struct ingest *ingest);
/* Of how many runs that was, since the start. */
int64_t ingest_relieved(const struct ingest *ingest);

/* Could output not be stored (disk full)? Files wait in the spool then. */
bool ingest_is_stuck(const struct ingest *ingest);
/* Is out.db damaged, so that it has to be set aside? */
bool ingest_is_corrupt(const struct ingest *ingest);
/* Hands over again what is stuck, if a second has passed. */
void ingest_retry(struct ingest *ingest);

/* When the workers have stopped: closes out.db. */
void ingest_stop(struct ingest *ingest);

#endif
