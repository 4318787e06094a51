/*
 * A loop over at most seven descriptors: signals, the job's status pipe, its
 * two outputs, a timer, two sockets for news. Each turn does what is ready,
 * in that order; then looks whether the run can be closed.
 *
 * The run passes these points, and the file tells which was reached:
 *
 *   executed    the status pipe is closed: STARTED to the daemon
 *   exited      the job itself was reaped: EXIT at once, ENDED to the daemon;
 *               its children may go on writing
 *   ended       nobody holds the pipes, or they did for longer than linger:
 *               END, and the lock is given back
 *   over        nobody holds the pipes. Between ended and over output is read
 *               and thrown away, so that a server that was started from cron
 *               never gets SIGPIPE.
 *
 * Times are CLOCK_BOOTTIME, which nobody can set; a frame's time adds the
 * difference to the wall clock that the spec came with. One timerfd of that
 * clock stands for the earliest of the time limit, the kill that follows a
 * TERM, and linger; it is not made before one of these is wanted.
 */
#include "shim_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"
#include "shim_cgroup.h"
#include "shim_file.h"
#include "shim_job.h"
#include "shim_news.h"
#include "shim_spec.h"
#include "shim_tree.h"
#include "spool.h"
#include "spool_text.h"

#define NEVER INT64_MAX
#define BIG_PIPE (1 << 20)
#define ROOM_BYTES (SPOOL_FRAME_HEAD_MAX + SPOOL_FRAME_MAX + 1)
#define CATCH_UP 64 /* reads of a pipe after the job's end, before END */
#define FLUSH_MS 2000
#define SETTLE_MS 1000
#define STACK_BELOW (64 * 1024) /* more than any function here reaches */
#define STACK_OF_A_CALL 1024

enum watched {
	ON_SIGNALS,
	ON_STATUS,
	ON_OUT,
	ON_ERR,
	ON_TIMER,
	ON_ORDER,
	ON_NEWS,
	WATCHED_COUNT
};

struct watch {
	struct spec spec; /* its fixed part: the offsets are of no use */
	char cgroup[SPOOL_HEADER_ROOM + 1];
	struct shim_file *file;
	struct shim_job job;
	struct shim_tree tree;
	enum shim_why why;
	struct shim_news order, ended;
	int spool, signals, timer;
	int stay, queue; /* as in shim_start */
	int64_t armed_us; /* what the timer stands for */
	int64_t started_us, timeout_us, linger_us; /* instants; or NEVER */
	const struct spec *mapped; /* the whole spec; NULL: given back */
	char *room; /* where output is read to; NULL before there is any */
	bool has_big_pipe;
};

/*
 * Asked of the kernel itself: a run does so four times, and pages from which
 * to read the clock without asking would have to be mapped for each shim.
 */
int64_t
shim_watch_now(void)
{
	struct timespec now;

	syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t
wall_us(const struct watch *w, int64_t boot_us)
{
	return boot_us + w->spec.wall_minus_boot_us;
}

static int64_t
after(int64_t us, int64_t span)
{
	return span > NEVER - us ? NEVER : us + span;
}

/* ---- output ---- */

static bool
has_output(const struct watch *w)
{
	return w->job.out != -1 || w->job.err != -1;
}

/* The job writes more at a time than the pipe holds: give it a bigger one. */
static void
widen_pipe(struct watch *w, int fd)
{
	if (w->has_big_pipe)
		return;
	w->has_big_pipe = true;
	fcntl(fd, F_SETPIPE_SZ, BIG_PIPE);
}

/* The buffer is mapped when it is needed: most runs say little or nothing. */
static bool
open_room(struct watch *w)
{
	void *memory;

	if (w->room != NULL)
		return true;
	memory = mmap(NULL, ROOM_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	w->room = memory;
	return true;
}

/* One read into one frame, of a pipe that poll said something about. */
static void
take_output(struct watch *w, int *fd, char kind, short events)
{
	struct shim_bytes bytes = { .kind = kind };
	ssize_t n = 0;

	if (events == 0)
		return;
	if ((events & POLLIN) != 0 && open_room(w)) {
		bytes.data = w->room + SPOOL_FRAME_HEAD_MAX;
		n = read(*fd, bytes.data, w->file->piece);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
	}
	if (n <= 0) {
		close(*fd);
		*fd = -1;
		return;
	}
	bytes.at_us = wall_us(w, shim_watch_now());
	bytes.len = (uint32_t)n;
	shim_file_put(w->file, &bytes);
	if (n == (ssize_t)w->file->piece)
		widen_pipe(w, *fd);
}

/* What the job left in its pipes; children that write on do not keep us. */
static void
catch_up(struct watch *w)
{
	struct pollfd on[2];

	for (int i = 0; i < CATCH_UP && has_output(w); i++) {
		on[0] = (struct pollfd) { w->job.out, POLLIN, 0 };
		on[1] = (struct pollfd) { w->job.err, POLLIN, 0 };
		if (poll(on, 2, 0) <= 0)
			return;
		take_output(w, &w->job.out, 'o', on[0].revents);
		take_output(w, &w->job.err, 'e', on[1].revents);
	}
}

/* ---- records and news ---- */

static int64_t
time_us(const struct timeval *time)
{
	return (int64_t)time->tv_sec * 1000000 + time->tv_usec;
}

static void
write_exit(struct watch *w, int64_t at_us, int status, struct rusage *usage)
{
	bool has_ended = w->why != WHY_NOSTART;
	bool by_signal = has_ended && !WIFEXITED(status);
	struct shim_exit exit = {
		.code = has_ended && !by_signal ? WEXITSTATUS(status) : 0,
		.sig = by_signal ? WTERMSIG(status) : 0,
		.core = by_signal && WCOREDUMP(status),
		.why = w->why,
		.stage = w->job.fault.stage,
		.error = w->job.fault.error,
		.start_us = wall_us(w, w->started_us),
		.end_us = wall_us(w, at_us),
		.utime_us = time_us(&usage->ru_utime),
		.stime_us = time_us(&usage->ru_stime),
		.maxrss_kb = usage->ru_maxrss,
	};

	shim_file_exit(w->file, &exit);
}

static void
write_end(struct watch *w, int64_t at_us)
{
	if (w->tree.has_survivors)
		shim_file_note(w->file, wall_us(w, at_us),
		    "some processes of this run would not die");
	shim_file_end(w->file, wall_us(w, at_us));
	shim_file_close(w->file);
}

/* The daemon that is there now looks at the file: EXIT or END is new. */
static void
tell_ended(struct watch *w)
{
	if (w->ended.fd != -1)
		return; /* an earlier word is still on its way */
	w->ended.news.kind = NEWS_ENDED;
	shim_news_connect(&w->ended, w->spool);
	shim_news_try(&w->ended);
}

/*
 * END when nothing is left to be said, or when that took too long: then we
 * live on to drain, and our own end will not tell the daemon.
 */
static void
end_if_over(struct watch *w)
{
	int64_t now;

	if (w->tree.has_job || w->file->fd == -1)
		return;
	now = shim_watch_now();
	if ((!has_output(w) && w->tree.phase == TREE_LEFT_ALONE)
	    || now >= w->linger_us) {
		write_end(w, now);
		if (has_output(w))
			tell_ended(w);
	}
}

static void
tell_daemon(struct watch *w, enum news_kind kind)
{
	w->order.news.kind = kind;
	w->order.has_self = true;
	shim_news_try(&w->order);
}

/* ---- what happens ---- */

static void
on_job_end(struct watch *w, int status, struct rusage *usage)
{
	int64_t now = shim_watch_now();

	shim_tree_on_job_end(&w->tree, now);
	w->timeout_us = NEVER;
	write_exit(w, now, status, usage);
	w->linger_us = after(now, w->spec.linger_us);
	catch_up(w);
	end_if_over(w);
	if (w->why == WHY_NOSTART) {
		tell_daemon(w, NEWS_NOSTART);
		return;
	}
	if (w->file->fd == -1)
		return; /* all is said, and our own end says so */
	tell_ended(w);
}

static void
on_status(struct watch *w)
{
	if (shim_job_read_status(&w->job)) {
		FAIL_POINT(shim_after_exec);
		tell_daemon(w, NEWS_STARTED);
	} else
		w->why = WHY_NOSTART;
}

/* The status pipe is looked at first: it says if what ended was the job. */
static void
on_children(struct watch *w)
{
	struct rusage usage;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
		if (pid != w->job.pid || !w->tree.has_job)
			continue;
		if (w->job.status != -1)
			on_status(w);
		on_job_end(w, status, &usage);
	}
	if (pid == -1 && errno == ECHILD)
		shim_tree_on_empty(&w->tree);
}

static void
on_order(struct watch *w, int value)
{
	int number = value & 0xff;
	int64_t grace_us = (int64_t)(value >> 8 & 0x7fffff) * 1000000;

	if (number != 0 && number != SIGKILL) {
		shim_tree_signal(&w->tree, number);
		return;
	}
	if (w->tree.has_job && w->why == WHY_NONE)
		w->why = WHY_KILL;
	if (number == SIGKILL)
		shim_tree_kill(&w->tree, shim_watch_now());
	else
		shim_tree_end(&w->tree, shim_watch_now(), grace_us);
}

/* Not if it was for the run before: this process had another then. */
static bool
is_for_us(const struct watch *w, const struct signalfd_siginfo *info)
{
	uint32_t run = (uint32_t)(info->ssi_ptr >> 32);

	return info->ssi_code == SI_QUEUE
	    && (info->ssi_uid == 0 || info->ssi_uid == getuid())
	    && (run == 0 || run == (uint32_t)w->spec.run);
}

static void
on_signals(struct watch *w)
{
	struct signalfd_siginfo info;

	while (read(w->signals, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			on_children(w);
		else if (is_for_us(w, &info))
			on_order(w, (int)(uint32_t)info.ssi_ptr);
	}
}

static void
on_timer(struct watch *w)
{
	uint64_t count;
	int64_t now = shim_watch_now();

	if (read(w->timer, &count, sizeof count) == -1)
		return;
	w->armed_us = NEVER;
	if (now >= w->timeout_us) {
		w->timeout_us = NEVER;
		if (w->why == WHY_NONE)
			w->why = WHY_TIMEOUT;
		shim_tree_end(&w->tree, now, w->spec.grace_us);
	}
	shim_tree_on_time(&w->tree, now);
}

/* ---- the loop ---- */

static int64_t
earliest_us(const struct watch *w)
{
	int64_t at = w->timeout_us;

	if (w->tree.phase != TREE_LEFT_ALONE && w->tree.due_us < at)
		at = w->tree.due_us;
	if (w->file->fd != -1 && w->linger_us < at)
		at = w->linger_us;
	return at;
}

static void
arm_timer(struct watch *w)
{
	int64_t at = earliest_us(w);
	struct itimerspec when = { 0 };

	if (at == w->armed_us)
		return;
	if (w->timer == -1)
		w->timer = timerfd_create(
		    CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (at != NEVER) {
		when.it_value.tv_sec = at / 1000000;
		when.it_value.tv_nsec = at % 1000000 * 1000 + 1;
	}
	timerfd_settime(w->timer, TFD_TIMER_ABSTIME, &when, NULL);
	w->armed_us = at;
}

static void
close_one(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/*
 * Nothing happened for a while: the run is a long one. What only its start
 * needed is given back: the spec, and the pages below our place on the stack,
 * but for what the call that does it stands on itself. It will not stay: the
 * burst it came with is over, and its place in the queue would make each order
 * to others dearer for as long as it goes on.
 */
static void
settle(struct watch *w)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	char here = 0;
	uintptr_t end = (uintptr_t)&here - STACK_OF_A_CALL;

	munmap((void *)(uintptr_t)w->mapped, w->spec.size);
	w->mapped = NULL;
	close_one(&w->stay);
	close_one(&w->queue);
	end -= end % page;
	madvise((void *)(end - STACK_BELOW), STACK_BELOW, MADV_DONTNEED);
}

static void
take_turn(struct watch *w)
{
	struct pollfd on[WATCHED_COUNT] = {
		[ON_SIGNALS] = { w->signals, POLLIN, 0 },
		[ON_STATUS] = { w->job.status, POLLIN, 0 },
		[ON_OUT] = { w->job.out, POLLIN, 0 },
		[ON_ERR] = { w->job.err, POLLIN, 0 },
		[ON_TIMER] = { w->timer, POLLIN, 0 },
		[ON_ORDER] = { -1, POLLOUT, 0 },
		[ON_NEWS] = { w->ended.fd, POLLOUT, 0 },
	};
	int found;

	if (w->order.news.kind != 0)
		on[ON_ORDER].fd = w->order.fd;
	found = poll(on, WATCHED_COUNT, w->mapped == NULL ? -1 : SETTLE_MS);
	if (found == 0)
		settle(w);
	if (found <= 0)
		return;
	if (on[ON_STATUS].revents != 0 && w->job.status != -1)
		on_status(w);
	if (on[ON_SIGNALS].revents != 0)
		on_signals(w);
	/* catch_up may have read what poll saw, or closed it. */
	if (w->job.out == on[ON_OUT].fd)
		take_output(w, &w->job.out, 'o', on[ON_OUT].revents);
	if (w->job.err == on[ON_ERR].fd)
		take_output(w, &w->job.err, 'e', on[ON_ERR].revents);
	if (on[ON_TIMER].revents != 0)
		on_timer(w);
	if (on[ON_ORDER].revents != 0)
		shim_news_try(&w->order);
	if (on[ON_NEWS].revents != 0)
		shim_news_try(&w->ended);
}

static bool
is_over(const struct watch *w)
{
	return !w->tree.has_job && w->file->fd == -1 && !has_output(w)
	    && w->tree.phase == TREE_LEFT_ALONE;
}

/* ---- start ---- */

static void
open_signals(struct watch *w)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SPOOL_KILL_SIGNAL);
	w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
start_job(struct watch *w, const struct spec *spec)
{
	struct rusage none = { 0 };
	char line[32];
	struct spool_text text = spool_text(line, sizeof line);

	w->started_us = shim_watch_now();
	w->tree.has_job = true;
	if (shim_cgroup_make(w->cgroup) == -1)
		w->job.fault = (struct shim_fault) { STAGE_CGROUP, errno };
	else if (shim_cgroup_limit(w->cgroup, "memory.max", spec->memory) == -1
	    || shim_cgroup_limit(w->cgroup, "pids.max", spec->pids) == -1)
		w->job.fault = (struct shim_fault) { STAGE_CGLIMIT, errno };
	else if (shim_job_start(&w->job, spec) == 0) {
		w->tree.job = w->job.pid;
		w->tree.has_helper = (w->spec.flags & SPEC_HELPER) != 0;
		spool_put_key(&text, "job", w->job.pid, '\n');
		shim_file_add(w->file, line);
		if (spec->timeout_us > 0)
			w->timeout_us = after(w->started_us, spec->timeout_us);
		if (w->job.status == -1)
			on_status(w);
		return;
	}
	w->why = WHY_NOSTART;
	on_job_end(w, 0, &none);
}

/* ---- end ---- */

/* Is nothing left of the run but what we know of here? */
static bool
is_clean(const struct watch *w)
{
	return !w->tree.has_survivors && wait4(-1, NULL, WNOHANG, NULL) == -1
	    && errno == ECHILD;
}

/* True: this process can have another run. What the daemon cannot be told of
 * at once it is to learn from our end. */
static bool
leave(struct watch *w)
{
	struct shim_news mail = { w->stay, false, w->ended.news };

	if (w->stay == -1 || !is_clean(w))
		return false;
	FAIL_POINT(shim_before_stay);
	mail.news.kind = NEWS_ENDED;
	if (!shim_news_send(&mail))
		return false;
	close_one(&w->signals);
	close_one(&w->timer);
	if (w->room != NULL)
		munmap(w->room, ROOM_BYTES);
	return true;
}

bool
shim_watch(const struct shim_start *start)
{
	const struct spec *spec = start->spec;
	const char *cgroup = shim_spec_text(spec, spec->cgroup_at);
	struct spool_news news = { spec->run, spec->fence, 0, getpid(), 0 };
	struct watch w = { .spec = *spec,
		.file = start->file,
		.job = { .status = -1, .out = -1, .err = -1 },
		.order = { start->order, true, news },
		.ended = { -1, false, news },
		.spool = start->spool,
		.stay = start->stay,
		.queue = start->queue,
		.mapped = spec,
		.timer = -1,
		.armed_us = NEVER,
		.timeout_us = NEVER,
		.linger_us = NEVER };

	memcpy(w.cgroup, cgroup, strlen(cgroup) + 1);
	w.tree.cgroup = w.cgroup;
	if (w.stay == -1)
		close_one(&w.queue);
	open_signals(&w);
	start_job(&w, spec);
	while (!is_over(&w)) {
		arm_timer(&w);
		take_turn(&w);
		end_if_over(&w);
	}
	shim_news_flush(&w.order, FLUSH_MS);
	shim_news_flush(&w.ended, 0);
	shim_cgroup_remove(w.cgroup);
	return leave(&w);
}
