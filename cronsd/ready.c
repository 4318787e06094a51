/*
 * sd_notify(3) is a datagram of lines to a Unix socket, whose name begins with
 * @ where it is abstract. That is too little to link libsystemd for. Sending
 * never waits: a supervisor that does not read its socket must not stop us.
 */
#include "ready.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include "loop.h"
#include "share/log.h"

struct ready {
	struct loop *loop;
	struct loop_timer alive; /* for a watchdog, if there is one */
	int fd; /* owned; the newline goes there; -1 none, or done */
	int sock; /* owned; -1: nobody to notify */
	struct sockaddr_un to;
	socklen_t to_len;
	int64_t watchdog_us; /* 0 none */
};

/* False if name is no address: neither a path nor abstract, or too long. */
static int
set_address(struct ready *ready, const char *name)
{
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || len < 2
	    || len >= sizeof ready->to.sun_path)
		return 0;
	ready->to.sun_family = AF_UNIX;
	memcpy(ready->to.sun_path, name, len);
	ready->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path)
	    + len);
	if (name[0] == '@')
		ready->to.sun_path[0] = '\0';
	else
		ready->to_len++;
	return 1;
}

static void
open_socket(struct ready *ready)
{
	const char *name = getenv("NOTIFY_SOCKET");

	if (name == NULL || name[0] == '\0')
		return;
	if (!set_address(ready, name)) {
		log_warn("NOTIFY_SOCKET %s: no address of a socket", name);
		return;
	}
	ready->sock = socket(
	    AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ready->sock == -1)
		log_warn("NOTIFY_SOCKET %s: %s", name, strerror(errno));
}

/* WATCHDOG_PID says whom WATCHDOG_USEC is meant for; unset: us. */
static int64_t
watchdog_us(void)
{
	const char *pid = getenv("WATCHDOG_PID"), *us = getenv("WATCHDOG_USEC");
	const char *why;
	int64_t value;

	if (us == NULL || (pid != NULL && strtonum(pid, 1, INT32_MAX, &why)
		!= getpid()))
		return 0;
	value = strtonum(us, 1, INT64_MAX / 2, &why);
	return why == NULL ? value : 0;
}

struct ready *
ready_open(int fd)
{
	struct ready *ready = xcalloc(1, sizeof *ready);

	ready->fd = fd;
	ready->sock = -1;
	/* Not ours: it would be somebody else's by the time we write to it. */
	if (fd != -1 && fcntl(fd, F_SETFD, FD_CLOEXEC) == -1) {
		log_warn("readiness descriptor %d: %s", fd, strerror(errno));
		ready->fd = -1;
	}
	open_socket(ready);
	if (ready->sock != -1)
		ready->watchdog_us = watchdog_us();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return ready;
}

void
ready_close(struct ready *ready)
{
	if (ready == NULL)
		return;
	if (ready->fd != -1)
		close(ready->fd);
	if (ready->sock != -1)
		close(ready->sock);
	free(ready);
}

static void
notify(struct ready *ready, const char *text)
{
	if (ready->sock == -1)
		return;
	if (sendto(ready->sock, text, strlen(text), MSG_NOSIGNAL,
		(struct sockaddr *)&ready->to, ready->to_len)
	    == -1)
		log_debug("notification not sent: %s", strerror(errno));
}

void
ready_up(struct ready *ready)
{
	if (ready->fd != -1) {
		if (write(ready->fd, "\n", 1) != 1)
			log_warn("readiness descriptor: %s", strerror(errno));
		close(ready->fd);
		ready->fd = -1;
	}
	notify(ready, "READY=1");
}

void
ready_stopping(struct ready *ready)
{
	notify(ready, "STOPPING=1");
}

void
ready_reloading(struct ready *ready, int64_t now_us)
{
	char text[64];

	snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)now_us);
	notify(ready, text);
}

void
ready_reloaded(struct ready *ready)
{
	notify(ready, "READY=1");
}

void
ready_status(struct ready *ready, const char *fmt, ...)
{
	char text[256] = "STATUS=";
	size_t name = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + name, sizeof text - name, fmt, ap);
	va_end(ap);
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = ' ';
	notify(ready, text);
}

int64_t
ready_alive_every_us(const struct ready *ready)
{
	return ready->watchdog_us / 2;
}

void
ready_alive(struct ready *ready)
{
	notify(ready, "WATCHDOG=1");
}

/* Who reads what a command says, as $(cronsd) does, waits until nobody has its
 * output any more. Messages go on to standard error. */
static void
leave_input_and_output(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		fatal("/dev/null: %s", strerror(errno));
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

int
ready_detach(void)
{
	int pair[2];
	char byte;

	if (pipe2(pair, O_CLOEXEC) != 0)
		fatal("pipe: %s", strerror(errno));
	switch (fork()) {
	case -1:
		fatal("fork: %s", strerror(errno));
	case 0:
		break;
	default:
		close(pair[1]);
		_exit(read(pair[0], &byte, 1) == 1 ? 0 : 1);
	}
	setsid();
	leave_input_and_output();
	close(pair[0]);
	return pair[1];
}

static void
on_alive(void *arg)
{
	struct ready *ready = arg;

	ready_alive(ready);
	loop_timer_set(ready->loop, &ready->alive,
	    (mono_t) { mono_now().us + ready_alive_every_us(ready) });
}

void
ready_keep_alive(struct ready *ready, struct loop *loop)
{
	ready->loop = loop;
	ready->alive.fn = on_alive;
	ready->alive.arg = ready;
	if (ready_alive_every_us(ready) > 0)
		on_alive(ready);
}
