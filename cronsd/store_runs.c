/* Rows of run and health; "try" is a word of the table, attempt of the code. */
#include "store_runs.h"

#include <string.h>

#include <bsd/string.h>

#include "db.h"
#include "share/log.h"
#include "store_events.h"

void
run_row_init(struct run_row *row)
{
	memset(row, 0, sizeof *row);
	row->start = row->end = row->code = row->signal = -1;
	row->slot_to = row->slots = -1;
	row->out_bytes = row->err_bytes = row->dropped_bytes = -1;
}

static void
bind_why(struct sqlite3_stmt *st, const struct run_row *row)
{
	if (row->why[0] != '\0')
		db_bind_text(st, ":why", row->why);
}

/* It is over, or it was never to start. */
static int
put_event(struct db *db, const struct run_row *row)
{
	struct event e = { .at = row->end,
		.kind = EVENT_ENDED,
		.uid = row->uid,
		.job = row->job,
		.run = row->id,
		.result = row->result };

	strlcpy(e.text, row->why, sizeof e.text);
	return events_put(db, &e);
}

int
runs_add(struct db *db, const struct run_row *row)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_ADD);

	db_bind(st, ":id", row->id);
	db_bind(st, ":job", row->job);
	db_bind(st, ":slot", row->slot);
	db_bind(st, ":lap", row->lap);
	db_bind(st, ":shard", row->shard);
	db_bind(st, ":try", row->attempt);
	db_bind(st, ":uid", row->uid);
	db_bind(st, ":fence", row->fence);
	db_bind(st, ":cause", row->cause);
	db_bind(st, ":result", row->result);
	if (row->at != row->slot)
		db_bind(st, ":at", row->at);
	db_bind_some(st, ":start", row->start);
	db_bind_some(st, ":end", row->end);
	bind_why(st, row);
	db_bind_some(st, ":slot_to", row->slot_to);
	db_bind_some(st, ":slots", row->slots);
	if (db_run(db, st) != 0)
		return -1;
	if (db_changes(db) == 0)
		return 0;
	return row->result == RESULT_NONE || put_event(db, row) == 0 ? 1 : -1;
}

int
runs_extend(struct db *db, const struct run_row *range, int64_t slots)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_EXTEND);

	db_bind(st, ":id", range->id);
	db_bind(st, ":slot_to", range->slot_to);
	db_bind(st, ":end", range->end);
	db_bind(st, ":slots", slots);
	return db_run(db, st) == 0 ? put_event(db, range) : -1;
}

int
runs_put_env(struct db *db, int64_t id, const char *env)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_ENV_PUT);

	db_bind(st, ":run", id);
	db_bind_text(st, ":env", env);
	return db_run(db, st);
}

char *
runs_take_env(struct db *db, int64_t id)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_ENV_GET);
	char *env = NULL;

	db_bind(st, ":run", id);
	if (db_step(db, st) == 1)
		env = xstrdup(db_text(st, "env"));
	db_done(st);
	return env;
}

int
runs_copy_env(struct db *db, int64_t from, int64_t to)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_ENV_COPY);

	db_bind(st, ":from", from);
	db_bind(st, ":to", to);
	return db_run(db, st);
}

int
runs_set_fence(struct db *db, int64_t id, int64_t fence)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_FENCE);

	db_bind(st, ":id", id);
	db_bind(st, ":fence", fence);
	return db_run(db, st);
}

int
runs_set_waits(struct db *db, int64_t id)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_WAITS);

	db_bind(st, ":id", id);
	return db_run(db, st);
}

int
runs_release(struct db *db, int64_t id)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_RELEASE);

	db_bind(st, ":id", id);
	return db_run(db, st);
}

/* Zero bytes are not worth a byte: NULL and 0 are the same to a reader. */
static void
bind_bytes(struct sqlite3_stmt *st, const struct run_row *row)
{
	db_bind_some(
	    st, ":out_bytes", row->out_bytes > 0 ? row->out_bytes : -1);
	db_bind_some(
	    st, ":err_bytes", row->err_bytes > 0 ? row->err_bytes : -1);
	db_bind_some(st, ":dropped_bytes",
	    row->dropped_bytes > 0 ? row->dropped_bytes : -1);
}

static int
put_health(struct db *db, const struct run_row *row)
{
	struct sqlite3_stmt *st = db_get(db, SQL_HEALTH_PUT);

	db_bind(st, ":job", row->job);
	db_bind(st, ":run", row->id);
	db_bind_some(st, ":start", row->start);
	db_bind_some(st, ":end", row->end);
	db_bind(st, ":result", row->result);
	db_bind_some(st, ":code", row->code);
	return db_run(db, st);
}

int
runs_end(struct db *db, const struct run_row *row)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_END);

	db_bind(st, ":id", row->id);
	db_bind(st, ":result", row->result);
	db_bind_some(st, ":start", row->start);
	db_bind_some(st, ":end", row->end);
	db_bind_some(st, ":code", row->code);
	db_bind_some(st, ":signal", row->signal);
	bind_why(st, row);
	bind_bytes(st, row);
	if (db_run(db, st) != 0)
		return -1;
	if (db_changes(db) == 0)
		return 0;
	return put_health(db, row) == 0 && put_event(db, row) == 0 ? 1 : -1;
}

int
runs_set_bytes(struct db *db, const struct run_row *row)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_BYTES);

	db_bind(st, ":id", row->id);
	bind_bytes(st, row);
	return db_run(db, st);
}

/* The columns of SQL_RUN, in their order: by name they cost as much as to find
 * the row. */
static void
read_run(struct sqlite3_stmt *st, struct run_row *row)
{
	int at = 0;
	const char *why;

	run_row_init(row);
	row->id = db_nth_int(st, at++);
	row->job = db_nth_int(st, at++);
	row->slot = db_nth_int(st, at++);
	row->lap = db_nth_int(st, at++);
	row->shard = db_nth_int(st, at++);
	row->attempt = db_nth_int(st, at++);
	row->uid = db_nth_int(st, at++);
	row->fence = db_nth_int(st, at++);
	row->cause = (enum run_cause)db_nth_int(st, at++);
	row->result = (enum run_result)db_nth_int(st, at++);
	row->at = db_nth_int(st, at++);
	row->start = db_nth_int(st, at++);
	row->end = db_nth_int(st, at++);
	row->code = db_nth_int(st, at++);
	row->signal = db_nth_int(st, at++);
	why = db_nth_text(st, at++);
	strlcpy(row->why, why == NULL ? "" : why, sizeof row->why);
	row->slot_to = db_nth_int(st, at++);
	row->slots = db_nth_int(st, at++);
	row->out_bytes = db_nth_int(st, at++);
	row->err_bytes = db_nth_int(st, at++);
	row->dropped_bytes = db_nth_int(st, at++);
	row->waits = db_nth_int(st, at++) > 0;
}

static int
read_one(struct db *db, struct sqlite3_stmt *st, struct run_row *row)
{
	int got = db_step(db, st);

	if (got == 1)
		read_run(st, row);
	db_done(st);
	return got;
}

int
runs_get(struct db *db, int64_t id, struct run_row *row)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_BY_ID);

	db_bind(st, ":id", id);
	return read_one(db, st, row);
}

int
runs_get_slot(
    struct db *db, const struct run_row *key, struct run_row *row)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_BY_SLOT);

	db_bind(st, ":job", key->job);
	db_bind(st, ":slot", key->slot);
	db_bind(st, ":lap", key->lap);
	return read_one(db, st, row);
}

int
runs_get_covering(struct db *db, int64_t job, const int64_t span[2],
    struct run_row *row)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_AT);
	int got;

	db_bind(st, ":job", job);
	db_bind(st, ":from", span[0]);
	db_bind(st, ":to", span[1]);
	got = read_one(db, st, row);
	if (got != 0)
		return got;
	st = db_get(db, SQL_RUN_RANGE);
	db_bind(st, ":job", job);
	db_bind(st, ":from", span[0]);
	return read_one(db, st, row);
}

static bool
take_first(void *arg, const struct run_row *row)
{
	*(struct run_row *)arg = *row;
	return false;
}

int
runs_get_newest(struct db *db, int64_t job, struct run_row *row)
{
	struct runs_want want = { .job = job, .uid = -1,
		.before = INT64_MAX, .before_slot = INT64_MAX, .most = 1 };

	row->id = 0;
	if (runs_each(db, &want, take_first, row) != 0)
		return -1;
	return row->id != 0;
}

int
runs_get_bad(struct db *db, int64_t job, struct run_row *row)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_LAST_BAD);

	db_bind(st, ":job", job);
	return read_one(db, st, row);
}

static struct sqlite3_stmt *
want_runs(struct db *db, const struct runs_want *want)
{
	struct sqlite3_stmt *st;

	if (want->job >= 0) {
		st = db_get(db, SQL_RUN_BEFORE_JOB);
		db_bind(st, ":job", want->job);
		db_bind(st, ":slot", want->before_slot);
	} else if (want->uid >= 0) {
		st = db_get(db, SQL_RUN_BEFORE_OF);
		db_bind(st, ":uid", want->uid);
	} else {
		st = db_get(db, SQL_RUN_BEFORE_ANY);
	}
	db_bind(st, ":before", want->before);
	db_bind(st, ":n", want->most);
	return st;
}

static int
each_row(struct db *db, struct sqlite3_stmt *st,
    bool (*each)(void *arg, const struct run_row *row), void *arg)
{
	struct run_row row;
	int got;

	while ((got = db_step(db, st)) == 1) {
		read_run(st, &row);
		if (!each(arg, &row))
			break;
	}
	db_done(st);
	return got < 0 ? -1 : 0;
}

int
runs_each(struct db *db, const struct runs_want *want,
    bool (*each)(void *arg, const struct run_row *row), void *arg)
{
	return each_row(db, want_runs(db, want), each, arg);
}

int
runs_each_live(struct db *db,
    bool (*each)(void *arg, const struct run_row *row), void *arg)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_LIVE);

	db_bind(st, ":after", 0);
	db_bind(st, ":n", INT64_MAX);
	return each_row(db, st, each, arg);
}

int
runs_put_floor(struct db *db, int64_t id)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_FLOOR);

	db_bind(st, ":id", id);
	return db_run(db, st);
}

int64_t
runs_max_id(struct db *db)
{
	return db_number(db, db_get(db, SQL_RUN_MAX), 0);
}

int64_t
runs_count_bad(struct db *db, int64_t uid, int64_t since_us)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_BAD_COUNT);

	db_bind(st, ":uid", uid);
	db_bind(st, ":since", since_us);
	db_bind(st, ":n", RUNS_BAD_MOST);
	return db_number(db, st, 0);
}

int
health_get(struct db *db, int64_t job, struct health *health)
{
	struct sqlite3_stmt *st = db_get(db, SQL_HEALTH_GET);
	int got;

	db_bind(st, ":job", job);
	got = db_step(db, st);
	if (got == 1) {
		health->run = db_int(st, "run");
		health->start = db_int(st, "start");
		health->end = db_int(st, "end");
		health->code = db_int(st, "code");
		health->result = (enum run_result)db_int(st, "result");
	}
	db_done(st);
	return got;
}

int
health_restore(struct db *db, int64_t job)
{
	struct sqlite3_stmt *st = db_get(db, SQL_HEALTH_RESTORE);

	db_bind(st, ":job", job);
	return db_run(db, st);
}

int
runs_surplus(
    struct db *db, const struct runs_old *old, struct runs_ids ids)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_SURPLUS);
	int n = 0, got;

	db_bind(st, ":job", old->job);
	db_bind(st, ":slot", old->slot_before);
	db_bind(st, ":bad_slot", old->bad_before);
	db_bind(st, ":n", ids.most);
	while ((got = db_step(db, st)) == 1)
		ids.at[n++] = db_int(st, "id");
	return got < 0 ? -1 : n;
}

int
runs_each_count(struct db *db, int64_t uid,
    void (*each)(void *arg, int64_t owner, int64_t count), void *arg)
{
	struct sqlite3_stmt *st
	    = db_get(db, uid < 0 ? SQL_RUN_COUNTS : SQL_RUN_COUNTS_OF);
	int got;

	if (uid >= 0)
		db_bind(st, ":uid", uid);
	while ((got = db_step(db, st)) == 1)
		each(arg, db_int(st, uid < 0 ? "uid" : "job"),
		    db_int(st, "n"));
	db_done(st);
	return got < 0 ? -1 : 0;
}

int
runs_orphans(
    struct db *db, const struct runs_orphans *want, struct runs_ids ids)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_ORPHANS);
	int n = 0, got;

	db_bind(st, ":after", want->after);
	db_bind(st, ":to", want->to);
	db_bind(st, ":before", want->before_us);
	db_bind(st, ":n", ids.most);
	while ((got = db_step(db, st)) == 1)
		ids.at[n++] = db_int(st, "id");
	return got < 0 ? -1 : n;
}

static int64_t
nth_slot(struct db *db, enum sql sql, int64_t job, int64_t keep)
{
	struct sqlite3_stmt *st = db_get(db, sql);
	int64_t slot = -1;

	db_bind(st, ":job", job);
	db_bind(st, ":n", keep > 0 ? keep - 1 : 0);
	if (db_step(db, st) == 1)
		slot = db_int(st, "slot");
	db_done(st);
	return slot;
}

int64_t
runs_nth_slot(struct db *db, int64_t job, int64_t keep)
{
	return nth_slot(db, SQL_RUN_NTH, job, keep);
}

int64_t
runs_nth_bad_slot(struct db *db, int64_t job, int64_t keep)
{
	return nth_slot(db, SQL_RUN_NTH_BAD, job, keep);
}

int
runs_drop(struct db *db, int64_t id)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_DROP);

	db_bind(st, ":id", id);
	return db_run(db, st);
}

int
runs_pin(struct db *db, const struct run_row *row, int64_t at_us)
{
	struct sqlite3_stmt *st = db_get(db, SQL_PIN_PUT);

	db_bind(st, ":run", row->id);
	db_bind(st, ":uid", row->uid);
	db_bind(st, ":at", at_us);
	return db_run(db, st);
}

int
runs_unpin(struct db *db, int64_t id)
{
	struct sqlite3_stmt *st = db_get(db, SQL_PIN_DROP);

	db_bind(st, ":run", id);
	return db_run(db, st);
}

int
runs_is_pinned(struct db *db, int64_t id)
{
	struct sqlite3_stmt *st = db_get(db, SQL_PIN_HAS);
	int got;

	db_bind(st, ":run", id);
	got = db_step(db, st);
	db_done(st);
	return got;
}

int64_t
runs_count_pins(struct db *db, int64_t uid)
{
	struct sqlite3_stmt *st = db_get(db, SQL_PIN_COUNT);

	db_bind(st, ":uid", uid);
	return db_number(db, st, 0);
}
