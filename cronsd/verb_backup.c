/*
 * backup: a copy of main.db for root, as frames: the client writes the file,
 * the daemon none that a client names. The copy is one of the daemon's own
 * backups, made and checked in a worker while everything goes on; then its
 * descriptor is read piece by piece, as the connection takes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup.h"
#include "self.h"
#include "share/buf.h"
#include "share/log.h"
#include "verb.h"
#include "work.h"

#define PIECE 65536

struct copying {
	const struct daemon_parts *parts;
	char *main_path; /* owned */
	bool running; /* the worker has it */
	bool gone; /* nobody waits for it any more */
	int fd; /* of the backup; -1 none */
	int64_t bytes;
};

static void
drop(struct copying *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->main_path);
	free(c);
}

static void
free_copying(void *arg)
{
	struct copying *c = arg;

	if (c->running)
		c->gone = true;
	else
		drop(c);
}

static void
run_copy(void *arg)
{
	struct copying *c = arg;
	const char *dir = c->parts->self->state_dir;
	char *path;

	if (backup_make(dir, c->main_path) != 0)
		return;
	path = backup_newest(dir);
	if (path != NULL)
		c->fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
}

static void
on_copied(void *arg)
{
	struct copying *c = arg;

	c->running = false;
	if (c->gone)
		drop(c);
	else
		c->parts->wake(c->parts->wake_arg);
}

static void
begin(struct request *r)
{
	struct copying *c = xcalloc(1, sizeof *c);
	struct buf path = BUF_EMPTY;

	buf_printf(&path, "%s/main.db", r->parts->self->state_dir);
	c->main_path = buf_take(&path);
	c->parts = r->parts;
	c->fd = -1;
	c->running = true;
	r->state = c;
	r->free_state = free_copying;
	log_info("backup asked for by %s", r->caller.name);
	work_put(r->parts->work, LANE_STORE,
	    (struct work_call) { run_copy, on_copied, c });
}

enum verb_status
verb_backup(struct request *r)
{
	struct copying *c = r->state;
	char piece[PIECE];
	ssize_t n;

	if (!r->caller.root)
		return reply_err(r, ERR_DENIED, "",
		    "only root may have all that the daemon knows");
	if (c == NULL) {
		begin(r);
		return VERB_LATER;
	}
	if (c->running)
		return VERB_LATER;
	if (c->fd < 0)
		return reply_err(r, ERR_INTERNAL, "",
		    "no backup could be made; the daemon's log says why");
	n = read(c->fd, piece, sizeof piece);
	if (n < 0)
		return reply_err(
		    r, ERR_INTERNAL, "", "%s", strerror(errno));
	if (n == 0)
		return reply_ok(r, 200, "bytes=%lld", (long long)c->bytes);
	c->bytes += n;
	buf_printf(r->out, "o %lld %zd\n", (long long)r->now.us, n);
	buf_put(r->out, piece, (size_t)n);
	buf_putc(r->out, '\n');
	return VERB_MORE;
}
