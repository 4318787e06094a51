/*
 * Statements are prepared at their first use and kept; a connection that asks
 * for three of them pays for three. Opening checks the header, the version
 * and that the schema can be read: a full integrity check of a big file would
 * take longer than all of recovery, so damage deeper inside is met later, as
 * DB_CORRUPT of the step that met it, and the daemon (crash-only) starts over
 * through `restore`.
 */
#include "db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "gen/schema.h"
#include "share/buf.h"
#include "share/log.h"

struct db {
	sqlite3 *handle;
	char *path;
	enum db_base base;
	enum db_trouble trouble;
	int wal_fd; /* for db_sync, -1 until asked for */
	int log_pages; /* in the log, as of the last commit */
	sqlite3_stmt *statement[SQL_COUNT];
};

static const struct row {
	const char *name;
	enum db_base base;
	bool may_walk;
	const char *text;
} rows[SQL_COUNT] = {
#define WAY_FIND false
#define WAY_WALK true
#define X(name, base, way, text) \
	[SQL_##name] = { #name, DB_##base, WAY_##way, text },
	STATEMENTS(X)
#undef X
};

/* A read that ends early is met where the log was cut under us. */
static enum db_trouble
kind_of(int code)
{
	if (code == SQLITE_IOERR_SHORT_READ)
		return DB_CORRUPT;
	switch (code & 0xff) {
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return DB_FULL;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return DB_CORRUPT;
	default:
		return DB_FAILED;
	}
}

/* Notes and logs the trouble; the same trouble again is not news. */
static int
fail(struct db *db, int code, const char *doing)
{
	enum db_trouble kind = kind_of(code);

	if (db->trouble != kind)
		log_warn("database %s: %s: %s", db->path, doing,
		    sqlite3_errmsg(db->handle));
	db->trouble = kind;
	return -1;
}

static int
run_text(struct db *db, const char *text, const char *doing)
{
	int code = sqlite3_exec(db->handle, text, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : fail(db, code, doing);
}

/* user_version of the file, -1 on trouble. */
static int
version_of(struct db *db)
{
	sqlite3_stmt *st = NULL;
	int version = -1;
	int code = sqlite3_prepare_v2(
	    db->handle, "PRAGMA user_version", -1, &st, NULL);

	if (code == SQLITE_OK && (code = sqlite3_step(st)) == SQLITE_ROW)
		version = sqlite3_column_int(st, 0);
	else
		fail(db, code, "reading its version");
	sqlite3_finalize(st);
	return version;
}

static bool
is_schema_of(const struct schema *step, enum db_base base)
{
	bool is_out = strncmp(step->name, "out-", 4) == 0;

	return is_out == (base == DB_OUT);
}

/* The file's version, and the newest we know; -1: trouble, DB_NEWER too. */
static int
check_version(struct db *db, int *newest)
{
	int have = version_of(db);

	*newest = 0;
	for (const struct schema *s = schema; s->name != NULL; s++)
		if (is_schema_of(s, db->base) && s->number > *newest)
			*newest = s->number;
	if (have <= *newest)
		return have;
	log_warn("database %s: version %d, this program knows %d: "
		 "install the newer program again",
	    db->path, have, *newest);
	db->trouble = DB_NEWER;
	return -1;
}

/* Brings the file up to the newest step, each in a transaction of its own. */
static int
migrate(struct db *db)
{
	int newest, have = check_version(db, &newest);

	for (const struct schema *s = schema; s->name != NULL; s++) {
		char done[64];

		if (!is_schema_of(s, db->base) || s->number <= have)
			continue;
		snprintf(done, sizeof done, "PRAGMA user_version=%d; COMMIT",
		    s->number);
		if (run_text(db, "BEGIN IMMEDIATE", "migrating") != 0
		    || run_text(db, s->text, s->name) != 0
		    || run_text(db, done, "migrating") != 0)
			return -1;
	}
	return 0;
}

static int
note_pages(void *arg, sqlite3 *handle, const char *name, int pages)
{
	struct db *db = arg;

	(void)handle;
	(void)name;
	db->log_pages = pages;
	return SQLITE_OK;
}

/* It counts for a new file only, but writes to any: a full disk is no reason
 * not to open what there is. */
static int
choose_vacuum(struct db *db)
{
	int code = sqlite3_exec(db->handle,
	    "PRAGMA auto_vacuum=INCREMENTAL", NULL, NULL, NULL);

	return kind_of(code) == DB_FULL ? SQLITE_OK : code;
}

/* Settings of the connection; see DESIGN: WAL, FULL for what decides. */
static int
set_up(struct db *db, bool read_only)
{
	int code, newest;

	sqlite3_busy_timeout(db->handle, 10000);
	sqlite3_extended_result_codes(db->handle, 1);
	if (check_version(db, &newest) < 0) /* before anything is written */
		return -1;
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(
	    db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_wal_autocheckpoint(db->handle, 0);
	sqlite3_wal_hook(db->handle, note_pages, db);
	if (!read_only && (code = choose_vacuum(db)) != SQLITE_OK)
		return fail(db, code, "setting it up");
	code = sqlite3_exec(db->handle,
	    read_only ? "PRAGMA cache_size=-1024"
		      : "PRAGMA journal_mode=WAL; PRAGMA cache_size=-4096;"
			"PRAGMA journal_size_limit=67108864;"
			"PRAGMA foreign_keys=ON; PRAGMA secure_delete=OFF",
	    NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return fail(db, code, "setting it up");
	if (read_only)
		return 0;
	return run_text(db,
	    db->base == DB_MAIN ? "PRAGMA synchronous=FULL"
				: "PRAGMA synchronous=NORMAL",
	    "setting it up");
}

/*
 * Something else of that name (to open a FIFO never returns) is no database.
 * That nothing is there yet is fine.
 */
static bool
is_file(struct db *db)
{
	struct stat st;

	if (stat(db->path, &st) != 0 || S_ISREG(st.st_mode))
		return true;
	log_warn("database %s: it is no file", db->path);
	db->trouble = DB_CORRUPT;
	return false;
}

/* SQLite's code; db->trouble if it is not SQLITE_OK. */
static int
open_file(struct db *db, int flags)
{
	int code = SQLITE_NOTADB;

	if (is_file(db)) {
		code = sqlite3_open_v2(db->path, &db->handle,
		    flags | SQLITE_OPEN_NOMUTEX, NULL);
		if (code != SQLITE_OK)
			fail(db, code, "opening it");
	}
	return code;
}

struct db *
db_open(const char *path, enum db_base base, bool read_only,
    enum db_trouble *trouble)
{
	struct db *db = xcalloc(1, sizeof *db);
	int flags = read_only ? SQLITE_OPEN_READONLY
			      : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

	db->path = xstrdup(path);
	db->base = base;
	db->wal_fd = -1;
	*trouble = DB_WELL;
	if (open_file(db, flags) == SQLITE_OK && set_up(db, read_only) == 0
	    && (read_only || migrate(db) == 0))
		return db;
	*trouble = db->trouble;
	db_close(db);
	return NULL;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	for (int i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(db->statement[i]);
	sqlite3_close(db->handle);
	if (db->wal_fd >= 0)
		close(db->wal_fd);
	free(db->path);
	free(db);
}

enum db_trouble
db_trouble(const struct db *db)
{
	return db->trouble;
}

void
db_is_well(struct db *db)
{
	db->trouble = DB_WELL;
}

struct sqlite3_stmt *
db_get(struct db *db, enum sql sql)
{
	int code;

	if (db->statement[sql] != NULL) {
		sqlite3_reset(db->statement[sql]);
		sqlite3_clear_bindings(db->statement[sql]);
		return db->statement[sql];
	}
	code = sqlite3_prepare_v3(db->handle, rows[sql].text, -1,
	    SQLITE_PREPARE_PERSISTENT, &db->statement[sql], NULL);
	if (code == SQLITE_NOMEM)
		fatal("out of memory");
	if (code != SQLITE_OK)
		fail(db, code, rows[sql].name);
	return db->statement[sql];
}

void
db_done(struct sqlite3_stmt *st)
{
	if (st == NULL)
		return;
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

int
db_step(struct db *db, struct sqlite3_stmt *st)
{
	int code;

	if (st == NULL)
		return -1;
	code = sqlite3_step(st);
	if (code == SQLITE_ROW)
		return 1;
	if (code == SQLITE_DONE) {
		db_done(st);
		return 0;
	}
	if (code == SQLITE_NOMEM)
		fatal("out of memory");
	fail(db, code, "a statement");
	db_done(st);
	return -1;
}

int
db_run(struct db *db, struct sqlite3_stmt *st)
{
	int got = db_step(db, st);

	if (got == 1)
		db_done(st);
	return got < 0 ? -1 : 0;
}

int
db_do(struct db *db, enum sql sql)
{
	return db_run(db, db_get(db, sql));
}

bool
db_in_transaction(struct db *db)
{
	return sqlite3_get_autocommit(db->handle) == 0;
}

int64_t
db_changes(struct db *db)
{
	return sqlite3_changes64(db->handle);
}

int64_t
db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

int64_t
db_number(struct db *db, struct sqlite3_stmt *st, int64_t none)
{
	int64_t n = none;

	if (db_step(db, st) == 1) {
		n = db_int(st, "n");
		if (n < 0)
			n = none;
	}
	db_done(st);
	return n;
}

void
db_checkpoint(struct db *db)
{
	int code = sqlite3_wal_checkpoint_v2(
	    db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

	if (code != SQLITE_OK && code != SQLITE_BUSY && code != SQLITE_LOCKED)
		fail(db, code, "a checkpoint");
}

int
db_sync(struct db *db)
{
	char wal[4096];

	if (db->wal_fd < 0) {
		snprintf(wal, sizeof wal, "%s-wal", db->path);
		db->wal_fd = open(wal, O_RDONLY | O_CLOEXEC);
	}
	if (db->wal_fd < 0 || fdatasync(db->wal_fd) != 0) {
		log_warn("database %s: syncing its log: %s", db->path,
		    strerror(errno));
		return -1;
	}
	return 0;
}

static int64_t
pragma(struct db *db, enum sql sql)
{
	struct sqlite3_stmt *st = db_get(db, sql);
	int64_t n = 0;

	if (db_step(db, st) == 1)
		n = sqlite3_column_int64(st, 0);
	db_done(st);
	return n;
}

void
db_release(struct db *db)
{
	sqlite3_db_release_memory(db->handle);
}

void
db_shrink(struct db *db)
{
	db_release(db);
	if (pragma(db, SQL_DB_FREE) > pragma(db, SQL_DB_PAGES) / 4)
		run_text(db, "PRAGMA incremental_vacuum(1000)",
		    "giving pages back");
}

/*
 * In small steps, for the disk may be full: once all of the log is in the file,
 * and nobody reads it, it is used again from its beginning, so a step needs no
 * more of the disk than the log has already.
 */
int64_t
db_give_back(struct db *db)
{
	int64_t left = pragma(db, SQL_DB_FREE), before;

	do {
		before = left;
		db_checkpoint(db);
		if (left > 0
		    && run_text(db, "PRAGMA incremental_vacuum(256)",
			   "giving pages back")
			!= 0)
			break;
		left = pragma(db, SQL_DB_FREE);
	} while (left > 0 && left < before);
	db_checkpoint(db);
	return left;
}

int64_t
db_size(struct db *db)
{
	return (pragma(db, SQL_DB_PAGES) - pragma(db, SQL_DB_FREE))
	    * pragma(db, SQL_DB_PAGE_SIZE);
}

bool
db_is_sound(struct db *db)
{
	struct sqlite3_stmt *st = db_get(db, SQL_DB_CHECK);
	bool sound = db_step(db, st) == 1
	    && strcmp((const char *)sqlite3_column_text(st, 0), "ok") == 0;

	db_done(st);
	return sound;
}

int
db_log_pages(const struct db *db)
{
	return db->log_pages;
}

/* Copies in one go: the caller is a worker with a connection of its own. */
int
db_backup(struct db *db, const char *path)
{
	sqlite3 *to = NULL;
	sqlite3_backup *copy = NULL;
	int code = sqlite3_open(path, &to);

	if (code == SQLITE_OK)
		copy = sqlite3_backup_init(to, "main", db->handle, "main");
	if (copy == NULL) {
		log_warn("backup %s: %s", path, sqlite3_errmsg(to));
		sqlite3_close(to);
		return -1;
	}
	sqlite3_backup_step(copy, -1);
	code = sqlite3_backup_finish(copy);
	if (code == SQLITE_OK)
		code = sqlite3_exec(
		    to, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		log_warn("backup %s: %s", path, sqlite3_errmsg(to));
	sqlite3_close(to);
	return code == SQLITE_OK ? 0 : -1;
}

const char *
db_sql_text(enum sql sql)
{
	return rows[sql].text;
}

bool
db_sql_may_walk(enum sql sql)
{
	return rows[sql].may_walk;
}

bool
db_sql_is_of(enum sql sql, enum db_base base)
{
	return rows[sql].base == base;
}
