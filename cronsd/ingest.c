/*
 * Runs that ended together are stored in one transaction and made durable by
 * one fsync of out.db's log: items queue up while the worker is busy, and each
 * pass takes all that is there. Storing a run twice replaces equal rows by
 * equal rows.
 */
#include "ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/sys/queue.h>
#include <unistd.h>

#include <bsd/string.h>

#include "db.h"
#include "fail.h"
#include "self.h"
#include "share/buf.h"
#include "share/clock.h"
#include "share/log.h"
#include "spool.h"
#include "store_out.h"
#include "work.h"

#define MOST_PENDING 512 /* of one pass */
#define OLDEST_A_PASS 64
#define CHECKPOINT_EVERY 64 /* passes */

struct item {
	int64_t run;
	char file[SPOOL_NAME_MAX]; /* "": forget its output */
	STAILQ_ENTRY(item) next;
};

STAILQ_HEAD(items, item);

struct ingest {
	const struct self *self;
	struct work *work;
	char *out_path;
	const int64_t *keep_bytes; /* setting; read in the loop only */
	int64_t most_bytes; /* of the pass at hand */
	struct items waiting; /* the loop's */
	bool busy; /* a pass is queued or running */
	struct items pass; /* the worker's while busy */
	bool pass_failed; /* the worker's word; the loop's is failed */
	bool corrupt; /* as of the last pass: out.db is damaged */
	bool failed; /* the last pass did not commit */
	mono_t failed_at;
	struct db *db; /* the worker's */
	int passes;
};

struct ingest *
ingest_new(
    const struct self *self, struct work *work, const char *out_path,
    const int64_t *keep_bytes)
{
	struct ingest *g = xcalloc(1, sizeof *g);

	g->self = self;
	g->work = work;
	g->out_path = xstrdup(out_path);
	g->keep_bytes = keep_bytes;
	STAILQ_INIT(&g->waiting);
	STAILQ_INIT(&g->pass);
	return g;
}

static void
put_frame(struct buf *chunk, const struct spool_frame *frame)
{
	buf_printf(chunk, "%c %lld %u\n", frame->kind,
	    (long long)frame->at_us, frame->len);
	buf_put(chunk, frame->data, frame->len);
	buf_putc(chunk, '\n');
}

/* All frames of an open run file into rows. */
static int
store_frames(struct ingest *g, int64_t run, int fd)
{
	struct spool_reader reader;
	struct spool_frame frame;
	struct buf chunk = BUF_EMPTY;
	int64_t seq = 0;
	int got = 0, more;

	spool_reader_init(&reader, fd);
	while (got == 0 && (more = spool_next(&reader, &frame)) == 1) {
		put_frame(&chunk, &frame);
		if (chunk.len < OUT_CHUNK - SPOOL_FRAME_MAX)
			continue;
		got = out_put(g->db, run, seq++, &chunk);
		buf_clear(&chunk);
	}
	if (got == 0 && chunk.len > 0)
		got = out_put(g->db, run, seq, &chunk);
	spool_reader_fini(&reader);
	buf_fini(&chunk);
	return got;
}

static int
store_run(struct ingest *g, const struct item *item)
{
	int fd, got;

	if (item->file[0] == '\0')
		return out_drop(g->db, item->run);
	fd = openat(g->self->spool_fd, item->file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0; /* stored and removed by an earlier pass */
	got = store_frames(g, item->run, fd);
	close(fd);
	return got;
}

static void
remove_file(const struct ingest *g, const struct item *item)
{
	if (item->file[0] == '\0')
		return;
	if (unlinkat(g->self->spool_fd, item->file, 0) != 0
	    && errno != ENOENT)
		log_warn("run %lld: removing its file: %s",
		    (long long)item->run, strerror(errno));
}

/* Output beyond the limit: the oldest runs' goes, a few a pass. */
static int
forget_oldest(struct ingest *g)
{
	for (int i = 0; i < OLDEST_A_PASS; i++) {
		if (db_size(g->db) <= g->most_bytes)
			return 0;
		if (out_drop_oldest(g->db) != 0)
			return -1;
	}
	return 0;
}

/* Everything of the pass in one transaction; 0 when it is on the disk. */
static int
store_pass(struct ingest *g)
{
	enum db_trouble trouble;
	struct item *item;

	if (g->db == NULL)
		g->db = db_open(g->out_path, DB_OUT, false, &trouble);
	if (g->db == NULL || db_do(g->db, SQL_OUT_BEGIN) != 0)
		return -1;
	STAILQ_FOREACH(item, &g->pass, next)
		if (store_run(g, item) != 0)
			goto undo;
	if (forget_oldest(g) != 0)
		goto undo;
	FAIL_POINT(ingest_before_commit);
	if (db_do(g->db, SQL_OUT_COMMIT) == 0 && db_sync(g->db) == 0) {
		FAIL_POINT(ingest_after_commit);
		db_is_well(g->db);
		return 0;
	}
undo:
	if (db_in_transaction(g->db))
		db_do(g->db, SQL_OUT_ROLLBACK);
	return -1;
}

static void
run_pass(void *arg)
{
	struct ingest *g = arg;
	struct item *item;

	g->pass_failed = store_pass(g) != 0;
	if (g->pass_failed)
		return;
	STAILQ_FOREACH(item, &g->pass, next)
		remove_file(g, item);
	if (++g->passes % CHECKPOINT_EVERY == 0) {
		db_shrink(g->db);
		db_checkpoint(g->db);
	}
}

static void start_pass(struct ingest *g);

static void
end_pass(void *arg)
{
	struct ingest *g = arg;
	struct item *item;

	g->busy = false;
	g->failed = g->pass_failed;
	g->corrupt = g->failed && g->db != NULL
	    && db_trouble(g->db) == DB_CORRUPT;
	if (g->failed) { /* all of it waits, in order */
		g->failed_at = mono_now();
		STAILQ_CONCAT(&g->pass, &g->waiting);
		STAILQ_CONCAT(&g->waiting, &g->pass);
		return;
	}
	while ((item = STAILQ_FIRST(&g->pass)) != NULL) {
		STAILQ_REMOVE_HEAD(&g->pass, next);
		free(item);
	}
	start_pass(g);
}

static void
start_pass(struct ingest *g)
{
	struct item *item;
	int most = g->failed ? 1 : MOST_PENDING; /* one is enough to try */

	if (g->busy || STAILQ_EMPTY(&g->waiting))
		return;
	for (int n = 0; n < most
	     && (item = STAILQ_FIRST(&g->waiting)) != NULL;
	     n++) {
		STAILQ_REMOVE_HEAD(&g->waiting, next);
		STAILQ_INSERT_TAIL(&g->pass, item, next);
	}
	g->busy = true;
	g->most_bytes = *g->keep_bytes;
	work_put(g->work, LANE_STORE,
	    (struct work_call) { run_pass, end_pass, g });
}

static void
add(struct ingest *g, int64_t run, const char *file)
{
	struct item *item = xcalloc(1, sizeof *item);

	item->run = run;
	strlcpy(item->file, file, sizeof item->file);
	STAILQ_INSERT_TAIL(&g->waiting, item, next);
}

void
ingest_put(struct ingest *g, const char *file, int64_t run, bool silent)
{
	struct item item = { .run = run };

	if (silent) {
		strlcpy(item.file, file, sizeof item.file);
		remove_file(g, &item);
		return;
	}
	add(g, run, file);
	if (!g->failed)
		start_pass(g);
}

void
ingest_forget(struct ingest *g, int64_t *ids, int count)
{
	for (int i = 0; i < count; i++)
		add(g, ids[i], "");
	free(ids);
	if (!g->failed)
		start_pass(g);
}

bool
ingest_is_stuck(const struct ingest *g)
{
	return g->failed;
}

bool
ingest_is_corrupt(const struct ingest *g)
{
	return g->corrupt;
}

void
ingest_retry(struct ingest *g)
{
	if (!g->failed || g->busy
	    || mono_now().us - g->failed_at.us < SECOND_US)
		return;
	start_pass(g);
}

void
ingest_stop(struct ingest *g)
{
	if (work_pending(g->work) > 0)
		return; /* a worker hangs: it keeps what is its own */
	db_close(g->db);
	g->db = NULL;
}
