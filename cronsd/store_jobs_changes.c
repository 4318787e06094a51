/* The number of a change is the rowid of its row in job_rev. */
#include "store_jobs_changes.h"

#include "db.h"

int64_t
changes_newest(struct db *db)
{
	return db_number(db, db_get(db, SQL_REV_NEWEST), 0);
}

int
changes_each(struct db *db, int64_t after,
    int (*each)(void *arg, const struct change *change), void *arg)
{
	struct sqlite3_stmt *st = db_get(db, SQL_REVS_AFTER);
	int got = -1;

	db_bind(st, ":after", after);
	while ((got = db_step(db, st)) == 1) {
		struct change change = { .number = db_int(st, "number"),
			.job = db_int(st, "job"),
			.rev = db_int(st, "rev") };

		if (each(arg, &change) != 0) {
			got = -1;
			break;
		}
	}
	db_done(st);
	return got;
}
