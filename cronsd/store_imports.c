/* Rows of imported: one a job, found by file. */
#include "store_imports.h"

#include "db.h"

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
