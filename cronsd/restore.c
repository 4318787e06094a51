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

struct db *
restore_open(struct self *self)
{
	bool was_there = exists(self, "main.db"), set_aside;
	struct db *db = open_base(self, "main.db", DB_MAIN, &set_aside);
	char *path = path_of(self, "jobs.snapshot", "");
	long long jobs = 0;
	bool fresh = set_aside || !was_there;

	if (db != NULL && fresh)
		jobs = snapshot_read(db, path);
	if (db != NULL && fresh && (set_aside || jobs > 0)) {
		snprintf(self->notice, sizeof self->notice,
		    "the database was damaged or missing: %lld jobs came "
		    "back from jobs.snapshot, older history is in the file "
		    "set aside",
		    jobs);
		log_warn("%s", self->notice);
	}
	free(path);
	if (db != NULL && settle_instance(self, db, fresh) != 0) {
		db_close(db);
		db = NULL;
	}
	self->restored = fresh && (set_aside || jobs > 0);
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
