/*
 * store_alarms: what is wrong with jobs, and when something of them must be
 * heard, as rows. It does not know events or who is told. Functions that
 * change rows are called inside the turn's transaction; -1 is trouble of the
 * database.
 */
#ifndef CRONSD_STORE_ALARMS_H
#define CRONSD_STORE_ALARMS_H

#include <stdbool.h>
#include <stdint.h>

#include "share/clock.h"

struct db;

struct alarm {
	int64_t job, uid;
	unsigned events; /* EVENT_BIT of each; 0: all is well */
	wall_t since, told;
	wall_t remind; /* when it is told again; never */
	char acked[64]; /* who knows; "" nobody */
};

/* 1, 0 (all is well: the alarm is cleared but for job), -1. */
int alarms_get(struct db *db, int64_t job, struct alarm *alarm);
/* Without events its row goes. */
int alarms_put(struct db *db, const struct alarm *alarm);
/* The first that is to be told again; 1, 0, -1. */
int alarms_first(struct db *db, struct alarm *alarm);

/* Alarms of a uid (-1 all), of jobs > after, by job; at most `most`. */
struct alarms_want {
	int64_t uid, after;
	int most;
};
int alarms_each(struct db *db, const struct alarms_want *want,
    void (*each)(void *arg, const struct alarm *alarm), void *arg);

/* From slot on a run must start, and be heard of until `by`. */
struct watchdog {
	int64_t job;
	wall_t slot, by;
};
int watchdogs_put(struct db *db, const struct watchdog *dog);
int watchdogs_drop(struct db *db, int64_t job);
/* The first that is due; 1, 0, -1. */
int watchdogs_first(struct db *db, struct watchdog *dog);
/* Has a run of that job with that slot or a later one started? 1, 0, -1. */
int watchdogs_is_fed(struct db *db, const struct watchdog *dog);

#endif
