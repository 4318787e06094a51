/* Opening is tried twice: as it is, and after setting it aside. */
#include "restore.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

#include "backup.h"
#include "db.h"
#include "realtime.h"
#include "self.h"
#include "share/buf.h"
#include "share/clock.h"
#include "share/log.h"
#include "snapshot.h"
#include "spool.h"
#include "store_events.h"
#include "store_jobs.h"
#include "store_out.h"
#include "store_runs.h"

#define CALM_US (10 * SECOND_US) /* damaged twice in it: we end */
#define RUN_GAP 100000
#define HEADER_BYTES 100 /* a database begins with */

static char *
path_of(const struct self *self, const char *name, const char *suffix)
{
	struct buf path = BUF_EMPTY;

	buf_printf(&path, "%s/%s%s", self->state_dir, name, suffix);
	return buf_take(&path);
}

/* "main.db.damaged-<seconds>", and ".2" if there is such a one already. */
static char *
name_aside(const struct self *self, const char *base)
{
	long long now = (long long)(wall_now().us / SECOND_US);
	struct buf name = BUF_EMPTY;

	buf_printf(&name, "%s/%s.damaged-%lld", self->state_dir, base, now);
	for (int i = 2; access(buf_text(&name), F_OK) == 0; i++) {
		buf_clear(&name);
		buf_printf(&name, "%s/%s.damaged-%lld.%d", self->state_dir,
		    base, now, i);
	}
	return buf_take(&name);
}

static void
set_aside(const struct self *self, const char *base)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	char *aside = name_aside(self, base);

	for (int i = 0; i < 3; i++) {
		char *from = path_of(self, base, parts[i]);
		struct buf to = BUF_EMPTY;

		buf_printf(&to, "%s%s", aside, parts[i]);
		if (rename(from, buf_text(&to)) == 0 && i == 0)
			log_warn("%s: damaged; kept as %s", from, aside);
		buf_fini(&to);
		free(from);
	}
	free(aside);
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

/* The name of this life of the database; a fresh one gets a new name. */
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

static bool
is_any(void *arg, const struct job *job)
{
	(void)arg;
	(void)job;
	return false;
}

/*
 * Looks at the first page of what every start reads; deeper damage is met
 * later. meta_get's NULL may be either, so the trouble is asked for.
 */
static bool
is_sound(struct db *db, enum db_base kind)
{
	struct jobs_want want = { .what = JOBS_ALL, .most = 1 };
	struct due due;

	if (kind == DB_OUT) {
		out_max_run(db);
	} else {
		free(meta_get(db, "instance"));
		jobs_each(db, &want, is_any, NULL);
		due_first(db, &due);
		runs_max_id(db);
	}
	return db_trouble(db) != DB_CORRUPT;
}

/* Opens; NULL and the trouble, which is DB_CORRUPT for an unsound one too. */
static struct db *
open_sound(const char *path, enum db_base kind, enum db_trouble *trouble)
{
	struct db *db = db_open(path, kind, false, trouble);

	if (db != NULL && !is_sound(db, kind)) {
		*trouble = DB_CORRUPT;
		db_close(db);
		db = NULL;
	}
	return db;
}

/* The ballast of commit.c goes if there is no room to open in. */
static struct db *
open_base(const struct self *self, const char *base, enum db_base kind,
    enum db_trouble *trouble)
{
	char *path = path_of(self, base, "");
	char *reserve = path_of(self, "reserve", "");
	struct db *db = open_sound(path, kind, trouble);

	if (db == NULL && *trouble == DB_FULL && unlink(reserve) == 0)
		db = open_sound(path, kind, trouble);
	free(reserve);
	free(path);
	return db;
}

/* ---- what a fresh database is given ---- */

/* Ids that a file set aside still tells; most often only a page is bad. */
static int64_t
highest_run_of(const char *path)
{
	enum db_trouble trouble;
	struct db *db = db_open(path, DB_MAIN, true, &trouble);
	int64_t id = db == NULL ? 0 : runs_max_id(db);

	db_close(db);
	return id;
}

static bool
is_main_aside(const char *name)
{
	size_t len = strlen(name);

	return strncmp(name, "main.db.damaged-", 16) == 0
	    && strcmp(name + len - 4, "-wal") != 0
	    && strcmp(name + len - 4, "-shm") != 0;
}

/* The highest run id in all files set aside. */
static int64_t
highest_run_aside(const struct self *self)
{
	DIR *dir = opendir(self->state_dir);
	struct dirent *e;
	int64_t highest = 0;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		char *path;
		int64_t id;

		if (!is_main_aside(e->d_name))
			continue;
		path = path_of(self, e->d_name, "");
		id = highest_run_of(path);
		free(path);
		if (id > highest)
			highest = id;
	}
	if (dir != NULL)
		closedir(dir);
	return highest;
}

/*
 * No run id from before is given out again. Where none of the old files can
 * be read, the snapshot and the backup know an old one: we leave a gap that is
 * wider than what may have run since.
 */
static void
go_on_above(struct self *self, struct db *db, int64_t snapshot)
{
	int64_t highest = highest_run_aside(self), known = runs_max_id(db);

	if (known < snapshot)
		known = snapshot;
	if (highest < known || highest == 0)
		highest = known + RUN_GAP;
	self->next_run = highest + 1;
}

/* Are there files of runs, so that there was a database? */
static bool
has_run_files(const struct self *self)
{
	DIR *dir = opendir(self->spool_dir);
	bool found = false;
	struct dirent *e;
	char instance[17];
	uint32_t fence;
	int64_t run;

	while (!found && dir != NULL && (e = readdir(dir)) != NULL)
		found = spool_parse_name(e->d_name, instance, &run, &fence);
	if (dir != NULL)
		closedir(dir);
	return found;
}

/* What was done, for the log and for status. */
static void
say_what_was_done(struct self *self, int64_t jobs, bool behind)
{
	snprintf(self->notice, sizeof self->notice,
	    "%s: %lld jobs came back from jobs.snapshot, history from %s%s",
	    behind ? "the log of the database (main.db-wal) was lost"
		   : "the database was damaged or missing",
	    (long long)jobs,
	    behind		    ? "before it"
		: self->from_backup ? "the last backup"
				    : "nowhere",
	    behind ? "" : "; what was damaged is kept beside it");
	log_warn("%s", self->notice);
}

/* The database is new, from a backup, or behind: what it must not say, and its
 * jobs. */
static int
refill(struct self *self, struct db *db, bool behind)
{
	char *path = path_of(self, "jobs.snapshot", "");
	struct snapshot_found found = { 0, 0 };
	int got = 0;

	if (!behind
	    || snapshot_events(path, self->instance) > events_newest(db))
		got = snapshot_read(db, path, &found);
	free(path);
	if (got != 0 || db_do(db, SQL_RUNS_FORGET_LIVE) != 0)
		return -1;
	self->restored |= behind || found.jobs > 0 || self->from_backup
	    || has_run_files(self);
	if (!self->restored)
		return 0;
	self->renewed = true;
	go_on_above(self, db, found.highest_run);
	say_what_was_done(self, found.jobs, behind);
	return runs_put_floor(db, self->next_run - 1);
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

/* Missing, or too short to be a database. */
static bool
is_stub(const struct self *self)
{
	char *path = path_of(self, "main.db", "");
	struct stat st;
	bool stub = stat(path, &st) != 0 || st.st_size < HEADER_BYTES;

	free(path);
	return stub;
}

/* As it was left; else the newest backup; else a fresh one. */
static struct db *
open_main(struct self *self, bool *fresh)
{
	enum db_trouble trouble = DB_CORRUPT;
	struct db *db = NULL;

	*fresh = is_stub(self);
	if (!*fresh) {
		db = open_base(self, "main.db", DB_MAIN, &trouble);
		*fresh = self->restored = db == NULL && trouble == DB_CORRUPT;
	}
	if (!*fresh)
		return db;
	set_aside(self, "main.db");
	try_backup(self);
	db = open_base(self, "main.db", DB_MAIN, &trouble);
	if (db != NULL || trouble != DB_CORRUPT)
		return db;
	set_aside(self, "main.db");
	self->from_backup = false;
	return open_base(self, "main.db", DB_MAIN, &trouble);
}

/*
 * What is durable when a daemon stops while it makes a database anew:
 *
 *   set aside          no main.db             made anew at the next start
 *   schema             main.db, no instance   filled at the next start
 *   jobs, floor of ids the same               filled again, to the same
 *   instance           a life of its own      it is opened as it is
 */
static bool
is_unfinished(struct db *db)
{
	char *known = meta_get(db, "instance");
	bool unfinished = known == NULL;

	free(known);
	return unfinished;
}

/* Does the snapshot know what it does not? Then self->instance is filled. */
static bool
is_behind(struct self *self, struct db *db)
{
	char *path = path_of(self, "jobs.snapshot", "");
	bool behind;

	settle_instance(self, db, false);
	behind = snapshot_events(path, self->instance) > events_newest(db);
	free(path);
	return behind;
}

struct db *
restore_open(struct self *self)
{
	bool fresh, behind = false;
	struct db *db = open_main(self, &fresh);

	if (db != NULL && !fresh)
		fresh = is_unfinished(db);
	if (db != NULL && !fresh)
		fresh = behind = is_behind(self, db);
	self->next_run = 1;
	if (db != NULL
	    && ((fresh && refill(self, db, behind) != 0)
		|| settle_instance(self, db, fresh) != 0)) {
		db_close(db);
		db = NULL;
	}
	if (db != NULL && runs_max_id(db) >= self->next_run)
		self->next_run = runs_max_id(db) + 1;
	return db;
}

/* A missing one is news only where there were runs. */
static struct db *
open_out(struct self *self, const char *path)
{
	enum db_trouble trouble;
	bool fresh = access(path, F_OK) != 0 && self->next_run > 1;
	struct db *db = open_base(self, "out.db", DB_OUT, &trouble);

	if (db == NULL && trouble == DB_CORRUPT) {
		fresh = true;
		set_aside(self, "out.db");
		db = open_base(self, "out.db", DB_OUT, &trouble);
	}
	self->renewed |= fresh;
	if (fresh && self->notice[0] == '\0')
		strlcpy(self->notice,
		    "the stored output was damaged or missing: look for a "
		    "file set aside",
		    sizeof self->notice);
	return db;
}

/*
 * Output is stored after its run's end is durable, so out.db knows no run that
 * main.db does not, unless that lost its log. -1: it cannot be written.
 */
static int
catch_up(struct self *self, struct db *main, int64_t highest)
{
	bool behind = highest > runs_max_id(main) && !self->restored;

	if (highest >= self->next_run)
		self->next_run = highest + 1;
	if (!behind)
		return 0;
	return refill(self, main, true) != 0
		|| settle_instance(self, main, true) != 0
	    ? -1
	    : 0;
}

struct db *
restore_open_out(struct self *self, struct db *main, const char *path)
{
	enum db_trouble trouble;
	struct db *db = open_out(self, path);
	int64_t highest = db == NULL ? 0 : out_max_run(db);

	db_close(db);
	if (catch_up(self, main, highest) != 0) {
		log_warn("what main.db has lost cannot be written down");
		exit(1);
	}
	return db_open(path, DB_OUT, true, &trouble);
}

_Noreturn void
restore_start_over(const struct self *self, const char *base, char **argv)
{
	struct rlimit limit;

	set_aside(self, base);
	if (self->renewed && mono_now().us - self->start_us < CALM_US)
		fatal("%s is damaged again: is the disk bad?", base);
	log_warn("starting over with a fresh %s", base);
	realtime_stop();
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = self->files; /* what jobs get */
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	execv("/proc/self/exe", argv);
	fatal("starting over: %s", strerror(errno));
}
