/* Opening is tried twice: as it is, and after setting it aside. */
#include "restore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

#include "backup.h"
#include "db.h"
#include "self.h"
#include "share/buf.h"
#include "share/clock.h"
#include "share/log.h"
#include "snapshot.h"
#include "store_jobs.h"

static char *
path_of(const struct self *self, const char *name, const char *suffix)
{
	struct buf path = BUF_EMPTY;

	buf_printf(&path, "%s/%s%s", self->state_dir, name, suffix);
	return buf_take(&path);
}

void
restore_set_aside(const struct self *self, const char *base)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	long long now = (long long)(wall_now().us / SECOND_US);

	for (int i = 0; i < 3; i++) {
		char *from = path_of(self, base, parts[i]);
		struct buf to = BUF_EMPTY;

		buf_printf(&to, "%s/%s.damaged-%lld%s", self->state_dir, base,
		    now, parts[i]);
		if (rename(from, buf_text(&to)) == 0)
			log_warn("%s: damaged; kept as %s", from,
			    buf_text(&to));
		buf_fini(&to);
		free(from);
	}
}

/* A name nobody used before: 8 letters and digits. */
static void
make_instance(char out[17])
{
	static const char letters[] = "0123456789abcdefghijkmnpqrstuvwxyz";
	unsigned char random[8];

	if (getrandom(random, sizeof random, 0) != sizeof random)
		fatal("getrandom: %s", strerror(errno));
	for (int i = 0; i < 8; i++)
		out[i] = letters[random[i] % (sizeof letters - 1)];
	out[8] = '\0';
}

static int
settle_instance(struct self *self, struct db *db, bool fresh)
{
	char *known = meta_get(db, "instance");
	int got = 0;

	if (known != NULL && !fresh) {
		strlcpy(self->instance, known, sizeof self->instance);
	} else {
		make_instance(self->instance);
		got = meta_put(db, "instance", self->instance);
	}
	free(known);
	return got;
}

static struct db *
open_base(const struct self *self, const char *base, enum db_base kind,
    bool *set_aside)
{
	enum db_trouble trouble;
	char *path = path_of(self, base, "");
	struct db *db = db_open(path, kind, false, &trouble);

	*set_aside = false;
	if (db == NULL && trouble == DB_CORRUPT) {
		restore_set_aside(self, base);
		*set_aside = true;
		db = db_open(path, kind, false, &trouble);
	}
	free(path);
	return db;
}

static bool
exists(const struct self *self, const char *name)
{
	char *path = path_of(self, name, "");
	bool found = access(path, F_OK) == 0;

	free(path);
	return found;
}

/* The database is new or from a backup: what it must not say, and its jobs. */
static int
refill(struct self *self, struct db *db)
{
	char *path = path_of(self, "jobs.snapshot", "");
	long long jobs = snapshot_read(db, path);

	free(path);
	if (jobs < 0 || db_do(db, SQL_RUNS_FORGET_LIVE) != 0)
		return -1;
	self->restored = jobs > 0 || self->restored;
	if (!self->restored)
		return 0;
	snprintf(self->notice, sizeof self->notice,
	    "the database was damaged or missing: %lld jobs came back from "
	    "jobs.snapshot, history from %s; what was damaged is kept beside "
	    "it",
	    jobs, self->from_backup ? "the last backup" : "nowhere");
	log_warn("%s", self->notice);
	return 0;
}

/* Puts the newest backup where main.db would be, if there is one. */
static void
try_backup(struct self *self)
{
	char *backup = backup_newest(self->state_dir);
	char *path = path_of(self, "main.db", "");

	self->from_backup = backup != NULL && backup_use(backup, path) == 0;
	free(backup);
	free(path);
}

struct db *
restore_open(struct self *self)
{
	bool fresh = !exists(self, "main.db");
	struct db *db = NULL;
	char *path = path_of(self, "main.db", "");
	enum db_trouble trouble = DB_WELL;

	if (!fresh) {
		db = db_open(path, DB_MAIN, false, &trouble);
		if (db == NULL && trouble == DB_CORRUPT) {
			restore_set_aside(self, "main.db");
			fresh = self->restored = true;
		}
	}
	if (fresh) {
		try_backup(self);
		self->restored = self->restored || self->from_backup;
		db = db_open(path, DB_MAIN, false, &trouble);
	}
	free(path);
	if (db != NULL
	    && ((fresh && refill(self, db) != 0)
		|| settle_instance(self, db, fresh) != 0)) {
		db_close(db);
		db = NULL;
	}
	return db;
}

struct db *
restore_open_out(const struct self *self, const char *path)
{
	enum db_trouble trouble;
	bool set_aside;

	db_close(open_base(self, "out.db", DB_OUT, &set_aside));
	return db_open(path, DB_OUT, true, &trouble);
}
