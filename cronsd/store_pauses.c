/* Wide pauses are few: those that are not over are all looked at. */
#include "store_pauses.h"

#include <string.h>

#include <bsd/string.h>

#include "db.h"
#include "share/buf.h"
#include "share/job.h"
#include "store_events.h"

static int
put_event(struct db *db, const struct pause *p, enum event_kind kind,
    wall_t at)
{
	struct event e = { .at = at.us,
		.kind = kind,
		.uid = p->uid,
		.job = p->job,
		.run = -1 };
	struct buf text = BUF_EMPTY;

	if (p->job == 0)
		buf_printf(&text, "@%s: ", *p->tag == '\0' ? "all" : p->tag);
	pause_print(p, &text);
	strlcpy(e.text, buf_text(&text), sizeof e.text);
	buf_fini(&text);
	return events_put(db, &e);
}

int
pauses_add(struct db *db, const struct pause *p)
{
	struct sqlite3_stmt *st = db_get(db, SQL_PAUSE_ADD);

	db_bind(st, ":job", p->job);
	db_bind(st, ":uid", p->uid);
	db_bind_text(st, ":tag", p->tag);
	db_bind(st, ":since", p->since.us);
	db_bind(st, ":until", p->until.us);
	db_bind(st, ":firm", p->firm);
	db_bind_text(st, ":by", p->by);
	db_bind_text(st, ":why", p->why);
	return db_run(db, st) == 0 ? put_event(db, p, EVENT_PAUSED, p->since)
				   : -1;
}

int
pauses_end(struct db *db, const struct pause *p, wall_t at)
{
	bool was = p->since.us < at.us;
	struct sqlite3_stmt *st
	    = db_get(db, was ? SQL_PAUSE_END : SQL_PAUSE_DROP);

	db_bind(st, ":id", p->id);
	if (was)
		db_bind(st, ":until", at.us);
	return db_run(db, st) == 0 ? put_event(db, p, EVENT_RESUMED, at) : -1;
}

static void
read_row(struct sqlite3_stmt *st, struct pause *p)
{
	p->id = db_int(st, "id");
	p->job = db_int(st, "job");
	p->uid = db_int(st, "uid");
	strlcpy(p->tag, db_text(st, "tag"), sizeof p->tag);
	p->since.us = db_int(st, "since");
	p->until.us = db_int(st, "until");
	p->firm = db_int(st, "firm") != 0;
	strlcpy(p->by, db_text(st, "by"), sizeof p->by);
	strlcpy(p->why, db_text(st, "why"), sizeof p->why);
}

/* The first row of that id (0: the wide ones) at that instant that wants()
 * likes. */
struct looking {
	int64_t job;
	wall_t at;
	bool (*wants)(const void *arg, const struct pause *p);
	const void *arg;
};

static int
look(struct db *db, const struct looking *l, struct pause *p)
{
	struct sqlite3_stmt *st = db_get(db, SQL_PAUSES_OF);
	int got;

	db_bind(st, ":job", l->job);
	db_bind(st, ":at", l->at.us);
	while ((got = db_step(db, st)) == 1) {
		read_row(st, p);
		if (l->wants(l->arg, p))
			break;
	}
	db_done(st);
	return got;
}

/* Is the job among those that a wide pause is for? */
static bool
is_for(const void *arg, const struct pause *p)
{
	const struct job *job = arg;

	return p->job == job->id
	    || ((p->uid < 0 || p->uid == job->uid)
		&& (p->tag[0] == '\0' || job_has_tag(job, p->tag)));
}

int
pauses_find(
    struct db *db, const struct job *job, wall_t at, struct pause *p)
{
	struct looking l = { job->id, at, is_for, job };
	int got = look(db, &l, p);

	l.job = 0;
	return got != 0 ? got : look(db, &l, p);
}

static bool
is_same(const void *arg, const struct pause *p)
{
	const struct pause *scope = arg;

	return p->job != 0
	    || (p->uid == scope->uid && strcmp(p->tag, scope->tag) == 0);
}

int
pauses_get_scope(
    struct db *db, const struct pause *scope, wall_t at, struct pause *p)
{
	struct looking l = { scope->job, at, is_same, scope };

	return look(db, &l, p);
}

int
pauses_each(struct db *db, wall_t after,
    void (*each)(void *arg, const struct pause *p), void *arg)
{
	struct sqlite3_stmt *st = db_get(db, SQL_PAUSES_ALL);
	struct pause p;
	int got;

	db_bind(st, ":after", after.us);
	while ((got = db_step(db, st)) == 1) {
		read_row(st, &p);
		each(arg, &p);
	}
	return got;
}

int
pauses_prune(struct db *db, wall_t before)
{
	struct sqlite3_stmt *st = db_get(db, SQL_PAUSES_PRUNE);

	db_bind(st, ":before", before.us);
	return db_run(db, st);
}

void
pause_print(const struct pause *p, struct buf *out)
{
	wall_t since = { p->since.us - p->since.us % SECOND_US };

	buf_printf(out, "paused by %s since ", p->by);
	rfc3339_print(out, since, 0);
	if (p->why[0] != '\0')
		buf_printf(out, ": %s", p->why);
}
