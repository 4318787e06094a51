/*
 * notify: tells when names in directories change, also in directories that
 * come, go, are replaced or are symbolic links. It does not know what the
 * names are, and it promises no more than that somebody should look: a look
 * may find nothing new, and may come a moment before the change is complete.
 *
 * What inotify cannot see is not seen: a file system mounted over a directory
 * later, changes that other hosts make on a network file system, hard links
 * made elsewhere.
 */
#ifndef CRONSD_NOTIFY_H
#define CRONSD_NOTIFY_H

#include <stdbool.h>

struct loop;
struct notify;

enum notify_kind {
	NOTIFY_DONE, /* closed after writing, moved, removed, mode, owner */
	NOTIFY_BEGUN, /* created or written to: more is likely to come */
};

/*
 * changed(arg, tag, name, kind); name is NULL where everything of that tag
 * should be looked at (a directory came or went, news were lost).
 */
struct notify_call {
	void (*changed)(
	    void *arg, int tag, const char *name, enum notify_kind kind);
	void *arg;
};

/* NULL if there is no inotify to be had (it is logged). */
struct notify *notify_new(struct loop *loop, struct notify_call call);
void notify_free(struct notify *n); /* NULL is fine */

/*
 * Watches the names in a directory, which may not be there yet, or one file;
 * paths are absolute. False: the kernel has no room for more (it is logged).
 */
bool notify_directory(struct notify *n, int tag, const char *path);
bool notify_file(struct notify *n, int tag, const char *path);

/*
 * Watches what a symbolic link leads to, for the name that the link has. True:
 * the watch is new, so the file may have changed since somebody looked.
 */
bool notify_target(
    struct notify *n, int tag, const char *name, const char *path);

#endif
