/*
 * A planner with a database of its own and a clock that the test turns: the
 * real plan, store and commit; launch is replaced by a list of what was
 * started. Runs take no time, or sim.takes, and end well.
 */
#ifndef TESTS_PLAN_FIXTURE_H
#define TESTS_PLAN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crash_only.h"
#include "cronsd/commit.h"
#include "cronsd/conf.h"
#include "cronsd/db.h"
#include "cronsd/launch.h"
#include "cronsd/live.h"
#include "cronsd/plan.h"
#include "cronsd/self.h"
#include "cronsd/step.h"
#include "cronsd/store_jobs.h"
#include "cronsd/store_runs.h"
#include "cronsd/users.h"
#include "cronsd/zones.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/log.h"

#include <cmocka.h>

/* What was started: a copy of the row, and when. */
struct started {
	struct run_row row;
	wall_t at;
};

static struct {
	char dir[64], path[96];
	struct self self;
	struct conf conf;
	struct db *db;
	struct commit *commit;
	struct live *live;
	struct plan *plan;
	wall_t now;
	struct started *started;
	size_t count, room;
	bool hold; /* claimed runs stay in the queue */
	int64_t takes; /* how long a run goes on */
	int most; /* that went on at one time */
	TAILQ_HEAD(, live_run) queue; /* by instant */
	TAILQ_HEAD(, live_run) running; /* by their start */
} sim;

/* ---- launch and users, as far as plan asks them ---- */

void
launch_put(struct launch *l, struct live_run *run)
{
	struct live_run *other;

	(void)l;
	run->queued = true;
	TAILQ_FOREACH(other, &sim.queue, in_list)
		if (other->row.at > run->row.at) {
			TAILQ_INSERT_BEFORE(other, run, in_list);
			return;
		}
	TAILQ_INSERT_TAIL(&sim.queue, run, in_list);
}

void
launch_each_queued(struct launch *l,
    void (*each)(void *arg, struct live_run *run), void *arg)
{
	TAILQ_HEAD(, live_run) all = TAILQ_HEAD_INITIALIZER(all);
	struct live_run *run;

	(void)l;
	TAILQ_CONCAT(&all, &sim.queue, in_list);
	while ((run = TAILQ_FIRST(&all)) != NULL) {
		TAILQ_REMOVE(&all, run, in_list);
		each(arg, run);
	}
}

void
launch_release(struct launch *l, int64_t job,
    void (*each)(void *arg, struct live_run *run), void *arg)
{
	struct live_run *run, *next;

	(void)l;
	TAILQ_FOREACH_SAFE(run, &sim.queue, in_list, next)
		if (run->row.job == job) {
			TAILQ_REMOVE(&sim.queue, run, in_list);
			each(arg, run);
		}
}

const struct user *
users_find(struct users *users, uid_t uid, mono_t now)
{
	(void)users;
	(void)uid;
	(void)now;
	return NULL;
}

/* ---- the machine ---- */

/* Read once: the planners of all tests share them. */
static struct zones *sim_zones;

static void
sim_start_plan(void)
{
	if (sim_zones == NULL)
		sim_zones = zones_new(NULL);
	sim.live = live_new();
	TAILQ_INIT(&sim.queue);
	TAILQ_INIT(&sim.running);
	sim.plan = plan_new(&(struct plan_needs) { .self = &sim.self,
	    .conf = &sim.conf,
	    .commit = sim.commit,
	    .live = sim.live,
	    .zones = sim_zones });
	plan_start(sim.plan, sim.now);
}

static void
sim_open(const char *now)
{
	const char *tmp = getenv("TMPDIR");
	enum db_trouble trouble;
	char reserve[96];

	if (access("/dev/shm", W_OK) == 0)
		tmp = "/dev/shm";
	memset(&sim, 0, sizeof sim);
	snprintf(sim.dir, sizeof sim.dir, "%.40s/plan.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(sim.dir));
	snprintf(sim.path, sizeof sim.path, "%s/main.db", sim.dir);
	snprintf(reserve, sizeof reserve, "%s/none/reserve", sim.dir);
	sim.db = db_open(sim.path, DB_MAIN, false, &trouble);
	assert_non_null(sim.db);
	sim.commit = commit_new(sim.db, reserve);
	sim.self.next_run = 1;
	strcpy(sim.self.instance, "simulate");
	conf_init(&sim.conf);
	conf_set(&sim.conf, SETTING_zone, "UTC", &(struct fault) { 0 });
	sim.conf.catchup_spread = 0;
	assert_int_equal(rfc3339_parse(now, &sim.now), 0);
	sim_start_plan();
	assert_false(plan_turn(sim.plan, sim.now));
	assert_int_equal(commit_seal(sim.commit), 0);
}

static void
sim_forget_live(void)
{
	struct live_run *run;

	while ((run = live_next(sim.live, NULL)) != NULL)
		live_drop(sim.live, run);
	free(sim.live);
	free(sim.plan);
}

static void
sim_close(void)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	char name[128];

	sim_forget_live();
	commit_free(sim.commit);
	conf_fini(&sim.conf);
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s%s", sim.path, parts[i]);
		unlink(name);
	}
	rmdir(sim.dir);
	free(sim.started);
	sim.started = NULL;
}

/* "key=value" words after the schedule; ends with NULL. */
static int64_t
sim_add(const char *name, const char *schedule, ...)
{
	struct jobs_change why = { sim.now, "test", "added" };
	const char *key, *value;
	struct fault f;
	struct job job;
	va_list list;
	int64_t id;

	job_init(&job);
	strcpy(job.user, "root");
	job.created_us = sim.now.us;
	assert_int_equal(job_set(&job, JOB_name, name, &f), ERR_NONE);
	assert_int_equal(job_set(&job, JOB_schedule, schedule, &f), ERR_NONE);
	assert_int_equal(job_set(&job, JOB_command, "true", &f), ERR_NONE);
	va_start(list, schedule);
	while ((key = va_arg(list, const char *)) != NULL) {
		value = va_arg(list, const char *);
		if (job_set(&job, (enum job_field)job_field_find(key), value,
			&f)
		    != ERR_NONE)
			fail_msg("%s: %s", key, f.text);
	}
	va_end(list);
	if (job_check(&job, &f) != ERR_NONE)
		fail_msg("%s: %s", schedule, f.text);
	assert_int_equal(jobs_add(commit_db(sim.commit), &job, &why), 0);
	assert_int_equal(plan_job(sim.plan, &job, sim.now, NULL), 0);
	assert_int_equal(commit_seal(sim.commit), 0);
	id = job.id;
	job_fini(&job);
	return id;
}

static void
sim_end_run(struct live_run *run)
{
	struct db *db = commit_db(sim.commit);
	struct job job;

	TAILQ_REMOVE(&sim.running, run, in_list);
	run->row.result = RESULT_OK;
	run->row.end = sim.now.us;
	run->row.code = 0;
	assert_int_equal(runs_end(db, &run->row), 1);
	run->ending = true;
	assert_int_equal(jobs_get(db, run->row.job, &job), 1);
	assert_int_equal(plan_ended(sim.plan, db, &job, &run->row), 0);
	job_fini(&job);
	live_move(sim.live, run, RUN_DONE);
	live_drop(sim.live, run);
}

static void
sim_begin_run(struct live_run *run)
{
	if (sim.count == sim.room) {
		sim.room = sim.room == 0 ? 1024 : sim.room * 2;
		sim.started = xreallocarray(
		    sim.started, sim.room, sizeof *sim.started);
	}
	sim.started[sim.count++] = (struct started) { run->row, sim.now };
	TAILQ_REMOVE(&sim.queue, run, in_list);
	run->row.start = sim.now.us;
	live_move(sim.live, run, RUN_SENT);
	live_move(sim.live, run, RUN_RUNNING);
	TAILQ_INSERT_TAIL(&sim.running, run, in_list);
	if (live_running(sim.live) > sim.most)
		sim.most = live_running(sim.live);
}

static bool
sim_end_runs(void)
{
	struct live_run *run;
	bool did = false;

	while ((run = TAILQ_FIRST(&sim.running)) != NULL
	    && run->row.start + sim.takes <= sim.now.us) {
		sim_end_run(run);
		did = true;
	}
	return did;
}

static bool
sim_begin_runs(void)
{
	struct live_run *run;
	bool did = false;

	while (!sim.hold && (run = TAILQ_FIRST(&sim.queue)) != NULL
	    && run->row.at <= sim.now.us) {
		sim_begin_run(run);
		did = true;
	}
	return did;
}

/* Turns, in the order of the daemon's, until nothing is left to do now. */
static void
sim_turn(void)
{
	bool more;

	do {
		more = sim_end_runs();
		more |= plan_turn(sim.plan, sim.now);
		more |= sim_begin_runs();
		plan_alive(sim.plan, sim.now);
		assert_int_equal(commit_seal(sim.commit), 0);
	} while (more
	    || (!sim.hold && !TAILQ_EMPTY(&sim.queue)
		&& TAILQ_FIRST(&sim.queue)->row.at <= sim.now.us));
}

/* The next instant at which there is something to do. */
static wall_t
sim_next(void)
{
	wall_t next = plan_next(sim.plan);
	const struct live_run *run = TAILQ_FIRST(&sim.queue);

	if (run != NULL && !sim.hold && run->row.at < next.us)
		next.us = run->row.at;
	run = TAILQ_FIRST(&sim.running);
	if (run != NULL && run->row.start + sim.takes < next.us)
		next.us = run->row.start + sim.takes;
	return next;
}

/* Lives on to that instant, included. */
static void
sim_until(wall_t to)
{
	for (;;) {
		wall_t next = sim_next();

		if (next.us > to.us)
			break;
		if (next.us > sim.now.us)
			sim.now = next;
		sim_turn();
	}
	sim.now = to;
}

static inline void
sim_until_time(const char *to)
{
	wall_t t;

	assert_int_equal(rfc3339_parse(to, &t), 0);
	sim_until(t);
}

/* The clock is set (by > 0 forward), or a pause of that kind passes. */
static inline void
sim_pause(enum step_kind kind, int64_t by)
{
	struct step_pause pause = { kind, sim.now, wall_add(sim.now, by),
		by < 0 ? -by : by };

	sim.now = pause.to;
	plan_pause(sim.plan, &pause);
	sim_turn();
}

/* The daemon is killed, and started again a while later (by the clock). */
static inline void
sim_down(int64_t by)
{
	sim_forget_live();
	sim.now = wall_add(sim.now, by);
	sim_start_plan();
	sim_turn();
}

/* "slot+n@at ..." of the runs started so far, as times of the day. */
static void
sim_print_time(struct buf *out, int64_t us)
{
	struct civil c;

	civil_from_seconds(us / SECOND_US, &c);
	buf_printf(out, "%02d:%02d", c.hour, c.minute);
	if (c.second != 0)
		buf_printf(out, ":%02d", c.second);
}

/* "12:00" a run in time; "12:00-12:30*4@12:40" one for four slots, late. */
static inline char *
sim_runs(int64_t job)
{
	struct buf out = BUF_EMPTY;

	for (size_t i = 0; i < sim.count; i++) {
		const struct started *s = &sim.started[i];

		if (s->row.job != job)
			continue;
		buf_puts(&out, out.len > 0 ? " " : "");
		sim_print_time(&out, s->row.slot);
		if (s->row.slots > 1) {
			buf_putc(&out, '-');
			sim_print_time(&out, s->row.slot_to);
			buf_printf(&out, "*%lld", (long long)s->row.slots);
		}
		if (s->at.us / SECOND_US != s->row.slot / SECOND_US) {
			buf_putc(&out, '@');
			sim_print_time(&out, s->at.us);
		}
	}
	return buf_take(&out);
}

static bool
sim_put_missed(void *arg, const struct run_row *row)
{
	struct buf *out = arg, all = BUF_EMPTY;

	if (row->result != RESULT_MISSED)
		return true;
	sim_print_time(&all, row->slot);
	if (row->slots > 1) {
		buf_putc(&all, '-');
		sim_print_time(&all, row->slot_to);
		buf_printf(&all, "*%lld", (long long)row->slots);
	}
	buf_printf(&all, "%s%s", out->len > 0 ? " " : "", buf_text(out));
	buf_clear(out);
	buf_puts(out, buf_text(&all));
	buf_fini(&all);
	return true;
}

/* The same of what was missed, by slot. */
static inline char *
sim_missed(int64_t job)
{
	struct runs_want want = { .job = job, .uid = -1,
		.before = INT64_MAX, .before_slot = INT64_MAX, .most = 100000 };
	struct buf out = BUF_EMPTY;

	assert_int_equal(
	    runs_each(sim.db, &want, sim_put_missed, &out), 0);
	return buf_take(&out);
}

#define assert_runs(job, text) \
	do { \
		char *found_ = sim_runs(job); \
		assert_string_equal(found_, text); \
		free(found_); \
	} while (0)

#define assert_missed(job, text) \
	do { \
		char *found_ = sim_missed(job); \
		assert_string_equal(found_, text); \
		free(found_); \
	} while (0)

#endif
