/*
 * store_imports: which crontab a job was imported from, as rows. It does not
 * know what stands in it. -1 is trouble of the database, as everywhere.
 */
#ifndef CRONSD_STORE_IMPORTS_H
#define CRONSD_STORE_IMPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

/* A crontab: its name, and whose it is; -1 a system crontab. */
struct imports_of {
	const char *file;
	int64_t uid;
};

/* The job is of that crontab now; goes when the job does. 0 or -1. */
int imports_put(struct db *db, int64_t job, const struct imports_of *of);

/* Calls each for its jobs, by rising id. 0 or -1. */
int imports_each(struct db *db, const struct imports_of *of,
    void (*each)(void *arg, int64_t job, const char *source_key), void *arg);

/* Calls each for the crontabs below the directory of->file of which there are
 * jobs, by name. 0 or -1. */
int imports_each_file(struct db *db, const struct imports_of *of,
    void (*each)(void *arg, const char *file), void *arg);

/* Calls each for imported jobs with ids above `after`, at most `most`. */
struct imports_want {
	int64_t after;
	int most;
};
int imports_each_job(struct db *db, const struct imports_want *want,
    void (*each)(void *arg, int64_t job, const struct imports_of *of),
    void *arg);

/*
 * A crontab that is being imported, of which there is one at a time: noted with
 * its first jobs, and no more with its last. imports_get_noted: 1 and *row
 * filled (imports_row_fini it), 0: none is, -1.
 */
struct imports_row {
	int64_t uid;
	const char *user; /* who asked */
	bool root;
	const char *line; /* the request */
	const char *text; /* the crontab: len bytes, no NUL is needed */
	size_t len;
};
int imports_note(struct db *db, const struct imports_row *row);
int imports_unnote(struct db *db);
int imports_get_noted(struct db *db, struct imports_row *row);
void imports_row_fini(struct imports_row *row);

#endif
