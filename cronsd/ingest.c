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

#include "bin.h"
#include "conf.h"
#include "db.h"
#include "fail.h"
#include "self.h"
#include "share/buf.h"
#include "share/clock.h"
#include "share/log.h"
#include "spool.h"
#include "store_out.h"
#include "store_runs.h"
#include "work.h"

#define MOST_PENDING 512 /* of one pass */
#define DROPS_A_PASS 256
#define LOOKS_A_PASS 4096
#define RELIEF_A_PASS 8 /* runs: the log must have room for it */
#define RELIEF_LEFT 1024 /* free pages: more would be of no use */
#define RELIEF_AGAIN_US (10 * SECOND_US) /* after nothing could go */
#define CHECKPOINT_EVERY 64 /* passes */
#define LOG_PAGES 1000 /* or so much: what is in the log alone cannot go */

enum what { STORE, FORGET, LOOK_AT_PIN, LIMIT_JOB, SIFT, RELIEVE };

struct item {
	enum what what;
	int64_t run;
	char file[SPOOL_NAME_MAX]; /* STORE */
	int64_t uid, job, most_bytes; /* LIMIT_JOB */
	STAILQ_ENTRY(item) next;
};

STAILQ_HEAD(items, item);

struct ingest {
	struct ingest_needs on; /* conf is read in the loop only */
	int64_t most_bytes, most_of_uid; /* of the pass at hand */
	struct items waiting; /* the loop's */
	bool busy; /* a pass is queued or running */
	struct items pass; /* the worker's while busy */
	bool pass_failed; /* the worker's word; the loop's is failed */
	bool corrupt; /* as of the last pass: out.db is damaged */
	bool failed; /* the last pass did not commit */
	mono_t failed_at;
	struct db *db; /* the worker's; so are the next */
	struct db *main; /* for reading; NULL while it cannot be had */
	int passes;
	bool sifting; /* held rows are looked up in main.db */
	int64_t sifted; /* up to this run */
	int drops; /* runs that may still be dropped in this pass */
	bool more; /* more had to go than a pass drops */
	bool relief_waits; /* an item of the loop's, or of the pass */
	mono_t relief_at; /* not before */
	int64_t relieved; /* runs, since the start */
	bool pass_relieves; /* the worker's, of the pass */
	int pass_relieved;
	int64_t pass_left; /* free pages that could not be given back */
};

struct ingest *
ingest_new(const struct ingest_needs *needs)
{
	struct ingest *g = xcalloc(1, sizeof *g);

	g->on = *needs;
	g->on.out_path = xstrdup(needs->out_path);
	g->on.main_path = xstrdup(needs->main_path);
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

/* What was gathered becomes a row; the next begins where it ended. */
static int
end_chunk(struct ingest *g, struct out_chunk *chunk, struct buf *raw)
{
	if (raw->len == 0)
		return 0;
	if (out_put(g->db, chunk, raw) != 0)
		return -1;
	buf_clear(raw);
	chunk->seq++;
	chunk->out_lines = chunk->err_lines = 0;
	return 0;
}

static int64_t
count_feeds(const struct spool_frame *frame)
{
	const char *p = frame->data, *end = p + frame->len;
	int64_t n = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		n++;
		p++;
	}
	return n;
}

static void
add_frame(struct out_chunk *chunk, struct buf *raw,
    const struct spool_frame *frame)
{
	if (raw->len == 0)
		chunk->at = frame->offset;
	if (frame->kind == 'o')
		chunk->out_lines += count_feeds(frame);
	else if (frame->kind == 'e')
		chunk->err_lines += count_feeds(frame);
	put_frame(raw, frame);
}

/* All frames of an open run file into rows. */
static int
store_frames(struct ingest *g, int64_t run, int fd)
{
	struct out_chunk chunk = { .run = run };
	struct spool_reader reader;
	struct spool_frame frame;
	struct buf raw = BUF_EMPTY;
	int got = 0;

	spool_reader_init(&reader, fd);
	while (got == 0 && spool_next(&reader, &frame) == 1) {
		add_frame(&chunk, &raw, &frame);
		if (raw.len >= OUT_CHUNK - SPOOL_FRAME_MAX)
			got = end_chunk(g, &chunk, &raw);
	}
	if (got == 0)
		got = end_chunk(g, &chunk, &raw);
	spool_reader_fini(&reader);
	buf_fini(&raw);
	return got;
}

/* 1, 0, or -1: main.db cannot be read, believe the mark. */
static int
is_pinned(struct ingest *g, int64_t run)
{
	enum db_trouble trouble;

	if (g->main == NULL)
		g->main = db_open(g->on.main_path, DB_MAIN, true, &trouble);
	return g->main == NULL ? -1 : runs_is_pinned(g->main, run);
}

/* Whose it is. The row is durable: its file came here after that. */
static int
hold(struct ingest *g, int64_t run)
{
	struct out_held held = { .run = run, .uid = -1 };
	struct run_row row;

	held.pinned = is_pinned(g, run) == 1;
	if (g->main != NULL && runs_get(g->main, run, &row) == 1) {
		held.job = row.job;
		held.uid = row.uid;
		held.failed = run_result_is_bad(row.result);
	}
	return out_hold(g->db, &held);
}

static int
store_run(struct ingest *g, const struct item *item)
{
	int fd, got;

	fd = openat(
	    g->on.self->spool_fd, item->file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0; /* stored and removed by an earlier pass */
	got = store_frames(g, item->run, fd);
	close(fd);
	return got == 0 ? hold(g, item->run) : -1;
}

static int
look_at_pin(struct ingest *g, int64_t run)
{
	int pinned = is_pinned(g, run);

	return pinned < 0 ? 0 : out_set_pinned(g->db, run, pinned == 1);
}

/* Drops a run's output, unless main.db has a pin that we did not hear of. */
static int
drop(struct ingest *g, int64_t run)
{
	g->drops--;
	if (is_pinned(g, run) == 1)
		return out_set_pinned(g->db, run, true);
	return out_drop(g->db, run);
}

static int
limit_job(struct ingest *g, const struct item *item)
{
	struct out_usage usage;
	int64_t run;

	while (g->drops > 0) {
		if (out_usage_of_job(g->db, item->uid, item->job, &usage) != 0)
			return -1;
		if (usage.bytes <= item->most_bytes)
			return 0;
		run = out_first_of_job(g->db, item->uid, item->job);
		if (run <= 0 || drop(g, run) != 0)
			return -1;
	}
	return 0;
}

/* What may go for the sake of room, in its order; a pin that we did not hear of
 * is met once. */
static int
relieve(struct ingest *g)
{
	g->pass_relieves = true;
	if (g->pass_left > RELIEF_LEFT)
		return 0;
	for (int n = 0; n < RELIEF_A_PASS; n++) {
		int64_t run = out_first_spare(g->db, false);

		if (run == 0)
			run = out_first_spare(g->db, true);
		if (run < 0 || (run > 0 && drop(g, run) != 0))
			return -1;
		if (run == 0)
			break;
		g->pass_relieved++;
	}
	return 0;
}

static int
carry_out(struct ingest *g, const struct item *item)
{
	switch (item->what) {
	case STORE:
		return store_run(g, item);
	case FORGET:
		return out_drop(g->db, item->run);
	case LOOK_AT_PIN:
		return look_at_pin(g, item->run);
	case LIMIT_JOB:
		return limit_job(g, item);
	case SIFT:
		g->sifting = true;
		g->sifted = 0;
		return 0;
	case RELIEVE:
		return relieve(g);
	}
	fatal("no item %d", item->what);
}

static void
remove_file(const struct ingest *g, const struct item *item)
{
	if (item->what != STORE)
		return;
	if (unlinkat(g->on.self->spool_fd, item->file, 0) != 0
	    && errno != ENOENT)
		log_warn("run %lld: removing its file: %s",
		    (long long)item->run, strerror(errno));
}

/*
 * Output beyond the limits of a user or of all goes, as much of it as may in
 * this pass. Who has most is the one who is over a user's limit, if anybody
 * is; so both limits look at the same user.
 */
static int
make_room(struct ingest *g)
{
	int64_t uid, bytes, run;
	int got;

	while ((got = out_greatest(g->db, &uid, &bytes)) == 1) {
		if (db_size(g->db) <= g->most_bytes
		    && bytes <= g->most_of_uid)
			break;
		g->more = g->drops <= 0;
		if (g->more)
			break;
		run = out_first_of(g->db, uid);
		if (run <= 0 || drop(g, run) != 0)
			return -1;
	}
	return got < 0 ? -1 : 0;
}

/* The first time: marks of pins that went while nobody was here to hear. */
static int
look_at_pins(struct ingest *g)
{
	int64_t run = 0;

	if (g->passes > 0)
		return 0;
	while ((run = out_next_pinned(g->db, run)) > 0)
		if (look_at_pin(g, run) != 0)
			return -1;
	return run < 0 ? -1 : 0;
}

/* The next of the held runs: does main.db know them still? */
static int
sift(struct ingest *g)
{
	struct run_row row;

	for (int i = 0; i < LOOKS_A_PASS && g->sifting; i++) {
		int64_t run = out_next_held(g->db, g->sifted);

		g->sifting = run > 0 && is_pinned(g, run) >= 0;
		if (run < 0)
			return -1;
		if (g->sifting && runs_get(g->main, run, &row) == 0
		    && out_drop(g->db, run) != 0)
			return -1;
		g->sifted = run;
	}
	g->more |= g->sifting;
	return 0;
}

/* Everything of the pass in one transaction; 0 when it is on the disk. */
static int
store_pass(struct ingest *g)
{
	enum db_trouble trouble;
	struct item *item;

	if (g->db == NULL)
		g->db = db_open(g->on.out_path, DB_OUT, false, &trouble);
	if (g->db == NULL || db_do(g->db, SQL_OUT_BEGIN) != 0)
		return -1;
	g->drops = DROPS_A_PASS;
	g->more = false;
	g->pass_relieves = false;
	g->pass_relieved = 0;
	if (look_at_pins(g) != 0)
		goto undo;
	STAILQ_FOREACH(item, &g->pass, next)
		if (carry_out(g, item) != 0)
			goto undo;
	if (make_room(g) != 0 || sift(g) != 0)
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
	if (g->pass_relieves)
		g->pass_left = db_give_back(g->db);
	if (++g->passes % CHECKPOINT_EVERY == 0
	    || db_log_pages(g->db) >= LOG_PAGES) {
		db_shrink(g->db);
		db_checkpoint(g->db);
	}
}

static void start_pass(struct ingest *g);

static void
end_relief(struct ingest *g)
{
	g->relief_waits = false;
	g->relieved += g->pass_relieved;
	if (g->pass_relieved > 0)
		log_warn("the disk is full: the output of %d runs was dropped",
		    g->pass_relieved);
	else
		g->relief_at.us = mono_now().us + RELIEF_AGAIN_US;
}

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
	if (g->pass_relieves)
		end_relief(g);
	start_pass(g);
}

static void
start_pass(struct ingest *g)
{
	struct item *item;
	int most = g->failed ? 1 : MOST_PENDING; /* one is enough to try */

	if (g->busy || (STAILQ_EMPTY(&g->waiting) && !g->more))
		return;
	for (int n = 0; n < most
	     && (item = STAILQ_FIRST(&g->waiting)) != NULL;
	     n++) {
		STAILQ_REMOVE_HEAD(&g->waiting, next);
		STAILQ_INSERT_TAIL(&g->pass, item, next);
	}
	g->busy = true;
	g->most_bytes = g->on.conf->keep_bytes;
	g->most_of_uid = g->on.conf->keep_bytes_per_uid;
	if (g->most_of_uid == 0)
		g->most_of_uid = INT64_MAX;
	work_put(g->on.work, LANE_STORE,
	    (struct work_call) { run_pass, end_pass, g });
}

static void
add(struct ingest *g, const struct item *item)
{
	struct item *copy = xmalloc(sizeof *copy);

	*copy = *item;
	STAILQ_INSERT_TAIL(&g->waiting, copy, next);
}

static void
add_one(struct ingest *g, const struct item *item)
{
	add(g, item);
	if (!g->failed)
		start_pass(g);
}

void
ingest_put(struct ingest *g, const char *file, int64_t run, bool silent)
{
	struct item item = { .what = STORE, .run = run };

	strlcpy(item.file, file, sizeof item.file);
	if (silent)
		bin_put(g->on.bin, file);
	else
		add_one(g, &item);
}

void
ingest_forget(struct ingest *g, int64_t *ids, int count)
{
	struct item item = { .what = FORGET };

	for (int i = 0; i < count; i++) {
		item.run = ids[i];
		add(g, &item);
	}
	free(ids);
	if (!g->failed)
		start_pass(g);
}

void
ingest_look_at_pin(struct ingest *g, int64_t run)
{
	add_one(g, &(struct item) { .what = LOOK_AT_PIN, .run = run });
}

void
ingest_sift(struct ingest *g)
{
	add_one(g, &(struct item) { .what = SIFT });
}

void
ingest_limit_job(
    struct ingest *g, int64_t uid, int64_t job, int64_t most_bytes)
{
	add_one(g,
	    &(struct item) { .what = LIMIT_JOB,
		.uid = uid,
		.job = job,
		.most_bytes = most_bytes });
}

/* Before all others: what cannot be stored waits for the room. */
void
ingest_relieve(struct ingest *g)
{
	struct item *item;

	if (g->relief_waits || mono_now().us < g->relief_at.us)
		return;
	g->relief_waits = true;
	item = xcalloc(1, sizeof *item);
	item->what = RELIEVE;
	STAILQ_INSERT_HEAD(&g->waiting, item, next);
	if (!g->failed)
		start_pass(g);
}

int64_t
ingest_relieved(const struct ingest *g)
{
	return g->relieved;
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
	if (work_pending(g->on.work) > 0)
		return; /* a worker hangs: it keeps what is its own */
	db_close(g->db);
	db_close(g->main);
	g->db = g->main = NULL;
}
