/*
 * verb_then: what a job was at an instant, by its revisions, in words. It does
 * not know whether the instant is a slot.
 */
#ifndef CRONSD_VERB_THEN_H
#define CRONSD_VERB_THEN_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct db;
struct job;
struct tz;

struct then {
	struct db *db;
	const struct job *job; /* as it is now */
	int64_t at;
	const struct tz *zone; /* for times; NULL: UTC */
};

/*
 * Appends why a slot at that instant would have no row: the job was not there
 * yet, or disabled (since when, by whom), or had another schedule. False, and
 * nothing: it was as it is now, and enabled.
 */
bool then_print(const struct then *t, struct buf *out);

#endif
