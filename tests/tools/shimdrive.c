/*
 * shimdrive: plays the daemon for the shim.
 *
 *	shimdrive SPOOL [KEY=VALUE...] [-- WORD...]
 *
 * Starts a zygote and gives it one order (count=N: so many, with run numbers
 * from run= on, window=W at a time). Keys are those of set_key below; times
 * are in milliseconds; WORDs are argv. It prints a line a news and ends when
 * all runs are over; until=started: when they have begun, like a daemon that
 * dies; until=ended: when the news socket said ENDED. It gives up after
 * patience= seconds (60).
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cronsd/spool.h"
#include "share/buf.h"
#include "share/clock.h"
#include "share/log.h"

#define RUNS_MAX 200000
#define WORDS_MAX 1024

/* ---- the order ---- */

static struct {
	struct spec spec; /* numbers only; offsets are set when it is built */
	const char *instance, *header, *shell, *command, *cwd, *cgroup, *input;
	const char *env[WORDS_MAX], *argv[WORDS_MAX];
	uint32_t groups[WORDS_MAX];
	const char *shim, *until, *spoil;
	int count, window, patience, repeat;
	bool is_quiet, is_deaf, is_stalled, is_large, stays;
} order = {
	.spec = { .magic = SPEC_MAGIC,
	    .run = 1,
	    .fence = 1,
	    .umask = 022,
	    .grace_us = 10 * SECOND_US,
	    .linger_us = 10 * SECOND_US,
	    .head = 1 << 20,
	    .tail = 1 << 20 },
	.instance = "test",
	.header = "",
	.shell = "/bin/sh",
	.command = "",
	.cwd = "/",
	.cgroup = "",
	.input = "",
	.until = "over",
	.spoil = "",
	.count = 1,
	.window = 8,
	.patience = 60,
	.repeat = 1,
};

static void
add_env(const char *value)
{
	order.env[order.spec.env_count++] = value;
}

static void
add_group(const char *value)
{
	order.groups[order.spec.group_count++] = (uint32_t)atol(value);
}

/* RESOURCE-NUMBER:SOFT[:HARD] */
static void
add_limit(const char *value)
{
	struct spec_limit *limit
	    = &order.spec.limit[order.spec.limit_count++];
	char *at;

	limit->resource = (int)strtol(value, &at, 10);
	limit->soft = strtoull(at + 1, &at, 10);
	limit->hard = *at == ':' ? strtoull(at + 1, NULL, 10) : limit->soft;
}

static bool
set_text(const char *key, const char *value)
{
	static const struct {
		const char *key;
		const char **text;
	} texts[] = {
		{ "instance", &order.instance }, { "header", &order.header },
		{ "shell", &order.shell }, { "command", &order.command },
		{ "cwd", &order.cwd }, { "cgroup", &order.cgroup },
		{ "stdin", &order.input }, { "shim", &order.shim },
		{ "until", &order.until }, { "spoil", &order.spoil },
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (strcmp(key, texts[i].key) == 0) {
			*texts[i].text = value;
			return true;
		}
	if (strcmp(key, "env") == 0)
		add_env(value);
	else if (strcmp(key, "group") == 0)
		add_group(value);
	else if (strcmp(key, "limit") == 0)
		add_limit(value);
	else
		return false;
	return true;
}

static bool
set_flag(const char *key, long n)
{
	static const struct {
		const char *key;
		uint32_t flag;
	} flags[] = {
		{ "merge", SPEC_MERGE },
		{ "direct", SPEC_DIRECT },
		{ "argv", SPEC_ARGV },
		{ "drop", SPEC_DROP },
		{ "no_new_privs", SPEC_NO_NEW_PRIVS },
		{ "cwd_may_fail", SPEC_CWD_MAY_FAIL },
	};

	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (strcmp(key, flags[i].key) == 0) {
			if (n != 0)
				order.spec.flags |= flags[i].flag;
			return true;
		}
	return false;
}

static void
set_number(const char *key, long long n)
{
	struct spec *spec = &order.spec;

	if (strcmp(key, "run") == 0)
		spec->run = n;
	else if (strcmp(key, "fence") == 0)
		spec->fence = (uint32_t)n;
	else if (strcmp(key, "uid") == 0)
		spec->uid = (uint32_t)n;
	else if (strcmp(key, "gid") == 0)
		spec->gid = (uint32_t)n;
	else if (strcmp(key, "nice") == 0)
		spec->nice = (int32_t)n;
	else if (strcmp(key, "oom") == 0)
		spec->oom_score_adj = (int32_t)n;
	else if (strcmp(key, "memory") == 0)
		spec->memory = n;
	else if (strcmp(key, "timeout") == 0)
		spec->timeout_us = n * 1000;
	else if (strcmp(key, "grace") == 0)
		spec->grace_us = n * 1000;
	else if (strcmp(key, "linger") == 0)
		spec->linger_us = n * 1000;
	else if (strcmp(key, "head") == 0)
		spec->head = n;
	else if (strcmp(key, "tail") == 0)
		spec->tail = n;
	else if (strcmp(key, "count") == 0)
		order.count = (int)n;
	else if (strcmp(key, "window") == 0)
		order.window = (int)n;
	else if (strcmp(key, "patience") == 0)
		order.patience = (int)n;
	else if (strcmp(key, "quiet") == 0)
		order.is_quiet = n != 0;
	else if (strcmp(key, "deaf") == 0) /* no news socket */
		order.is_deaf = n != 0;
	else if (strcmp(key, "stalled") == 0) /* orders, then reads nothing */
		order.is_stalled = n != 0;
	else if (strcmp(key, "large") == 0) /* the spec in a memfd */
		order.is_large = n != 0;
	else if (strcmp(key, "stay") == 0) /* shims do, while there is more */
		order.stays = n != 0;
	else if (strcmp(key, "repeat") == 0) /* send each order so often */
		order.repeat = (int)n;
	else
		errx(2, "%s: no such key", key);
}

static void
set_key(char *key)
{
	char *value = strchr(key, '=');

	if (value == NULL)
		errx(2, "%s: is no KEY=VALUE", key);
	*value++ = '\0';
	if (strcmp(key, "umask") == 0)
		order.spec.umask = (uint32_t)strtoul(value, NULL, 8);
	else if (!set_text(key, value) && !set_flag(key, atol(value)))
		set_number(key, atoll(value));
}

/* ---- the spec ---- */

static uint32_t
put(struct buf *out, const void *bytes, size_t len)
{
	uint32_t at = (uint32_t)out->len;

	buf_put(out, bytes, len);
	return at;
}

static uint32_t
put_text(struct buf *out, const char *text)
{
	return put(out, text, strlen(text) + 1);
}

static uint32_t
put_texts(struct buf *out, const char **texts, uint32_t count)
{
	uint32_t at = (uint32_t)out->len;

	for (uint32_t i = 0; i < count; i++)
		put_text(out, texts[i]);
	return at;
}

static int64_t
wall_minus_boot(void)
{
	return wall_now().us - mono_now().us;
}

static void
build_spec(struct buf *out, int64_t run)
{
	struct spec spec = order.spec;
	char name[SPOOL_NAME_MAX];

	spec.run = run;
	buf_put(out, &spec, sizeof spec);
	spec.groups_at = put(out, order.groups, spec.group_count * 4);
	spool_name(name, order.instance, run, spec.fence);
	spec.name_at = put_text(out, name);
	spec.header_at = put_text(out, order.header);
	spec.shell_at = put_text(out, order.shell);
	spec.command_at = put_text(out, order.command);
	spec.argv_at = put_texts(out, order.argv, spec.argv_count);
	spec.env_at = put_texts(out, order.env, spec.env_count);
	spec.cwd_at = put_text(out, order.cwd);
	spec.cgroup_at = put_text(out, order.cgroup);
	spec.stdin_len = (uint32_t)strlen(order.input);
	spec.stdin_at = put(out, order.input, spec.stdin_len);
	buf_putc(out, '\0'); /* so that no text ends at the end */
	spec.wall_minus_boot_us = wall_minus_boot();
	spec.size = (uint32_t)out->len;
	memcpy(out->data, &spec, sizeof spec);
}

static int
make_memfd(const struct buf *spec)
{
	int fd = memfd_create("spec", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1 || write(fd, spec->data, spec->len) != (ssize_t)spec->len)
		err(1, "memfd");
	if (strcmp(order.spoil, "seal") != 0
	    && fcntl(fd, F_ADD_SEALS,
		   F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)
		== -1)
		err(1, "seal");
	return fd;
}

/* ---- zygote ---- */

static pid_t
start_zygote(int spool, int *orders)
{
	char name[] = "crons-shim", room[] = "                              ";
	char *argv[] = { name, room, NULL };
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		err(1, "socketpair");
	pid = fork();
	if (pid == 0) {
		int other = fcntl(pair[1], F_DUPFD, 10);
		int folder = fcntl(spool, F_DUPFD, 10);

		dup2(other, 3);
		dup2(folder, 4);
		execv(order.shim, argv);
		err(1, "%s", order.shim);
	}
	close(pair[1]);
	*orders = pair[0];
	return pid;
}

static void
attach(struct msghdr *message, int fd)
{
	struct cmsghdr *part = CMSG_FIRSTHDR(message);

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(part), &fd, sizeof fd);
}

static void
send_order(int fd, int64_t run, bool stay)
{
	struct spool_order message = { run, order.spec.fence,
		stay ? ORDER_STAY : 0 };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct buf spec = BUF_EMPTY;
	struct iovec parts[2] = { { &message, sizeof message } };
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };
	int spec_fd = -1;

	build_spec(&spec, run);
	if (strcmp(order.spoil, "cut") == 0 || strcmp(order.spoil, "both") == 0)
		spec.len -= 2;
	if (order.is_large || spec.len > SPOOL_INLINE_MAX) {
		spec_fd = make_memfd(&spec);
		m.msg_control = control;
		m.msg_controllen = sizeof control;
		attach(&m, spec_fd);
		m.msg_iovlen = 1;
	} else if (strcmp(order.spoil, "missing") == 0)
		m.msg_iovlen = 1;
	parts[1] = (struct iovec) { spec.data, spec.len };
	if (sendmsg(fd, &m, MSG_NOSIGNAL) == -1)
		err(1, "order");
	if (spec_fd != -1)
		close(spec_fd);
	buf_fini(&spec);
}

static int
receive_news(int fd, struct spool_news *news, int *pidfd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec bytes = { news, sizeof *news };
	struct msghdr m = { .msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control };
	struct cmsghdr *part;

	*pidfd = -1;
	if (recvmsg(fd, &m, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof *news)
		return -1;
	part = CMSG_FIRSTHDR(&m);
	if (part != NULL && part->cmsg_len == CMSG_LEN(sizeof *pidfd))
		memcpy(pidfd, CMSG_DATA(part), sizeof *pidfd);
	return 0;
}

static void
print_news(const struct spool_news *news, int pidfd)
{
	static const char *const kinds[] = { "?",
#define X(name, number) #name,
		NEWS_KINDS(X)
#undef X
	};

	if (order.is_quiet)
		return;
	printf("news %s run=%lld fence=%u pid=%d error=%d pidfd=%s\n",
	    news->kind <= NEWS_ENDED ? kinds[news->kind] : "?",
	    (long long)news->run, news->fence, news->pid, news->error,
	    pidfd == -1 ? "no" : "yes");
	fflush(stdout);
}

static int
listen_for_news(const char *spool)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (order.is_deaf)
		return -1;
	snprintf(at.sun_path, sizeof at.sun_path, "%s/" SPOOL_NEWS_SOCKET,
	    spool);
	unlink(at.sun_path);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) == -1)
		err(1, "%s", at.sun_path);
	return fd;
}

/* ---- run ---- */

struct drive {
	int orders, news;
	struct pollfd *on; /* 0: orders, 1: news socket, then shims */
	nfds_t on_count;
	int64_t *runs; /* of the shims in on */
	int sent, started, ended, over;
};

static void
forget(struct drive *d, nfds_t i)
{
	close(d->on[i].fd);
	d->over++;
	d->on_count--;
	d->on[i] = d->on[d->on_count];
	d->runs[i] = d->runs[d->on_count];
}

/* On the order socket it is the last word: the shim has another run now. */
static void
on_ended(struct drive *d, int fd, int64_t run)
{
	d->ended++;
	for (nfds_t i = 2; fd == d->orders && i < d->on_count; i++)
		if (d->runs[i] == run) {
			forget(d, i);
			return;
		}
}

static void
on_news(struct drive *d, int fd)
{
	struct spool_news news;
	int pidfd;

	if (receive_news(fd, &news, &pidfd) == -1) {
		warnx("the zygote is gone");
		d->on[0].fd = -1;
		return;
	}
	print_news(&news, pidfd);
	if (news.kind == NEWS_ENDED) {
		on_ended(d, fd, news.run);
		return;
	}
	d->started++;
	if (pidfd == -1) {
		d->over++;
		return;
	}
	d->runs[d->on_count] = news.run;
	d->on[d->on_count++]
	    = (struct pollfd) { .fd = pidfd, .events = POLLIN };
}

static void
forget_dead(struct drive *d)
{
	for (nfds_t i = 2; i < d->on_count;)
		if (d->on[i].revents != 0)
			forget(d, i);
		else
			i++;
}

static bool
is_done(const struct drive *d)
{
	int all = order.count * order.repeat;

	if (strcmp(order.until, "started") == 0)
		return d->started == all;
	if (strcmp(order.until, "ended") == 0)
		return d->ended == all;
	if (strcmp(order.until, "sent") == 0)
		return d->sent == all;
	return d->over == all;
}

static void
drive(struct drive *d)
{
	int all = order.count * order.repeat;

	while (!is_done(d)) {
		while (d->sent < all && d->sent - d->over < order.window) {
			send_order(d->orders,
			    order.spec.run + d->sent / order.repeat,
			    order.stays && d->sent + order.window < all);
			d->sent++;
		}
		if (is_done(d))
			break;
		if (order.is_stalled) {
			pause();
			continue;
		}
		if (poll(d->on, d->on_count, -1) == -1)
			continue;
		forget_dead(d);
		if (d->on[0].revents != 0)
			on_news(d, d->on[0].fd);
		if (d->on[1].revents != 0)
			on_news(d, d->on[1].fd);
		if (d->on[0].fd == -1)
			exit(3);
	}
}

static double
seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void
print_rate(int64_t us)
{
	struct rusage self, rest;

	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &rest);
	printf("rate %.0f runs/s, driver %.1f us, waited for %.1f us a run\n",
	    order.count * 1e6 / (double)us,
	    (seconds(&self.ru_utime) + seconds(&self.ru_stime)) * 1e6
		/ order.count,
	    (seconds(&rest.ru_utime) + seconds(&rest.ru_stime)) * 1e6
		/ order.count);
}

static int
run(const char *path)
{
	static struct drive d; /* ends with the process */
	int spool = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *beside = NULL;
	size_t shims;
	int64_t from;
	pid_t zygote;

	if (spool == -1)
		err(1, "%s", path);
	if (order.shim == NULL) {
		const char *build = getenv("CRONS_BUILD");

		if (asprintf(&beside, "%s/crons-shim",
			build == NULL ? "build" : build) == -1)
			err(1, NULL);
		order.shim = beside;
	}
	alarm((unsigned)order.patience);
	shims = (size_t)order.count * (size_t)order.repeat + 2;
	d.on = xcalloc(shims, sizeof *d.on);
	d.runs = xcalloc(shims, sizeof *d.runs);
	d.on_count = 2;
	d.on[1] = (struct pollfd) { .fd = listen_for_news(path),
		.events = POLLIN };
	zygote = start_zygote(spool, &d.orders);
	d.on[0] = (struct pollfd) { .fd = d.orders, .events = POLLIN };
	from = mono_now().us;
	drive(&d);
	from = mono_now().us - from;
	close(d.orders);
	waitpid(zygote, NULL, 0);
	if (order.is_quiet)
		print_rate(from);
	return 0;
}

int
main(int argc, char **argv)
{
	int i = 2;

	if (argc < 2)
		errx(2, "usage: see the head of shimdrive.c");
	/* What a dead shim leaves comes to us, as it does to the daemon. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGCHLD, SIG_DFL);
	for (; i < argc && strcmp(argv[i], "--") != 0; i++)
		set_key(argv[i]);
	for (i++; i < argc; i++)
		order.argv[order.spec.argv_count++] = argv[i];
	return run(argv[1]);
}
