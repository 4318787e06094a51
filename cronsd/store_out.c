/*
 * zstd level 1: five times smaller at a tenth of the disk's own cost. The sums
 * by job and user are kept by triggers (schema/out-0002.sql), in the same
 * transaction as what they count, so no crash can make them wrong.
 */
#include "store_out.h"

#include <string.h>

#include <zstd.h>

#include "db.h"
#include "share/buf.h"
#include "share/log.h"

#define LEVEL 1
#define MOST_RAW (OUT_CHUNK + (1 << 18))

int
out_put(struct db *db, const struct out_chunk *chunk, const struct buf *raw)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUT_PUT);
	struct buf small = BUF_EMPTY;
	size_t bound = ZSTD_compressBound(raw->len);
	size_t len = ZSTD_compress(buf_room(&small, bound), bound,
	    buf_text(raw), raw->len, LEVEL);
	int got;

	if (ZSTD_isError(len))
		fatal("zstd: %s", ZSTD_getErrorName(len));
	buf_grown(&small, len);
	db_bind(st, ":run", chunk->run);
	db_bind(st, ":seq", chunk->seq);
	db_bind(st, ":raw", (int64_t)raw->len);
	db_bind(st, ":at", chunk->at);
	db_bind(st, ":out_lines", chunk->out_lines);
	db_bind(st, ":err_lines", chunk->err_lines);
	db_bind_blob(st, ":data", buf_text(&small), small.len);
	got = db_run(db, st);
	buf_fini(&small);
	return got;
}

static int
unpack(struct sqlite3_stmt *st, struct buf *raw)
{
	size_t len, room = (size_t)db_int(st, "raw");
	const void *data = db_blob(st, "data", &len);

	if (room > MOST_RAW)
		return -1;
	room = ZSTD_decompress(buf_room(raw, room), room, data, len);
	if (ZSTD_isError(room))
		return -1;
	buf_grown(raw, room);
	return 0;
}

int
out_get(struct db *db, struct out_chunk *chunk, struct buf *raw)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUT_GET);
	int got;

	buf_clear(raw);
	db_bind(st, ":run", chunk->run);
	db_bind(st, ":seq", chunk->seq);
	got = db_step(db, st);
	if (got == 1) {
		chunk->seq = db_int(st, "seq");
		chunk->at = db_int(st, "at");
		if (unpack(st, raw) != 0) {
			log_warn("output of run %lld: chunk %lld is damaged",
			    (long long)chunk->run, (long long)chunk->seq);
			got = -1;
		}
	}
	db_done(st);
	return got;
}

/* Lines that are not counted (-1: a chunk of step 1) are not relied on. */
static int64_t
at_least_none(int64_t lines)
{
	return lines < 0 ? 0 : lines;
}

int64_t
out_seq_of_tail(struct db *db, const struct out_tail *tail)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUT_MARKS);
	int64_t have = 0, seq = 0;

	db_bind(st, ":run", tail->run);
	/* One line feed more than lines: the line before them must end. */
	while (have <= tail->lines && db_step(db, st) == 1) {
		seq = db_int(st, "seq");
		if (tail->out)
			have += at_least_none(db_int(st, "out_lines"));
		if (tail->err)
			have += at_least_none(db_int(st, "err_lines"));
	}
	db_done(st);
	return seq;
}

int64_t
out_seq_of_place(struct db *db, int64_t run, int64_t at)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUT_MARKS);
	int64_t seq = 0;

	db_bind(st, ":run", run);
	while (db_step(db, st) == 1) {
		int64_t begins = db_int(st, "at");

		if (begins >= 0 && begins <= at) {
			seq = db_int(st, "seq");
			break;
		}
	}
	db_done(st);
	return seq;
}

int
out_hold(struct db *db, const struct out_held *held)
{
	struct sqlite3_stmt *st = db_get(db, SQL_HELD_DROP);

	db_bind(st, ":run", held->run);
	if (db_run(db, st) != 0)
		return -1;
	st = db_get(db, SQL_HELD_ADD);
	db_bind(st, ":run", held->run);
	db_bind(st, ":job", held->job);
	db_bind(st, ":uid", held->uid);
	db_bind(st, ":failed", held->failed);
	db_bind(st, ":pinned", held->pinned);
	return db_run(db, st);
}

int
out_set_pinned(struct db *db, int64_t run, bool pinned)
{
	struct sqlite3_stmt *st = db_get(db, SQL_HELD_PIN);

	db_bind(st, ":run", run);
	db_bind(st, ":pinned", pinned);
	return db_run(db, st);
}

static int64_t
next_of(struct db *db, enum sql sql, int64_t after)
{
	struct sqlite3_stmt *st = db_get(db, sql);
	int64_t run = 0;
	int got;

	db_bind(st, ":after", after);
	got = db_step(db, st);
	if (got == 1)
		run = db_int(st, "run");
	db_done(st);
	return got < 0 ? -1 : run;
}

int64_t
out_next_held(struct db *db, int64_t after)
{
	return next_of(db, SQL_HELD_NEXT, after);
}

int64_t
out_next_pinned(struct db *db, int64_t after)
{
	return next_of(db, SQL_HELD_PINNED, after);
}

int
out_drop(struct db *db, int64_t run)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUT_DROP);

	db_bind(st, ":run", run);
	if (db_run(db, st) != 0)
		return -1;
	st = db_get(db, SQL_HELD_DROP);
	db_bind(st, ":run", run);
	return db_run(db, st);
}

int64_t
out_max_run(struct db *db)
{
	return db_number(db, db_get(db, SQL_OUT_MAX), 0);
}

/* A user or job without output has no row, all of nothing sums of NULL. */
static int
read_usage(struct db *db, struct sqlite3_stmt *st, struct out_usage *usage)
{
	int got = db_step(db, st);

	*usage = (struct out_usage) { 0 };
	if (got == 1 && db_int(st, "runs") > 0) {
		usage->runs = db_int(st, "runs");
		usage->bytes = db_int(st, "bytes");
		usage->pinned = db_int(st, "pinned");
	}
	db_done(st);
	return got < 0 ? -1 : 0;
}

int
out_usage(struct db *db, int64_t uid, struct out_usage *usage)
{
	struct sqlite3_stmt *st
	    = db_get(db, uid < 0 ? SQL_OWNER_ALL : SQL_OWNER_GET);

	if (uid >= 0)
		db_bind(st, ":uid", uid);
	return read_usage(db, st, usage);
}

int
out_usage_of_job(
    struct db *db, int64_t uid, int64_t job, struct out_usage *usage)
{
	struct sqlite3_stmt *st = db_get(db, SQL_HEAP_GET);

	db_bind(st, ":uid", uid);
	db_bind(st, ":job", job);
	return read_usage(db, st, usage);
}

int
out_greatest(struct db *db, int64_t *uid, int64_t *bytes)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OWNER_GREATEST);
	int got = db_step(db, st);

	*bytes = 0;
	if (got == 1) {
		*uid = db_int(st, "uid");
		*bytes = db_int(st, "bytes");
	}
	db_done(st);
	return got < 0 ? -1 : *bytes > 0;
}

int64_t
out_first_of_job(struct db *db, int64_t uid, int64_t job)
{
	struct sqlite3_stmt *st = db_get(db, SQL_HELD_FIRST);

	db_bind(st, ":uid", uid);
	db_bind(st, ":job", job);
	return db_number(db, st, 0); /* no row and trouble: none */
}

int64_t
out_first_of(struct db *db, int64_t uid)
{
	struct sqlite3_stmt *st = db_get(db, SQL_HEAP_GREATEST);

	db_bind(st, ":uid", uid);
	return out_first_of_job(db, uid, db_number(db, st, -1));
}

int64_t
out_first_spare(struct db *db, bool failed)
{
	struct sqlite3_stmt *st = db_get(db, SQL_HELD_SPARE);
	int64_t run = 0;
	int got;

	db_bind(st, ":failed", failed);
	got = db_step(db, st);
	if (got == 1)
		run = db_int(st, "n");
	db_done(st);
	return got < 0 ? -1 : run;
}
