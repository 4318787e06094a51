/*
 * users: who a uid is: name, groups, home, shell. Looked up in a worker,
 * because NSS may hang, and kept for a while. It does not know jobs or
 * permissions. A hanging lookup delays only who waits for it.
 */
#ifndef CRONSD_USERS_H
#define CRONSD_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "share/clock.h"

struct users;
struct work;

struct user {
	uid_t uid;
	gid_t gid;
	bool known; /* false: there is no such user; the rest is empty */
	bool is_unsure; /* not known, but perhaps there is: ask again */
	char name[64];
	char *home, *shell;
	gid_t *groups; /* the primary one among them */
	size_t group_count;
};

/* changed(arg) is called in the loop when an answer came. */
struct users *users_new(
    struct work *work, void (*changed)(void *arg), void *arg);

/*
 * NULL: not known yet, changed() will be called. Borrowed until the loop
 * turns. Answers are used for 15 s without asking again, up to 60 s while
 * asking again, and on and on while nobody can tell. Our own uid is always
 * known: if the system has no name for it, as "#" and its number, with HOME as
 * its home.
 */
const struct user *users_find(struct users *users, uid_t uid, mono_t now);
const struct user *users_find_name(
    struct users *users, const char *name, mono_t now);

/*
 * For workers, which may wait: asks now, and remembers nothing. 1 and the uid,
 * 0: there is no such user, -1: it cannot be told at the moment.
 */
int users_ask(const char *name, int64_t *uid);

/* The number of a group, asked for now: at the start only. -1: there is none
 * (logged), or name is "". */
int64_t users_group(const char *name);

#endif
