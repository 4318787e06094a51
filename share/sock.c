/*
 * A path is tried, never trusted: who asks gets one sentence with the path,
 * the reason and the remedy. A stale socket of a killed daemon is told from a
 * living one by connecting to it; between that and bind(2) another daemon may
 * come, and then bind or link fails and we say so.
 */
#include "sock.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <bsd/string.h>

#include "buf.h"
#include "log.h"

#define SOCKET_NAME "cronsd.sock"

/* XDG variables count only if they are absolute, says their specification. */
static const char *
absolute_env(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] == '/' ? value : NULL;
}

static const char *
home(void)
{
	const char *value = absolute_env("HOME");
	const struct passwd *pw;

	if (value != NULL)
		return value;
	pw = getpwuid(getuid());
	return pw != NULL && pw->pw_dir != NULL ? pw->pw_dir : "/";
}

void
sock_state_directory(struct buf *out)
{
	const char *state = absolute_env("XDG_STATE_HOME");

	if (state != NULL)
		buf_printf(out, "%s/crons", state);
	else
		buf_printf(out, "%s/.local/state/crons", home());
}

void
sock_own_path(struct buf *out)
{
	const char *runtime = absolute_env("XDG_RUNTIME_DIR");

	if (runtime != NULL) {
		buf_printf(out, "%s/crons/" SOCKET_NAME, runtime);
		return;
	}
	sock_state_directory(out);
	buf_puts(out, "/" SOCKET_NAME);
}

/* The own daemon may have been started without XDG_RUNTIME_DIR (from cron). */
static void
own_client_path(struct buf *out)
{
	struct buf own = BUF_EMPTY, state = BUF_EMPTY;

	sock_own_path(&own);
	sock_state_directory(&state);
	buf_puts(&state, "/" SOCKET_NAME);
	if (access(buf_text(&own), F_OK) != 0
	    && access(buf_text(&state), F_OK) == 0)
		buf_puts(out, buf_text(&state));
	else
		buf_puts(out, buf_text(&own));
	buf_fini(&state);
	buf_fini(&own);
}

void
sock_client_path(struct buf *out)
{
	const char *given = getenv("CRONS_SOCKET");

	if (given != NULL && given[0] != '\0')
		buf_puts(out, given);
	else if (geteuid() == 0 || access(SOCK_SYSTEM_PATH, F_OK) == 0)
		buf_puts(out, SOCK_SYSTEM_PATH);
	else
		own_client_path(out);
}

static enum err
fill_address(struct sockaddr_un *address, const char *path, struct fault *f)
{
	memset(address, 0, sizeof *address);
	address->sun_family = AF_UNIX;
	if (strlen(path) > SOCK_PATH_MAX) {
		fault_set(f, ERR_TOO_LARGE, "socket",
		    "%.40s...: the path of the socket has %zu bytes, at most"
		    " %d are possible",
		    path, strlen(path), SOCK_PATH_MAX);
		strlcpy(f->hint, "use a shorter directory, or CRONS_SOCKET",
		    sizeof f->hint);
		return f->err;
	}
	strlcpy(address->sun_path, path, sizeof address->sun_path);
	return ERR_NONE;
}

/* What connect(2) said, as a sentence with a remedy. */
static void
explain(const char *path, int error, struct fault *f)
{
	const char *hint = "start it: systemctl start cronsd, or cronsd"
			   " without root; CRONS_SOCKET names another socket";
	const char *why = strerror(error);
	enum err err = ERR_UNREACHABLE;

	if (error == ENOENT || error == ENOTDIR)
		why = "no such socket, so no daemon runs here";
	else if (error == ECONNREFUSED)
		why = "nobody listens, the daemon has ended";
	if (error == EACCES || error == EPERM) {
		err = ERR_DENIED;
		hint = "the socket's directory is not open to you;"
		       " CRONS_SOCKET names another socket";
	}
	fault_set(f, err, "", "%s: %s", path, why);
	strlcpy(f->hint, hint, sizeof f->hint);
}

static int
connect_to(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -1;
	while (connect(fd, (const struct sockaddr *)address, sizeof *address)
	    != 0) {
		if (errno == EINTR)
			continue;
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

int
sock_connect(const char *path, struct fault *f)
{
	struct sockaddr_un address;
	int fd;

	if (fill_address(&address, path, f) != ERR_NONE)
		return -1;
	fd = connect_to(&address);
	if (fd < 0)
		explain(path, errno, f);
	return fd;
}

static enum err
is_taken(struct fault *f, const char *path, const char *why, const char *hint)
{
	fault_set(f, ERR_EXISTS, "socket", "%s: %s", path, why);
	strlcpy(f->hint, hint, sizeof f->hint);
	return f->err;
}

/* Makes way for bind(2): 0 if the path is free now. */
static enum err
make_way(const struct sockaddr_un *address, struct fault *f)
{
	const char *path = address->sun_path;
	struct stat st;
	int fd;

	if (lstat(path, &st) != 0)
		return ERR_NONE;
	if (!S_ISSOCK(st.st_mode))
		return is_taken(f, path, "it is there and is no socket",
		    "remove it if nobody needs it");
	fd = connect_to(address);
	if (fd >= 0) {
		close(fd);
		return is_taken(f, path, "another daemon answers there",
		    "stop it first, or use another socket");
	}
	/* EAGAIN: its queue is full, so it lives. */
	if (errno != ECONNREFUSED)
		return is_taken(f, path, strerror(errno),
		    "another daemon may be there: stop it first");
	unlink(path);
	return ERR_NONE;
}

int
sock_listen(const char *path, mode_t mode, struct fault *f)
{
	struct sockaddr_un address;
	int fd;

	if (fill_address(&address, path, f) != ERR_NONE
	    || make_way(&address, f) != ERR_NONE)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Nobody can connect before listen(2), so the mode is set in time. */
	if (fd < 0
	    || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0
	    || chmod(path, mode) != 0 || listen(fd, SOMAXCONN) != 0) {
		fault_set(f, errno == EADDRINUSE ? ERR_EXISTS : ERR_INTERNAL,
		    "socket", "%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* SO_PEERGROUPS tells the size it needs by ERANGE; none at all is 0. */
static int
read_groups(int fd, struct sock_peer *peer)
{
	socklen_t len = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) != 0
	    && errno != ERANGE)
		return -1;
	peer->groups = xcalloc(len / sizeof(gid_t) + 1, sizeof(gid_t));
	if (len > 0
	    && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer->groups, &len)
		!= 0)
		return -1;
	peer->group_count = len / sizeof(gid_t);
	/* The primary group is not in that list. */
	peer->groups[peer->group_count++] = peer->gid;
	return 0;
}

int
sock_peer_read(int fd, struct sock_peer *peer)
{
	struct ucred cred;
	socklen_t len = sizeof cred;

	memset(peer, 0, sizeof *peer);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return -1;
	peer->uid = cred.uid;
	peer->gid = cred.gid;
	peer->pid = cred.pid;
	return read_groups(fd, peer);
}

void
sock_peer_fini(struct sock_peer *peer)
{
	free(peer->groups);
	memset(peer, 0, sizeof *peer);
}
