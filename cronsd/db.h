/*
 * db: an SQLite file with its schema and its prepared statements. It knows
 * how to open, migrate, bind, step and what kinds of trouble there are; it
 * does not know what the rows mean (store_* do). One struct db belongs to one
 * thread; the same file may be open several times.
 *
 * Trouble is kind 2: a failed call returns -1, is logged here once, and
 * db_trouble tells what it was until a commit succeeds again.
 */
#ifndef CRONSD_DB_H
#define CRONSD_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sql.h"

struct sqlite3_stmt;
struct db;

enum db_base { DB_MAIN, DB_OUT };

enum db_trouble {
	DB_WELL,
	DB_FULL, /* no room, or the disk fails: waiting may help */
	DB_CORRUPT, /* not a database, or a damaged one: set it aside */
	DB_NEWER, /* made by a newer program: refuse to touch it */
	DB_FAILED, /* anything else */
};

/*
 * Opens (and unless read_only creates and migrates) the file. NULL and
 * *trouble on failure. A corrupt file is noticed here only as far as a
 * quick check goes.
 */
struct db *db_open(const char *path, enum db_base base, bool read_only,
    enum db_trouble *trouble);
void db_close(struct db *db); /* NULL is fine */

enum db_trouble db_trouble(const struct db *db);
void db_is_well(struct db *db);

/*
 * The statement, reset and with no values bound; borrowed. It must be reset
 * (db_done) before the loop turns.
 */
struct sqlite3_stmt *db_get(struct db *db, enum sql sql);
void db_done(struct sqlite3_stmt *st);

/* Binding by name (":job"); text and blob are borrowed until db_done. */
void db_bind(struct sqlite3_stmt *st, const char *name, int64_t value);
void db_bind_null(struct sqlite3_stmt *st, const char *name);
void db_bind_text(struct sqlite3_stmt *st, const char *name, const char *text);
void db_bind_blob(
    struct sqlite3_stmt *st, const char *name, const void *data, size_t len);
/* Negative stands for "there is none" and becomes NULL. */
void db_bind_some(struct sqlite3_stmt *st, const char *name, int64_t value);

/* The same for a row of parameters that follow each other: where one of them
 * is, and binding by that. */
int db_place(struct sqlite3_stmt *st, const char *name);
void db_bind_nth(struct sqlite3_stmt *st, int place, int64_t value);
void db_bind_nth_text(struct sqlite3_stmt *st, int place, const char *text);

/* 1: a row; 0: no (more) row, statement done; -1: trouble. */
int db_step(struct db *db, struct sqlite3_stmt *st);
/* db_step for a statement without rows, then db_done: 0 or -1. */
int db_run(struct db *db, struct sqlite3_stmt *st);
/* The same for a statement without values. */
int db_do(struct db *db, enum sql sql);
/* A full disk may have ended it by itself. */
bool db_in_transaction(struct db *db);
int64_t db_changes(struct db *db); /* rows the last statement changed */
int64_t db_last_id(struct db *db); /* rowid of the last insert */

/* Columns of the current row by name; absent (NULL): -1, NULL. Borrowed. */
int64_t db_int(struct sqlite3_stmt *st, const char *column);
const char *db_text(struct sqlite3_stmt *st, const char *column);
/* The same for columns that follow each other. */
int db_column(struct sqlite3_stmt *st, const char *column);
int64_t db_nth_int(struct sqlite3_stmt *st, int place);
const char *db_nth_text(struct sqlite3_stmt *st, int place);
const void *db_blob(struct sqlite3_stmt *st, const char *column, size_t *len);

/* One number of a statement with column n; `none` where there is no row. */
int64_t db_number(struct db *db, struct sqlite3_stmt *st, int64_t none);

/* Moves the log into the file (PASSIVE); for workers with their own db. */
void db_checkpoint(struct db *db);

/* Makes everything committed so far durable: fsync of the log's file. */
int db_sync(struct db *db);

/* Gives back the page cache; db_shrink: and some pages where a quarter of all
 * is free. */
void db_release(struct db *db);
void db_shrink(struct db *db);

/* All free pages go back to the disk, and those that cannot are counted. It may
 * take long: for a worker. */
int64_t db_give_back(struct db *db);

/* Bytes in use: pages that are not free. */
int64_t db_size(struct db *db);

/* Is every page and index of the file in order? Reads all of it. */
bool db_is_sound(struct db *db);

/* Pages in the log after the last commit of this connection. */
int db_log_pages(const struct db *db);

/* A copy of the whole database, online; 0 or -1. */
int db_backup(struct db *db, const char *path);

/* The text of a statement and whether it may scan, for the self-test. */
const char *db_sql_text(enum sql sql);
bool db_sql_may_walk(enum sql sql);
bool db_sql_is_of(enum sql sql, enum db_base base);

#endif
