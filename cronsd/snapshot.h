/*
 * snapshot: all jobs as text beside the database, one line a job, so that a
 * damaged database costs no job. It does not know history or when to write.
 * A line is "job id=... rev=... uid=... user=... created=... key=value ...";
 * the first one is "runs highest=... events=... instance=...", the highest run
 * id and event at that time, and of which life of the database these are;
 * lines "source ..." and "pause ..." are those rows.
 */
#ifndef CRONSD_SNAPSHOT_H
#define CRONSD_SNAPSHOT_H

#include <stdint.h>

struct db;

/* Writes all jobs of db to path by way of a temporary file, fsynced. Returns
 * how many, or -1 (logged; the old file is as it was). For a worker. */
long long snapshot_write(struct db *db, const char *path);

/* The jobs of the file, with their ids, replace those of the database, in one
 * transaction. 0 (without a file nothing changes), or -1. Lines that cannot be
 * read are logged and left out. */
struct snapshot_found {
	int64_t jobs;
	int64_t highest_run;
};
int snapshot_read(
    struct db *db, const char *path, struct snapshot_found *found);

/* The newest event that the snapshot knows of this life of the database; 0 if
 * it tells of another one, or there is none. */
int64_t snapshot_events(const char *path, const char *instance);

#endif
