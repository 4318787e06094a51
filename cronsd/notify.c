/*
 * A point is a directory of which all names matter, or one. It has a watch on
 * the directory and one on the place where the directory itself is a name: on
 * its parent, or while that is missing on the nearest directory above it that
 * is there. Whatever happens to the name that leads on makes the point be set
 * up anew. The kernel gives directories that are watched twice one watch, so
 * an event is held against all points; there are four of them.
 */
#include "notify.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <bsd/sys/queue.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "loop.h"
#include "share/log.h"

#define OF_DIRECTORY                                                \
	(IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB         \
	    | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF \
	    | IN_MOVE_SELF)
#define OF_WAY                                              \
	(IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE \
	    | IN_DELETE_SELF | IN_MOVE_SELF)
#define OF_TARGET \
	(IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

#define READS_A_TURN 16 /* of 16 kB */

struct point {
	int tag;
	char *dir; /* absolute, without a slash at its end */
	char *only; /* the one name that matters; NULL: all */
	int watch; /* on dir, -1 none */
	int way; /* on a directory above it, -1 none */
	char next[NAME_MAX + 1]; /* the name there that leads to dir */
	SLIST_ENTRY(point) in_points; /* notify.points */
};

/* What a symbolic link of a point leads to. */
struct target {
	int tag;
	int watch;
	SLIST_ENTRY(target) in_targets; /* notify.targets */
	char name[]; /* of the link */
};

struct notify {
	int fd;
	bool full; /* a watch could not be had */
	struct loop *loop;
	struct loop_fd *fd_watch;
	struct notify_call call;
	SLIST_HEAD(, point) points;
	SLIST_HEAD(, target) targets;
};

static void
tell(struct notify *n, int tag, const char *name, enum notify_kind kind)
{
	n->call.changed(n->call.arg, tag, name, kind);
}

static int
add_watch(struct notify *n, const char *path, uint32_t mask)
{
	int watch = inotify_add_watch(n->fd, path, mask | IN_MASK_ADD);

	if (watch < 0 && errno == ENOSPC) {
		n->full = true;
		log_warn("%s: no more inotify watches "
			 "(fs.inotify.max_user_watches)",
		    path);
	}
	return watch;
}

/* The nearest directory above the point that is there, and the way on. */
static void
watch_way(struct notify *n, struct point *p)
{
	char *above = xstrdup(p->dir), *slash;
	size_t len;

	p->way = -1;
	while (p->way < 0 && (slash = strrchr(above, '/')) != NULL) {
		len = strlen(slash + 1);
		memcpy(p->next, slash + 1, len < NAME_MAX ? len + 1 : 1);
		*slash = '\0';
		p->way = add_watch(n, *above == '\0' ? "/" : above,
		    OF_WAY | IN_ONLYDIR);
	}
	free(above);
}

/* The way first: what happens in between is then seen there. */
static void
set_up(struct notify *n, struct point *p)
{
	watch_way(n, p);
	p->watch = add_watch(n, *p->dir == '\0' ? "/" : p->dir,
	    OF_DIRECTORY | IN_ONLYDIR);
}

static bool
add_point(struct notify *n, int tag, const char *dir, const char *only)
{
	struct point *p = xcalloc(1, sizeof *p);
	size_t len = strlen(dir);

	while (len > 0 && dir[len - 1] == '/')
		len--;
	p->tag = tag;
	p->dir = xstrndup(dir, len);
	p->only = only == NULL ? NULL : xstrdup(only);
	SLIST_INSERT_HEAD(&n->points, p, in_points);
	set_up(n, p);
	return !n->full;
}

bool
notify_directory(struct notify *n, int tag, const char *path)
{
	return add_point(n, tag, path, NULL);
}

bool
notify_file(struct notify *n, int tag, const char *path)
{
	const char *name = strrchr(path, '/');
	char *dir = xstrndup(path, (size_t)(name - path));
	bool good = add_point(n, tag, dir, name + 1);

	free(dir);
	return good;
}

bool
notify_target(struct notify *n, int tag, const char *name, const char *path)
{
	struct target *t;
	size_t len = strlen(name) + 1;
	int watch = add_watch(n, path, OF_TARGET);

	if (watch < 0)
		return false;
	SLIST_FOREACH(t, &n->targets, in_targets)
		if (t->watch == watch && t->tag == tag
		    && strcmp(t->name, name) == 0)
			return false;
	t = xcalloc(1, sizeof *t + len);
	t->tag = tag;
	t->watch = watch;
	memcpy(t->name, name, len);
	SLIST_INSERT_HEAD(&n->targets, t, in_targets);
	return true;
}

static enum notify_kind
kind_of(uint32_t mask)
{
	return (mask & ~(IN_CREATE | IN_MODIFY | IN_ISDIR)) != 0
	    ? NOTIFY_DONE
	    : NOTIFY_BEGUN;
}

/* The directory itself, or the way to it, is another one now. */
static void
set_up_anew(struct notify *n, struct point *p)
{
	set_up(n, p);
	tell(n, p->tag, p->only, NOTIFY_DONE);
}

static void
tell_point(
    struct notify *n, struct point *p, const struct inotify_event *e)
{
	const char *name = e->len > 0 ? e->name : "";
	bool is_self
	    = (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0;

	if ((e->wd == p->watch || e->wd == p->way) && is_self)
		set_up_anew(n, p);
	else if (e->wd == p->way && strcmp(name, p->next) == 0
	    && (e->mask & OF_WAY) != 0)
		set_up_anew(n, p);
	else if (e->wd == p->watch && *name != '\0'
	    && (p->only == NULL || strcmp(name, p->only) == 0))
		tell(n, p->tag, name, kind_of(e->mask));
}

static void
drop_target(struct notify *n, struct target *t)
{
	SLIST_REMOVE(&n->targets, t, target, in_targets);
	free(t);
}

static void
tell_targets(struct notify *n, const struct inotify_event *e)
{
	struct target *t, *next;

	SLIST_FOREACH_SAFE(t, &n->targets, in_targets, next) {
		if (t->watch != e->wd)
			continue;
		tell(n, t->tag, t->name, kind_of(e->mask));
		if ((e->mask & IN_IGNORED) != 0)
			drop_target(n, t);
	}
}

/*
 * What was moved away is not watched at its new place. Should it be back at
 * its old one already, the end of its watch (IN_IGNORED) sets it up again.
 */
static void
take(struct notify *n, const struct inotify_event *e)
{
	struct point *p;

	SLIST_FOREACH(p, &n->points, in_points)
		if ((e->mask & IN_Q_OVERFLOW) != 0)
			set_up_anew(n, p);
		else
			tell_point(n, p, e);
	tell_targets(n, e);
	if ((e->mask & IN_MOVE_SELF) != 0)
		inotify_rm_watch(n->fd, e->wd);
}

static void
on_events(void *arg, uint32_t events)
{
	struct notify *n = arg;
	_Alignas(struct inotify_event) char bytes[16384];

	(void)events;
	for (int i = 0; i < READS_A_TURN; i++) {
		ssize_t len = read(n->fd, bytes, sizeof bytes);
		const char *at = bytes;

		if (len <= 0)
			return;
		while (at < bytes + len) {
			const struct inotify_event *e = (const void *)at;

			at += sizeof *e + e->len;
			take(n, e);
		}
	}
}

struct notify *
notify_new(struct loop *loop, struct notify_call call)
{
	struct notify *n;
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0) {
		log_warn("inotify: %s", strerror(errno));
		return NULL;
	}
	n = xcalloc(1, sizeof *n);
	n->fd = fd;
	n->loop = loop;
	n->call = call;
	SLIST_INIT(&n->points);
	SLIST_INIT(&n->targets);
	n->fd_watch = loop_watch(
	    loop, fd, EPOLLIN, (struct loop_call) { on_events, n });
	return n;
}

void
notify_free(struct notify *n)
{
	struct point *p;

	if (n == NULL)
		return;
	while (!SLIST_EMPTY(&n->targets))
		drop_target(n, SLIST_FIRST(&n->targets));
	while ((p = SLIST_FIRST(&n->points)) != NULL) {
		SLIST_REMOVE_HEAD(&n->points, in_points);
		free(p->dir);
		free(p->only);
		free(p);
	}
	loop_unwatch(n->fd_watch);
	close(n->fd);
	free(n);
}
