/*
 * Two kinds of look, both cheap: watch_turn opens the file of a run that is
 * said to have ended; watch_find_out that of one nobody spoke of. A pidfd is
 * the fallback for lost datagrams. A look that fails (no descriptors, a failing
 * disk, no room for a tombstone) says nothing: it is tried again a second on.
 *
 * While more is due than may be started at once, ends are gathered for a
 * moment: a commit for each few of them would keep the loop from starting the
 * others. Nothing hangs on it: the ends are in the run files.
 */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bsd/string.h>

#include "commit.h"
#include "cronlog.h"
#include "fail.h"
#include "follow.h"
#include "ingest.h"
#include "live.h"
#include "loop.h"
#include "outcome.h"
#include "places.h"
#include "self.h"
#include "share/log.h"
#include "spool.h"
#include "watch_parts.h"

#define MOST_A_TURN 256
#define GATHER_US 50000

void
watch_name_file(const struct live_run *run, char name[SPOOL_NAME_MAX])
{
	spool_name(
	    name, run->instance, run->row.id, (uint32_t)run->row.fence);
}

static int
open_file(struct watch *w, const struct live_run *run)
{
	char name[SPOOL_NAME_MAX];

	watch_name_file(run, name);
	return openat(w->on.self->spool_fd, name, O_RDONLY | O_CLOEXEC);
}

void
watch_look(struct watch *w, struct live_run *run)
{
	run->is_stale = run->ending;
	if (run->in_ended || run->in_later || run->ending)
		return;
	if (TAILQ_EMPTY(&w->look))
		loop_timer_set(w->on.loop, &w->gathered,
		    (mono_t) { mono_now().us + GATHER_US });
	run->in_ended = true;
	TAILQ_INSERT_TAIL(&w->look, run, in_list);
}

void
watch_hurry(struct watch *w)
{
	loop_timer_set(w->on.loop, &w->gathered, mono_now());
}

/* The turn that follows does it. */
static void
on_gathered(void *arg)
{
	(void)arg;
}

/* A shim says that a run may have ended: which one? */
static struct live_run *
hear_of_end(struct watch *w, const struct spool_news *news)
{
	struct live_run *run = live_find(w->on.live, news->run);

	if (run == NULL || run->row.fence != news->fence)
		return NULL;
	if (run->state == RUN_RUNNING || run->state == RUN_ENDED)
		watch_look(w, run);
	run->has_news = true;
	return run;
}

static void
on_news(void *arg, uint32_t events)
{
	struct watch *w = arg;
	struct spool_news news;

	(void)events;
	while (recv(w->news_fd, &news, sizeof news, MSG_DONTWAIT)
	    == (ssize_t)sizeof news)
		hear_of_end(w, &news);
}

static void
look_later(struct watch *w, struct live_run *run)
{
	run->in_later = true;
	TAILQ_INSERT_TAIL(&w->later, run, in_list);
	if (!w->again.armed)
		loop_timer_set(w->on.loop, &w->again,
		    (mono_t) { mono_now().us + SECOND_US });
}

static void
on_again(void *arg)
{
	struct watch *w = arg;
	struct watch_runs runs;
	struct live_run *run;

	TAILQ_INIT(&runs);
	TAILQ_CONCAT(&runs, &w->later, in_list);
	while ((run = TAILQ_FIRST(&runs)) != NULL) {
		TAILQ_REMOVE(&runs, run, in_list);
		run->in_later = false;
		if (run->state == RUN_CLAIMED)
			watch_find_out(w, run, run->same_boot);
		else
			watch_look(w, run);
	}
}

struct watch *
watch_new(const struct watch_needs *needs)
{
	struct watch *w = xcalloc(1, sizeof *w);

	w->on = *needs;
	TAILQ_INIT(&w->look);
	TAILQ_INIT(&w->later);
	w->again.fn = on_again;
	w->again.arg = w;
	w->gathered.fn = on_gathered;
	w->news_fd = places_bind_news(needs->self);
	loop_watch(needs->loop, w->news_fd, EPOLLIN,
	    (struct loop_call) { on_news, w });
	return w;
}

static void
forget_pidfd(struct live_run *run)
{
	loop_unwatch(run->pidfd_watch);
	run->pidfd_watch = NULL;
	if (run->pidfd >= 0)
		close(run->pidfd);
	run->pidfd = -1;
}

void
watch_left(struct watch *w, const struct spool_news *news)
{
	struct live_run *run = hear_of_end(w, news);

	if (run != NULL)
		forget_pidfd(run);
}

/* The run is over for us; its file, if any, is ingested. */
static void
close_run(struct watch *w, struct live_run *run)
{
	char name[SPOOL_NAME_MAX];

	forget_pidfd(run);
	if (run->in_ended)
		TAILQ_REMOVE(&w->look, run, in_list);
	if (run->in_later)
		TAILQ_REMOVE(&w->later, run, in_list);
	watch_name_file(run, name);
	ingest_put(w->on.ingest, name, run->row.id, !run->has_output);
	live_move(w->on.live, run, RUN_DONE);
	live_drop(w->on.live, run);
	w->on.drained(w->on.arg);
}

static void
on_shim_gone(void *arg, uint32_t events)
{
	struct live_run *run = arg;

	(void)events;
	forget_pidfd(run);
	watch_look(run->watch, run);
}

static void
watch_pidfd(struct watch *w, struct live_run *run, int pidfd)
{
	run->watch = w;
	run->pidfd = pidfd;
	run->pidfd_watch = loop_watch(w->on.loop, pidfd, EPOLLIN,
	    (struct loop_call) { on_shim_gone, run });
}

void
watch_started(struct watch *w, struct live_run *run, pid_t pid, int pidfd)
{
	live_move(w->on.live, run, RUN_RUNNING);
	run->pid = pid;
	if (run->row.start < 0)
		run->row.start = wall_now().us;
	follow_started(w->on.follow, &run->row);
	if (run->tells_start)
		w->on.started(w->on.arg, &run->row);
	if (pidfd >= 0)
		watch_pidfd(w, run, pidfd);
	if (pidfd < 0 || run->has_news)
		watch_look(w, run);
}

void
watch_executed(struct watch *w, const struct live_run *run)
{
	cronlog_started(w->on.cronlog, run);
}

static void
on_recorded(void *arg, bool durable)
{
	struct live_run *run = arg;
	struct watch *w = run->watch;

	run->ending = false;
	if (!durable) {
		run->row.result = RESULT_NONE;
		watch_look(w, run);
		return;
	}
	FAIL_POINT(finish_after);
	live_move(w->on.live, run, RUN_ENDED);
	w->on.ended(w->on.arg, &run->row);
	if (run->closed)
		close_run(w, run);
	else if (run->pidfd < 0 || run->is_stale)
		watch_look(w, run);
}

/* In the turn's transaction; -1 and everything as before if it cannot be. */
static int
record(struct watch *w, struct live_run *run, commit_effect *then)
{
	struct db *db = commit_db(w->on.commit);

	run->watch = w;
	if (db == NULL)
		return -1;
	FAIL_POINT(finish_before);
	follow_turn(w->on.follow); /* its start before its end */
	if (runs_end(db, &run->row) < 0
	    || w->on.ending(w->on.arg, db, &run->row) != 0) {
		commit_spoil(w->on.commit);
		return -1;
	}
	run->ending = true;
	commit_then(w->on.commit, then, run);
	return 0;
}

/*
 * The pid of the header is only a hint. The lock is tested again after
 * pidfd_open: if it is still held, that pid was alive all the while and is
 * the shim.
 */
static int
open_shim(int fd, pid_t pid)
{
	int pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;

	if (pidfd >= 0 && !spool_is_alive(fd)) {
		close(pidfd);
		pidfd = -1;
	}
	return pidfd;
}

/* It lives, and nobody would tell us of its end: watch it, or look again. */
static void
keep_an_eye(struct watch *w, struct live_run *run, int fd,
    const struct spool_file *file)
{
	int pidfd;

	if (run->pidfd >= 0)
		return;
	run->pid = (pid_t)spool_number(file->header, "shim", 0);
	pidfd = open_shim(fd, run->pid);
	if (pidfd >= 0)
		watch_pidfd(w, run, pidfd);
	else
		look_later(w, run);
}

/* It has ended, and that cannot be recorded: its job's next run may start. */
static void
note_over(struct watch *w, struct live_run *run)
{
	if (run->is_over)
		return;
	live_over(w->on.live, run);
	w->on.over(w->on.arg, run);
}

/* The run has no result yet: does its file have one? */
static void
look_for_result(struct watch *w, struct live_run *run, int fd,
    const struct spool_file *file)
{
	run->closed = !file->alive || file->end[0] != '\0';
	run->has_output = file->size > SPOOL_FRAMES_AT;
	if (file->exit[0] != '\0') {
		outcome_read(&run->row, file);
		if (run->replaced && run->row.result == RESULT_KILLED)
			strlcpy(run->row.why, "replaced by the next run",
			    sizeof run->row.why);
	} else if (file->alive) {
		keep_an_eye(w, run, fd, file);
		return; /* not ended at all */
	} else if (fd >= 0 && !run->swept) {
		if (!run->sweeping)
			watch_sweep(w, run, file);
		return;
	} else {
		outcome_lost(&run->row, file, w->on.self->boot);
	}
	if (record(w, run, on_recorded) != 0) {
		run->row.result = RESULT_NONE;
		note_over(w, run);
		watch_look(w, run);
	}
}

/* Only the file knew how many bytes there were; now it may go. */
static void
on_counted(void *arg, bool durable)
{
	struct live_run *run = arg;

	run->ending = false;
	(durable ? close_run : watch_look)(run->watch, run);
}

/* The result is recorded; the output was still open. */
static void
look_for_end(struct watch *w, struct live_run *run, int fd,
    const struct spool_file *file)
{
	struct db *db = commit_db(w->on.commit);

	if (file->end[0] == '\0' && file->alive) {
		keep_an_eye(w, run, fd, file);
		return;
	}
	run->has_output = file->size > SPOOL_FRAMES_AT;
	outcome_read_bytes(&run->row, file);
	if (db == NULL || runs_set_bytes(db, &run->row) != 0)
		commit_spoil(w->on.commit);
	run->ending = true;
	commit_then(w->on.commit, on_counted, run);
}

static void
look_at(struct watch *w, struct live_run *run)
{
	struct spool_file file = { .size = 0 };
	int fd = open_file(w, run);

	if (fd < 0 ? errno != ENOENT : spool_read(fd, &file) != 0) {
		log_warn("run %lld: its file: %s", (long long)run->row.id,
		    strerror(errno));
		look_later(w, run);
	} else if (run->state == RUN_ENDED)
		look_for_end(w, run, fd, &file);
	else
		look_for_result(w, run, fd, &file);
	if (fd >= 0)
		close(fd);
}

/*
 * Nothing can be recorded now, but ends count all the same: each run is looked
 * at until it is seen to be over. What is put back stands behind the last.
 */
static void
look_in_vain(struct watch *w)
{
	struct live_run *last = TAILQ_LAST(&w->look, watch_runs), *run, *next;

	for (run = TAILQ_FIRST(&w->look); run != NULL;
	     run = run == last ? NULL : next) {
		next = TAILQ_NEXT(run, in_list);
		if (run->state == RUN_ENDED || run->is_over)
			continue;
		TAILQ_REMOVE(&w->look, run, in_list);
		run->in_ended = false;
		look_at(w, run);
	}
}

bool
watch_turn(struct watch *w, bool gather)
{
	struct live_run *run;

	ingest_retry(w->on.ingest);
	if (gather && w->gathered.armed)
		return false;
	if (!TAILQ_EMPTY(&w->look) && commit_db(w->on.commit) == NULL) {
		look_in_vain(w);
		return false; /* all wait until the disk has room */
	}
	for (int n = 0; n < MOST_A_TURN && !TAILQ_EMPTY(&w->look); n++) {
		run = TAILQ_FIRST(&w->look);
		TAILQ_REMOVE(&w->look, run, in_list);
		run->in_ended = false;
		look_at(w, run);
	}
	return !TAILQ_EMPTY(&w->look);
}

static void
on_refused(void *arg, bool durable)
{
	struct live_run *run = arg;
	struct watch *w = run->watch;

	run->ending = false;
	if (!durable) {
		run->row.result = RESULT_NONE;
		w->on.again(w->on.arg, run);
		return;
	}
	w->on.ended(w->on.arg, &run->row);
	live_move(w->on.live, run, RUN_DONE);
	live_drop(w->on.live, run);
}

int
watch_refuse(struct watch *w, struct live_run *run, enum run_result result,
    const char *why)
{
	run->row.result = result;
	run->row.end = wall_now().us;
	strlcpy(run->row.why, why, sizeof run->row.why);
	if (record(w, run, on_refused) == 0)
		return 0;
	run->row.result = RESULT_NONE;
	return -1;
}

bool
watch_kill(struct live_run *run, int signal, int64_t grace_us)
{
	int64_t grace = (grace_us + SECOND_US - 1) / SECOND_US;
	siginfo_t info = { 0 };

	if (run->pidfd < 0)
		return false;
	info.si_signo = SPOOL_KILL_SIGNAL;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_ptr = (void *)SPOOL_KILL_VALUE(
	    run->row.id, signal, grace > 8388607 ? 8388607 : grace);
	return pidfd_send_signal(run->pidfd, SPOOL_KILL_SIGNAL, &info, 0)
	    == 0;
}

void
watch_drain(struct watch *w, struct live_run *run)
{
	run->watch = w;
	watch_look(w, run);
}

static void
adopt(struct watch *w, struct live_run *run, int fd,
    const struct spool_file *file)
{
	pid_t pid = (pid_t)spool_number(file->header, "shim", 0);

	run->row.start
	    = spool_number(file->header, "start_us", wall_now().us);
	live_set_pool(w->on.live, run, spool_number(file->header, "pool", 0));
	run->tells_start = run_cause_has_job(run->row.cause); /* who knows */
	watch_started(w, run, pid, open_shim(fd, pid));
	if (!file->is_said && spool_number(file->exit, "stage", 0) == 0)
		watch_executed(w, run);
	watch_look(w, run); /* its EXIT may be there already */
	log_debug("run %lld adopted", (long long)run->row.id);
}

/* From here on news of it are ignored: it is looked at, whatever they say. */
static void
find_out_later(struct watch *w, struct live_run *run)
{
	if (run->state == RUN_SENT)
		live_move(w->on.live, run, RUN_CLAIMED);
	live_doubt(w->on.live, run, true);
	look_later(w, run);
}

/* The tombstone is put; the new fence must be durable before a new try. */
static void
on_taken_back(void *arg, bool durable)
{
	struct live_run *run = arg;
	struct watch *w = run->watch;

	if (!durable) {
		run->row.fence--;
		find_out_later(w, run);
		return;
	}
	if (run->state == RUN_SENT)
		live_move(w->on.live, run, RUN_CLAIMED);
	w->on.again(w->on.arg, run);
}

static void
take_back(struct watch *w, struct live_run *run)
{
	struct db *db = commit_db(w->on.commit);

	FAIL_POINT(bury_after);
	run->watch = w;
	run->row.fence++;
	/* A claim that is no row yet (plan_alone.c): the tombstone alone keeps
	 * the old fence from running, and whoever comes after us finds it. */
	if (db == NULL && run->is_alone) {
		on_taken_back(run, true);
		return;
	}
	if (db == NULL || runs_set_fence(db, run->row.id, run->row.fence))
		commit_spoil(w->on.commit);
	commit_then(w->on.commit, on_taken_back, run);
}

/* True: it will never start under this fence. */
static bool
bury(struct watch *w, const struct live_run *run)
{
	char name[SPOOL_NAME_MAX];

	watch_name_file(run, name);
	if (spool_bury(w->on.self->spool_fd, name) == 0)
		return true;
	if (errno != EEXIST) /* the shim was faster */
		log_warn("run %lld: tombstone: %s", (long long)run->row.id,
		    strerror(errno));
	return false;
}

/* Another boot, and no file: lost. Recorded with the new boot's id, or the next
 * daemon would believe that it can be started. */
static void
lose(struct watch *w, struct live_run *run)
{
	live_move(w->on.live, run, RUN_RUNNING);
	look_at(w, run);
}

void
watch_find_out(struct watch *w, struct live_run *run, bool same_boot)
{
	struct spool_file file;
	int fd = open_file(w, run);
	bool missing = fd < 0 && errno == ENOENT;

	run->same_boot = same_boot;
	run->watch = w;
	live_doubt(w->on.live, run, false);
	if (missing && !same_boot)
		lose(w, run);
	else if (missing && bury(w, run))
		take_back(w, run);
	else if (fd < 0 || spool_read(fd, &file) != 0)
		find_out_later(w, run);
	else if (file.size == 0)
		take_back(w, run);
	else
		adopt(w, run, fd, &file);
	if (fd >= 0)
		close(fd);
}
