/*
 * Jobs whose runs ended are noted and looked at a minute later, all at once;
 * once a day every job is. A look is a few index lookups when there is nothing
 * to do. A run that failed goes when both limits say so: that of all runs, and
 * that of those that failed.
 *
 * What is settled for a user's runs, or for all, is how many a job may have
 * (keep_levels.c), computed once a day by a worker; the looks apply it.
 */
#include "keep.h"

#include <stdlib.h>
#include <string.h>

#include "backup.h"
#include "commit.h"
#include "conf.h"
#include "db.h"
#include "ingest.h"
#include "keep_levels.h"
#include "loop.h"
#include "self.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/log.h"
#include "snapshot.h"
#include "spool.h"
#include "store_jobs.h"
#include "store_pauses.h"
#include "store_runs.h"
#include "work.h"

#define LOOK_US MINUTE_US
#define SNAPSHOT_SOON_US (SECOND_US / 10) /* after a change, */
#define SNAPSHOT_US (5 * SECOND_US) /* but no more than one in that time */
#define MOST_NOTED 4096
#define JOBS_A_TURN 32
#define A_TURN_US 5000 /* and no further job after that time */
#define ROWS_A_JOB 256
#define LOG_PAGES 1000 /* of main.db's log: then a checkpoint */
#define ORPHAN_DAYS 90 /* runs of removed jobs */
#define PAUSE_DAYS 90 /* after their end */
#define ORPHAN_IDS 20000 /* looked at in a turn */

struct keep {
	struct keep_needs on;
	int64_t noted[MOST_NOTED];
	int noted_count;
	bool noted_due;
	mono_t turn_ends; /* of the turn at hand */
	bool walking; /* through all jobs */
	int64_t walked; /* up to this id */
	bool snapshot_wanted, snapshot_busy;
	bool snapshot_all; /* more changed than jobs, pauses and pools */
	bool snapshot_takes_all; /* the worker's */
	int64_t snapshot_at_us; /* when the last was done */
	struct snapshot *written; /* the worker's */
	bool checkpointing;
	int checkpointed_pages; /* so long was the log at the last */
	mono_t checkpoint_again; /* not before, if it has hardly grown */
	struct db *worker_db; /* the worker's; NULL until it is needed */
	bool relieving; /* the disk is full */
	bool pruning; /* pauses of long ago are forgotten */
	bool sifting; /* runs of removed jobs are looked for */
	int64_t sifted; /* up to this id */
	struct keep_levels levels; /* the loop's, as of the last count */
	struct keep_levels counted; /* the worker's */
	struct loop_timer look, day, snapshot;
};

/* Starts on a full disk took some of the files kept for that. */
static void
fill_pool(void *arg)
{
	struct keep *k = arg;

	spool_fill_pool(k->on.self->spool_fd);
}

static void
on_look(void *arg)
{
	struct keep *k = arg;

	k->noted_due = true;
	work_put(k->on.work, LANE_STORE,
	    (struct work_call) { fill_pool, NULL, k });
}

static void
make_backup(void *arg)
{
	struct keep *k = arg;

	backup_make(k->on.self->state_dir, k->on.main_path);
}

static void
count_runs(void *arg)
{
	struct keep *k = arg;

	keep_levels_count(&k->counted, k->on.main_path);
}

static void
on_counted(void *arg)
{
	struct keep *k = arg;

	keep_levels_fini(&k->levels);
	k->levels = k->counted;
	k->counted = (struct keep_levels) { 0 };
	if (k->levels.count > 0) {
		k->walking = true;
		k->walked = 0;
	}
}

static void
on_day(void *arg)
{
	struct keep *k = arg;

	k->walking = k->sifting = k->pruning = true;
	k->walked = k->sifted = 0;
	k->counted.most = k->on.conf->keep_runs;
	k->counted.most_of_uid = k->on.conf->keep_runs_per_uid;
	work_put(k->on.work, LANE_STORE,
	    (struct work_call) { count_runs, on_counted, k });
	ingest_sift(k->on.ingest);
	work_put(k->on.work, LANE_STORE,
	    (struct work_call) { make_backup, NULL, k });
	loop_timer_set(
	    k->on.loop, &k->day, (mono_t) { mono_now().us + DAY_US });
}

/* Reading the schema costs more than most of what is then done: it is opened
 * once. */
static struct db *
open_in_worker(struct keep *k)
{
	enum db_trouble trouble;

	if (k->worker_db == NULL)
		k->worker_db
		    = db_open(k->on.main_path, DB_MAIN, false, &trouble);
	return k->worker_db;
}

static void
write_snapshot(void *arg)
{
	struct keep *k = arg;
	struct db *db = open_in_worker(k);

	if (db != NULL) {
		snapshot_keep(k->written, db, k->snapshot_takes_all);
		db_release(db);
	}
	k->snapshot_at_us = mono_now().us;
}

static void
on_snapshot_written(void *arg)
{
	struct keep *k = arg;

	k->snapshot_busy = false;
	if (k->snapshot_wanted) {
		k->snapshot_wanted = false;
		keep_jobs_changed(k);
	}
}

static void
on_snapshot_due(void *arg)
{
	struct keep *k = arg;

	k->snapshot_busy = true;
	k->snapshot_takes_all = k->snapshot_all;
	k->snapshot_all = false;
	work_put(k->on.work, LANE_STORE,
	    (struct work_call) { write_snapshot, on_snapshot_written, k });
}

struct keep *
keep_new(const struct keep_needs *needs)
{
	struct keep *k = xcalloc(1, sizeof *k);
	struct buf path = BUF_EMPTY;

	k->on = *needs;
	buf_printf(&path, "%s/jobs.snapshot", needs->self->state_dir);
	k->written = snapshot_new(buf_text(&path));
	buf_fini(&path);
	k->look.fn = on_look;
	k->day.fn = on_day;
	k->snapshot.fn = on_snapshot_due;
	k->look.arg = k->day.arg = k->snapshot.arg = k;
	loop_timer_set(
	    k->on.loop, &k->day, (mono_t) { mono_now().us + HOUR_US });
	return k;
}

void
keep_ended(struct keep *k, int64_t job)
{
	if (k->noted_count > 0 && k->noted[k->noted_count - 1] == job)
		return;
	if (k->noted_count == MOST_NOTED) {
		k->noted_due = true;
		k->walking = true; /* the walk finds the ones left out */
		return;
	}
	k->noted[k->noted_count++] = job;
	if (!k->look.armed && !k->noted_due)
		loop_timer_set(k->on.loop, &k->look,
		    (mono_t) { mono_now().us + LOOK_US });
}

void
keep_jobs_changed(struct keep *k)
{
	int64_t soon = mono_now().us + SNAPSHOT_SOON_US;
	int64_t due = k->snapshot_at_us + SNAPSHOT_US;

	if (k->snapshot_busy)
		k->snapshot_wanted = true;
	else if (!k->snapshot.armed)
		loop_timer_set(k->on.loop, &k->snapshot,
		    (mono_t) { due > soon ? due : soon });
}

void
keep_more_changed(struct keep *k)
{
	k->snapshot_all = true;
	keep_jobs_changed(k);
}

/* Ids of runs whose deletion is part of the turn. */
struct gone {
	struct ingest *ingest;
	struct runs_ids ids;
};

static void
forget_output(void *arg, bool durable)
{
	struct gone *gone = arg;

	if (durable)
		ingest_forget(gone->ingest, gone->ids.at, gone->ids.most);
	else
		free(gone->ids.at);
	free(gone);
}

/* Deletes runs, and once that is durable their output; the highest id is
 * remembered, since none is given out twice. Takes ids. */
static int
forget(struct keep *k, struct db *db, struct runs_ids ids)
{
	struct gone *gone = xcalloc(1, sizeof *gone);
	int64_t highest = 0;
	int got = 0;

	for (int i = 0; i < ids.most && got == 0; i++) {
		got = runs_drop(db, ids.at[i]);
		if (ids.at[i] > highest)
			highest = ids.at[i];
	}
	if (got == 0 && ids.most > 0)
		got = runs_put_floor(db, highest);
	*gone = (struct gone) { k->on.ingest, ids };
	if (got == 0 && ids.most > 0)
		commit_then(k->on.commit, forget_output, gone);
	else
		forget_output(gone, false);
	return got;
}

/* The instant that so many days are ago. */
static int64_t
days_ago(int64_t days)
{
	return wall_now().us - days * DAY_US;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What is too old of a job: by its own limits and by those of its user. */
static struct runs_old
find_old(struct keep *k, struct db *db, const struct job *job)
{
	int64_t keep = keep_levels_of(&k->levels, job->uid);
	int64_t failed = JOB_NUMBER(job, keep_failed);
	int64_t any = k->on.conf->keep_days;
	struct runs_old old = { .job = job->id };

	if (failed > keep)
		failed = keep;
	if (keep > JOB_NUMBER(job, keep_runs))
		keep = JOB_NUMBER(job, keep_runs);
	any = any == 0 ? INT64_MIN : days_ago(any);
	old.slot_before = later(runs_nth_slot(db, job->id, keep),
	    later(days_ago(JOB_NUMBER(job, keep_days)), any));
	old.bad_before = failed == 0
	    ? INT64_MAX
	    : later(runs_nth_bad_slot(db, job->id, failed),
		later(days_ago(JOB_NUMBER(job, keep_failed_days)), any));
	return old;
}

/* Deletes a job's runs beyond its limits, ROWS_A_JOB of them at most. 1: there
 * are more, 0: there are not, -1: trouble. */
static int
trim(struct keep *k, struct db *db, const struct job *job)
{
	int64_t *ids = xcalloc(ROWS_A_JOB, sizeof *ids);
	struct runs_old old = find_old(k, db, job);
	int n = runs_surplus(db, &old, (struct runs_ids) { ids, ROWS_A_JOB });

	if (JOB_NUMBER(job, keep_bytes) > 0)
		ingest_limit_job(k->on.ingest, job->uid, job->id,
		    JOB_NUMBER(job, keep_bytes));
	if (n <= 0) {
		free(ids);
		return n;
	}
	if (forget(k, db, (struct runs_ids) { ids, n }) != 0)
		return -1;
	return n == ROWS_A_JOB;
}

static bool
trim_walked(void *arg, const struct job *job)
{
	struct keep *k = arg;
	struct db *db = commit_db(k->on.commit);
	int more = db == NULL ? -1 : trim(k, db, job);

	k->walked = job->id;
	if (more > 0)
		keep_ended(k, job->id);
	if (more >= 0)
		return mono_now().us < k->turn_ends.us;
	commit_spoil(k->on.commit);
	k->walking = false;
	return false;
}

static void
walk(struct keep *k)
{
	struct jobs_want want = { .what = JOBS_ALL,
		.after_id = k->walked,
		.most = JOBS_A_TURN };
	int64_t before = k->walked;

	if (commit_db(k->on.commit) == NULL
	    || jobs_each(commit_read_db(k->on.commit), &want, trim_walked, k)
		!= 0
	    || k->walked == before)
		k->walking = false;
}

static void
run_checkpoint(void *arg)
{
	struct keep *k = arg;
	struct db *db = open_in_worker(k);

	if (db != NULL)
		db_checkpoint(db);
}

static void
on_checkpointed(void *arg)
{
	struct keep *k = arg;

	k->checkpointing = false;
}

/*
 * The log's length is that of the last commit: a checkpoint does not make it
 * less, the next commit does, if all of the log was in the file by then. So
 * one that found the log as it is now has nothing to do again, and one that
 * found it a little shorter can wait, or many ends would be many checkpoints.
 */
static void
checkpoint_if_long(struct keep *k)
{
	int pages = db_log_pages(k->on.db);
	bool is_new = pages < k->checkpointed_pages
	    || pages >= k->checkpointed_pages + LOG_PAGES;

	if (k->checkpointing || pages < LOG_PAGES
	    || pages == k->checkpointed_pages
	    || (!is_new && mono_now().us < k->checkpoint_again.us))
		return;
	k->checkpointing = true;
	k->checkpointed_pages = pages;
	k->checkpoint_again.us = mono_now().us + SECOND_US;
	work_put(k->on.work, LANE_STORE,
	    (struct work_call) { run_checkpoint, on_checkpointed, k });
}

/* Runs of jobs that are gone: by age, a window of ids a turn. */
static void
sift(struct keep *k, struct db *db)
{
	int64_t *ids = xcalloc(ROWS_A_JOB, sizeof *ids);
	struct runs_orphans want = { .after = k->sifted,
		.to = k->sifted + ORPHAN_IDS,
		.before_us = wall_now().us - ORPHAN_DAYS * DAY_US };
	int n = runs_orphans(db, &want, (struct runs_ids) { ids, ROWS_A_JOB });

	if (n < 0)
		free(ids);
	else if (forget(k, db, (struct runs_ids) { ids, n }) != 0)
		n = -1;
	if (n < 0) {
		commit_spoil(k->on.commit);
		k->sifting = false;
	} else if (n < ROWS_A_JOB) {
		k->sifted = want.to;
		k->sifting = k->sifted < k->on.self->next_run;
	}
}

/* Looks at the job that was noted last; it stays noted while it has more. */
static void
trim_noted(struct keep *k, struct db *db)
{
	struct job job;
	int more = 0;

	if (jobs_get(db, k->noted[k->noted_count - 1], &job) == 1) {
		more = trim(k, db, &job);
		job_fini(&job);
	}
	if (more < 0)
		commit_spoil(k->on.commit);
	if (more <= 0)
		k->noted_count--;
	k->noted_due = k->noted_count > 0;
}

static void
prune(struct keep *k, struct db *db)
{
	wall_t before = wall_add(wall_now(), -PAUSE_DAYS * DAY_US);

	k->pruning = false;
	if (pauses_prune(db, before) != 0)
		commit_spoil(k->on.commit);
}

/* The disk is full: all limits are applied now, not tomorrow, and output goes
 * that they would let stay. */
static void
relieve(struct keep *k)
{
	bool needed = commit_lacks_room(k->on.commit);

	if (needed && !k->relieving) {
		log_warn("the disk is full: what is kept is looked through");
		k->walking = k->sifting = k->pruning = true;
		k->walked = k->sifted = 0;
	}
	k->relieving = needed;
	if (needed)
		ingest_relieve(k->on.ingest);
}

bool
keep_turn(struct keep *k, bool later)
{
	struct db *db;

	checkpoint_if_long(k);
	relieve(k);
	if (!k->noted_due && !k->walking && !k->sifting && !k->pruning)
		return false;
	if (later && !k->relieving) {
		if (!k->look.armed)
			loop_timer_set(k->on.loop, &k->look,
			    (mono_t) { mono_now().us + SECOND_US });
		return false;
	}
	db = commit_db(k->on.commit);
	if (db == NULL)
		return false;
	if (k->pruning)
		prune(k, db);
	k->turn_ends.us = mono_now().us + A_TURN_US;
	k->noted_due = k->noted_due && k->noted_count > 0;
	for (int i = 0; i < JOBS_A_TURN && k->noted_due
	     && mono_now().us < k->turn_ends.us;
	     i++)
		trim_noted(k, db);
	if (k->walking && !k->noted_due)
		walk(k);
	if (k->sifting && !k->walking && !k->noted_due)
		sift(k, db);
	return k->noted_due || k->walking || k->sifting;
}

void
keep_stop(struct keep *k)
{
	if (k->snapshot.armed || k->snapshot_wanted)
		on_snapshot_due(k);
}

void
keep_close(struct keep *k)
{
	if (work_pending(k->on.work) > 0)
		return; /* a worker hangs: it keeps what is its own */
	db_close(k->worker_db);
	k->worker_db = NULL;
}
