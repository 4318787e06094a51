/*
 * keep_levels: how many runs a job of a user may have, so that limits of a
 * user or of all are met by those who have most. It counts; it does not know
 * what a job says itself, nor what is done about it.
 */
#ifndef CRONSD_KEEP_LEVELS_H
#define CRONSD_KEEP_LEVELS_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed is empty: no limits. */
struct keep_levels {
	int64_t most, most_of_uid; /* runs in all, of a user; 0: no limit */
	struct keep_level {
		int64_t uid, runs_a_job;
	} *of; /* owned; the users who have too many */
	size_t count;
};

void keep_levels_fini(struct keep_levels *levels);

/* Counts the runs in main.db, all of them: for a worker. */
void keep_levels_count(struct keep_levels *levels, const char *main_path);

/* The most runs that a job of that user may have; INT64_MAX: any number. */
int64_t keep_levels_of(const struct keep_levels *levels, int64_t uid);

/*
 * The greatest level so that the sum of all counts, each cut to it, is at most
 * `most`; INT64_MAX if no cut is needed. Sorts the counts.
 */
int64_t keep_level(int64_t *counts, size_t n, int64_t most);

#endif
