/*
 * lobby: runs that are due and wait for something else than time, each at the
 * place where that will happen: the end of another run of its job, a slot of
 * its pool, room under a limit. It knows whose turn is next; it does not know
 * why a place is full, and decides nothing.
 *
 * WHOSE TURN. Users take turns: next is the one who has the fewest runs going
 * on at that place (in that pool; in all), and of these the one who was served
 * longest ago. Within a user's runs the rank decides, lowest first: when it
 * was due, put forward by its priority (launch sets it). So a run of low
 * priority waits longer by a fixed time, not for ever.
 *
 * Nothing here is durable, nor need it be: claimed runs are rows, and a daemon
 * that starts puts all of them through the same decisions.
 */
#ifndef CRONSD_LOBBY_H
#define CRONSD_LOBBY_H

#include <stdbool.h>
#include <stdint.h>

#include "share/clock.h"

struct live;
struct live_run;
struct lobby;

/* In the order in which woken places are served. */
enum lobby_kind {
	LOBBY_ALL, /* room for one run more */
	LOBBY_UID, /* room for one more of that user */
	LOBBY_POOL, /* a slot of the pool `id` */
	LOBBY_POOL_UID, /* the same, for that user */
	LOBBY_JOB, /* a run of the job `id` ends */
};

struct lobby_place {
	enum lobby_kind kind;
	int64_t id;
	int64_t uid;
};

struct lobby *lobby_new(struct live *live);

/* The place is full: the run waits there until it is woken. */
void lobby_put(
    struct lobby *lobby, struct lobby_place place, struct live_run *run);
void lobby_forget(struct lobby *lobby, struct live_run *run);

/* Something happened there, or everywhere: who waits may try. */
void lobby_wake(struct lobby *lobby, struct lobby_place place);
void lobby_wake_all(struct lobby *lobby);
bool lobby_is_woken(const struct lobby *lobby);

/* The next one of a woken place, taken out; NULL: there is none. */
struct live_run *lobby_take(struct lobby *lobby);

/* Where that run waits; false: it does not. */
bool lobby_find(const struct live_run *run, struct lobby_place *place);

/* How many wait for a slot of that pool. */
int lobby_count_pool(struct lobby *lobby, int64_t pool);

/* Has any place where the start deadline counts (ALL, UID) somebody? Takes
 * out those whose deadline has passed, and calls each. */
bool lobby_has_deadlines(struct lobby *lobby);
void lobby_each_overdue(struct lobby *lobby, wall_t now,
    void (*each)(void *arg, struct live_run *run), void *arg);

#endif
