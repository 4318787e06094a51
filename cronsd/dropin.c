/*
 * One thing at a time is out in the worker, a scan or a batch of files; what a
 * batch came to is stored before the next one is given out, so the worker
 * always compares with what is durable. Whoever has done something calls
 * go_on, which finds the next thing to do or sets the timer.
 */
#include "dropin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "conf.h"
#include "dropin_dirty.h"
#include "dropin_read.h"
#include "dropin_scan.h"
#include "dropin_store.h"
#include "keep.h"
#include "launch.h"
#include "loop.h"
#include "notify.h"
#include "plan.h"
#include "self.h"
#include "share/buf.h"
#include "share/log.h"
#include "store_jobs.h"
#include "store_sources.h"
#include "tabs.h"
#include "work.h"

#define MOST_WHOLE 256 /* changes of a file that are never divided */
#define MOST_A_PIECE 64 /* of a larger one */
#define A_TURN_US 15000 /* after that no further piece is begun; */
#define AT_START_US 50000 /* at the start, when crontabs' jobs wait for it */
#define DONE_US (SECOND_US / 10) /* from news to the look */
#define BEGUN_US (SECOND_US / 2) /* where more news are likely */
#define AGAIN_US (10 * SECOND_US) /* after trouble */
#define WAITING_US MINUTE_US /* what inotify cannot tell of */
#define HOLD_US (10 * SECOND_US)
#define FORMER_US (90 * DAY_US)
#define PASSWD DROPIN_PLACES /* the tag of /etc/passwd */
#define MODES (DROPIN_SCAN_WAITING + 1)

/* How far a batch is stored. */
struct cursor {
	int item;
	size_t op;
};

struct dropin {
	struct dropin_needs on;
	struct dropin_rules rules;
	struct dropin_reader reader; /* the worker's */
	struct notify *notify;
	bool poll; /* inotify cannot be had, or not enough of it */
	struct dropin_dirty *dirty;
	mono_t scan_at[MODES]; /* INT64_MAX: not wanted */
	_Atomic bool stop;
	bool busy; /* something is out in the worker */
	struct dropin_batch *batch; /* read, being stored */
	struct cursor at, turn; /* now, and when this turn began */
	struct dropin_store store;
	int64_t took_us; /* of the last batch that came by news */
	bool settled; /* the first scan is stored */
	bool started; /* and @reboot entries were seen to */
	struct loop_timer timer, rescan, waiting, hold;
};

static void arm_slow(struct dropin *d);
static void go_on(struct dropin *d);

/* What a setting says: a path, "no", or "" for the system's. Yours. */
static char *
place_of(const struct dropin *d, const char *said, const char *usual)
{
	if (strcmp(said, "no") == 0
	    || (*said == '\0' && d->on.self->is_private))
		return NULL;
	return xstrdup(*said == '\0' ? usual : said);
}

static void
drop_slashes(char *path)
{
	for (size_t len = path == NULL ? 0 : strlen(path);
	     len > 1 && path[len - 1] == '/';)
		path[--len] = '\0';
}

static void
read_settings(struct dropin *d)
{
	dropin_rules_fini(&d->rules);
	d->rules = (struct dropin_rules) {
		.dialect = (enum dialect)d->on.conf->dialect,
		.by_line = d->on.conf->strictness != 0,
		.system = d->on.self->system,
		.uid = d->on.self->uid,
		.reader = &d->reader,
	};
	d->rules.place[DROPIN_CRONTAB]
	    = place_of(d, d->on.conf->crontab, "/etc/crontab");
	d->rules.place[DROPIN_CRON_D]
	    = place_of(d, d->on.conf->cron_d, "/etc/cron.d");
	d->rules.place[DROPIN_CRONTABS]
	    = tabs_directory(d->on.self, d->on.conf);
	for (int i = 0; i < DROPIN_PLACES; i++)
		drop_slashes(d->rules.place[i]);
}

static bool
has_places(const struct dropin *d)
{
	for (int i = 0; i < DROPIN_PLACES; i++)
		if (d->rules.place[i] != NULL)
			return true;
	return false;
}

/* ---- news ---- */

static void
want_scan(struct dropin *d, enum dropin_scan_mode mode, int64_t delay_us)
{
	mono_t at = { mono_now().us + delay_us };

	if (at.us < d->scan_at[mode].us)
		d->scan_at[mode] = at;
}

/*
 * A file that is changed again and again is read in a fifth of the time at
 * most.
 */
static void
on_changed(void *arg, int tag, const char *name, enum notify_kind kind)
{
	struct dropin *d = arg;
	int64_t delay = kind == NOTIFY_DONE ? DONE_US : BEGUN_US;
	struct buf path = BUF_EMPTY;

	if (delay < 4 * d->took_us)
		delay = 4 * d->took_us;
	if (tag == PASSWD)
		want_scan(d, DROPIN_SCAN_USERS, 2 * delay);
	else if (name == NULL)
		want_scan(d, DROPIN_SCAN_ALL, delay);
	else {
		buf_puts(&path, d->rules.place[tag]);
		if (tag != DROPIN_CRONTAB)
			buf_printf(&path, "/%s", name);
		dropin_dirty_put(d->dirty,
		    &(struct dropin_look) {
			.path = path.data, .by_news = true, .delay_us = delay },
		    mono_now());
		buf_fini(&path);
	}
	go_on(d);
}

static void
watch_places(struct dropin *d)
{
	char *const *place = d->rules.place;
	bool good = true;

	notify_free(d->notify);
	d->notify = NULL;
	d->poll = false;
	if (!has_places(d))
		return;
	d->notify = notify_new(
	    d->on.loop, (struct notify_call) { on_changed, d });
	if (d->notify != NULL) {
		if (place[DROPIN_CRONTAB] != NULL)
			good &= notify_file(d->notify, DROPIN_CRONTAB,
			    place[DROPIN_CRONTAB]);
		for (int i = DROPIN_CRON_D; i < DROPIN_PLACES; i++)
			if (place[i] != NULL)
				good &= notify_directory(
				    d->notify, i, place[i]);
		good &= notify_file(d->notify, PASSWD, "/etc/passwd");
	}
	d->poll = d->notify == NULL || !good;
	if (d->poll)
		log_warn("crontabs are looked at every minute instead of at "
			 "once");
}

/* ---- the worker ---- */

static void
on_scanned(void *arg)
{
	struct dropin_scan *scan = arg;
	struct dropin *d = scan->owner;
	mono_t now = mono_now();

	d->busy = false;
	if (scan->failed)
		want_scan(d, scan->mode, AGAIN_US);
	for (size_t i = 0; i < scan->count; i++) {
		const struct dropin_found *found = &scan->found[i];

		dropin_dirty_put(d->dirty,
		    &(struct dropin_look) { found->path, found->trouble,
			found->by_news, 0 },
		    now);
	}
	dropin_scan_free(scan);
	arm_slow(d);
	go_on(d);
}

static void
start_scan(struct dropin *d, enum dropin_scan_mode mode)
{
	struct dropin_scan *scan = xcalloc(1, sizeof *scan);

	d->scan_at[mode].us = INT64_MAX;
	scan->mode = mode;
	scan->stop = &d->stop;
	scan->owner = d;
	dropin_rules_copy(&scan->rules, &d->rules);
	d->busy = true;
	work_put(d->on.work, LANE_DROPIN,
	    (struct work_call) { dropin_scan, on_scanned, scan });
}

static void
on_read(void *arg)
{
	struct dropin_batch *batch = arg;
	struct dropin *d = batch->owner;

	d->busy = false;
	d->batch = batch;
	d->at = (struct cursor) { 0, 0 };
	if (batch->failed)
		log_warn("crontabs: the database cannot be read now");
	/* The turn that follows stores it, even if there is nothing in it. */
}

/* Takes what is due; false: nothing is. */
static bool
start_batch(struct dropin *d)
{
	struct dropin_batch *batch;
	struct dropin_due due;
	mono_t now = mono_now();

	if (dropin_dirty_next(d->dirty).us > now.us)
		return false;
	batch = xcalloc(1, sizeof *batch);
	while (batch->count < DROPIN_BATCH
	    && dropin_dirty_take(d->dirty, now, &due)) {
		struct dropin_item *item = &batch->item[batch->count++];

		item->path = due.path;
		item->trouble = due.trouble;
		item->by_news = due.by_news;
	}
	batch->stop = &d->stop;
	batch->owner = d;
	dropin_rules_copy(&batch->rules, &d->rules);
	d->busy = true;
	work_put(d->on.work, LANE_DROPIN,
	    (struct work_call) { dropin_read, on_read, batch });
	return true;
}

/* ---- what is next ---- */

static void
arm(struct dropin *d)
{
	mono_t at = dropin_dirty_next(d->dirty);

	for (int i = 0; i < MODES; i++)
		if (d->scan_at[i].us < at.us)
			at = d->scan_at[i];
	if (at.us == INT64_MAX)
		loop_timer_stop(d->on.loop, &d->timer);
	else
		loop_timer_set(d->on.loop, &d->timer, at);
}

/* All that was there at the start is stored. */
static void
settle(struct dropin *d)
{
	if (d->settled)
		return;
	d->settled = true;
	if (has_places(d))
		log_info("crontabs: all are read");
	loop_timer_stop(d->on.loop, &d->hold);
}

static void
go_on(struct dropin *d)
{
	mono_t now = mono_now();

	if (d->busy || d->batch != NULL || d->stop)
		return;
	for (int i = 0; i < MODES; i++)
		if (d->scan_at[i].us <= now.us) {
			start_scan(d, (enum dropin_scan_mode)i);
			return;
		}
	if (start_batch(d))
		return;
	settle(d);
	arm(d);
}

static void
on_timer(void *arg)
{
	go_on(arg);
}

static void
on_rescan(void *arg)
{
	struct dropin *d = arg;

	want_scan(d, DROPIN_SCAN_ALL, 0);
	go_on(d);
}

static void
on_waiting(void *arg)
{
	struct dropin *d = arg;

	want_scan(d, DROPIN_SCAN_WAITING, 0);
	go_on(d);
}

static void
on_hold(void *arg)
{
	struct dropin *d = arg;

	log_warn("crontabs: not read within %lld s; their jobs run as they "
		 "were known",
	    (long long)(HOLD_US / SECOND_US));
	d->on.self->crontabs_wait = false;
	launch_wake(d->on.launch);
}

/* Timers that stand for what inotify cannot tell. */
static void
arm_slow(struct dropin *d)
{
	int64_t every = d->poll ? MINUTE_US : d->on.conf->rescan;
	mono_t now = mono_now();

	if (every == 0 || !has_places(d))
		loop_timer_stop(d->on.loop, &d->rescan);
	else if (!d->rescan.armed)
		loop_timer_set(
		    d->on.loop, &d->rescan, (mono_t) { now.us + every });
	if (!sources_has_waiting(commit_read_db(d->on.commit)))
		loop_timer_stop(d->on.loop, &d->waiting);
	else if (!d->waiting.armed)
		loop_timer_set(d->on.loop, &d->waiting,
		    (mono_t) { now.us + WAITING_US });
}

/* ---- storing ---- */

/* Files that were not looked at, or not to their end, are due again. */
static void
put_back(struct dropin *d, const struct dropin_item *item, int64_t delay_us)
{
	dropin_dirty_put(d->dirty,
	    &(struct dropin_look) {
		item->path, item->trouble, true, delay_us },
	    mono_now());
}

/* A link's target is watched from now on; it may have changed before. */
static void
watch_target(struct dropin *d, const struct dropin_item *item)
{
	enum dropin_place place = dropin_place_of(&d->rules, item->path);

	if (item->is_link && d->notify != NULL && place != DROPIN_PLACES
	    && item->source.state != SOURCE_IS_GONE
	    && notify_target(d->notify, place,
		strrchr(item->path, '/') + 1, item->path))
		put_back(d, item, DONE_US);
}

static void
end_batch(struct dropin *d)
{
	struct dropin_batch *batch = d->batch;
	bool by_news = false;

	for (int i = 0; i < batch->count; i++) {
		const struct dropin_item *item = &batch->item[i];

		by_news |= item->by_news;
		if (i >= batch->done)
			put_back(d, item, batch->failed ? AGAIN_US : 0);
		else if (item->more)
			put_back(d, item, 0);
		else if (item->again)
			put_back(d, item, BEGUN_US + 4 * batch->took_us);
		else
			watch_target(d, item);
	}
	if (by_news)
		d->took_us = batch->took_us < SECOND_US ? batch->took_us
							: SECOND_US;
	d->batch = NULL;
	dropin_batch_free(batch);
	arm_slow(d);
	go_on(d);
}

/* What this turn stored is durable, or has to be stored again. */
static void
on_stored(void *arg, bool durable)
{
	struct dropin *d = arg;

	if (!durable) {
		d->at = d->turn;
		return;
	}
	for (int i = d->turn.item; i < d->at.item; i++)
		if (!d->batch->item[i].is_same && !d->batch->item[i].again)
			dropin_store_log(&d->batch->item[i]);
	if (d->at.item == d->batch->done)
		end_batch(d);
}

/* Stores until the turn has had enough: 0, or -1 and it must be spoilt. */
static int
store(struct dropin *d)
{
	int64_t ends = mono_now().us + (d->settled ? A_TURN_US : AT_START_US);

	while (d->at.item < d->batch->done && mono_now().us < ends) {
		struct dropin_item *item = &d->batch->item[d->at.item];
		size_t left = item->op_count - d->at.op;
		int got = 1;

		d->store.most
		    = left <= MOST_WHOLE ? MOST_WHOLE + 1 : MOST_A_PIECE;
		if (!item->is_same && !item->again)
			got = dropin_store_item(
			    &d->store, item, &d->at.op);
		if (got < 0)
			return -1;
		if (left > 0)
			keep_jobs_changed(d->on.keep);
		if (got == 1)
			d->at = (struct cursor) { d->at.item + 1, 0 };
	}
	return 0;
}

/* Once a boot, when the files were read: see the head of dropin.h. */
static int
start_reboot_jobs(struct dropin *d, struct db *db, wall_t now)
{
	char *known = meta_get(db, "boot_crontabs");
	bool is_new = known == NULL || strcmp(known, d->on.self->life) != 0;
	bool cron_did = known == NULL && !d->on.self->is_private
	    && d->on.self->cron_ran;

	free(known);
	if (cron_did)
		log_info("crontabs: @reboot entries were run by cron already");
	if (is_new && !cron_did
	    && plan_reboot(d->on.plan, db, true, now) != 0)
		return -1;
	return is_new ? meta_put(db, "boot_crontabs", d->on.self->life) : 0;
}

static void
on_started(void *arg, bool durable)
{
	struct dropin *d = arg;

	d->started = durable;
	if (!durable)
		return;
	d->on.self->crontabs_wait = false;
	launch_wake(d->on.launch);
}

static bool
start_turn(struct dropin *d, struct db *db, wall_t now)
{
	if (start_reboot_jobs(d, db, now) != 0
	    || formers_prune(db, wall_add(now, -FORMER_US)) != 0)
		commit_spoil(d->on.commit);
	commit_then(d->on.commit, on_started, d);
	return false;
}

/* Nothing can be stored now: jobs do not wait for what files say. */
static void
let_go(struct dropin *d)
{
	if (!d->on.self->crontabs_wait || !commit_is_stuck(d->on.commit))
		return;
	log_warn("crontabs: what they say now cannot be stored; their jobs run "
		 "as they were known");
	d->on.self->crontabs_wait = false;
	loop_timer_stop(d->on.loop, &d->hold);
	launch_wake(d->on.launch);
}

bool
dropin_turn(struct dropin *d, wall_t now)
{
	struct db *db;

	if ((d->batch == NULL && (d->started || !d->settled)) || d->stop)
		return false;
	db = commit_db(d->on.commit);
	if (db == NULL) {
		let_go(d);
		return false;
	}
	if (d->batch == NULL)
		return start_turn(d, db, now);
	d->store.db = db;
	d->store.now = now;
	d->turn = d->at;
	if (store(d) != 0)
		commit_spoil(d->on.commit);
	commit_then(d->on.commit, on_stored, d);
	return true;
}

/* ---- from outside ---- */

void
dropin_reload(struct dropin *d)
{
	read_settings(d);
	watch_places(d);
	want_scan(d, DROPIN_SCAN_ALL, 0);
	loop_timer_stop(d->on.loop, &d->rescan);
	arm_slow(d);
	go_on(d);
}

static void
set_timer(
    struct dropin *d, struct loop_timer *timer, void (*fn)(void *arg))
{
	timer->fn = fn;
	timer->arg = d;
}

struct dropin *
dropin_new(const struct dropin_needs *needs)
{
	struct dropin *d = xcalloc(1, sizeof *d);

	d->on = *needs;
	d->reader.main_path = needs->main_path;
	d->dirty = dropin_dirty_new();
	for (int i = 0; i < MODES; i++)
		d->scan_at[i].us = INT64_MAX;
	dropin_store_init(&d->store, needs->plan);
	set_timer(d, &d->timer, on_timer);
	set_timer(d, &d->rescan, on_rescan);
	set_timer(d, &d->waiting, on_waiting);
	set_timer(d, &d->hold, on_hold);
	loop_timer_set(d->on.loop, &d->hold,
	    (mono_t) { mono_now().us + HOLD_US });
	d->on.self->crontabs_wait = true;
	dropin_reload(d);
	return d;
}

void
dropin_stop(struct dropin *d)
{
	d->stop = true;
}

void
dropin_close(struct dropin *d)
{
	if (work_pending(d->on.work) == 0)
		dropin_reader_close(&d->reader);
}
