/* zstd level 1: five times smaller at a tenth of the disk's own cost. */
#include "store_out.h"

#include <string.h>

#include <zstd.h>

#include "db.h"
#include "share/buf.h"
#include "share/log.h"

#define LEVEL 1
#define MOST_RAW (OUT_CHUNK + (1 << 18))

static int64_t
count_lines(const struct buf *raw)
{
	int64_t n = 0;
	const char *p = buf_text(raw), *end = p + raw->len;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		n++;
		p++;
	}
	return n;
}

int
out_put(struct db *db, int64_t run, int64_t seq, const struct buf *raw)
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
	db_bind(st, ":run", run);
	db_bind(st, ":seq", seq);
	db_bind(st, ":raw", (int64_t)raw->len);
	db_bind(st, ":lines", count_lines(raw));
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
out_get(struct db *db, int64_t run, int64_t *seq, struct buf *raw)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUT_GET);
	int got;

	buf_clear(raw);
	db_bind(st, ":run", run);
	db_bind(st, ":seq", *seq);
	got = db_step(db, st);
	if (got == 1) {
		*seq = db_int(st, "seq") + 1;
		if (unpack(st, raw) != 0) {
			log_warn("output of run %lld: chunk %lld is damaged",
			    (long long)run, (long long)*seq - 1);
			got = -1;
		}
	}
	db_done(st);
	return got;
}

int64_t
out_seq_of_tail(struct db *db, int64_t run, int64_t lines)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUT_SIZES);
	int64_t have = 0, seq = 0;

	db_bind(st, ":run", run);
	while (have <= lines && db_step(db, st) == 1) {
		seq = db_int(st, "seq");
		have += db_int(st, "lines");
	}
	db_done(st);
	return seq;
}

bool
out_has(struct db *db, int64_t run)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUT_HAS);

	db_bind(st, ":run", run);
	return db_number(db, st, 0) != 0;
}

int
out_drop(struct db *db, int64_t run)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUT_DROP);

	db_bind(st, ":run", run);
	return db_run(db, st);
}

int
out_drop_oldest(struct db *db)
{
	return out_drop(
	    db, db_number(db, db_get(db, SQL_OUT_OLDEST), -1));
}

int64_t
out_max_run(struct db *db)
{
	return db_number(db, db_get(db, SQL_OUT_MAX), 0);
}
