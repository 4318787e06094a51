/* Rows of backlog: few, short-lived, found by job and by time. */
#include "store_backlog.h"

#include "db.h"

int
backlog_add(struct db *db, const struct backlog *b)
{
	struct sqlite3_stmt *st = db_get(db, SQL_BACKLOG_ADD);

	db_bind(st, ":job", b->job);
	db_bind(st, ":at", b->at.us);
	db_bind(st, ":slot", b->slot.us);
	db_bind(st, ":until", b->until.us);
	db_bind(st, ":cause", b->cause);
	db_bind(st, ":force", b->force);
	return db_run(db, st);
}

int
backlog_set(struct db *db, const struct backlog *b)
{
	struct sqlite3_stmt *st = db_get(db, SQL_BACKLOG_SET);

	db_bind(st, ":id", b->id);
	db_bind(st, ":at", b->at.us);
	db_bind(st, ":slot", b->slot.us);
	return db_run(db, st);
}

int
backlog_drop(struct db *db, int64_t id)
{
	struct sqlite3_stmt *st = db_get(db, SQL_BACKLOG_DROP);

	db_bind(st, ":id", id);
	return db_run(db, st);
}

int
backlog_wake(struct db *db, int64_t job)
{
	struct sqlite3_stmt *st;

	if (job < 0)
		return db_do(db, SQL_BACKLOG_WAKE_ALL);
	st = db_get(db, SQL_BACKLOG_WAKE);
	db_bind(st, ":job", job);
	return db_run(db, st);
}

static void
read_row(struct sqlite3_stmt *st, struct backlog *b)
{
	b->id = db_int(st, "id");
	b->job = db_int(st, "job");
	b->at.us = db_int(st, "at");
	b->slot.us = db_int(st, "slot");
	b->until.us = db_int(st, "until");
	b->cause = (enum run_cause)db_int(st, "cause");
	b->force = db_int(st, "force") != 0;
}

int
backlog_due(struct db *db, wall_t until, struct backlog *rows, int most)
{
	struct sqlite3_stmt *st = db_get(db, SQL_BACKLOG_DUE);
	int n = 0, got;

	db_bind(st, ":until", until.us);
	db_bind(st, ":n", most);
	while ((got = db_step(db, st)) == 1)
		read_row(st, &rows[n++]);
	return got < 0 ? -1 : n;
}

int
backlog_of_slot(
    struct db *db, int64_t job, int64_t slot, struct backlog *b)
{
	struct sqlite3_stmt *st = db_get(db, SQL_BACKLOG_OF);
	int got;

	db_bind(st, ":job", job);
	db_bind(st, ":slot", slot);
	got = db_step(db, st);
	if (got == 1)
		read_row(st, b);
	db_done(st);
	return got;
}

bool
backlog_next(struct db *db, wall_t *at)
{
	at->us = db_number(db, db_get(db, SQL_BACKLOG_NEXT), -1);
	return at->us >= 0;
}
