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
 */
#ifndef CRONSD_INGEST_H
#define CRONSD_INGEST_H

#include <stdbool.h>
#include <stdint.h>

struct ingest;
struct self;
struct work;

/* out_path: out.db; opened in the worker. When it is larger than *keep_bytes,
 * the oldest runs' output goes. */
struct ingest *ingest_new(
    const struct self *self, struct work *work, const char *out_path,
    const int64_t *keep_bytes);

/* file: its name in the spool. silent: it is known that there is no output;
 * the file is just removed. */
void ingest_put(struct ingest *ingest, const char *file, int64_t run,
    bool silent);

/* Forgets the stored output of runs (retention); takes ids. */
void ingest_forget(struct ingest *ingest, int64_t *ids, int count);

/* Could output not be stored (disk full)? Files wait in the spool then. */
bool ingest_is_stuck(const struct ingest *ingest);
/* Is out.db damaged, so that it has to be set aside? */
bool ingest_is_corrupt(const struct ingest *ingest);
/* Hands over again what is stuck, if a second has passed. */
void ingest_retry(struct ingest *ingest);

/* When the workers have stopped: closes out.db. */
void ingest_stop(struct ingest *ingest);

#endif
