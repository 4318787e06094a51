/*
 * crons-shim: the zygote and the supervisors of runs.
 *
 * The daemon starts this program once, with its order socket as descriptor 3
 * and the spool directory as 4. It is then the zygote: it waits for orders,
 * each a message with a spec (in a sealed memfd if it is large), and forks
 * itself for each, without exec, which is why a run costs a few kilobytes and
 * little time. The child is the run's shim: it checks the spec, publishes the
 * run file, starts the job and stays with it (shim_watch). The zygote reads
 * on. When the daemon is gone (end of file on the socket) the zygote ends;
 * shims never notice.
 *
 * In a burst a shim that is done takes the next order itself (spool.h,
 * STAYING). Its place in the socket's queue of waiters is that of its epoll
 * entry, made once, while the zygote goes to the end of the queue with every
 * order: so shims that wait are woken first, one for an order, and the zygote
 * only if there is none.
 *
 * Both must outlive what they serve: a session of their own keeps the
 * terminal's ^C from them, signals that ask to end are held back (a run
 * ends when its job does), the out-of-memory killer is asked to look elsewhere,
 * and nobody but root may trace them. Nothing of the daemon's comes along:
 * no descriptor, no directory, no signal disposition.
 *
 * The title in ps is written over the words of the command line; the daemon
 * leaves room for it by starting us with a long second argument of blanks.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fail.h"
#include "shim_file.h"
#include "shim_job.h"
#include "shim_news.h"
#include "shim_spec.h"
#include "shim_watch.h"
#include "spool.h"
#include "spool_text.h"

#define ORDER_FD 3
#define SPOOL_FD 4
#define KERNEL_SIGSET 8 /* bytes, as the system call wants to be told */
#define SIGNALS 64
#define FLUSH_MS 2000
#define STAY_MS 20 /* a shim waits so long for another order */
#define PAGE_MAX 65536 /* bytes, of any machine's */

static struct {
	char *at;
	size_t cap;
} title;

static void
set_title(const char *word, int64_t run)
{
	char line[64];
	struct spool_text text = spool_text(line, sizeof line);

	spool_put(&text, "crons-shim: ");
	spool_put(&text, word);
	if (run > 0)
		spool_put_number(&text, run);
	if (title.cap == 0)
		return;
	memset(title.at, 0, title.cap);
	memcpy(title.at, line, text.len < title.cap ? text.len : title.cap - 1);
}

/*
 * Before Linux 5.7 whoever is woken for one order, and did not get to run yet,
 * swallows the call for the next one as well, which then lies unread; nobody
 * stays there. The kernel is asked for what it can do since 5.9.
 */
static bool can_stay;

/* ---- a shim ---- */

/* No run comes of this order: say why, wait a little for a busy daemon. */
static void
refuse(const struct spool_order *order, enum news_kind kind, int error)
{
	struct shim_news mail = { ORDER_FD, false,
		{ order->run, order->fence, kind, getpid(), error } };

	shim_news_flush(&mail, FLUSH_MS);
}

/* An order as received, with its spec in bytes[] or behind spec_fd. */
struct received {
	struct spool_order order;
	int spec_fd; /* -1: none came along */
	size_t len; /* of the spec in bytes */
};

/* Pages of their own, among the zygote's others: a shim gives them back. */
static _Alignas(PAGE_MAX) char bytes[PAGE_MAX];
_Static_assert(SPOOL_INLINE_MAX <= PAGE_MAX, "a spec has room");

/* Maps a spec that nobody can change or cut any more; NULL and errno. */
static void *
map_spec(int fd, size_t *len)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat status;
	void *memory;

	if (fstat(fd, &status) == -1)
		return NULL;
	errno = EINVAL;
	if (seals == -1 || (seals & F_SEAL_WRITE) == 0
	    || (seals & F_SEAL_SHRINK) == 0 || status.st_size <= 0
	    || status.st_size > UINT32_MAX)
		return NULL;
	*len = (size_t)status.st_size;
	memory = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	return memory == MAP_FAILED ? NULL : memory;
}

/* A spec that is valid and the one that was ordered; NULL and errno. */
static const struct spec *
open_spec(struct received *in)
{
	const struct spec *spec;
	void *memory = bytes;

	if (in->spec_fd != -1)
		memory = map_spec(in->spec_fd, &in->len);
	if (memory == NULL)
		return NULL;
	errno = EINVAL;
	if (!shim_spec_is_valid(memory, in->len))
		return NULL;
	spec = memory;
	if (spec->run != in->order.run || spec->fence != in->order.fence)
		return NULL;
	return spec;
}

/* The daemon's header text and what only we know. */
static void
put_header(char *out, const struct spec *spec)
{
	struct spool_text text = spool_text(out, SPOOL_EXIT_AT + 1);
	const char *cgroup = shim_spec_text(spec, spec->cgroup_at);
	int64_t boot_us = shim_watch_now();

	spool_put(&text, shim_spec_text(spec, spec->header_at));
	spool_put_key(&text, "shim", getpid(), '\n');
	spool_put_key(&text, "start_boot", boot_us, '\n');
	spool_put_key(
	    &text, "start_us", boot_us + spec->wall_minus_boot_us, '\n');
	if (*cgroup == '\0')
		return;
	spool_put(&text, "cgroup=");
	spool_put(&text, cgroup);
	spool_put(&text, "\n");
}

/* Where a shim that stays waits for an order, to be the only one who hears of
 * it; -1: it did not have to wait yet. */
static int queue = -1;

static bool
may_stay(const struct received *in)
{
	return can_stay && (in->order.flags & ORDER_STAY) != 0
	    && in->spec_fd == -1;
}

/* A run from its order to its end; true: we may wait for another. */
static bool
do_order(struct received *in)
{
	const struct spec *spec = open_spec(in);
	struct shim_file file;
	struct shim_start start
	    = { spec, &file, ORDER_FD, SPOOL_FD, -1, queue };
	char header[SPOOL_EXIT_AT + 1];
	int error;

	if (spec == NULL) {
		refuse(&in->order, NEWS_NOFILE, errno);
		return false;
	}
	set_title("run ", spec->run);
	put_header(header, spec);
	error = shim_file_open(&file, SPOOL_FD, spec, header);
	if (error != 0) {
		refuse(&in->order,
		    error == EEXIST ? NEWS_REFUSED : NEWS_NOFILE, error);
		return false;
	}
	if (may_stay(in))
		start.stay = fcntl(ORDER_FD, F_DUPFD_CLOEXEC, 0);
	if (start.stay != -1) { /* news go through the other */
		start.order = start.stay;
		start.stay = ORDER_FD;
	}
	return shim_watch(&start);
}

/* ---- orders ---- */

/* The descriptor that came with a message, -1 if none did. */
static int
find_descriptor(struct msghdr *message)
{
	struct cmsghdr *part = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (part != NULL && part->cmsg_level == SOL_SOCKET
	    && part->cmsg_type == SCM_RIGHTS
	    && part->cmsg_len == CMSG_LEN(sizeof fd))
		memcpy(&fd, CMSG_DATA(part), sizeof fd);
	return fd;
}

/* False: there will be no more orders or, with MSG_DONTWAIT, there is none now
 * (errno EAGAIN). */
static bool
receive(struct received *in, int flags)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec parts[] = { { &in->order, sizeof in->order },
		{ bytes, SPOOL_INLINE_MAX } };
	struct msghdr message;
	ssize_t n;

	/* A reset is reported once when the daemon left news unread; what it
	 * ordered before that still comes. */
	do {
		message = (struct msghdr) { .msg_iov = parts,
			.msg_iovlen = 2,
			.msg_control = control,
			.msg_controllen = sizeof control };
		n = recvmsg(ORDER_FD, &message, MSG_CMSG_CLOEXEC | flags);
	} while (n == -1 && (errno == EINTR || errno == ECONNRESET));
	if (n == 0)
		errno = 0;
	if (n <= 0)
		return false;
	in->spec_fd = find_descriptor(&message);
	in->len = 0;
	if (n >= (ssize_t)sizeof in->order)
		in->len = (size_t)n - sizeof in->order;
	else
		memset(&in->order, 0, sizeof in->order);
	return true;
}

static bool
queue_up(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE };

	if (queue != -1)
		return true;
	queue = epoll_create1(EPOLL_CLOEXEC);
	return queue != -1
	    && epoll_ctl(queue, EPOLL_CTL_ADD, ORDER_FD, &event) == 0;
}

/*
 * False: it is time to go. What woke us may be gone, taken by the zygote or
 * somebody who just came; then we wait again, for as long as anybody.
 */
static bool
wait_for_order(struct received *in)
{
	struct epoll_event event;
	int found = 1;

	set_title("waits", 0);
	for (;;) {
		if (receive(in, MSG_DONTWAIT))
			return true;
		if (errno != EAGAIN || found <= 0)
			return false;
		if (!queue_up())
			return false;
		found = epoll_wait(queue, &event, 1, STAY_MS);
	}
}

static void
be_shim(struct received *in)
{
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	while (do_order(in)) {
		FAIL_POINT(shim_after_stay);
		if (!wait_for_order(in))
			return;
		FAIL_POINT(shim_after_order);
	}
}

/* ---- the zygote ---- */

/* The zygote itself cannot act on an order; it does not wait to say so. */
static void
tell_not_forked(const struct spool_order *order, int error)
{
	struct shim_news mail = { fcntl(ORDER_FD, F_DUPFD_CLOEXEC, 5), false,
		{ order->run, order->fence, NEWS_NOFILE, getpid(), error } };

	shim_news_flush(&mail, 0);
}

static void
serve(void)
{
	struct received in;

	while (receive(&in, 0)) {
		pid_t pid;

		FAIL_POINT(zygote_before_fork);
		pid = fork();
		if (pid == 0) {
			be_shim(&in);
			_exit(0);
		}
		FAIL_POINT(zygote_after_fork);
		if (pid == -1)
			tell_not_forked(&in.order, errno);
		if (in.spec_fd != -1)
			close(in.spec_fd);
	}
}

/* ---- becoming it ---- */

/*
 * The C library keeps some signals to itself, and refuses to reset those; the
 * kernel does not. A zeroed action of any layout means the default.
 */
static void
set_signals(void)
{
	static const char default_action[64];
	sigset_t set;

	for (int i = 1; i <= SIGNALS; i++)
		syscall(SYS_rt_sigaction, i, default_action, NULL,
		    (size_t)KERNEL_SIGSET);
	signal(SIGCHLD, SIG_IGN); /* shims need no one to wait for them */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SPOOL_KILL_SIGNAL);
	sigprocmask(SIG_SETMASK, &set, NULL);
	shim_job_init();
}

static void
close_inherited(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= 2; fd++)
		if (null != fd)
			dup3(null, fd, O_CLOEXEC);
	fcntl(ORDER_FD, F_SETFD, FD_CLOEXEC);
	fcntl(SPOOL_FD, F_SETFD, FD_CLOEXEC);
	can_stay = syscall(SYS_close_range, SPOOL_FD + 1, ~0u, 0) == 0;
	if (can_stay)
		return;
	for (long fd = sysconf(_SC_OPEN_MAX); fd > SPOOL_FD; fd--)
		close((int)fd);
}

int
main(int argc, char **argv)
{
	struct stat status;

	if (fstat(ORDER_FD, &status) == -1 || !S_ISSOCK(status.st_mode)
	    || fstat(SPOOL_FD, &status) == -1 || !S_ISDIR(status.st_mode)) {
		static const char words[]
		    = "crons-shim: is started by cronsd, not by hand\n";

		return write(STDERR_FILENO, words, sizeof words - 1) < 0 ? 1
									 : 2;
	}
	title.at = argv[0];
	title.cap = (size_t)(argv[argc - 1] - argv[0])
	    + strlen(argv[argc - 1]) + 1;
	setsid();
	set_signals();
	close_inherited();
	if (chdir("/") == -1)
		return 1;
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NAME, "crons-shim");
	set_title("zygote", 0);
	serve();
	return 0;
}
