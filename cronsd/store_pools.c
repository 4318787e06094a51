/* Rows of pool. */
#include "store_pools.h"

#include <string.h>

#include <bsd/string.h>

#include "db.h"

/* FNV-1a; a run file has room for a number, not for every name. */
int64_t
pool_key(const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (*name == '\0')
		return 0;
	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return (int64_t)(h >> 1) | 1;
}

void
pool_init(struct pool *pool, const char *name)
{
	memset(pool, 0, sizeof *pool);
	strlcpy(pool->name, name, sizeof pool->name);
	pool->slots = 1;
}

static void
read_pool(struct sqlite3_stmt *st, struct pool *pool)
{
	pool_init(pool, db_text(st, "name"));
	pool->slots = db_int(st, "slots");
	pool->per_uid = db_int(st, "per_uid");
	pool->paused = db_int(st, "paused") != 0;
}

int
pools_get(struct db *db, const char *name, struct pool *pool)
{
	struct sqlite3_stmt *st = db_get(db, SQL_POOL_GET);
	int got;

	pool_init(pool, name);
	db_bind_text(st, ":name", name);
	got = db_step(db, st);
	if (got == 1)
		read_pool(st, pool);
	db_done(st);
	return got;
}

int
pools_put(struct db *db, const struct pool *pool)
{
	struct sqlite3_stmt *st = db_get(db, SQL_POOL_PUT);

	db_bind_text(st, ":name", pool->name);
	db_bind(st, ":slots", pool->slots);
	db_bind(st, ":per_uid", pool->per_uid);
	db_bind(st, ":paused", pool->paused);
	return db_run(db, st);
}

int
pools_drop(struct db *db, const char *name)
{
	struct sqlite3_stmt *st = db_get(db, SQL_POOL_DROP);

	db_bind_text(st, ":name", name);
	return db_run(db, st);
}

int
pools_each(struct db *db, bool (*each)(void *arg, const struct pool *p),
    void *arg)
{
	struct sqlite3_stmt *st = db_get(db, SQL_POOLS);
	struct pool pool;
	int got;

	while ((got = db_step(db, st)) == 1) {
		read_pool(st, &pool);
		if (!each(arg, &pool))
			break;
	}
	db_done(st);
	return got < 0 ? -1 : 0;
}

int64_t
pools_count_jobs(struct db *db, const char *name)
{
	struct sqlite3_stmt *st = db_get(db, SQL_POOL_JOBS);

	db_bind_text(st, ":name", name);
	return db_number(db, st, -1);
}
