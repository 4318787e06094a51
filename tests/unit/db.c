/*
 * The tables of statements and of the schema: everything in them can be
 * prepared, nothing walks through a table unless it says so, and all of it is
 * explained. Then trouble: how a file that is no database is told from one
 * that cannot be written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Before cmocka.h, which makes `fail` a macro. */
#include "cronsd/db.c"

#include <cmocka.h>

static char dir[64], path[96];

static int
make_directory(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(dir, sizeof dir, "%.40s/db.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/test.db", dir);
	return 0;
}

static int
remove_directory(void **state)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	char name[128];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s%s", path, parts[i]);
		unlink(name);
	}
	rmdir(dir);
	return 0;
}

static struct db *
open_base(enum db_base base)
{
	enum db_trouble trouble;
	struct db *db = db_open(path, base, false, &trouble);

	assert_non_null(db);
	assert_int_equal(trouble, DB_WELL);
	return db;
}

/* ---- statements ---- */

/*
 * How many steps of the plan walk through a table or sort all of its rows;
 * says them. The right part of an order is sorted among equals only.
 */
static int
look_at_plan(struct db *db, enum sql sql)
{
	sqlite3_stmt *st;
	char text[8192];
	int bad = 0;

	snprintf(text, sizeof text, "EXPLAIN QUERY PLAN %s", db_sql_text(sql));
	assert_int_equal(
	    sqlite3_prepare_v2(db->handle, text, -1, &st, NULL), SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW) {
		const char *detail = (const char *)sqlite3_column_text(st, 3);
		bool walks = strncmp(detail, "SCAN ", 5) == 0
		    && strcmp(detail, "SCAN CONSTANT ROW") != 0;

		if (!db_sql_may_walk(sql)
		    && (walks || strstr(detail, "B-TREE FOR ORDER") != NULL))
			print_error("%s: %s\n", rows[sql].name, detail), bad++;
	}
	sqlite3_finalize(st);
	return bad;
}

static void
check_statements(enum db_base base)
{
	struct db *db = open_base(base);
	int count = 0, bad = 0;

	for (int i = 0; i < SQL_COUNT; i++) {
		if (!db_sql_is_of((enum sql)i, base))
			continue;
		if (db_get(db, (enum sql)i) == NULL)
			fail_msg("%s: %s", rows[i].name,
			    sqlite3_errmsg(db->handle));
		if (strncmp(db_sql_text((enum sql)i), "PRAGMA", 6) != 0)
			bad += look_at_plan(db, (enum sql)i);
		count++;
	}
	assert_int_equal(bad, 0);
	assert_true(count > 5);
	db_close(db);
}

static void
main_statements_find_what_they_need(void **state)
{
	(void)state;
	check_statements(DB_MAIN);
}

static void
out_statements_find_what_they_need(void **state)
{
	(void)state;
	check_statements(DB_OUT);
}

static bool
scans(struct db *db, const char *sql)
{
	sqlite3_stmt *st;
	bool found = false;

	assert_int_equal(
	    sqlite3_prepare_v2(db->handle, sql, -1, &st, NULL), SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW)
		found |= strncmp((const char *)sqlite3_column_text(st, 3),
			     "SCAN ", 5)
		    == 0;
	sqlite3_finalize(st);
	return found;
}

/* Else the two above would pass whatever SQLite says. */
static void
a_walk_is_seen(void **state)
{
	struct db *db = open_base(DB_MAIN);

	(void)state;
	assert_true(scans(
	    db, "EXPLAIN QUERY PLAN SELECT * FROM job WHERE comment = 'x'"));
	assert_false(
	    scans(db, "EXPLAIN QUERY PLAN SELECT * FROM job WHERE id = 1"));
	db_close(db);
}

/* ---- the schema explains itself ---- */

/* Is the line one of a column: a lower case word and an SQL type? */
static bool
is_column(const char *line, char name[64])
{
	static const char *const types[]
	    = { "INTEGER", "TEXT", "BLOB", "REAL", "ANY" };
	char type[64];

	if (sscanf(line, " %63[a-z_] %63[A-Z]", name, type) != 2)
		return false;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* Columns of job that are rows of share/job.h have their help there. */
static bool
is_explained(const char *line, const char *table, const char *name)
{
	if (strstr(line, "-- ") != NULL)
		return true;
	return strcmp(table, "job") == 0 && job_field_find(name) >= 0;
}

struct reader {
	const char *file;
	char table[64];
	bool has_comment; /* on the line before this one */
	int tables, columns;
};

static void
read_line(struct reader *r, const char *line)
{
	char name[64];

	if (sscanf(line, "CREATE TABLE %63[a-z_]", name) == 1) {
		if (!r->has_comment)
			fail_msg("%s: table %s is not explained", r->file,
			    name);
		snprintf(r->table, sizeof r->table, "%s", name);
		r->tables++;
	} else if (r->table[0] != '\0' && is_column(line, name)) {
		if (!is_explained(line, r->table, name))
			fail_msg("%s: column %s.%s is not explained",
			    r->file, r->table, name);
		r->columns++;
	} else if (line[0] == ')') {
		r->table[0] = '\0';
	}
	r->has_comment = strncmp(line, "-- ", 3) == 0;
}

static void
tables_and_columns_are_explained(void **state)
{
	struct reader r = { 0 };

	(void)state;
	for (const struct schema *s = schema; s->name != NULL; s++) {
		char *text = xstrdup(s->text), *rest = text, *line;

		r.file = s->name;
		while ((line = strsep(&rest, "\n")) != NULL)
			read_line(&r, line);
		free(text);
	}
	assert_true(r.tables >= 7);
	assert_true(r.columns >= 70);
}

static void
a_column_is_told_from_other_lines(void **state)
{
	char name[64];

	(void)state;
	assert_true(is_column("\tid INTEGER PRIMARY KEY,", name));
	assert_string_equal(name, "id");
	assert_false(is_column("\tPRIMARY KEY (job, rev)", name));
	assert_false(is_column(") STRICT;", name));
	assert_false(is_explained("\tid INTEGER,", "run", "id"));
	assert_true(is_explained("\tcwd TEXT,", "job", "cwd"));
	assert_false(is_explained("\tcwd TEXT,", "run", "cwd"));
}

/* ---- trouble ---- */

static void
write_bytes(const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static void
read_bytes(char bytes[8192])
{
	int fd = open(path, O_RDONLY);

	assert_int_equal(read(fd, bytes, 8192), 8192);
	close(fd);
}

static enum db_trouble
trouble_of_opening(void)
{
	enum db_trouble trouble;
	struct db *db = db_open(path, DB_MAIN, false, &trouble);

	db_close(db);
	assert_true((db == NULL) == (trouble != DB_WELL));
	return trouble;
}

static void
what_is_no_database_is_corrupt(void **state)
{
	char zeros[8192] = { 0 };
	char text[8192];

	(void)state;
	memset(text, 'x', sizeof text);
	write_bytes(text, sizeof text);
	assert_int_equal(trouble_of_opening(), DB_CORRUPT);
	write_bytes(zeros, sizeof zeros);
	assert_int_equal(trouble_of_opening(), DB_CORRUPT);
}

static void
a_newer_database_is_refused_and_not_touched(void **state)
{
	struct db *db = open_base(DB_MAIN);
	char before[8192], after[8192];

	(void)state;
	assert_int_equal(run_text(db, "PRAGMA user_version=99999", "test"), 0);
	db_close(db);
	read_bytes(before);
	assert_int_equal(trouble_of_opening(), DB_NEWER);
	read_bytes(after);
	assert_memory_equal(before, after, sizeof before);
}

static void
what_cannot_be_opened_is_not_corrupt(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "%s/nowhere/test.db", dir);
	assert_int_equal(trouble_of_opening(), DB_FULL);
	snprintf(path, sizeof path, "%s/test.db", dir);
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
	static const struct CMUnitTest tests[] = {
		T(main_statements_find_what_they_need),
		T(out_statements_find_what_they_need),
		T(a_walk_is_seen),
		T(tables_and_columns_are_explained),
		T(a_column_is_told_from_other_lines),
		T(what_is_no_database_is_corrupt),
		T(a_newer_database_is_refused_and_not_touched),
		T(what_cannot_be_opened_is_not_corrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
