/* Rows of imported: one a job, found by file. */
#include "store_imports.h"

#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "share/buf.h"
#include "share/log.h"

int
imports_put(struct db *db, int64_t job, const struct imports_of *of)
{
	struct sqlite3_stmt *st = db_get(db, SQL_IMPORT_PUT);

	db_bind(st, ":job", job);
	db_bind_text(st, ":file", of->file);
	db_bind(st, ":uid", of->uid);
	return db_run(db, st);
}

int
imports_each(struct db *db, const struct imports_of *of,
    void (*each)(void *arg, int64_t job, const char *source_key), void *arg)
{
	struct sqlite3_stmt *st = db_get(db, SQL_IMPORTS_OF);
	int got;

	db_bind_text(st, ":file", of->file);
	db_bind(st, ":uid", of->uid);
	while ((got = db_step(db, st)) == 1)
		each(arg, db_int(st, "job"), db_text(st, "source_key"));
	return got < 0 ? -1 : 0;
}

int
imports_each_file(struct db *db, const struct imports_of *of,
    void (*each)(void *arg, const char *file), void *arg)
{
	struct sqlite3_stmt *st = db_get(db, SQL_IMPORTS_FILES);
	struct buf from = BUF_EMPTY, to = BUF_EMPTY;
	int got;

	buf_printf(&from, "%s/", of->file);
	buf_printf(&to, "%s%c", of->file, '/' + 1);
	db_bind_text(st, ":from", buf_text(&from));
	db_bind_text(st, ":to", buf_text(&to));
	db_bind(st, ":uid", of->uid);
	while ((got = db_step(db, st)) == 1)
		each(arg, db_text(st, "file"));
	buf_fini(&from);
	buf_fini(&to);
	return got < 0 ? -1 : 0;
}

int
imports_each_job(struct db *db, const struct imports_want *want,
    void (*each)(void *arg, int64_t job, const struct imports_of *of),
    void *arg)
{
	struct sqlite3_stmt *st = db_get(db, SQL_IMPORTS_ALL);
	int got;

	db_bind(st, ":after", want->after);
	db_bind(st, ":n", want->most);
	while ((got = db_step(db, st)) == 1)
		each(arg, db_int(st, "job"),
		    &(struct imports_of) {
			db_text(st, "file"), db_int(st, "uid") });
	return got < 0 ? -1 : 0;
}

int
imports_note(struct db *db, const struct imports_row *row)
{
	struct sqlite3_stmt *st = db_get(db, SQL_IMPORTING_PUT);

	db_bind(st, ":uid", row->uid);
	db_bind_text(st, ":user", row->user);
	db_bind(st, ":root", row->root);
	db_bind_text(st, ":line", row->line);
	db_bind_blob(st, ":text", row->text, row->len);
	return db_run(db, st);
}

int
imports_unnote(struct db *db)
{
	return db_do(db, SQL_IMPORTING_DROP);
}

int
imports_get_noted(struct db *db, struct imports_row *row)
{
	struct sqlite3_stmt *st = db_get(db, SQL_IMPORTING_GET);
	int got = db_step(db, st);

	if (got == 1) {
		const char *text = db_blob(st, "text", &row->len);

		row->text = memcpy(xmalloc(row->len + 1),
		    text == NULL ? "" : text, row->len);
		row->uid = db_int(st, "uid");
		row->user = xstrdup(db_text(st, "user"));
		row->root = db_int(st, "root") != 0;
		row->line = xstrdup(db_text(st, "line"));
	}
	db_done(st);
	return got;
}

void
imports_row_fini(struct imports_row *row)
{
	free((char *)row->user);
	free((char *)row->line);
	free((char *)row->text);
}
