/*
 * Two small tables in one list, by uid and by name; at most 4,096 entries,
 * the oldest go first. The worker fills a fresh struct user that replaces the
 * old one in the loop, so no lock is needed.
 *
 * "There is no such user" and "nobody can tell now" (a directory service that
 * is down) are different answers: the first ends what the user's jobs wanted,
 * the second changes nothing that was known, and is asked again.
 */
#include "users.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/sys/queue.h>
#include <unistd.h>

#include <bsd/string.h>

#include "share/log.h"
#include "work.h"

#define FRESH_US (15 * SECOND_US)
#define USABLE_US (60 * SECOND_US)
#define MOST_ENTRIES 4096

struct entry {
	struct users *users;
	bool by_name;
	uid_t uid; /* the question */
	char name[64];
	bool answered, asking;
	mono_t at; /* of the answer */
	struct user user, fresh;
	TAILQ_ENTRY(entry) in_users; /* users.entries, newest question first */
};

TAILQ_HEAD(entries, entry);

struct users {
	struct work *work;
	void (*changed)(void *arg);
	void *arg;
	int count;
	struct entries entries;
};

struct users *
users_new(struct work *work, void (*changed)(void *arg), void *arg)
{
	struct users *users = xcalloc(1, sizeof *users);

	users->work = work;
	users->changed = changed;
	users->arg = arg;
	TAILQ_INIT(&users->entries);
	return users;
}

static void
user_fini(struct user *user)
{
	free(user->home);
	free(user->shell);
	free(user->groups);
	memset(user, 0, sizeof *user);
}

static void
find_groups(struct user *user)
{
	int count = 64;

	for (;;) {
		int room = count;

		user->groups = xreallocarray(
		    user->groups, (size_t)room, sizeof(gid_t));
		if (getgrouplist(user->name, user->gid, user->groups, &count)
		    >= 0)
			break;
		if (count <= room)
			count = room * 2;
	}
	user->group_count = (size_t)count;
}

/* Of the errors that getpwnam_r(3) lists, these mean "not found". */
static bool
is_absence(int err)
{
	return err == 0 || err == ENOENT || err == ESRCH || err == EBADF
	    || err == EPERM;
}

/* We exist without being known, as in a container that runs with any uid. */
static void
make_up(struct user *self, uid_t uid)
{
	const char *home = getenv("HOME");
	int count = getgroups(0, NULL);

	self->known = true;
	self->uid = uid;
	self->gid = getegid();
	snprintf(self->name, sizeof self->name, "#%ld", (long)uid);
	self->home = xstrdup(home != NULL && *home == '/' ? home : "/");
	self->shell = xstrdup("/bin/sh");
	self->groups = xcalloc((size_t)(count < 0 ? 0 : count) + 1,
	    sizeof *self->groups);
	count = getgroups(count, self->groups);
	self->group_count = (size_t)(count < 0 ? 0 : count);
}

/* In the worker. */
static void
look_up(void *arg)
{
	struct entry *e = arg;
	struct passwd pw, *found = NULL;
	char *text = NULL;
	size_t room = 4096;
	int err;

	do {
		room *= 2;
		text = xreallocarray(text, room, 1);
		err = e->by_name
		    ? getpwnam_r(e->name, &pw, text, room, &found)
		    : getpwuid_r(e->uid, &pw, text, room, &found);
	} while (err == ERANGE && room < (1 << 20));
	if (found != NULL
	    && strlcpy(e->fresh.name, pw.pw_name, sizeof e->fresh.name)
		< sizeof e->fresh.name) {
		e->fresh.known = true;
		e->fresh.uid = pw.pw_uid;
		e->fresh.gid = pw.pw_gid;
		e->fresh.home = xstrdup(pw.pw_dir);
		e->fresh.shell = xstrdup(pw.pw_shell);
		find_groups(&e->fresh);
	} else if (!is_absence(err)) {
		log_warn("user lookup: %s", strerror(err));
		e->fresh.is_unsure = true;
	} else if (!e->by_name && e->uid == geteuid()) {
		make_up(&e->fresh, e->uid);
	}
	free(text);
}

static void
on_answer(void *arg)
{
	struct entry *e = arg;

	e->asking = false;
	if (!e->fresh.is_unsure || !e->user.known) {
		user_fini(&e->user);
		e->user = e->fresh;
	}
	memset(&e->fresh, 0, sizeof e->fresh);
	if (!e->user.known)
		e->user.uid = e->uid;
	e->answered = true;
	e->at = mono_now();
	e->users->changed(e->users->arg);
}

/* The oldest that no worker is busy with. */
static void
forget_oldest(struct users *users)
{
	struct entry *e;

	TAILQ_FOREACH_REVERSE(e, &users->entries, entries, in_users)
		if (!e->asking)
			break;
	if (e == NULL)
		return;
	TAILQ_REMOVE(&users->entries, e, in_users);
	users->count--;
	user_fini(&e->user);
	free(e);
}

static const struct user *
answer(struct users *users, struct entry *e, mono_t now)
{
	int64_t fresh_us = e->user.is_unsure ? SECOND_US : FRESH_US;
	bool fresh = e->answered && now.us - e->at.us < fresh_us;

	if (!fresh && !e->asking) {
		e->asking = true;
		work_put(users->work, LANE_USERS,
		    (struct work_call) { look_up, on_answer, e });
	}
	if (e->answered && now.us - e->at.us < USABLE_US)
		return &e->user;
	return NULL;
}

static struct entry *
add(struct users *users)
{
	struct entry *e = xcalloc(1, sizeof *e);

	e->users = users;
	TAILQ_INSERT_HEAD(&users->entries, e, in_users);
	if (++users->count > MOST_ENTRIES)
		forget_oldest(users);
	return e;
}

const struct user *
users_find(struct users *users, uid_t uid, mono_t now)
{
	struct entry *e;

	TAILQ_FOREACH(e, &users->entries, in_users)
		if (!e->by_name && e->uid == uid)
			return answer(users, e, now);
	e = add(users);
	e->uid = uid;
	return answer(users, e, now);
}

const struct user *
users_find_name(struct users *users, const char *name, mono_t now)
{
	struct entry *e;

	if (strlen(name) >= sizeof e->name) {
		static const struct user nobody;

		return &nobody;
	}
	TAILQ_FOREACH(e, &users->entries, in_users)
		if (e->by_name && strcmp(e->name, name) == 0)
			return answer(users, e, now);
	e = add(users);
	e->by_name = true;
	strlcpy(e->name, name, sizeof e->name);
	return answer(users, e, now);
}

int
users_ask(const char *name, int64_t *uid)
{
	struct passwd pw, *found = NULL;
	char *text = NULL;
	size_t room = 1024;
	int err;

	*uid = -1;
	do {
		room *= 2;
		text = xreallocarray(text, room, 1);
		err = getpwnam_r(name, &pw, text, room, &found);
	} while (err == ERANGE && room < (1 << 20));
	if (found != NULL)
		*uid = pw.pw_uid;
	free(text);
	return found != NULL ? 1 : is_absence(err) ? 0 : -1;
}

int64_t
users_group(const char *name)
{
	const struct group *g = *name == '\0' ? NULL : getgrnam(name);

	if (*name != '\0' && g == NULL)
		log_warn("there is no group \"%s\"", name);
	return g == NULL ? -1 : (int64_t)g->gr_gid;
}
