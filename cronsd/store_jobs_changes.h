/*
 * store_jobs_changes: which jobs were changed since, in the order in which
 * they were: the rows of job_rev are never changed or removed, so the number
 * of each is higher than all before it. It does not know what changed in them.
 */
#ifndef CRONSD_STORE_JOBS_CHANGES_H
#define CRONSD_STORE_JOBS_CHANGES_H

#include <stdint.h>

struct db;

/* The number of the newest change; 0 none. */
int64_t changes_newest(struct db *db);

/* A job was added, changed or removed: then there was this revision of it. */
struct change {
	int64_t number, job, rev;
};

/* Calls each for the changes behind number `after`; -1 if one returns not 0,
 * or on trouble of the database. */
int changes_each(struct db *db, int64_t after,
    int (*each)(void *arg, const struct change *change), void *arg);

#endif
