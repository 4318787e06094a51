/*
 * dropin_diff: the entries of a file as they are read, held against those of
 * it that are jobs already. It does not know files or how a difference is
 * stored.
 */
#ifndef CRONSD_DROPIN_DIFF_H
#define CRONSD_DROPIN_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share/buf.h"
#include "share/job.h"

struct db;
struct dropin_item;
struct dropin_known;

struct dropin_diff {
	struct job preset;
	struct buf job; /* an entry's, packed */
	struct dropin_known *known; /* by rising key */
	size_t count, room;
};

void dropin_diff_init(struct dropin_diff *diff);
void dropin_diff_fini(struct dropin_diff *diff);

/* Begins with a file: what is known of that source (0: nothing). 0 or -1. */
int dropin_diff_start(
    struct dropin_diff *diff, struct db *db, int64_t source);

/*
 * The job of the entry in that line: the item gets what has to be done, if
 * anything. Counted as one of the source's jobs.
 */
void dropin_diff_put(struct dropin_diff *diff, struct dropin_item *item,
    const struct job *job, int line);

/* All entries were put: what was not among them vanished. */
void dropin_diff_end(struct dropin_diff *diff, struct dropin_item *item);

/* Instead: none of what is known is an entry any more. */
void dropin_diff_drop_all(
    struct dropin_diff *diff, struct dropin_item *item);

#endif
