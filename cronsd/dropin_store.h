/*
 * dropin_store: carries out, in the turn's transaction, what reading a file
 * came to: its jobs, their next slots, its own row and faults. It does not
 * know files.
 */
#ifndef CRONSD_DROPIN_STORE_H
#define CRONSD_DROPIN_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "share/clock.h"
#include "share/job.h"

struct db;
struct dropin_item;
struct plan;

struct dropin_store {
	struct plan *plan;
	struct job preset;
	/* Of this turn: */
	struct db *db;
	wall_t now;
	size_t most; /* so many operations may still be carried out */
	bool has_formers; /* the file at hand has jobs that vanished */
};

void dropin_store_init(struct dropin_store *store, struct plan *plan);

/*
 * Carries out operations of the item from *at on; *at is moved. With the last
 * one go the source's row and faults. 1: all is done, 0: the turn has had
 * enough, -1: the database failed and the turn must be spoilt.
 */
int dropin_store_item(
    struct dropin_store *store, struct dropin_item *item, size_t *at);

/* Once that is durable: says what became of the file, if it is news. */
void dropin_store_log(const struct dropin_item *item);

#endif
