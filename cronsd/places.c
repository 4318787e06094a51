/* The shim is opened once: an upgrade that replaces it does not reach us. */
#include "places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "conf.h"
#include "self.h"
#include "share/buf.h"
#include "share/errs.h"
#include "share/log.h"
#include "share/sock.h"
#include "spool.h"

#define SYSTEM_STATE "/var/lib/crons"

static char *
join(const char *dir, const char *name)
{
	struct buf path = BUF_EMPTY;

	buf_printf(&path, "%s/%s", dir, name);
	return buf_take(&path);
}

static char *
find_state(const struct self *self, const struct conf *conf, const char *state)
{
	struct buf path = BUF_EMPTY;

	if (state != NULL)
		return realpath(state, NULL);
	if (*conf->state_dir != '\0')
		return xstrdup(conf->state_dir);
	if (self->system)
		return xstrdup(SYSTEM_STATE);
	sock_state_directory(&path);
	return buf_take(&path);
}

static char *
find_socket(const struct self *self, const struct conf *conf, const char *state)
{
	struct buf path = BUF_EMPTY;

	if (state != NULL)
		return join(self->state_dir, "cronsd.sock");
	if (*conf->socket != '\0')
		return xstrdup(conf->socket);
	if (self->system)
		return xstrdup(SOCK_SYSTEM_PATH);
	sock_own_path(&path);
	return buf_take(&path);
}

/* Says what cannot be made, and ends: without it there is no daemon. */
static _Noreturn void
give_up(const char *path, int error)
{
	const char *why
	    = error == EEXIST ? "it is no directory" : strerror(error);

	log_warn("the directory %s cannot be used: %s; make it, or name"
		 " another one with --state, XDG_STATE_HOME or XDG_RUNTIME_DIR",
	    path, why);
	exit(1);
}

static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void
places_make_directory(const char *path, unsigned mode)
{
	char *copy = xstrdup(path);
	int error;

	for (char *p = copy + 1; *copy != '\0' && *p != '\0'; p++)
		if (*p == '/') {
			*p = '\0';
			error = mkdir(copy, 0755) == 0 ? 0 : errno;
			if (error != 0 && error != EEXIST
			    && !is_directory(copy))
				give_up(copy, error);
			*p = '/';
		}
	free(copy);
	error = mkdir(path, mode) == 0 ? 0 : errno;
	if (error != 0 && !is_directory(path))
		give_up(*path == '\0' ? "\"\"" : path, error);
}

static void
make_socket_directory(const char *socket)
{
	char *dir = xstrdup(socket);
	char *slash = strrchr(dir, '/');

	if (slash != NULL && slash != dir) {
		*slash = '\0';
		places_make_directory(dir, 0755);
	}
	free(dir);
}

void
places_make(struct places *p, struct self *self, const struct conf *conf,
    const char *state)
{
	if (state != NULL)
		places_make_directory(state, 0700);
	self->state_dir = find_state(self, conf, state);
	if (self->state_dir == NULL)
		fatal("%s: %s", state, strerror(errno));
	self->is_private = state != NULL || !self->system;
	p->socket = find_socket(self, conf, state);
	if (strlen(p->socket) > SOCK_PATH_MAX) {
		log_warn("%s: the path of the socket has %zu bytes, at most %d"
			 " are possible; use a shorter directory",
		    p->socket, strlen(p->socket), SOCK_PATH_MAX);
		exit(1);
	}
	p->main_path = join(self->state_dir, "main.db");
	p->out_path = join(self->state_dir, "out.db");
	p->reserve = join(self->state_dir, "reserve");
	self->spool_dir = join(self->state_dir, "spool");
	places_make_directory(self->state_dir, 0700);
	places_make_directory(self->spool_dir, 0700);
	make_socket_directory(p->socket);
	self->spool_fd
	    = open(self->spool_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (self->spool_fd < 0)
		fatal("%s: %s", self->spool_dir, strerror(errno));
	spool_fill_pool(self->spool_fd);
}

/*
 * A daemon that was killed while it started its zygote lives on for a moment
 * in that child, until it executes the shim: its lock is held and its socket
 * answers. So both are asked again for a second before they are believed.
 */
static bool
ask_again(int *tries)
{
	struct timespec pause = { 0, 50000000 };

	if (++*tries > 20)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

/* One daemon a state directory, whatever sockets they use. */
static void
lock_state(struct places *p, const struct self *self)
{
	char *path = join(self->state_dir, "lock");
	int got, tries = 0;

	p->lock_fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	do
		got = p->lock_fd < 0
		    ? -1
		    : flock(p->lock_fd, LOCK_EX | LOCK_NB);
	while (got != 0 && errno == EWOULDBLOCK && ask_again(&tries));
	if (got != 0) {
		if (errno == EWOULDBLOCK)
			log_warn("another cronsd works in %s; stop it first",
			    self->state_dir);
		else
			log_warn("%s: %s", path, strerror(errno));
		exit(1);
	}
	free(path);
}

/* The directory this binary is in. */
static void
find_here(char *here, size_t room)
{
	ssize_t n = readlink("/proc/self/exe", here, room - 1);

	here[n < 0 ? 0 : n] = '\0';
	if (strrchr(here, '/') != NULL)
		*strrchr(here, '/') = '\0';
}

/* Where crons-pam is or, if it was not built, would be: the same places. */
static char *
find_pam(void)
{
	char here[4096], *path;

	find_here(here, sizeof here);
	path = join(here, "../libexec/crons/crons-pam");
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return join(here, "crons-pam");
}

/* Beside this binary (a build tree), else in ../libexec/crons (installed). */
static int
open_shim(void)
{
	static const char *const places[]
	    = { "crons-shim", "../libexec/crons/crons-shim" };
	char here[4096];

	find_here(here, sizeof here);
	for (int i = 0; i < 2; i++) {
		char *path = join(here, places[i]);
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		free(path);
		if (fd >= 0)
			return fd;
	}
	log_warn("crons-shim is not beside cronsd (%s)", here);
	exit(1);
}

static mode_t
socket_mode(const struct self *self)
{
	return self->system ? 0666 : 0600;
}

static void
listen_first(struct places *p, const struct self *self)
{
	struct fault f;
	int tries = 0;

	do
		p->listen_fd = sock_listen(p->socket, socket_mode(self), &f);
	while (p->listen_fd < 0 && f.err == ERR_EXISTS && ask_again(&tries));
	if (p->listen_fd < 0) {
		log_warn("%s%s%s", f.text, f.hint[0] == '\0' ? "" : "; ",
		    f.hint);
		exit(1);
	}
}

void
places_take(struct places *p, const struct self *self)
{
	lock_state(p, self);
	listen_first(p, self);
	p->shim_fd = open_shim();
	p->pam = find_pam();
}

int
places_listen_again(struct places *p, const struct self *self)
{
	char *dir = xstrdup(p->socket), *slash = strrchr(dir, '/');
	struct fault f;
	int fd;

	if (slash != NULL && slash > dir) {
		*slash = '\0';
		mkdir(dir, self->system ? 0755 : 0700);
	}
	free(dir);
	fd = sock_listen(p->socket, socket_mode(self), &f);
	if (fd >= 0) {
		p->listen_fd = fd;
		log_warn("%s was gone; it is there again", p->socket);
	} else if (f.err != ERR_EXISTS) {
		log_warn("%s", f.text);
	}
	return fd;
}

/* The path goes through the spool's descriptor: a deep state directory would
 * hit the limit of 107 bytes. */
int
places_bind_news(const struct self *self)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int size = 1 << 20;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof at.sun_path, "/proc/self/fd/%d/%s",
	    self->spool_fd, SPOOL_NEWS_SOCKET);
	unlinkat(self->spool_fd, SPOOL_NEWS_SOCKET, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0
	    || fchmodat(self->spool_fd, SPOOL_NEWS_SOCKET, 0600, 0) != 0)
		fatal("%s/%s: %s", self->spool_dir, SPOOL_NEWS_SOCKET,
		    strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	return fd;
}
