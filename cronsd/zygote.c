/*
 * The binary is executed through /proc/self/fd, so that replacing the file
 * on disk never mixes versions. The zygote gets descriptor 3 (orders), 4 (the
 * spool) and stderr, an empty environment but for CRONS_FAIL of the tests,
 * and default signals.
 */
#include "zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "share/log.h"
#include "spool.h"

/* A copy at or above 10, so that dup2 to 3 and 4 never meets it. */
static int
out_of_the_way(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 10);
}

static int
spawn(pid_t *pid, int shim_fd, int order_fd, int spool_fd)
{
	posix_spawn_file_actions_t acts;
	posix_spawnattr_t attr;
	sigset_t none, all;
	char path[40];
	char fail[128];
	char name[] = "crons-shim";
	char room[] = "                                "; /* for its title */
	char *const argv[] = { name, room, NULL };
	char *env[] = { NULL, NULL };
	const char *wish = getenv("CRONS_FAIL");
	int err;

	snprintf(path, sizeof path, "/proc/self/fd/%d", shim_fd);
	if (wish != NULL
	    && snprintf(fail, sizeof fail, "CRONS_FAIL=%s", wish)
		< (int)sizeof fail)
		env[0] = fail;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_adddup2(&acts, order_fd, 3);
	posix_spawn_file_actions_adddup2(&acts, spool_fd, 4);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(
	    &attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	err = posix_spawn(pid, path, &acts, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&acts);
	return err;
}

int
zygote_start(struct zygote *z, int shim_fd, int spool_fd)
{
	int pair[2], size = 1 << 20, err;
	int shim = out_of_the_way(shim_fd);
	int spool = out_of_the_way(spool_fd);
	int order;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		log_warn("zygote: %s", strerror(errno));
		close(shim);
		close(spool);
		return -1;
	}
	order = out_of_the_way(pair[1]);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	err = spawn(&z->pid, shim, order, spool);
	close(pair[1]);
	close(order);
	close(shim);
	close(spool);
	if (err != 0) {
		log_warn("zygote: %s", strerror(err));
		close(pair[0]);
		z->pid = 0;
		errno = err;
		return -1;
	}
	z->fd = pair[0];
	return 0;
}

void
zygote_stop(struct zygote *z)
{
	if (z->fd >= 0)
		close(z->fd);
	z->fd = -1;
	z->pid = 0;
}

int
zygote_order(struct zygote *z, long long run, unsigned fence, int spec_fd)
{
	struct spool_order order = { .run = run, .fence = fence };
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec iov = { &order, sizeof order };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof control.room };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &spec_fd, sizeof spec_fd);
	return sendmsg(z->fd, &m, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static int
take_fd(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (c != NULL && c->cmsg_level == SOL_SOCKET
	    && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(4))
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

int
zygote_news(struct zygote *z, struct spool_news *news, int *pidfd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { news, sizeof *news };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof control.room };
	ssize_t n = recvmsg(z->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*pidfd = -1;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n != (ssize_t)sizeof *news)
		return -1;
	*pidfd = take_fd(&m);
	return 1;
}
