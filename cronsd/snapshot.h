/*
 * snapshot: all jobs as text beside the database, one line a job, so that a
 * damaged database costs no job. It does not know history or when to write.
 * A line is "job id=... rev=... uid=... user=... created=... key=value ...";
 * the first one is "runs highest=... events=... instance=... rev=...", the
 * highest run id, event and number of a change at that time, and of which life
 * of the database these are; lines "source ...", "pause ...", "pool ..." and
 * "import ..." are those rows.
 *
 * What changed since stands in a second file, with .changes behind the name:
 * the same lines, "gone id=... rev=..." for a job that was removed, "rest"
 * where all pauses and pools follow, and "end rev=... highest=... events=..."
 * behind each part. Together they are the jobs as they are.
 */
#ifndef CRONSD_SNAPSHOT_H
#define CRONSD_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct snapshot;

/* Both files, of which the first is called path. */
struct snapshot *snapshot_new(const char *path);
void snapshot_free(struct snapshot *s);

/*
 * Writes what changed since the last call, or since an earlier daemon's, or
 * all (if that is wanted, or shorter). Durable when it returns 0; -1 (logged):
 * what was durable before still is. For a worker; db is only read.
 */
int snapshot_keep(struct snapshot *s, struct db *db, bool all);

/* Writes all jobs of db to path by way of a temporary file, fsynced. Returns
 * how many, or -1 (logged; the old file is as it was). For a worker. */
long long snapshot_write(struct db *db, const char *path);

/* The jobs of both files, with their ids, replace those of the database, in one
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
