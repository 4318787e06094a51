/*
 * The queue is a tree by instant. What is due is taken out and decided
 * (launch_decide.c); if it must wait for other runs it goes to the lobby,
 * where an end wakes it, and if for anything else (its owner being looked up,
 * a zygote, the disk) aside, to be tried again soon. Those of the lobby that
 * were woken come before what just became due.
 *
 * The window: at most WINDOW runs a core are sent and not heard of. More at
 * once only makes the kernel switch between half-started children.
 */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commit.h"
#include "conf.h"
#include "fail.h"
#include "launch_parts.h"
#include "realtime.h"
#include "self.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/log.h"
#include "spec.h"
#include "spool.h"
#include "store_jobs.h"
#include "store_pools.h"
#include "users.h"
#include "watch.h"

#define WINDOW 4 /* a core */
#define MOST_A_TURN 256
#define PAUSE_US (SECOND_US / 4) /* before what failed is tried again */
#define SILENCE_US (5 * SECOND_US) /* sent, and no news: look at it */

static int
queue_order(const struct live_run *a, const struct live_run *b)
{
	if (a->row.at != b->row.at)
		return a->row.at < b->row.at ? -1 : 1;
	return a->row.id < b->row.id ? -1 : a->row.id > b->row.id;
}

RB_GENERATE_INTERNAL(launch_queue, live_run, by_at, queue_order,
    static __attribute__((unused)))

static void on_zygote(void *arg, uint32_t events);

static void
unsend(struct launch *l, struct live_run *run)
{
	TAILQ_REMOVE(&l->sent, run, in_list);
	l->sent_count--;
}

static void
start_zygote(struct launch *l)
{
	l->zygote_at = mono_now();
	if (zygote_start(&l->zygote, l->on.shim_fd, l->on.self->spool_fd)
	    != 0) {
		loop_timer_set(l->on.loop, &l->again,
		    (mono_t) { l->zygote_at.us + SECOND_US });
		return;
	}
	realtime_lend(l->zygote.pid);
	l->zygote_watch = loop_watch(l->on.loop, l->zygote.fd, EPOLLIN,
	    (struct loop_call) { on_zygote, l });
}

/* Everything that was sent and not heard of is looked at. */
static void
find_out_sent(struct launch *l)
{
	struct live_run *run;

	while ((run = TAILQ_FIRST(&l->sent)) != NULL) {
		unsend(l, run);
		watch_find_out(l->on.watch, run, true);
	}
}

/*
 * The shim says that it had no room or memory and is gone: nothing will ever
 * come of that order, and no tombstone, which needs room too, has to be put.
 */
static void
try_later(struct launch *l, struct live_run *run, int error)
{
	if (run->not_before.us == 0)
		log_warn("run %lld: no run file could be made: %s",
		    (long long)run->row.id, strerror(error));
	run->not_before.us = mono_now().us + PAUSE_US;
	live_move(l->on.live, run, RUN_CLAIMED);
	launch_free(l, run);
	launch_put(l, run);
}

static void
take_news(struct launch *l, const struct spool_news *news, int pidfd)
{
	struct live_run *run = live_find(l->on.live, news->run);

	if (news->kind == NEWS_ENDED)
		watch_left(l->on.watch, news);
	if (run == NULL || run->row.fence != news->fence
	    || run->state != RUN_SENT) {
		if (pidfd >= 0)
			close(pidfd);
		return;
	}
	unsend(l, run);
	switch ((enum news_kind)news->kind) {
	case NEWS_STARTED:
		watch_started(l->on.watch, run, news->pid, pidfd);
		watch_executed(l->on.watch, run);
		return;
	case NEWS_NOSTART:
		watch_started(l->on.watch, run, news->pid, pidfd);
		return;
	case NEWS_NOFILE:
		try_later(l, run, news->error);
		break;
	case NEWS_REFUSED:
	case NEWS_ENDED:
		watch_find_out(l->on.watch, run, true);
		break;
	}
	if (pidfd >= 0)
		close(pidfd);
}

/* All the news that there are; false: there will be no more. */
static bool
take_all_news(struct launch *l)
{
	struct spool_news news;
	int pidfd, got;

	while ((got = zygote_news(&l->zygote, &news, &pidfd)) == 1)
		take_news(l, &news, pidfd);
	l->is_full = false;
	return got == 0;
}

/*
 * Shims that stayed may have said that a run is over, and have another now:
 * nobody says so again. Those who cannot say it any more end.
 */
static void
lose_zygote(struct launch *l)
{
	zygote_hush(&l->zygote);
	take_all_news(l);
	loop_unwatch(l->zygote_watch);
	l->zygote_watch = NULL;
	zygote_stop(&l->zygote);
	if (l->on.self->stopping)
		return;
	log_warn("zygote died; starting another");
	find_out_sent(l);
	if (mono_now().us - l->zygote_at.us < SECOND_US)
		loop_timer_set(l->on.loop, &l->again,
		    (mono_t) { mono_now().us + SECOND_US });
	else
		start_zygote(l);
}

static void
on_zygote(void *arg, uint32_t events)
{
	(void)events;
	if (!take_all_news(arg))
		lose_zygote(arg);
}

static void
on_silence(void *arg)
{
	struct launch *l = arg;
	struct live_run *run;
	mono_t now = mono_now();

	while ((run = TAILQ_FIRST(&l->sent)) != NULL
	    && now.us - run->sent.us >= SILENCE_US) {
		log_warn("run %lld: no news for %lld s",
		    (long long)run->row.id,
		    (long long)(SILENCE_US / SECOND_US));
		unsend(l, run);
		watch_find_out(l->on.watch, run, true);
	}
	if (run != NULL)
		loop_timer_set(l->on.loop, &l->silence,
		    (mono_t) { run->sent.us + SILENCE_US });
}

/* Everything aside is looked at again. */
static void
empty_aside(struct launch *l)
{
	struct live_run *run;

	while ((run = TAILQ_FIRST(&l->aside)) != NULL) {
		TAILQ_REMOVE(&l->aside, run, in_list);
		run->is_aside = false;
		launch_put(l, run);
	}
}

static void
put_overdue(void *arg, struct live_run *run)
{
	launch_put(arg, run);
}

static void
on_again(void *arg)
{
	struct launch *l = arg;

	if (l->zygote.fd < 0 && !l->on.self->stopping)
		start_zygote(l);
	empty_aside(l);
	lobby_each_overdue(l->lobby, wall_now(), put_overdue, l);
	if (lobby_has_deadlines(l->lobby))
		loop_timer_set(l->on.loop, &l->again,
		    (mono_t) { mono_now().us + PAUSE_US });
}

struct launch *
launch_new(const struct launch_needs *needs)
{
	struct launch *l = xcalloc(1, sizeof *l);
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	l->on = *needs;
	l->zygote.fd = -1;
	l->window = WINDOW * (cores < 1 ? 1 : (int)cores);
	l->lobby = lobby_new(needs->live);
	RB_INIT(&l->queue);
	TAILQ_INIT(&l->aside);
	TAILQ_INIT(&l->sent);
	l->silence.fn = on_silence;
	l->again.fn = on_again;
	l->silence.arg = l->again.arg = l;
	start_zygote(l);
	return l;
}

void
launch_put(struct launch *l, struct live_run *run)
{
	run->claiming = false;
	run->queued = true;
	RB_INSERT(launch_queue, &l->queue, run);
}

static void
unqueue(struct launch *l, struct live_run *run)
{
	RB_REMOVE(launch_queue, &l->queue, run);
	run->queued = false;
}

static enum launch_verdict
decide_user(const struct launch_case *c, const struct user **user)
{
	const struct job *job = c->job;
	char why[RUN_WHY_MAX];

	*user = users_find(c->l->on.users, (uid_t)job->uid, mono_now());
	if (*user == NULL || (*user)->is_unsure)
		return launch_wait(c, "its user's name");
	if ((*user)->known && strcmp((*user)->name, job->user) == 0)
		return LAUNCH_START;
	snprintf(why, sizeof why, "uid %lld is %s now, the job is %s's",
	    (long long)job->uid, (*user)->known ? (*user)->name : "nobody",
	    job->user);
	return launch_refuse(c, RESULT_NOSTART, why);
}

static void
note_sent(struct launch *l, struct live_run *run)
{
	live_move(l->on.live, run, RUN_SENT);
	run->sent = mono_now();
	TAILQ_INSERT_TAIL(&l->sent, run, in_list);
	if (l->sent_count++ == 0)
		loop_timer_set(l->on.loop, &l->silence,
		    (mono_t) { run->sent.us + SILENCE_US });
}

static bool
has_due(struct launch *l, wall_t now)
{
	const struct live_run *run = RB_MIN(launch_queue, &l->queue);

	return run != NULL && run->row.at <= now.us;
}

/* More is due than a window: who gets this order may have another soon. */
static bool
is_burst(struct launch *l, wall_t now)
{
	return (l->sent_count >= l->window - 1 || l->turn_count >= l->window)
	    && (has_due(l, now) || lobby_is_woken(l->lobby));
}

static enum launch_verdict
send_spec(const struct launch_case *c, const struct user *user)
{
	struct launch *l = c->l;
	struct live_run *run = c->run;
	struct spec_input in = {
		.job = c->job,
		.user = user,
		.input = c->input,
		.run = &run->row,
		.pool = pool_key(JOB_TEXT(c->job, pool)),
		.instance = run->instance,
		.boot = l->on.self->boot,
		.cgroup = launch_needs_cgroup(c->job)
		    ? l->on.self->cgroup.limited
		    : l->on.self->cgroup.runs,
		.drop = l->on.self->system,
		.direct = l->on.conf->direct,
		.pam = l->on.conf->pam != 0 && l->on.self->system
		    ? l->on.pam
		    : NULL,
		.files = l->on.self->files,
	};
	struct spool_order order = { run->row.id, (uint32_t)run->row.fence,
		SPOOL_CAN_STAY && is_burst(l, c->now) ? ORDER_STAY : 0 };
	struct buf spec = BUF_EMPTY;
	int got;

	in.env = run->row.cause == CAUSE_MANUAL
	    ? runs_take_env(commit_read_db(l->on.commit), run->row.id)
	    : NULL;
	spec_write(&in, &spec);
	free(in.env);
	FAIL_POINT(launch_before_send);
	got = zygote_order(&l->zygote, &order, &spec);
	buf_fini(&spec);
	if (got != 0)
		return launch_wait(c, "the zygote");
	FAIL_POINT(launch_after_send);
	live_set_pool(l->on.live, run, in.pool);
	run->tells_start = JOB_TEXT(c->job, notify)[0] != '\0';
	note_sent(l, run);
	return LAUNCH_START;
}

/* A run without a job, one that tells of another, or a trial, obeys no job's
 * rules, and whoever claimed it has limits: it waits as long as it must. */
static void
start_order(struct launch *l, struct live_run *run, wall_t now)
{
	struct launch_order order;
	struct launch_case c
	    = { l, run, &order.job, now, &order.input };
	const struct user *user;

	run->deadline_us = INT64_MAX;
	switch (l->on.order(l->on.order_arg, run, &order)) {
	case 0:
		launch_put_aside(l, run);
		return;
	case -1:
		launch_refuse(&c, RESULT_SKIPPED, order.why);
		return;
	}
	if (mono_now().us < run->not_before.us)
		launch_wait(&c, "room for its run file");
	else if (l->zygote.fd < 0)
		launch_wait(&c, "a supervisor");
	else if (decide_user(&c, &user) == LAUNCH_START)
		send_spec(&c, user);
	job_fini(&order.job);
	buf_fini(&order.input);
}

/* The job's row is read fresh, so that a change of it just counts. */
static void
start(struct launch *l, struct live_run *run, wall_t now)
{
	struct job job;
	struct launch_case c = { l, run, &job, now, NULL };
	const struct user *user;

	switch (jobs_get(commit_hold_db(l->on.commit), run->row.job, &job)) {
	case 0:
		launch_refuse(&c, RESULT_SKIPPED, "the job was removed");
		return;
	case -1:
		launch_put_aside(l, run);
		return;
	}
	if (launch_decide(&c) == LAUNCH_START
	    && decide_user(&c, &user) == LAUNCH_START)
		send_spec(&c, user);
	job_fini(&job);
}

/* What was decided once, and could not be written down, is not decided again:
 * overlap=skip would become a queue. */
static void
refuse_again(struct launch *l, struct live_run *run, wall_t now)
{
	struct launch_case c = { l, run, NULL, now, NULL };

	launch_refuse(&c, run->refused, run->refused_why);
}

/* The next one that is due and may be looked at, taken out. */
static struct live_run *
take_next(struct launch *l, wall_t now)
{
	struct live_run *run = lobby_take(l->lobby);

	if (run != NULL || !has_due(l, now))
		return run;
	run = RB_MIN(launch_queue, &l->queue);
	unqueue(l, run);
	return run;
}

bool
launch_turn(struct launch *l, wall_t now)
{
	struct live_run *run;

	l->is_crowded = false;
	if (l->on.self->stopping)
		return false;
	for (l->turn_count = 0; l->turn_count < MOST_A_TURN; l->turn_count++) {
		l->is_full = l->sent_count >= l->window;
		l->is_crowded = l->is_full && has_due(l, now);
		if (l->is_full || (run = take_next(l, now)) == NULL)
			return false;
		if (run->refused != RESULT_NONE)
			refuse_again(l, run, now);
		else if (!run_cause_has_job(run->row.cause))
			start_order(l, run, now);
		else
			start(l, run, now);
	}
	return true;
}

bool
launch_is_crowded(const struct launch *l)
{
	return l->is_crowded;
}

wall_t
launch_next(struct launch *l)
{
	const struct live_run *run = RB_MIN(launch_queue, &l->queue);

	if (l->is_full || l->on.self->stopping)
		return WALL_NEVER;
	if (lobby_is_woken(l->lobby))
		return (wall_t) { INT64_MIN };
	return run == NULL ? WALL_NEVER : (wall_t) { run->row.at };
}

void
launch_release(struct launch *l, int64_t job,
    void (*each)(void *arg, struct live_run *run), void *arg)
{
	struct live_run *run = NULL;

	while ((run = live_next_of_job(l->on.live, job, run)) != NULL) {
		if (run->share != NULL) {
			lobby_forget(l->lobby, run);
			launch_put(l, run);
		}
		if (run->queued && run->row.cause != CAUSE_MANUAL) {
			unqueue(l, run);
			each(arg, run);
		}
	}
	lobby_wake(l->lobby, (struct lobby_place) { LOBBY_JOB, job, 0 });
}

/* Those that each puts back stand where their instant says: the list of all
 * is made first. */
void
launch_each_queued(struct launch *l,
    void (*each)(void *arg, struct live_run *run), void *arg)
{
	struct launch_runs all = TAILQ_HEAD_INITIALIZER(all);
	struct live_run *run;

	empty_aside(l);
	lobby_wake_all(l->lobby);
	while ((run = lobby_take(l->lobby)) != NULL)
		TAILQ_INSERT_TAIL(&all, run, in_list);
	while ((run = RB_MIN(launch_queue, &l->queue)) != NULL) {
		unqueue(l, run);
		TAILQ_INSERT_TAIL(&all, run, in_list);
	}
	while ((run = TAILQ_FIRST(&all)) != NULL) {
		TAILQ_REMOVE(&all, run, in_list);
		each(arg, run);
	}
}

void
launch_forget(struct launch *l, struct live_run *run)
{
	if (run->queued)
		unqueue(l, run);
	lobby_forget(l->lobby, run);
	if (!run->is_aside)
		return;
	TAILQ_REMOVE(&l->aside, run, in_list);
	run->is_aside = false;
}

void
launch_wake(struct launch *l)
{
	empty_aside(l);
}

void
launch_wake_all(struct launch *l)
{
	empty_aside(l);
	lobby_wake_all(l->lobby);
}

void
launch_ended(struct launch *l, int64_t id)
{
	const struct live_run *run = live_find(l->on.live, id);

	if (run != NULL)
		launch_free(l, run);
}

int
launch_waiting(struct launch *l, int64_t pool)
{
	return lobby_count_pool(l->lobby, pool);
}

void
launch_child_ended(struct launch *l, int pid)
{
	if (pid == l->zygote.pid && l->zygote.fd >= 0)
		lose_zygote(l);
}

int
launch_zygote_pid(const struct launch *l)
{
	return l->zygote.pid;
}

void
launch_stop(struct launch *l)
{
	loop_unwatch(l->zygote_watch);
	l->zygote_watch = NULL;
	zygote_stop(&l->zygote);
}
