/* Rows of outbox. */
#include "store_outbox.h"

#include <bsd/string.h>

#include "db.h"

#define PRUNE_MOST 16

const char *
outbox_state_word(enum outbox_state state)
{
	static const char *const words[] = {
#define X(name, word) [OUTBOX_##name] = word,
		OUTBOX_STATES(X)
#undef X
	};

	return words[state];
}

int
outbox_add(struct db *db, struct outbox_row *row)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUTBOX_ADD);

	db_bind(st, ":job", row->job);
	db_bind(st, ":rev", row->rev);
	db_bind(st, ":of", row->of);
	db_bind(st, ":event", row->event);
	db_bind_text(st, ":hook", row->hook);
	db_bind(st, ":uid", row->uid);
	db_bind_text(st, ":user", row->user);
	db_bind(st, ":quiet", row->quiet);
	db_bind_text(st, ":text", row->text);
	db_bind(st, ":made_us", row->made.us);
	db_bind(st, ":at", row->at.us);
	if (db_run(db, st) != 0)
		return -1;
	row->id = db_last_id(db);
	return db_changes(db) > 0;
}

static void
read_text(char *to, size_t room, const char *text)
{
	strlcpy(to, text == NULL ? "" : text, room);
}

static void
read_row(struct sqlite3_stmt *st, struct outbox_row *row)
{
	row->id = db_int(st, "id");
	row->job = db_int(st, "job");
	row->rev = db_int(st, "rev");
	row->of = db_int(st, "of");
	row->event = (int)db_int(st, "event");
	read_text(row->hook, sizeof row->hook, db_text(st, "hook"));
	row->uid = db_int(st, "uid");
	read_text(row->user, sizeof row->user, db_text(st, "user"));
	row->quiet = db_int(st, "quiet") != 0;
	read_text(row->text, sizeof row->text, db_text(st, "text"));
	row->made.us = db_int(st, "made_us");
	row->state = (enum outbox_state)db_int(st, "state");
	row->at.us = db_int(st, "at");
	row->tries = db_int(st, "tries");
	row->sent = db_int(st, "sent");
	read_text(row->why, sizeof row->why, db_text(st, "why"));
}

int
outbox_get(struct db *db, int64_t id, struct outbox_row *row)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUTBOX_GET);
	int got;

	db_bind(st, ":id", id);
	got = db_step(db, st);
	if (got == 1)
		read_row(st, row);
	db_done(st);
	return got;
}

int
outbox_set(struct db *db, const struct outbox_row *row)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUTBOX_SET);

	db_bind(st, ":id", row->id);
	db_bind(st, ":state", row->state);
	db_bind(st, ":at", row->at.us);
	db_bind(st, ":tries", row->tries);
	db_bind(st, ":sent", row->sent);
	db_bind_text(st, ":why", row->why);
	return db_run(db, st);
}

int
outbox_drop(struct db *db, int64_t id)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUTBOX_DROP);

	db_bind(st, ":id", id);
	return db_run(db, st);
}

bool
outbox_first(struct db *db, wall_t after, wall_t *at)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUTBOX_FIRST);

	db_bind(st, ":after", after.us);
	at->us = db_number(db, st, -1);
	return at->us >= 0;
}

int64_t
outbox_uid_after(struct db *db, int64_t uid)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUTBOX_UID);

	db_bind(st, ":uid", uid);
	return db_number(db, st, -1);
}

static int
read_ids(struct db *db, struct sqlite3_stmt *st, struct outbox_ids ids)
{
	int n = 0, got;

	db_bind(st, ":n", ids.most);
	while ((got = db_step(db, st)) == 1)
		ids.at[n++] = db_int(st, "id");
	return got < 0 ? -1 : n;
}

int
outbox_due(
    struct db *db, int64_t uid, wall_t until, struct outbox_ids ids)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUTBOX_DUE);

	db_bind(st, ":uid", uid);
	db_bind(st, ":until", until.us);
	return read_ids(db, st, ids);
}

int
outbox_sending(struct db *db, int64_t after, struct outbox_ids ids)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUTBOX_SENDING);

	db_bind(st, ":after", after);
	return read_ids(db, st, ids);
}

int
outbox_prune(struct db *db, wall_t before)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUTBOX_PRUNE);

	db_bind(st, ":before", before.us);
	db_bind(st, ":n", PRUNE_MOST);
	return db_run(db, st);
}

int
outbox_each(struct db *db, const struct outbox_want *want,
    void (*each)(void *arg, const struct outbox_row *row), void *arg)
{
	struct sqlite3_stmt *st = db_get(db, SQL_OUTBOX_LIST);
	struct outbox_row row;
	int got;

	db_bind(st, ":before", want->before);
	db_bind(st, ":uid", want->uid);
	db_bind(st, ":n", want->most);
	while ((got = db_step(db, st)) == 1) {
		read_row(st, &row);
		each(arg, &row);
	}
	db_done(st);
	return got < 0 ? -1 : 0;
}
