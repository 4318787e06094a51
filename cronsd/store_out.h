/*
 * store_out: captured output of finished runs as rows of out.db: frames of
 * the run file, in order, in compressed chunks. It does not know where frames
 * come from or who reads them. Frames look exactly as in the run file.
 */
#ifndef CRONSD_STORE_OUT_H
#define CRONSD_STORE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct db;

#define OUT_CHUNK (1 << 20) /* raw bytes of a chunk, about */

/* Compresses and puts a chunk of whole frames. 0 or -1. */
int out_put(struct db *db, int64_t run, int64_t seq, const struct buf *raw);

/*
 * The first chunk with seq >= *seq, decompressed into raw (cleared first);
 * *seq becomes the one after it. 1, 0 (no more), -1.
 */
int out_get(struct db *db, int64_t run, int64_t *seq, struct buf *raw);

/* The seq to start from so that at least the last `lines` lines follow. */
int64_t out_seq_of_tail(struct db *db, int64_t run, int64_t lines);

bool out_has(struct db *db, int64_t run);
int out_drop(struct db *db, int64_t run);
int out_drop_oldest(struct db *db);
int64_t out_max_run(struct db *db);

#endif
