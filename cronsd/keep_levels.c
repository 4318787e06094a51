/*
 * Like water: a limit in all is shared so that every user has as many runs as
 * any other who has more than he may, and so is what a user may have among
 * his jobs. Who has little keeps it; who has most gives. Only users who are
 * over their limit cost a second look at their runs.
 */
#include "keep_levels.h"

#include <stdlib.h>

#include "db.h"
#include "share/log.h"
#include "store_runs.h"

/* Rows counted by user, or by job of one. */
struct counts {
	int64_t *owner, *count;
	size_t len, room;
};

static void
add_count(void *arg, int64_t owner, int64_t count)
{
	struct counts *c = arg;

	if (c->len == c->room) {
		c->room = c->room == 0 ? 64 : 2 * c->room;
		c->owner = xreallocarray(
		    c->owner, c->room, sizeof *c->owner);
		c->count = xreallocarray(
		    c->count, c->room, sizeof *c->count);
	}
	c->owner[c->len] = owner;
	c->count[c->len++] = count;
}

static void
counts_fini(struct counts *c)
{
	free(c->owner);
	free(c->count);
	*c = (struct counts) { 0 };
}

void
keep_levels_fini(struct keep_levels *levels)
{
	free(levels->of);
	*levels = (struct keep_levels) { 0 };
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int64_t
keep_level(int64_t *counts, size_t n, int64_t most)
{
	int64_t left = most;

	qsort(counts, n, sizeof *counts, compare);
	for (size_t i = 0; i < n; i++) {
		int64_t share = left / (int64_t)(n - i);

		if (counts[i] > share)
			return share;
		left -= counts[i];
	}
	return INT64_MAX;
}

/* How many of their runs the users may keep, each at most. */
static int64_t
level_of_users(const struct keep_levels *levels, const struct counts *users)
{
	struct counts sorted = { 0 };
	int64_t level = INT64_MAX;

	for (size_t i = 0; i < users->len; i++)
		add_count(&sorted, users->owner[i], users->count[i]);
	if (levels->most > 0)
		level = keep_level(sorted.count, sorted.len, levels->most);
	if (levels->most_of_uid > 0 && level > levels->most_of_uid)
		level = levels->most_of_uid;
	counts_fini(&sorted);
	return level;
}

/* The level among the jobs of a user who may have so many runs. */
static void
add_level(struct keep_levels *levels, struct db *db, int64_t uid, int64_t most)
{
	struct counts jobs = { 0 };
	struct keep_level *of;

	if (runs_each_count(db, uid, add_count, &jobs) == 0) {
		of = xreallocarray(
		    levels->of, levels->count + 1, sizeof *levels->of);
		of[levels->count++] = (struct keep_level) { uid,
			keep_level(jobs.count, jobs.len, most) };
		levels->of = of;
	}
	counts_fini(&jobs);
}

void
keep_levels_count(struct keep_levels *levels, const char *main_path)
{
	struct counts users = { 0 };
	enum db_trouble trouble;
	struct db *db;
	int64_t level;

	if (levels->most == 0 && levels->most_of_uid == 0)
		return;
	db = db_open(main_path, DB_MAIN, true, &trouble);
	if (db == NULL)
		return;
	if (runs_each_count(db, -1, add_count, &users) == 0) {
		level = level_of_users(levels, &users);
		for (size_t i = 0; i < users.len; i++)
			if (users.count[i] > level)
				add_level(levels, db, users.owner[i], level);
	}
	counts_fini(&users);
	db_close(db);
}

int64_t
keep_levels_of(const struct keep_levels *levels, int64_t uid)
{
	for (size_t i = 0; i < levels->count; i++)
		if (levels->of[i].uid == uid)
			return levels->of[i].runs_a_job;
	return INT64_MAX;
}
