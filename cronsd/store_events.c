/* The ring is cut once in EVENTS_SLACK rows: one short range of keys. */
#include "store_events.h"

#include <bsd/string.h>

#include "db.h"

const char *
event_kind_word(enum event_kind kind)
{
	switch (kind) {
#define X(name, number, word) \
	case EVENT_##name: \
		return word;
		EVENT_KINDS(X)
#undef X
	}
	return "?";
}

static int64_t kept = EVENTS_KEPT;

void
events_keep(int64_t count)
{
	kept = count;
}

static int
cut(struct db *db, int64_t newest)
{
	struct sqlite3_stmt *st;

	if (newest % EVENTS_SLACK != 0)
		return 0;
	st = db_get(db, SQL_EVENTS_CUT);
	db_bind(st, ":to", newest - kept);
	return db_run(db, st);
}

int
events_put(struct db *db, const struct event *e)
{
	struct sqlite3_stmt *st = db_get(db, SQL_EVENT_PUT);

	db_bind(st, ":at", e->at);
	db_bind(st, ":kind", e->kind);
	db_bind(st, ":uid", e->uid);
	db_bind(st, ":job", e->job);
	db_bind_some(st, ":run", e->run);
	if (e->result != RESULT_NONE)
		db_bind(st, ":result", e->result);
	db_bind_text(st, ":text", e->text);
	if (db_run(db, st) != 0)
		return -1;
	return cut(db, db_last_id(db));
}

int64_t
events_oldest(struct db *db)
{
	return db_number(db, db_get(db, SQL_EVENTS_OLDEST), 0);
}

int64_t
events_newest(struct db *db)
{
	return db_number(db, db_get(db, SQL_EVENTS_NEWEST), 0);
}

int
events_each(struct db *db, const int64_t seq_most[2],
    bool (*each)(void *arg, const struct event *e), void *arg)
{
	struct sqlite3_stmt *st = db_get(db, SQL_EVENTS_AFTER);
	bool more = true;
	int got = 0;

	db_bind(st, ":seq", seq_most[0]);
	db_bind(st, ":n", seq_most[1]);
	while (more && (got = db_step(db, st)) == 1) {
		struct event e = { .seq = db_int(st, "seq"),
			.at = db_int(st, "at"),
			.kind = (enum event_kind)db_int(st, "kind"),
			.uid = db_int(st, "uid"),
			.job = db_int(st, "job"),
			.run = db_int(st, "run"),
			.result = RESULT_NONE };

		if (db_int(st, "result") > 0)
			e.result = (enum run_result)db_int(st, "result");
		strlcpy(e.text, db_text(st, "text"), sizeof e.text);
		more = each(arg, &e);
	}
	db_done(st);
	return got < 0 ? -1 : 0;
}
