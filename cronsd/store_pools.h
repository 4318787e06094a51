/*
 * store_pools: pools as rows. A pool is a number of slots: so many runs of the
 * jobs that name it go on at a time. It does not know who has a slot.
 * Functions that change rows are called inside the turn's transaction; -1 is
 * trouble of the database.
 */
#ifndef CRONSD_STORE_POOLS_H
#define CRONSD_STORE_POOLS_H

#include <stdbool.h>
#include <stdint.h>

struct db;

#define POOL_NAME_MAX 129

struct pool {
	char name[POOL_NAME_MAX];
	int64_t slots;
	int64_t per_uid; /* of one user; 0: no other limit */
	bool paused;
};

/* What live knows a pool by: a hash of its name, 0 for "". */
int64_t pool_key(const char *name);

/* A pool as jobs find it that nobody has made: one slot. */
void pool_init(struct pool *pool, const char *name);

/* 1, or 0 and *pool as pool_init makes it, or -1. */
int pools_get(struct db *db, const char *name, struct pool *pool);
int pools_put(struct db *db, const struct pool *pool);
int pools_drop(struct db *db, const char *name);

/* By name, until each returns false. 0 or -1. */
int pools_each(struct db *db, bool (*each)(void *arg, const struct pool *p),
    void *arg);

/* How many jobs name it; -1. */
int64_t pools_count_jobs(struct db *db, const char *name);

#endif
