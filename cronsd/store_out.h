/*
 * store_out: captured output of finished runs as rows of out.db: frames of
 * the run file, in order, in compressed chunks, and whose they are. It does
 * not know where frames come from or who reads them. Frames look exactly as
 * in the run file.
 */
#ifndef CRONSD_STORE_OUT_H
#define CRONSD_STORE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct db;

#define OUT_CHUNK (1 << 20) /* raw bytes of a chunk, about */

struct out_chunk {
	int64_t run, seq;
	int64_t at; /* of its first frame in the run file; -1: not known */
	int64_t out_lines, err_lines; /* line feeds in stdout, in stderr */
};

/* Compresses and puts a chunk of whole frames. 0 or -1. */
int out_put(
    struct db *db, const struct out_chunk *chunk, const struct buf *raw);

/*
 * The first chunk of chunk->run with seq >= chunk->seq: its seq and at, and
 * its frames in raw (cleared first). 1, 0 (no more), -1.
 */
int out_get(struct db *db, struct out_chunk *chunk, struct buf *raw);

/* The seq to start from so that at least the last `lines` lines follow, of
 * the streams asked for. No data is read. */
struct out_tail {
	int64_t run, lines;
	bool out, err;
};
int64_t out_seq_of_tail(struct db *db, const struct out_tail *tail);

/* The seq of the chunk that has the frame which stood there in the file. */
int64_t out_seq_of_place(struct db *db, int64_t run, int64_t at);

/*
 * Whose the chunks of a run are that were put in this transaction, and whether
 * they may go. A run without chunks gets no row. 0 or -1.
 */
struct out_held {
	int64_t run, job, uid; /* job 0, uid -1: not known */
	bool failed, pinned;
};
int out_hold(struct db *db, const struct out_held *held);
int out_set_pinned(struct db *db, int64_t run, bool pinned);
/* The first run behind `after` that has output, and that is marked as pinned;
 * 0: none, -1. */
int64_t out_next_held(struct db *db, int64_t after);
int64_t out_next_pinned(struct db *db, int64_t after);

int out_drop(struct db *db, int64_t run);
int64_t out_max_run(struct db *db);

/* Output that is kept, in bytes as stored: of a user (uid -1: of all), and
 * of one job. 0 or -1. */
struct out_usage {
	int64_t runs; /* that have output */
	int64_t bytes; /* of those that retention may take */
	int64_t pinned; /* bytes of those that it may not */
};
int out_usage(struct db *db, int64_t uid, struct out_usage *usage);
int out_usage_of_job(
    struct db *db, int64_t uid, int64_t job, struct out_usage *usage);

/*
 * Who has most that may go: *uid and *bytes; 1, 0 (nobody has any), -1. Then
 * which of a user's runs goes first: the oldest of the job that has most,
 * those that failed last; and of one job. 0: there is none, or trouble.
 */
int out_greatest(struct db *db, int64_t *uid, int64_t *bytes);
int64_t out_first_of(struct db *db, int64_t uid);
int64_t out_first_of_job(struct db *db, int64_t uid, int64_t job);

/* The oldest run, of those that failed or of the others, whose output may go
 * for the sake of room alone: not pinned, and not the newest of its job. 0:
 * there is none; -1. */
int64_t out_first_spare(struct db *db, bool failed);

#endif
