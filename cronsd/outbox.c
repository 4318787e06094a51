/*
 * What is being sent is a short list in memory, made of the rows at the start.
 * Two things of one job for one hook are never sent at once, so that "start"
 * arrives before "ok". What cannot be sent yet, because its run still drains
 * output, or its user is being looked up, waits to be woken and costs nothing.
 */
#include "outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>
#include <bsd/sys/queue.h>

#include "commit.h"
#include "conf.h"
#include "db.h"
#include "fail.h"
#include "launch.h"
#include "live.h"
#include "notice.h"
#include "self.h"
#include "share/log.h"
#include "store_outbox.h"
#include "store_runs.h"

#define ROWS_A_USER 32 /* looked at in a turn */
#define MOST_DELAY_US (6 * HOUR_US)
#define MOST_TRIES 1000
#define KEPT_US DAY_US /* rows that are over */

struct sending {
	int64_t id, run, job, uid;
	char hook[EVENT_HOOK_MAX];
	struct outbox *outbox;
	TAILQ_ENTRY(sending) in_list; /* outbox.sending */
};

struct outbox {
	struct outbox_needs on;
	TAILQ_HEAD(, sending) sending;
	int count;
	wall_t next; /* first row that is due; valid while next_known */
	bool next_known;
	wall_t seen; /* what is due until then waits for a wake; -1 nothing */
	int64_t last_uid; /* users take turns */
};

struct outbox *
outbox_new(const struct outbox_needs *needs)
{
	struct outbox *o = xcalloc(1, sizeof *o);

	o->on = *needs;
	o->last_uid = -1;
	o->seen.us = -1;
	TAILQ_INIT(&o->sending);
	return o;
}

int
outbox_put(struct outbox *o, struct db *db, struct outbox_row *row)
{
	o->next_known = false;
	return outbox_add(db, row) < 0 ? -1 : 0;
}

/* ---- what is being sent ---- */

static struct sending *
add_sending(struct outbox *o, const struct outbox_row *row)
{
	struct sending *s = xcalloc(1, sizeof *s);

	s->id = row->id;
	s->run = row->sent;
	s->job = row->job;
	s->uid = row->uid;
	strlcpy(s->hook, row->hook, sizeof s->hook);
	s->outbox = o;
	TAILQ_INSERT_TAIL(&o->sending, s, in_list);
	o->count++;
	return s;
}

static void
drop_sending(struct outbox *o, struct sending *s)
{
	TAILQ_REMOVE(&o->sending, s, in_list);
	o->count--;
	free(s);
	outbox_wake(o);
}

static int
count_of(const struct outbox *o, int64_t uid)
{
	const struct sending *s;
	int n = 0;

	TAILQ_FOREACH(s, &o->sending, in_list)
		n += s->uid == uid;
	return n;
}

static bool
is_sent_to(const struct outbox *o, const struct outbox_row *row)
{
	const struct sending *s;

	TAILQ_FOREACH(s, &o->sending, in_list)
		if (s->job == row->job && strcmp(s->hook, row->hook) == 0)
			return true;
	return false;
}

/* A run that is no longer known (the database is a backup's) is made again. */
static int
resume(struct outbox *o, struct db *db, int64_t id)
{
	struct outbox_row row;

	if (outbox_get(db, id, &row) != 1)
		return -1;
	if (live_find(o->on.live, row.sent) != NULL) {
		add_sending(o, &row);
		return 0;
	}
	row.state = OUTBOX_WAITING;
	return outbox_set(db, &row);
}

void
outbox_start(struct outbox *o)
{
	struct db *db = commit_db(o->on.commit);
	int64_t ids[64], after = 0;
	int n = 0;

	if (db == NULL)
		return;
	do {
		n = outbox_sending(
		    db, after, (struct outbox_ids) { ids, 64 });
		for (int i = 0; i < n; i++) {
			after = ids[i];
			if (resume(o, db, ids[i]) != 0)
				n = -1;
		}
	} while (n == 64);
	if (n < 0)
		commit_spoil(o->on.commit);
}

/* ---- claiming ---- */

static void
on_claimed(void *arg, bool durable)
{
	struct sending *s = arg;
	struct live_run *run = live_find(s->outbox->on.live, s->run);

	if (durable) {
		FAIL_POINT(notice_claimed);
		launch_put(s->outbox->on.launch, run);
		return;
	}
	live_drop(s->outbox->on.live, run);
	drop_sending(s->outbox, s);
}

/* Inserts the run that delivers the row. 0, or -1: the turn is spoilt. */
static int
claim(struct outbox *o, struct db *db, struct outbox_row *row, wall_t now)
{
	struct live_run *live;
	struct run_row run;
	int got;

	run_row_init(&run);
	run.id = o->on.self->next_run;
	run.slot = row->id;
	run.lap = LAP_MANUAL;
	run.attempt = row->tries;
	run.uid = notice_owner(o->on.notice, row);
	run.fence = 1;
	run.cause = CAUSE_NOTICE;
	run.at = now.us;
	row->state = OUTBOX_SENDING;
	row->at = now;
	row->tries++;
	row->sent = run.id;
	FAIL_POINT(notice_before);
	/* After a restore an older run may have that try's place. */
	while ((got = runs_add(db, &run)) == 0 && run.attempt < MOST_TRIES)
		run.attempt++;
	if (got != 1 || outbox_set(db, row) != 0)
		return -1;
	o->on.self->next_run++;
	live = live_add(o->on.live, &run, RUN_CLAIMED);
	strlcpy(live->instance, o->on.self->instance, sizeof live->instance);
	live->deadline_us = INT64_MAX;
	commit_then(o->on.commit, on_claimed, add_sending(o, row));
	return 0;
}

static int
give_up(struct db *db, struct outbox_row *row, const char *why, wall_t now)
{
	row->state = OUTBOX_GIVEN_UP;
	row->at = now;
	strlcpy(row->why, why, sizeof row->why);
	return outbox_set(db, row);
}

/* One row that is due: claimed, put off, or settled without a run. */
static int
consider(struct outbox *o, struct db *db, int64_t id, wall_t now)
{
	struct outbox_row row;
	const char *why;
	int has;

	if (outbox_get(db, id, &row) != 1)
		return -1;
	if (is_sent_to(o, &row)
	    || (row.event != EVENT_START
		&& live_find(o->on.live, row.of) != NULL))
		return 0;
	if (row.quiet) {
		has = notice_has_output(o->on.notice, &row);
		if (has <= 0)
			return has < 0 ? 0 : outbox_drop(db, id);
	}
	why = notice_obstacle(o->on.notice, &row);
	if (why != NULL)
		return give_up(db, &row, why, now);
	return claim(o, db, &row, now);
}

/* Deliveries of one user, up to half of all. */
static int
serve_user(struct outbox *o, struct db *db, int64_t uid, wall_t now)
{
	int64_t ids[ROWS_A_USER], most = o->on.conf->deliveries;
	int64_t most_of_user = most == 1 ? 1 : most / 2;
	bool astray = o->next.us - now.us > MOST_DELAY_US;
	int n = outbox_due(db, uid, astray ? WALL_NEVER : now,
	    (struct outbox_ids) { ids, ROWS_A_USER });

	for (int i = 0; i < n; i++) {
		if (o->count >= most || count_of(o, uid) >= most_of_user)
			break;
		if (consider(o, db, ids[i], now) != 0)
			return -1;
	}
	o->last_uid = uid;
	return n < 0 ? -1 : 0;
}

/* All users of whom something waits, beginning behind the one served last. */
static int
serve_all(struct outbox *o, struct db *db, wall_t now)
{
	int64_t last = o->last_uid, uid = last;
	int got = 0;

	while (got == 0 && (uid = outbox_uid_after(db, uid)) >= 0
	    && o->count < o->on.conf->deliveries)
		got = serve_user(o, db, uid, now);
	uid = -1;
	while (got == 0 && (uid = outbox_uid_after(db, uid)) >= 0
	    && uid <= last && o->count < o->on.conf->deliveries)
		got = serve_user(o, db, uid, now);
	return got;
}

void
outbox_turn(struct outbox *o, wall_t now)
{
	struct db *db;

	if (o->on.self->stopping || outbox_next(o, now).us > now.us)
		return;
	db = commit_db(o->on.commit);
	if (db == NULL)
		return;
	if (serve_all(o, db, now) != 0
	    || outbox_prune(db, wall_add(now, -KEPT_US)) != 0)
		commit_spoil(o->on.commit);
	/* What is due and was left has to wait for the end of something. */
	o->seen = now;
	o->next_known = false;
}

/*
 * A row that is due later than any delay can be was written before the clock
 * was set back: it is due.
 */
wall_t
outbox_next(struct outbox *o, wall_t now)
{
	if (!o->next_known) {
		o->next_known = true;
		if (!outbox_first(
			commit_read_db(o->on.commit), o->seen, &o->next))
			o->next = WALL_NEVER;
	}
	if (!wall_is_never(o->next) && o->next.us - now.us > MOST_DELAY_US)
		return now;
	return o->next;
}

void
outbox_wake(struct outbox *o)
{
	if (o->seen.us < 0)
		return;
	o->seen.us = -1;
	o->next_known = false;
}

int
outbox_order(
    struct outbox *o, struct live_run *run, struct launch_order *order)
{
	struct outbox_row row;
	int got = outbox_get(
	    commit_read_db(o->on.commit), run->row.slot, &row);

	memset(order, 0, sizeof *order);
	if (got == 1 && row.sent == run->row.id)
		return notice_order(o->on.notice, &row, order);
	strlcpy(order->why, "it is no longer known what to tell",
	    sizeof order->why);
	return got < 0 ? 0 : -1;
}

/* ---- the end of a run of ours ---- */

/* delay * 4 ^ (tries before this one), bounded. */
static int64_t
delay_after(const struct outbox *o, int64_t tries)
{
	int64_t delay = o->on.conf->delivery_delay;

	for (int64_t i = 1; i < tries && delay < MOST_DELAY_US; i++)
		delay *= 4;
	return delay < MOST_DELAY_US ? delay : MOST_DELAY_US;
}

static int
fail_row(struct outbox *o, struct db *db, struct outbox_row *row,
    const struct run_row *run)
{
	char why[OUTBOX_TEXT_MAX];
	wall_t end = { run->end };

	if (run->result == RESULT_FAIL)
		snprintf(why, sizeof why, "exit %lld", (long long)run->code);
	else
		snprintf(why, sizeof why, "%s%s%s",
		    run_result_word(run->result),
		    run->why[0] == '\0' ? "" : ": ", run->why);
	if (row->tries < o->on.conf->delivery_tries && run->start >= 0
	    && row->event != EVENT_START) {
		strlcpy(row->why, why, sizeof row->why);
		row->state = OUTBOX_WAITING;
		row->at = wall_add(end, delay_after(o, row->tries));
		return outbox_set(db, row);
	}
	log_warn("run %lld: %s was not told by %s: %s (cronsctl logs %lld)",
	    (long long)row->of, event_word(row->event), row->hook, why,
	    (long long)run->id);
	return give_up(db, row, why, end);
}

int
outbox_ending(struct outbox *o, struct db *db, const struct run_row *run)
{
	struct outbox_row row;
	int got = outbox_get(db, run->slot, &row);

	if (got != 1 || row.sent != run->id || row.state != OUTBOX_SENDING)
		return got < 0 ? -1 : 0;
	FAIL_POINT(notice_ending);
	if (run->result != RESULT_OK)
		return fail_row(o, db, &row, run);
	row.state = OUTBOX_DELIVERED;
	row.at.us = run->end;
	row.why[0] = '\0';
	return outbox_set(db, &row);
}

void
outbox_ended(struct outbox *o, const struct run_row *run)
{
	struct sending *s, *next;

	FAIL_POINT(notice_ended);
	notice_forget(o->on.notice, run->id);
	TAILQ_FOREACH_SAFE(s, &o->sending, in_list, next)
		if (s->run == run->id)
			drop_sending(o, s);
	o->next_known = false;
}
