/*
 * snapshot_parts: what the modules of the snapshot share: the lines of a whole
 * one, and where the changes beside it end. It does not know when.
 */
#ifndef CRONSD_SNAPSHOT_PARTS_H
#define CRONSD_SNAPSHOT_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "share/buf.h"

struct db;
struct job;
struct source;

/* Lines on their way to a file; zeroed but for the file. */
struct snapshot_out {
	FILE *file;
	struct buf line;
	char *path; /* of the source written last */
	int64_t last, count; /* jobs */
	int page;
	void (*between)(void *arg); /* a page is done; NULL: nobody asks */
	void *arg;
};

/* Writes all that a snapshot consists of; 0 or -1. */
int snapshot_put_all(struct snapshot_out *out, struct db *db);
/* "runs highest=... events=... instance=... rev=...". */
void snapshot_put_head(
    struct snapshot_out *out, struct db *db, int64_t newest_change);

void snapshot_put_job(struct snapshot_out *out, const struct job *job);
void snapshot_put_source(
    struct snapshot_out *out, const struct source *source);
/* From which crontab the job was imported, if from one. 0 or -1. */
int snapshot_put_import(struct snapshot_out *out, struct db *db, int64_t job);
/* Pauses and pools: few, so always all of them. */
int snapshot_put_rest(struct snapshot_out *out, struct db *db);

/* Text that the caller frees: beside the snapshot of that path. */
char *snapshot_changes_path(const char *path);

/*
 * How far the file of changes is whole, and what its last part says; all 0 if
 * there is none, or it belongs to another life of the database.
 */
struct snapshot_end {
	int64_t bytes; /* up to the end of the last part that is whole */
	int64_t rev, highest_run, events;
};
void snapshot_find_end(const char *changes, const char *instance,
    struct snapshot_end *end);

/* The first line of a snapshot or of a file of changes: whose life it is of
 * (instance, a buffer of SNAPSHOT_LIFE) and what it says; false: none. */
#define SNAPSHOT_LIFE 64
bool snapshot_read_head(
    const char *path, char *instance, struct snapshot_end *says);

#endif
