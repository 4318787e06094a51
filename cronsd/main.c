/*
 * cronsd: the daemon. This file is the wiring and the guided tour.
 *
 * Where to start reading. A job is a row (share/job.h says what it can say,
 * schema/0001.sql how it is kept). `plan` keeps one row in `due` for the next
 * slot of each job; that table is the queue, and memory holds none of it. A
 * moment before the first `at` the alarm rings: `plan` claims the slot, which
 * is one transaction that inserts the run and moves `due` on. Once that is on
 * the disk, and at the instant, `launch` reads the job's row, decides, writes
 * a spec (`spec`) and hands it to the zygote, which forks a shim (shim.c).
 * The shim publishes a run file (`spool`), runs the job, and writes down what
 * it prints and how it ends; from then on nothing depends on this process.
 * `watch` learns of the end, records it, and `ingest` moves the output to
 * out.db. `serve` answers clients meanwhile; each verb is a function in
 * verb_*.c. `dropin` keeps the jobs of crontab files as the files are. `keep`
 * forgets what is old enough. `ends` has what is told of a run (`outbox`).
 * While the database cannot be written jobs of crontabs start all the same
 * (plan_alone.c).
 *
 * The loop. One thread decides everything: it waits, lets the callbacks note
 * what happened, then takes a turn: ends, due slots, starts, requests, and one
 * commit for all of them (`commit`), after which their effects happen. What
 * may be slow or hang runs in the lanes of `work`. Crash-only: whatever stops
 * this process, `recover` finds rows and run files and brings them together;
 * there is no other way of starting, and stopping is the same as crashing but
 * for politeness.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bsd/string.h>

#include "bin.h"
#include "boot.h"
#include "cgroup.h"
#include "commit.h"
#include "conf.h"
#include "cronlog.h"
#include "db.h"
#include "dropin.h"
#include "follow.h"
#include "ends.h"
#include "ingest.h"
#include "keep.h"
#include "launch.h"
#include "live.h"
#include "loop.h"
#include "options.h"
#include "places.h"
#include "plan.h"
#include "ready.h"
#include "realtime.h"
#include "recover.h"
#include "replan.h"
#include "restore.h"
#include "self.h"
#include "serve.h"
#include "share/buf.h"
#include "share/log.h"
#include "store_events.h"
#include "store_jobs.h"
#include "store_out.h"
#include "store_runs.h"
#include "users.h"
#include "verb.h"
#include "verb_import_long.h"
#include "watch.h"
#include "work.h"
#include "zones.h"

struct daemon {
	struct options options;
	char **argv;
	struct self self;
	struct conf conf;
	struct conf began; /* as it was started; empty until a reload */
	struct places places;
	struct loop *loop;
	struct work *work;
	struct commit *commit;
	struct live *live;
	struct zones *zones;
	struct users *users;
	struct bin *bin;
	struct ingest *ingest;
	struct watch *watch;
	struct launch *launch;
	struct plan *plan;
	struct keep *keep;
	struct follow *follow;
	struct ends *ends;
	struct dropin *dropin;
	struct cronlog *cronlog;
	struct serve *serve;
	struct ready *ready;
	struct daemon_parts parts;
	struct loop_timer retry; /* the disk is full: try again */
	struct loop_timer tidy; /* cgroups, a while after runs ended */
};

/* ---- settings ---- */

static void
apply_conf(struct daemon *d)
{
	d->self.admin_gid = users_group(d->conf.admin_group);
	d->self.view_gid = users_group(d->conf.view_group);
	events_keep(d->conf.keep_events);
	log_verbose(d->options.verbose || d->conf.log_level == 1);
}

/* Takes conf. What counts at the next start only is told until then. */
static void
change_conf(struct daemon *d, struct conf *conf)
{
	struct buf text = BUF_EMPTY;

	if (d->began.state_dir != NULL)
		conf_fini(&d->conf);
	else
		d->began = d->conf;
	d->conf = *conf;
	conf_print_waiting(&d->began, &d->conf, &text);
	if (text.len > 0)
		log_warn("changed, waits for a restart:%s", buf_text(&text));
	buf_fini(&text);
}

/* SIGHUP: a file with an error changes nothing. */
static void
reload(struct daemon *d)
{
	struct conf conf;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	ready_reloading(d->ready,
	    (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000);
	if (options_conf(&d->options, d->self.system, &conf)) {
		change_conf(d, &conf);
		apply_conf(d);
		plan_clock_set(d->plan);
		launch_wake_all(d->launch);
		dropin_reload(d->dropin);
		log_info("settings read again");
	}
	serve_listen(d->serve, places_listen_again(&d->places, &d->self));
	ready_reloaded(d->ready);
}

/* ---- what happens ---- */

static void
on_ended(void *arg, const struct run_row *row)
{
	struct daemon *d = arg;

	ends_recorded(d->ends, row);
	if (row->dropped_bytes > 0)
		d->self.dropped_bytes += row->dropped_bytes;
	if (!d->tidy.armed)
		loop_timer_set(d->loop, &d->tidy,
		    (mono_t) { mono_now().us + MINUTE_US });
	launch_ended(d->launch, row->id);
	serve_wake(d->serve);
}

static void
on_started(void *arg, const struct run_row *row)
{
	struct daemon *d = arg;

	ends_started(d->ends, row);
}

static int
on_ending(void *arg, struct db *db, const struct run_row *row)
{
	struct daemon *d = arg;

	return ends_recording(d->ends, db, row);
}

static void
on_over(void *arg, struct live_run *run)
{
	struct daemon *d = arg;

	launch_ended(d->launch, run->row.id);
	launch_wake(d->launch);
}

static bool
is_live(void *live, int64_t run)
{
	return live_find(live, run) != NULL;
}

static void
on_tidy(void *arg)
{
	struct daemon *d = arg;

	cgroup_tidy(&(struct cgroup_tidy) { .dirs = &d->self.cgroup,
	    .instance = d->self.instance,
	    .is_live = is_live,
	    .arg = d->live });
}

static void
on_again(void *arg, struct live_run *run)
{
	struct daemon *d = arg;

	ends_again(d->ends, run, wall_now());
}

/* A user was looked up, or a run is gone: who waits for that may go on. */
static void
wake_all(void *arg)
{
	struct daemon *d = arg;

	launch_wake(d->launch);
	ends_wake(d->ends);
	if (d->serve != NULL)
		serve_wake(d->serve);
}

static void
on_alarm(void *arg, bool stepped)
{
	struct daemon *d = arg;

	(void)stepped; /* every turn asks for itself */
	plan_clock_set(d->plan);
}

/* Children are the zygote and shims whose zygote died (we are a subreaper). */
static void
reap(struct daemon *d)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		launch_child_ended(d->launch, (int)pid);
}

static void
on_signal(void *arg, int signal)
{
	struct daemon *d = arg;

	switch (signal) {
	case SIGCHLD:
		reap(d);
		break;
	case SIGHUP:
		reload(d);
		break;
	default:
		d->self.stopping = true;
		loop_stop(d->loop);
	}
}

static void
on_retry(void *arg)
{
	struct daemon *d = arg;

	commit_retry(d->commit);
}

static void
arm_alarm(struct daemon *d, const struct clocks *clocks)
{
	wall_t plan = plan_next(d->plan), launch = launch_next(d->launch);
	wall_t notice = ends_next(d->ends, clocks->wall);
	wall_t at = notice.us < launch.us ? notice : launch;
	mono_t retry = commit_retry_at(d->commit);
	int64_t soon = mono_now().us + SECOND_US;

	if (commit_is_stuck(d->commit) && at.us <= clocks->wall.us)
		at = WALL_NEVER; /* the retry wakes us */
	if (plan.us < at.us)
		at = plan;
	if (retry.us > soon && ingest_is_stuck(d->ingest))
		retry.us = soon;
	if (retry.us != INT64_MAX)
		loop_timer_set(d->loop, &d->retry, retry);
	loop_alarm_at(d->loop, at);
	plan_sleep(d->plan, clocks, at);
}

static bool
on_turn(void *arg)
{
	struct daemon *d = arg;
	struct clocks clocks = clocks_now();
	bool more = false;

	plan_wake(d->plan, &clocks);
	plan_alone_settle(d->plan);
	more |= watch_turn(d->watch, launch_is_crowded(d->launch));
	more |= dropin_turn(d->dropin, clocks.wall);
	more |= plan_turn(d->plan, clocks.wall);
	ends_turn(d->ends, clocks.wall);
	more |= launch_turn(d->launch, clocks.wall);
	more |= serve_turn(d->serve);
	more |= keep_turn(d->keep, launch_is_crowded(d->launch));
	plan_alive(d->plan, clocks.wall);
	follow_turn(d->follow);
	if (commit_seal(d->commit) != 0)
		plan_clock_set(d->plan);
	bin_turn(d->bin, launch_is_crowded(d->launch));
	if (follow_has_news(d->follow))
		serve_wake(d->serve);
	if (commit_is_corrupt(d->commit)
	    || db_trouble(d->parts.read) == DB_CORRUPT)
		restore_start_over(&d->self, "main.db", d->argv);
	if (ingest_is_corrupt(d->ingest))
		restore_start_over(&d->self, "out.db", d->argv);
	arm_alarm(d, &clocks);
	(launch_is_crowded(d->launch) ? realtime_rest : realtime_wait)();
	return more || serve_has_more(d->serve);
}

/* ---- starting ---- */

static void
open_stores(struct daemon *d)
{
	enum db_trouble trouble;
	struct db *db = restore_open(&d->self);
	char *boot;

	if (db == NULL) {
		log_warn("%s cannot be opened", d->places.main_path);
		exit(1);
	}
	d->parts.out = restore_open_out(&d->self, db, d->places.out_path);
	d->parts.read = db_open(d->places.main_path, DB_MAIN, true, &trouble);
	if (d->parts.read == NULL)
		exit(1);
	boot = meta_get(db, "boot");
	d->self.same_boot = boot != NULL && strcmp(boot, d->self.life) == 0;
	free(boot);
	if (d->self.restored)
		d->self.same_boot = true; /* not known: believe the locks */
	d->commit = commit_new(db, d->places.reserve);
}

static int
on_order(void *arg, struct live_run *run, struct launch_order *order)
{
	struct daemon *d = arg;

	return ends_order(d->ends, run, order);
}

static void
make_rooms(struct daemon *d)
{
	d->live = live_new();
	d->follow = follow_new(d->commit, d->parts.read);
	d->zones = zones_new(d->loop);
	d->cronlog = cronlog_new(&(struct cronlog_needs) {
	    &d->self, d->loop, &d->conf, d->zones, d->commit });
	d->users = users_new(d->work, wake_all, d);
	d->bin = bin_new(&d->self, d->work);
	d->ingest = ingest_new(&(struct ingest_needs) { .self = &d->self,
	    .work = d->work,
	    .conf = &d->conf,
	    .out_path = d->places.out_path,
	    .main_path = d->places.main_path,
	    .bin = d->bin });
	d->watch = watch_new(&(struct watch_needs) { .self = &d->self,
	    .loop = d->loop,
	    .work = d->work,
	    .commit = d->commit,
	    .live = d->live,
	    .ingest = d->ingest,
	    .started = on_started,
	    .ending = on_ending,
	    .follow = d->follow,
	    .cronlog = d->cronlog,
	    .ended = on_ended,
	    .over = on_over,
	    .drained = wake_all,
	    .again = on_again,
	    .arg = d });
	d->launch = launch_new(&(struct launch_needs) { .self = &d->self,
	    .conf = &d->conf,
	    .loop = d->loop,
	    .commit = d->commit,
	    .live = d->live,
	    .users = d->users,
	    .watch = d->watch,
	    .shim_fd = d->places.shim_fd,
	    .pam = d->places.pam,
	    .order = on_order,
	    .order_arg = d });
	d->plan = plan_new(&(struct plan_needs) { .self = &d->self,
	    .conf = &d->conf,
	    .commit = d->commit,
	    .live = d->live,
	    .zones = d->zones,
	    .users = d->users,
	    .launch = d->launch,
	    .watch = d->watch });
}

/* What follows from runs, and what is kept of them. */
static void
make_back_rooms(struct daemon *d)
{
	d->keep = keep_new(&(struct keep_needs) { .self = &d->self,
	    .conf = &d->conf,
	    .loop = d->loop,
	    .work = d->work,
	    .commit = d->commit,
	    .ingest = d->ingest,
	    .main_path = d->places.main_path,
	    .db = commit_read_db(d->commit) });
	d->ends = ends_new(&(struct ends_needs) { .self = &d->self,
	    .conf = &d->conf,
	    .commit = d->commit,
	    .live = d->live,
	    .users = d->users,
	    .plan = d->plan,
	    .launch = d->launch,
	    .keep = d->keep,
	    .out = d->parts.out,
	    .out_path = d->places.out_path,
	    .work = d->work });
}

/* A private daemon reads the crontabs that its settings name, and no other. */
static void
read_crontabs(struct daemon *d)
{
	d->dropin = dropin_new(&(struct dropin_needs) { .self = &d->self,
	    .conf = &d->conf,
	    .loop = d->loop,
	    .work = d->work,
	    .commit = d->commit,
	    .plan = d->plan,
	    .launch = d->launch,
	    .keep = d->keep,
	    .main_path = d->places.main_path });
}

static void
open_door(struct daemon *d)
{
	struct daemon_parts *p = &d->parts;

	p->self = &d->self;
	p->conf = &d->conf;
	p->loop = d->loop;
	p->commit = d->commit;
	p->live = d->live;
	p->plan = d->plan;
	p->launch = d->launch;
	p->watch = d->watch;
	p->users = d->users;
	p->zones = d->zones;
	p->ingest = d->ingest;
	p->ends = d->ends;
	p->keep = d->keep;
	p->follow = d->follow;
	p->work = d->work;
	p->wake = wake_all;
	p->wake_arg = d;
	d->serve = serve_new(&(struct serve_needs) {
	    .parts = *p, .listen_fd = d->places.listen_fd, .call = verb_call });
}

/* Rows and run files are brought together before anything else happens. */
static void
recover(struct daemon *d)
{
	struct db *db = commit_db(d->commit);
	struct recover_needs needs = { .self = &d->self,
		.commit = d->commit,
		.live = d->live,
		.watch = d->watch };

	if (db != NULL && !d->self.same_boot
	    && plan_reboot(d->plan, db, false, wall_now()) != 0)
		commit_spoil(d->commit);
	if (db != NULL && meta_put(db, "boot", d->self.life) != 0)
		commit_spoil(d->commit);
	plan_alone_start(d->plan);
	if (recover_runs(&needs) != 0)
		commit_spoil(d->commit);
	ends_start(d->ends);
	/* Rows of its own have ids above those of the run files. */
	if (db != NULL && d->self.restored
	    && replan_all(d->plan, &d->self, d->commit, wall_now()) != 0)
		commit_spoil(d->commit);
	plan_start(d->plan, wall_now());
}

static void
start(struct daemon *d)
{
	static const int signals[]
	    = { SIGTERM, SIGINT, SIGHUP, SIGCHLD, 0 };

	boot_read(&d->self);
	self_prepare(&d->self);
	umask(022);
	places_make(&d->places, &d->self, &d->conf, d->options.state);
	umask(077); /* a job's own is in its spec */
	places_take(&d->places, &d->self);
	cgroup_find(d->conf.cgroup, &d->self.cgroup);
	if (d->conf.realtime && !realtime_start())
		log_debug("no real-time priority: %s", strerror(errno));
	d->loop = loop_new();
	loop_signals(d->loop, signals, on_signal, d);
	d->work = work_new(d->loop);
	open_stores(d);
	make_rooms(d);
	make_back_rooms(d);
	d->tidy = (struct loop_timer) { .fn = on_tidy, .arg = d };
	recover(d);
	on_tidy(d);
	read_crontabs(d);
	open_door(d);
	import_long_resume(&d->parts);
	loop_alarm_on(d->loop, on_alarm, d);
	d->retry = (struct loop_timer) { .fn = on_retry, .arg = d };
	ready_keep_alive(d->ready, d->loop);
	loop_each_turn(d->loop, on_turn, d);
}

/*
 * Politeness: replies are sent, what is being stored is finished. Runs go on;
 * the next daemon adopts them.
 */
static void
stop(struct daemon *d)
{
	realtime_stop();
	ready_stopping(d->ready);
	plan_alive(d->plan, wall_now());
	commit_seal(d->commit);
	serve_stop(d->serve);
	launch_stop(d->launch);
	dropin_stop(d->dropin);
	keep_stop(d->keep);
	work_stop(d->work, 10);
	if (live_running(d->live) > 0)
		log_info(
		    "runs that go on without me: %d", live_running(d->live));
	on_tidy(d);
	unlink(d->places.socket);
	ends_stop(d->ends);
	keep_close(d->keep);
	dropin_close(d->dropin);
	db_close(d->parts.out);
	bin_free(d->bin);
	ingest_stop(d->ingest); /* the last moves the log into the file */
	db_close(d->parts.read);
	commit_free(d->commit);
}

int
main(int argc, char **argv)
{
	static struct daemon d;

	d.argv = argv;
	options_read(&d.options, argc, argv);
	d.self.uid = getuid();
	d.self.system = d.self.uid == 0;
	if (!options_conf(&d.options, d.self.system, &d.conf))
		return 1;
	if (!d.options.foreground)
		d.options.ready_fd = ready_detach();
	d.ready = ready_open(d.options.ready_fd);
	apply_conf(&d);
	start(&d);
	ready_up(d.ready);
	log_info("cronsd %s ready: %s", CRONS_VERSION, d.places.socket);
	loop_run(d.loop);
	stop(&d);
	return 0;
}
