/*
 * transcript: what a run printed, both streams in the order they were read,
 * as plain bytes: from its run file while there is one, else from out.db. It
 * does not know who reads it.
 */
#ifndef CRONSD_TRANSCRIPT_H
#define CRONSD_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct db;
struct run_row;
struct self;

/* Where output lies; out is NULL while out.db cannot be had. */
struct transcript_places {
	const struct self *self;
	struct db *out;
};

/*
 * Appends at most `most` bytes of output. Where some was not kept a line says
 * how much. 1: there is more than that; 0: this is all; -1: it cannot be read
 * now (logged).
 */
int transcript_read(const struct transcript_places *places,
    const struct run_row *row, size_t most, struct buf *out);

/* The same, but the last bytes of it: whole lines, at most `most` bytes. */
int transcript_tail(const struct transcript_places *places,
    const struct run_row *row, size_t most, struct buf *out);

#endif
