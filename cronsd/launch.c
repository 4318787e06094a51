/*
 * The queue is a tree by instant. Runs that must wait for something else than
 * time (an owner being looked up, room under a limit, a full window, a zygote)
 * stay in it; launch_wake or the next news tries again, and the start deadline
 * ends the wait.
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

#include <bsd/string.h>

#include "commit.h"
#include "conf.h"
#include "db.h"
#include "fail.h"
#include "live.h"
#include "loop.h"
#include "policy.h"
#include "self.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/log.h"
#include "spec.h"
#include "spool.h"
#include "store_jobs.h"
#include "store_pauses.h"
#include "users.h"
#include "watch.h"
#include "zygote.h"

#define WINDOW 4 /* a core */
#define MOST_A_TURN 256
#define PAUSE_US (SECOND_US / 4) /* before what failed is tried again */
#define SILENCE_US (5 * SECOND_US) /* sent, and no news: look at it */

RB_HEAD(queue, live_run);

struct launch {
	struct launch_needs on;
	struct zygote zygote;
	struct loop_fd *zygote_watch;
	mono_t zygote_at; /* when it was started last */
	struct queue queue;
	TAILQ_HEAD(, live_run) sent;
	int sent_count, window;
	bool blocked; /* what is due waits for something else than time */
	struct loop_timer silence; /* the oldest of sent is overdue */
	struct loop_timer again; /* try what is blocked, or the zygote */
};

enum verdict { START, WAIT, ENDED };

static int
queue_order(const struct live_run *a, const struct live_run *b)
{
	if (a->row.at != b->row.at)
		return a->row.at < b->row.at ? -1 : 1;
	return a->row.id < b->row.id ? -1 : a->row.id > b->row.id;
}

RB_GENERATE_INTERNAL(
    queue, live_run, by_at, queue_order, static __attribute__((unused)))

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

static void
lose_zygote(struct launch *l)
{
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
	launch_put(l, run);
}

static void
take_news(struct launch *l, const struct spool_news *news, int pidfd)
{
	struct live_run *run = live_find(l->on.live, news->run);

	if (run == NULL || run->row.fence != news->fence
	    || run->state != RUN_SENT) {
		if (pidfd >= 0)
			close(pidfd);
		return;
	}
	unsend(l, run);
	switch ((enum news_kind)news->kind) {
	case NEWS_STARTED:
		l->on.started(l->on.arg, run->row.job, news->pid);
		/* FALLTHROUGH */
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

static void
on_zygote(void *arg, uint32_t events)
{
	struct launch *l = arg;
	struct spool_news news;
	int pidfd, got;

	(void)events;
	while ((got = zygote_news(&l->zygote, &news, &pidfd)) == 1)
		take_news(l, &news, pidfd);
	l->blocked = false;
	if (got < 0)
		lose_zygote(l);
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

static void
on_again(void *arg)
{
	struct launch *l = arg;

	if (l->zygote.fd < 0 && !l->on.self->stopping)
		start_zygote(l);
	l->blocked = false;
}

struct launch *
launch_new(const struct launch_needs *needs)
{
	struct launch *l = xcalloc(1, sizeof *l);
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	l->on = *needs;
	l->zygote.fd = -1;
	l->window = WINDOW * (cores < 1 ? 1 : (int)cores);
	RB_INIT(&l->queue);
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
	run->queued = true;
	RB_INSERT(queue, &l->queue, run);
}

static void
unqueue(struct launch *l, struct live_run *run)
{
	RB_REMOVE(queue, &l->queue, run);
	run->queued = false;
}

/* Ends a run that does not start; if that cannot be recorded, it waits. */
static enum verdict
refuse(struct launch *l, struct live_run *run, enum run_result result,
    const char *why)
{
	if (watch_refuse(l->on.watch, run, result, why) != 0)
		return WAIT;
	unqueue(l, run);
	return ENDED;
}

/* Must it wait for room or for its owner? Then, for how long already? */
static enum verdict
wait_or_miss(
    struct launch *l, struct live_run *run, wall_t now, const char *what)
{
	char why[RUN_WHY_MAX];
	mono_t later = { mono_now().us + PAUSE_US };

	if (now.us - run->row.at > run->deadline_us) {
		snprintf(why, sizeof why,
		    "start deadline passed while waiting for %s", what);
		return refuse(l, run, RESULT_MISSED, why);
	}
	if (!l->again.armed)
		loop_timer_set(l->on.loop, &l->again, later);
	return WAIT;
}

/* Ends the run that is in the way; its result says for whom. */
static void
replace(
    struct launch *l, struct live_run *other, const struct job *job)
{
	if (other->replaced)
		return;
	other->replaced = watch_kill(
	    l->on.watch, other, 0, JOB_NUMBER(job, grace));
	if (!other->replaced) /* it is just being started: in a moment */
		loop_timer_set(l->on.loop, &l->again,
		    (mono_t) { mono_now().us + PAUSE_US });
}

/* What somebody asked for runs in a pause too. why has RUN_WHY_MAX bytes. */
static bool
is_paused(struct launch *l, const struct live_run *run,
    const struct job *job, char *why)
{
	struct db *db = commit_read_db(l->on.commit);
	struct buf text = BUF_EMPTY;
	struct pause pause;

	if (run->row.cause == CAUSE_MANUAL || run->row.cause == CAUSE_REPLAY
	    || pauses_find(db, job, wall_now(), &pause) != 1)
		return false;
	pause_print(&pause, &text);
	strlcpy(why, buf_text(&text), RUN_WHY_MAX);
	buf_fini(&text);
	return true;
}

static enum verdict
decide_policy(
    struct launch *l, struct live_run *run, const struct job *job)
{
	struct policy_said said;

	if (is_paused(l, run, job, said.why))
		return refuse(l, run, RESULT_SKIPPED, said.why);
	if (run->row.cause != CAUSE_MANUAL && run->row.cause != CAUSE_REPLAY
	    && !JOB_NUMBER(job, enabled))
		return refuse(l, run, RESULT_SKIPPED, "the job is disabled");
	switch (policy_overlap(l->on.live, run, job, &said)) {
	case POLICY_START:
		return START;
	case POLICY_SKIP:
		return refuse(l, run, RESULT_SKIPPED, said.why);
	case POLICY_REPLACE:
		replace(l, said.other, job);
		return WAIT;
	case POLICY_WAIT:
		break;
	}
	return WAIT; /* the other's end wakes us */
}

static enum verdict
decide_room(struct launch *l, struct live_run *run, wall_t now)
{
	const struct conf *conf = l->on.conf;

	if (mono_now().us < run->not_before.us)
		return wait_or_miss(l, run, now, "room for its run file");
	if (l->zygote.fd < 0)
		return wait_or_miss(l, run, now, "a supervisor");
	if (live_running(l->on.live) >= conf->max_running)
		return wait_or_miss(l, run, now, "room under max-running");
	if (live_running_of(l->on.live, run->row.uid)
	    >= conf->max_running_per_uid)
		return wait_or_miss(
		    l, run, now, "room under max-running-per-uid");
	return START;
}

static enum verdict
decide_user(struct launch *l, struct live_run *run, const struct job *job,
    const struct user **user)
{
	char why[RUN_WHY_MAX];

	*user = users_find(l->on.users, (uid_t)job->uid, mono_now());
	if (*user == NULL)
		return wait_or_miss(l, run, wall_now(), "its user's name");
	if ((*user)->known && strcmp((*user)->name, job->user) == 0)
		return START;
	snprintf(why, sizeof why, "uid %lld is %s now, the job is %s's",
	    (long long)job->uid, (*user)->known ? (*user)->name : "nobody",
	    job->user);
	return refuse(l, run, RESULT_NOSTART, why);
}

static enum verdict
send_spec(struct launch *l, struct live_run *run, const struct job *job,
    const struct user *user)
{
	struct spec_input in = {
		.job = job,
		.user = user,
		.run = &run->row,
		.instance = run->instance,
		.boot = l->on.self->boot,
		.cgroup = l->on.self->cgroup,
		.drop = l->on.self->system,
		.direct = l->on.conf->direct,
		.files = l->on.self->files,
	};
	int fd, got;

	in.env = run->row.cause == CAUSE_MANUAL
	    ? runs_take_env(commit_read_db(l->on.commit), run->row.id)
	    : NULL;
	fd = spec_write(&in);
	free(in.env);
	if (fd < 0)
		return wait_or_miss(l, run, wall_now(), strerror(errno));
	FAIL_POINT(launch_before_send);
	got = zygote_order(
	    &l->zygote, run->row.id, (unsigned)run->row.fence, fd);
	close(fd);
	if (got != 0)
		return wait_or_miss(l, run, wall_now(), "the zygote");
	FAIL_POINT(launch_after_send);
	unqueue(l, run);
	live_move(l->on.live, run, RUN_SENT);
	run->sent = mono_now();
	TAILQ_INSERT_TAIL(&l->sent, run, in_list);
	if (l->sent_count++ == 0)
		loop_timer_set(l->on.loop, &l->silence,
		    (mono_t) { run->sent.us + SILENCE_US });
	return START;
}

/* Where runs wait for each other, the wait is not held against them. */
static bool
may_wait(const struct job *job)
{
	return JOB_NUMBER(job, overlap) == OVERLAP_QUEUE
	    || JOB_NUMBER(job, overlap) == OVERLAP_REPLACE;
}

/* Its entry may have been removed while nobody looked. */
static bool
must_be_read(const struct launch *l, const struct job *job)
{
	return job->source != 0 && l->on.self->crontabs_wait;
}

static enum verdict
decide(struct launch *l, struct live_run *run, const struct job *job,
    wall_t now)
{
	const struct user *user;
	enum verdict v;

	run->deadline_us = JOB_NUMBER(job, start_deadline);
	if (now.us - run->row.at > run->deadline_us && !may_wait(job))
		return refuse(l, run, RESULT_MISSED,
		    "start deadline passed while nobody was there");
	if (must_be_read(l, job))
		return WAIT;
	v = decide_room(l, run, now);
	if (v == START)
		v = decide_policy(l, run, job);
	if (v == START)
		v = decide_user(l, run, job, &user);
	if (v == START)
		v = send_spec(l, run, job, user);
	return v;
}

/* The job's row is read fresh, so that a change of it just counts. */
static enum verdict
start(struct launch *l, struct live_run *run, wall_t now)
{
	struct job job;
	enum verdict v;

	if (l->sent_count >= l->window)
		return WAIT; /* news will come */
	switch (jobs_get(commit_read_db(l->on.commit), run->row.job, &job)) {
	case 0:
		return refuse(
		    l, run, RESULT_SKIPPED, "the job was removed");
	case -1:
		return WAIT;
	}
	v = decide(l, run, &job, now);
	job_fini(&job);
	return v;
}

bool
launch_turn(struct launch *l, wall_t now)
{
	struct live_run *run, *next;
	int n = 0;

	if (l->on.self->stopping)
		return false;
	l->blocked = false;
	for (run = RB_MIN(queue, &l->queue);
	     run != NULL && run->row.at <= now.us; run = next) {
		next = RB_NEXT(queue, &l->queue, run);
		if (n++ == MOST_A_TURN)
			return true;
		if (start(l, run, now) == WAIT) {
			l->blocked = true;
			if (l->sent_count >= l->window)
				break;
		}
	}
	return false;
}

wall_t
launch_next(struct launch *l)
{
	const struct live_run *run = RB_MIN(queue, &l->queue);

	if (run == NULL || l->blocked || l->on.self->stopping)
		return WALL_NEVER;
	return (wall_t) { run->row.at };
}

void
launch_release(struct launch *l, int64_t job,
    void (*each)(void *arg, struct live_run *run), void *arg)
{
	struct live_run *run, *next;

	RB_FOREACH_SAFE(run, queue, &l->queue, next)
		if (run->row.job == job && run->row.cause != CAUSE_MANUAL) {
			unqueue(l, run);
			each(arg, run);
		}
}

/* Those that each puts back stand where their instant says: the list of all
 * is made first. */
void
launch_each_queued(struct launch *l,
    void (*each)(void *arg, struct live_run *run), void *arg)
{
	TAILQ_HEAD(, live_run) all = TAILQ_HEAD_INITIALIZER(all);
	struct live_run *run;

	while ((run = RB_MIN(queue, &l->queue)) != NULL) {
		unqueue(l, run);
		TAILQ_INSERT_TAIL(&all, run, in_list);
	}
	while ((run = TAILQ_FIRST(&all)) != NULL) {
		TAILQ_REMOVE(&all, run, in_list);
		each(arg, run);
	}
	l->blocked = false;
}

void
launch_forget(struct launch *l, struct live_run *run)
{
	if (run->queued)
		unqueue(l, run);
}

void
launch_wake(struct launch *l)
{
	l->blocked = false;
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
