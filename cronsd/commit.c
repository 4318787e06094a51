/*
 * The effects are an array that is reused; an effect may hand over further
 * ones, which belong to the next turn. The reserve is a file of 16 MiB: when
 * the disk is full it is removed once, which leaves room to record the ends
 * of what runs. It is made again when there is room for two of it, so that
 * making it does not fill the disk. Until then we stay degraded, though the
 * database can be written.
 *
 * While it cannot, a transaction begins with a probe that writes: beginning
 * and committing nothing would succeed on any disk.
 */
#include "commit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "db.h"
#include "fail.h"
#include "share/log.h"

#define RESERVE_BYTES (16 << 20)
#define RETRY_US SECOND_US
#define RESERVE_RETRY_US (10 * SECOND_US)

struct effect {
	commit_effect *fn;
	void *arg;
};

struct effects {
	struct effect *at;
	size_t count, room;
};

struct commit {
	struct db *db;
	char *reserve;
	bool open; /* a transaction is */
	bool holds; /* one that only reads is */
	bool spoilt;
	bool stuck; /* it cannot be written */
	bool has_reserve;
	bool gave_up; /* the reserve, and it is not there again */
	mono_t retry_at; /* the next probe, or try to make the reserve */
	struct effects now, next;
};

static void
make_reserve(struct commit *c)
{
	struct stat st;
	int fd;

	if (stat(c->reserve, &st) == 0 && st.st_size == RESERVE_BYTES) {
		c->has_reserve = true;
		return;
	}
	fd = open(c->reserve, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	c->has_reserve
	    = fd >= 0 && posix_fallocate(fd, 0, RESERVE_BYTES) == 0;
	if (fd >= 0)
		close(fd);
	if (!c->has_reserve)
		unlink(c->reserve);
}

struct commit *
commit_new(struct db *db, const char *reserve)
{
	struct commit *c = xcalloc(1, sizeof *c);

	c->db = db;
	c->reserve = xstrdup(reserve);
	make_reserve(c);
	return c;
}

void
commit_free(struct commit *c)
{
	if (c == NULL)
		return;
	db_close(c->db);
	free(c->reserve);
	free(c->now.at);
	free(c->next.at);
	free(c);
}

/* Nothing can be written: say so once, and give up the reserve once. */
static void
get_stuck(struct commit *c)
{
	if (!c->stuck)
		log_warn("DEGRADED: the database cannot be written; what runs "
			 "goes on, jobs of crontabs start, others wait");
	c->stuck = true;
	c->retry_at.us = mono_now().us + RETRY_US;
	if (db_trouble(c->db) != DB_FULL)
		return;
	c->gave_up = true; /* perhaps by the daemon before us */
	if (c->has_reserve && unlink(c->reserve) == 0) {
		c->has_reserve = false;
		c->retry_at = mono_now();
		log_info("the disk reserve of %d MiB was given up",
		    RESERVE_BYTES >> 20);
	}
}

static void
recover(struct commit *c)
{
	if (!c->stuck)
		return;
	log_info("the database can be written again");
	c->stuck = false;
	c->retry_at.us = mono_now().us + RETRY_US;
	db_is_well(c->db);
}

static bool
has_room_for_reserve(const struct commit *c)
{
	struct statvfs disk;
	char *dir = xstrdup(c->reserve), *slash = strrchr(dir, '/');
	bool has = true;

	if (slash != NULL)
		*slash = '\0';
	if (statvfs(dir, &disk) == 0)
		has = disk.f_bavail * disk.f_frsize
		    >= UINT64_C(2) * RESERVE_BYTES;
	free(dir);
	return has;
}

void
commit_retry(struct commit *c)
{
	if (mono_now().us < c->retry_at.us)
		return;
	if (c->stuck) {
		commit_db(c);
		return;
	}
	if (!c->gave_up)
		return;
	c->retry_at.us = mono_now().us + RESERVE_RETRY_US;
	if (has_room_for_reserve(c))
		make_reserve(c);
	c->gave_up = !c->has_reserve;
	if (!c->gave_up)
		log_info("the disk has room again");
}

/* Nothing was written: there is nothing that could fail but the words. */
static void
let_go(struct commit *c)
{
	if (c->holds && db_do(c->db, SQL_COMMIT) != 0)
		db_do(c->db, SQL_ROLLBACK);
	c->holds = false;
}

struct db *
commit_db(struct commit *c)
{
	if (c->open)
		return c->spoilt ? NULL : c->db;
	if (c->stuck && mono_now().us < c->retry_at.us)
		return NULL;
	let_go(c);
	if (db_do(c->db, SQL_BEGIN) != 0) {
		get_stuck(c);
		return NULL;
	}
	c->open = true;
	if (c->stuck && db_do(c->db, SQL_PROBE) != 0)
		c->spoilt = true;
	return c->spoilt ? NULL : c->db;
}

struct db *
commit_read_db(struct commit *c)
{
	return c->db;
}

struct db *
commit_hold_db(struct commit *c)
{
	if (!c->open && !c->holds)
		c->holds = db_do(c->db, SQL_READ) == 0;
	return c->db;
}

bool
commit_is_open(const struct commit *c)
{
	return c->open && !c->spoilt;
}

void
commit_spoil(struct commit *c)
{
	c->spoilt = true;
}

void
commit_then(struct commit *c, commit_effect *fn, void *arg)
{
	struct effects *e = &c->next;

	if (e->count == e->room) {
		e->room = e->room == 0 ? 64 : e->room * 2;
		e->at = xreallocarray(e->at, e->room, sizeof *e->at);
	}
	e->at[e->count++] = (struct effect) { fn, arg };
}

static int
end_transaction(struct commit *c)
{
	int got = -1;

	let_go(c);
	if (!c->open)
		return c->spoilt ? -1 : 0;
	c->open = false;
	FAIL_POINT(commit_before);
	if (!c->spoilt)
		got = db_do(c->db, SQL_COMMIT);
	if (got == 0) {
		recover(c);
		FAIL_POINT(commit_after);
		return 0;
	}
	if (db_in_transaction(c->db))
		db_do(c->db, SQL_ROLLBACK);
	get_stuck(c);
	return -1;
}

int
commit_seal(struct commit *c)
{
	int got = end_transaction(c);
	struct effects mine = c->next;

	c->spoilt = false;
	c->next = c->now; /* empty, with its memory */
	c->next.count = 0;
	c->now = mine;
	for (size_t i = 0; i < mine.count; i++)
		mine.at[i].fn(mine.at[i].arg, got == 0);
	c->now.count = 0;
	return got;
}

bool
commit_is_stuck(const struct commit *c)
{
	return c->stuck;
}

const char *
commit_trouble(const struct commit *c)
{
	if (c->stuck)
		return "the database cannot be written: is the disk full?";
	if (c->gave_up)
		return "the disk was full and has little room";
	return NULL;
}

bool
commit_lacks_room(const struct commit *c)
{
	return c->gave_up && !has_room_for_reserve(c);
}

bool
commit_is_corrupt(const struct commit *c)
{
	return db_trouble(c->db) == DB_CORRUPT;
}

mono_t
commit_retry_at(const struct commit *c)
{
	return c->stuck || c->gave_up ? c->retry_at : (mono_t) { INT64_MAX };
}
