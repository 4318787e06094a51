/*
 * The binary is executed through /proc/self/fd, so that replacing the file
 * on disk never mixes versions. The zygote gets descriptor 3 (orders), 4 (the
 * spool) and stderr, an empty environment but for what the tests have to say
 * to it, and default signals.
 *
 * A spec goes in the order's message, which is one copy on each side; only a
 * large one (much stdin, many groups) is worth a memfd.
 */
#include "zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "share/buf.h"
#include "share/log.h"
#include "spool.h"

/* A copy at or above 10, so that dup2 to 3 and 4 never meets it. */
static int
out_of_the_way(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 10);
}

/* What tests say to the zygote: where to stop and, of an instrumented one,
 * where its reports go. */
#ifdef __SANITIZE_ADDRESS__
#define TOLD "CRONS_FAIL=", "ASAN_OPTIONS=", "UBSAN_OPTIONS="
#else
#define TOLD "CRONS_FAIL="
#endif

static const char *const told[] = { TOLD };
#define TOLD_COUNT (sizeof told / sizeof told[0])

/* env has room for TOLD_COUNT and NULL; they are environ's own lines. */
static void
tell(char **env)
{
	size_t n = 0;

	for (char **line = environ; *line != NULL; line++)
		for (size_t i = 0; i < TOLD_COUNT; i++)
			if (n < TOLD_COUNT
			    && strncmp(*line, told[i], strlen(told[i])) == 0)
				env[n++] = *line;
	env[n] = NULL;
}

static int
spawn(pid_t *pid, int shim_fd, int order_fd, int spool_fd)
{
	posix_spawn_file_actions_t acts;
	posix_spawnattr_t attr;
	sigset_t none, all;
	char path[40];
	char name[] = "crons-shim";
	char room[] = "                                "; /* for its title */
	char *const argv[] = { name, room, NULL };
	char *env[TOLD_COUNT + 1];
	int err;

	snprintf(path, sizeof path, "/proc/self/fd/%d", shim_fd);
	tell(env);
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
zygote_hush(struct zygote *z)
{
	shutdown(z->fd, SHUT_RD);
}

void
zygote_stop(struct zygote *z)
{
	if (z->fd >= 0)
		close(z->fd);
	z->fd = -1;
	z->pid = 0;
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0)
			return -1;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A memfd that nobody can change any more; -1 and errno. */
static int
seal(const struct buf *spec)
{
	int fd = memfd_create("crons-spec", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (write_all(fd, spec->data, spec->len) == 0
	    && fcntl(fd, F_ADD_SEALS,
		   F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
		== 0)
		return fd;
	close(fd);
	return -1;
}

/* The order with a descriptor instead of the spec's bytes. */
static int
send_sealed(struct zygote *z, const struct spool_order *order, int spec_fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec iov = { (void *)(uintptr_t)order, sizeof *order };
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

int
zygote_order(struct zygote *z, const struct spool_order *order,
    const struct buf *spec)
{
	struct iovec parts[] = { { (void *)(uintptr_t)order, sizeof *order },
		{ spec->data, spec->len } };
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };
	int fd, got;

	if (spec->len <= SPOOL_INLINE_MAX)
		return sendmsg(z->fd, &m, MSG_NOSIGNAL) < 0 ? -1 : 0;
	fd = seal(spec);
	if (fd < 0)
		return -1;
	got = send_sealed(z, order, fd);
	close(fd);
	return got;
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
	ssize_t n;

	*pidfd = -1;
	/* A reset is reported once, before what was said by then, if orders
	 * were left unread. */
	do
		n = recvmsg(z->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n != (ssize_t)sizeof *news)
		return -1;
	*pidfd = take_fd(&m);
	return 1;
}
