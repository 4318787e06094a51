/*
 * Values into statements and out of their rows, by name. Names are looked up
 * each time; they are mostly asked for in their order, so the one behind the
 * last is tried first.
 */
#include <string.h>

#include <sqlite3.h>

#include "db.h"
#include "share/log.h"

/*
 * A statement that could not be prepared is NULL: its step fails. Parameters
 * are mostly bound in their order: the one behind the last is tried first.
 */
static int
index_of(struct sqlite3_stmt *st, const char *name)
{
	static _Thread_local int last;
	const char *next = sqlite3_bind_parameter_name(st, last + 1);
	int i = next != NULL && strcmp(next, name) == 0
	    ? last + 1
	    : sqlite3_bind_parameter_index(st, name);

	if (i == 0)
		fatal("no parameter %s in %s", name, sqlite3_sql(st));
	return last = i;
}

void
db_bind(struct sqlite3_stmt *st, const char *name, int64_t value)
{
	if (st != NULL)
		sqlite3_bind_int64(st, index_of(st, name), value);
}

int
db_place(struct sqlite3_stmt *st, const char *name)
{
	return st == NULL ? 0 : index_of(st, name);
}

void
db_bind_nth(struct sqlite3_stmt *st, int place, int64_t value)
{
	if (st != NULL)
		sqlite3_bind_int64(st, place, value);
}

void
db_bind_nth_text(struct sqlite3_stmt *st, int place, const char *text)
{
	if (st != NULL)
		sqlite3_bind_text(st, place, text, -1, SQLITE_STATIC);
}

void
db_bind_null(struct sqlite3_stmt *st, const char *name)
{
	if (st != NULL)
		sqlite3_bind_null(st, index_of(st, name));
}

void
db_bind_some(struct sqlite3_stmt *st, const char *name, int64_t value)
{
	if (value < 0)
		db_bind_null(st, name);
	else
		db_bind(st, name, value);
}

void
db_bind_text(struct sqlite3_stmt *st, const char *name, const char *text)
{
	if (st != NULL)
		sqlite3_bind_text(
		    st, index_of(st, name), text, -1, SQLITE_STATIC);
}

void
db_bind_blob(
    struct sqlite3_stmt *st, const char *name, const void *data, size_t len)
{
	if (st != NULL)
		sqlite3_bind_blob64(
		    st, index_of(st, name), data, len, SQLITE_STATIC);
}

/* Columns are mostly read in their order: the one behind the last is tried
 * first, then all, for the next row begins with its first. */
static int
column_of(struct sqlite3_stmt *st, const char *name)
{
	static _Thread_local int last;
	int n = sqlite3_column_count(st);
	int next = last + 1 < n ? last + 1 : 0;

	if (strcmp(sqlite3_column_name(st, next), name) == 0)
		return last = next;
	for (int at = 0; at < n; at++)
		if (strcmp(sqlite3_column_name(st, at), name) == 0)
			return last = at;
	fatal("no column %s in %s", name, sqlite3_sql(st));
}

int
db_column(struct sqlite3_stmt *st, const char *column)
{
	return column_of(st, column);
}

int64_t
db_nth_int(struct sqlite3_stmt *st, int place)
{
	int64_t value = sqlite3_column_int64(st, place);

	if (value == 0 && sqlite3_column_type(st, place) == SQLITE_NULL)
		return -1;
	return value;
}

const char *
db_nth_text(struct sqlite3_stmt *st, int place)
{
	return (const char *)sqlite3_column_text(st, place);
}

int64_t
db_int(struct sqlite3_stmt *st, const char *column)
{
	return db_nth_int(st, column_of(st, column));
}

const char *
db_text(struct sqlite3_stmt *st, const char *column)
{
	return db_nth_text(st, column_of(st, column));
}

const void *
db_blob(struct sqlite3_stmt *st, const char *column, size_t *len)
{
	int i = column_of(st, column);
	const void *data = sqlite3_column_blob(st, i);

	*len = (size_t)sqlite3_column_bytes(st, i);
	return data;
}
