/*
 * sock: the Unix socket between cronsctl and cronsd: where it lies, connecting
 * to it, listening on it, and who is at the other end. It does not know what
 * is said over it, nor the loop that waits for it.
 */
#ifndef SHARE_SOCK_H
#define SHARE_SOCK_H

#include <stddef.h>
#include <sys/types.h>

#include "errs.h"

struct buf;

#define SOCK_SYSTEM_PATH "/run/crons/cronsd.sock"
#define SOCK_PATH_MAX 107 /* bytes, the NUL not counted */

/*
 * Where a client finds its daemon, appended to out: CRONS_SOCKET if it is set
 * and not empty; for root, or if it exists, SOCK_SYSTEM_PATH; else the path of
 * the user's own daemon (sock_own_path, then the state directory, whichever
 * exists; the first if none does).
 */
void sock_client_path(struct buf *out);

/*
 * Where a daemon in own mode listens unless told otherwise, appended to out:
 * $XDG_RUNTIME_DIR/crons/cronsd.sock, or where that is not set, in its state
 * directory, which is what sock_state_directory appends:
 * $XDG_STATE_HOME/crons, else ~/.local/state/crons.
 */
void sock_own_path(struct buf *out);
void sock_state_directory(struct buf *out);

/*
 * A connected stream socket (close-on-exec, blocking), yours to close; -1 and
 * a filled fault (ERR_UNREACHABLE; ERR_DENIED; ERR_TOO_LARGE for a path over
 * SOCK_PATH_MAX) that says where, why and what to do.
 */
int sock_connect(const char *path, struct fault *f);

/*
 * A listening stream socket (close-on-exec, non-blocking) with that mode,
 * yours to close. It connects first: ERR_EXISTS if somebody answers; a socket
 * that nobody listens on is removed, anything else at that path is left alone
 * (ERR_EXISTS too). -1 and a filled fault if it cannot be had.
 */
int sock_listen(const char *path, mode_t mode, struct fault *f);

/* Who connected, as the kernel knows it. */
struct sock_peer {
	uid_t uid;
	gid_t gid;
	pid_t pid; /* 0 if it is of another pid namespace */
	gid_t *groups; /* owned; the primary one among them */
	size_t group_count;
};

/* 0, or -1 and errno. sock_peer_fini frees groups; of a zeroed one too. */
int sock_peer_read(int fd, struct sock_peer *peer);
void sock_peer_fini(struct sock_peer *peer);

#endif
