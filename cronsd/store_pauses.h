/*
 * store_pauses: who paused which jobs, from when to when, as rows. It does not
 * know slots, nor who may pause what. Functions that change rows are called
 * inside the turn's transaction; -1 is trouble of the database.
 */
#ifndef CRONSD_STORE_PAUSES_H
#define CRONSD_STORE_PAUSES_H

#include <stdbool.h>
#include <stdint.h>

#include "share/clock.h"

struct buf;
struct db;
struct job;

/* Of one job, or (job 0) of all those of uid (-1: of everybody) that have the
 * tag ("": whatever tags they have). */
struct pause {
	int64_t id, job, uid;
	char tag[72];
	wall_t since, until; /* until is behind it; WALL_NEVER: open */
	bool firm; /* only root or an admin ends it */
	char by[64], why[120];
};

int pauses_add(struct db *db, const struct pause *p); /* id is given */
/* It is over at that instant; one that never was is deleted. */
int pauses_end(struct db *db, const struct pause *p, wall_t at);

/* The pause that the job is in at that instant, its own before wider ones: 1,
 * 0: none, -1. */
int pauses_find(
    struct db *db, const struct job *job, wall_t at, struct pause *p);

/* The open or coming end of the pause with that same scope: 1, 0, -1. */
int pauses_get_scope(
    struct db *db, const struct pause *scope, wall_t at, struct pause *p);

/* All rows that end after that instant, oldest first. */
int pauses_each(struct db *db, wall_t after,
    void (*each)(void *arg, const struct pause *p), void *arg);

/* Forgets those that ended before that. */
int pauses_prune(struct db *db, wall_t before);

/* "paused by ann since 2026-11-21T13:00:00Z: moving house"; the same text as
 * long as it is the same pause. */
void pause_print(const struct pause *p, struct buf *out);

#endif
