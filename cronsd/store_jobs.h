/*
 * store_jobs: jobs, their revisions and what is due, as rows. It does not
 * know why a job changes or who may change it. Functions that change rows are
 * called inside the turn's transaction (commit.h) and return -1 on trouble of
 * the database, which spoils the turn.
 */
#ifndef CRONSD_STORE_JOBS_H
#define CRONSD_STORE_JOBS_H

#include <stdbool.h>
#include <stdint.h>

#include "share/clock.h"

struct db;
struct job;
struct buf;

/* 1 and *job filled (job_fini it), 0: there is none, -1: trouble. By source:
 * among jobs that were imported, not those of live crontabs. */
int jobs_get(struct db *db, int64_t id, struct job *job);
int jobs_get_named(
    struct db *db, int64_t uid, const char *name, struct job *job);
int jobs_get_by_source(struct db *db, const char *source_key, struct job *job);

/*
 * Calls each for jobs until it returns false. JOBS_OF pages by name, the
 * others by what is said there. Returns 0 or -1.
 */
struct jobs_want {
	enum {
		JOBS_ALL, /* id > after_id */
		JOBS_OF, /* of uid, name > after_name */
		JOBS_NAMED, /* called name, whoever owns them; at most 100 */
		JOBS_PREFIXED, /* names that begin with name; at most 100 */
		JOBS_TAGGED, /* with tag `name`, of uid or -1, id > after_id */
	} what;
	int64_t uid, after_id;
	const char *after_name, *name;
	int most; /* 0 where it is said above */
};
int jobs_each(struct db *db, const struct jobs_want *want,
    bool (*each)(void *arg, const struct job *job), void *arg);

int64_t jobs_count(struct db *db);
int64_t jobs_count_of(struct db *db, int64_t uid);

/*
 * Add, change, remove; each writes its revision: by is the user who asked,
 * change says what (key=value words). jobs_add sets job->id and rev;
 * jobs_set raises job->rev. jobs_add returns 1, and nothing is done, if a job
 * of that user has the name: who expects that spares a look before.
 */
struct jobs_change {
	wall_t at;
	const char *by;
	const char *text;
};
int jobs_add(struct db *db, struct job *job, const struct jobs_change *why);
int jobs_set(struct db *db, struct job *job, const struct jobs_change *why);
int jobs_drop(
    struct db *db, const struct job *job, const struct jobs_change *why);
/* A job that was dropped is there again, with its id; rev is the newest it
 * had, and is raised. */
int jobs_return(struct db *db, struct job *job, const struct jobs_change *why);

/* Puts a job back with the id and revision it has (snapshot); 1, and nothing
 * is done, if another one has its name. jobs_forget: as if it never was. */
int jobs_restore(struct db *db, const struct job *job);
int jobs_forget(struct db *db, int64_t id);

/* A job had that id: no new one gets it, or one below it. */
int jobs_put_floor(struct db *db, int64_t id);

struct jobs_rev {
	int64_t rev, at_us;
	const char *by, *change, *spec;
};
/*
 * The job as it was at that revision (or the newest before it): 1, 0: there is
 * none, or it cannot be understood any more, -1. job_fini it. removed may be
 * NULL: was the job gone then? Revisions of old have uid -1.
 */
int jobs_get_rev(
    struct db *db, const int64_t id_rev[2], struct job *job, bool *removed);
int jobs_each_rev(struct db *db, int64_t job,
    void (*each)(void *arg, const struct jobs_rev *rev), void *arg);

/* The due index. due_put replaces a job's row. */
struct due {
	int64_t job;
	wall_t at, slot;
	int64_t lap;
};
int due_put(struct db *db, const struct due *due);
int due_drop(struct db *db, int64_t job);
int due_get(struct db *db, int64_t job, struct due *due); /* 1, 0, -1 */
int due_first(struct db *db, struct due *due); /* 1, 0, -1 */
/* At most `most` rows with at <= until into rows; how many, or -1. */
int due_until(struct db *db, wall_t until, struct due *rows, int most);
/* The same, of those behind a row: pages. */
struct due_page {
	struct due after;
	wall_t until;
	int most;
};
int due_after(struct db *db, const struct due_page *page, struct due *rows);
int64_t due_count(struct db *db);
int64_t due_count_of(struct db *db, int64_t uid);

/* Ids of enabled @reboot jobs: those of live crontabs, or all the others.
 * *ids is yours. */
int jobs_reboot_ids(struct db *db, bool live, int64_t **ids, int *count);

/* meta: value is yours to free, NULL if there is none (or on trouble). */
char *meta_get(struct db *db, const char *key);
int meta_put(struct db *db, const char *key, const char *value);

/* All fields as key=value words, as in job_rev and the snapshot. */
void jobs_print_spec(const struct job *job, struct buf *out);

/* Are all fields of both the same, whatever their ids, owners and revisions? */
bool jobs_are_same(const struct job *a, const struct job *b);

#endif
