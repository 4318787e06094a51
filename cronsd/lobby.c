/*
 * A place has a share for each user who waits there, a share a tree of runs.
 * Both go when they are empty; how much a user has had is counted in live.
 * Woken places are looked for from the first: there are few of them, or they
 * are emptied at once.
 */
#include "lobby.h"

#include <stdlib.h>

#include "live.h"
#include "share/log.h"

RB_HEAD(share_runs, live_run);

struct lobby_share {
	int64_t uid;
	struct share_runs runs; /* by rank */
	struct place *place;
	TAILQ_ENTRY(lobby_share) in_place; /* place.shares */
};

struct place {
	struct lobby_place key;
	bool is_woken;
	int count;
	TAILQ_HEAD(, lobby_share) shares;
	RB_ENTRY(place) by_key; /* lobby.places */
	TAILQ_ENTRY(place) in_woken; /* lobby.woken[kind] */
};

RB_HEAD(lobby_places, place);

#define KINDS (LOBBY_JOB + 1)

struct lobby {
	struct live *live;
	struct lobby_places places;
	TAILQ_HEAD(, place) woken[KINDS];
};

static int
order(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int
place_order(const struct place *a, const struct place *b)
{
	int by = order((int64_t)a->key.kind, (int64_t)b->key.kind);

	if (by == 0)
		by = order(a->key.id, b->key.id);
	return by != 0 ? by : order(a->key.uid, b->key.uid);
}

static int
run_order(const struct live_run *a, const struct live_run *b)
{
	int by = order(a->rank, b->rank);

	return by != 0 ? by : order(a->row.id, b->row.id);
}

RB_GENERATE_INTERNAL(share_runs, live_run, by_at, run_order,
    static __attribute__((unused)))
RB_GENERATE_INTERNAL(lobby_places, place, by_key, place_order,
    static __attribute__((unused)))

struct lobby *
lobby_new(struct live *live)
{
	struct lobby *lobby = xcalloc(1, sizeof *lobby);

	lobby->live = live;
	RB_INIT(&lobby->places);
	for (int i = 0; i < KINDS; i++)
		TAILQ_INIT(&lobby->woken[i]);
	return lobby;
}

static struct place *
find_place(struct lobby *lobby, struct lobby_place key)
{
	struct place want = { .key = key };

	return RB_FIND(lobby_places, &lobby->places, &want);
}

static struct place *
make_place(struct lobby *lobby, struct lobby_place key)
{
	struct place *place = find_place(lobby, key);

	if (place != NULL)
		return place;
	place = xcalloc(1, sizeof *place);
	place->key = key;
	TAILQ_INIT(&place->shares);
	RB_INSERT(lobby_places, &lobby->places, place);
	return place;
}

static struct lobby_share *
make_share(struct place *place, int64_t uid)
{
	struct lobby_share *share;

	TAILQ_FOREACH(share, &place->shares, in_place)
		if (share->uid == uid)
			return share;
	share = xcalloc(1, sizeof *share);
	share->uid = uid;
	share->place = place;
	RB_INIT(&share->runs);
	TAILQ_INSERT_TAIL(&place->shares, share, in_place);
	return share;
}

static void
set_woken(struct lobby *lobby, struct place *place, bool woken)
{
	if (place->is_woken == woken)
		return;
	place->is_woken = woken;
	if (woken)
		TAILQ_INSERT_TAIL(
		    &lobby->woken[place->key.kind], place, in_woken);
	else
		TAILQ_REMOVE(
		    &lobby->woken[place->key.kind], place, in_woken);
}

void
lobby_put(
    struct lobby *lobby, struct lobby_place key, struct live_run *run)
{
	struct place *place = make_place(lobby, key);

	set_woken(lobby, place, false);
	run->share = make_share(place, run->row.uid);
	RB_INSERT(share_runs, &run->share->runs, run);
	place->count++;
}

void
lobby_forget(struct lobby *lobby, struct live_run *run)
{
	struct lobby_share *share = run->share;
	struct place *place;

	if (share == NULL)
		return;
	place = share->place;
	run->share = NULL;
	RB_REMOVE(share_runs, &share->runs, run);
	place->count--;
	if (RB_EMPTY(&share->runs)) {
		TAILQ_REMOVE(&place->shares, share, in_place);
		free(share);
	}
	if (place->count == 0) {
		set_woken(lobby, place, false);
		RB_REMOVE(lobby_places, &lobby->places, place);
		free(place);
	}
}

void
lobby_wake(struct lobby *lobby, struct lobby_place key)
{
	struct place *place = find_place(lobby, key);

	if (place != NULL)
		set_woken(lobby, place, true);
}

void
lobby_wake_all(struct lobby *lobby)
{
	struct place *place;

	RB_FOREACH(place, lobby_places, &lobby->places)
		set_woken(lobby, place, true);
}

bool
lobby_is_woken(const struct lobby *lobby)
{
	for (int i = 0; i < KINDS; i++)
		if (!TAILQ_EMPTY(&lobby->woken[i]))
			return true;
	return false;
}

/* Whose turn is it of the two at that place? */
static bool
goes_first(struct lobby *lobby, struct lobby_share *a, struct lobby_share *b)
{
	int64_t pool = a->place->key.kind == LOBBY_POOL ? a->place->key.id : 0;
	struct live_tally x = live_tally(lobby->live, pool, a->uid);
	struct live_tally y = live_tally(lobby->live, pool, b->uid);

	if (x.running != y.running)
		return x.running < y.running;
	if (x.served != y.served)
		return x.served < y.served;
	return run_order(RB_MIN(share_runs, &a->runs),
		   RB_MIN(share_runs, &b->runs))
	    < 0;
}

static struct live_run *
take_from(struct lobby *lobby, struct place *place)
{
	struct lobby_share *share, *first = NULL;
	struct live_run *run;

	TAILQ_FOREACH(share, &place->shares, in_place)
		if (first == NULL || goes_first(lobby, share, first))
			first = share;
	run = RB_MIN(share_runs, &first->runs);
	lobby_forget(lobby, run);
	return run;
}

struct live_run *
lobby_take(struct lobby *lobby)
{
	for (int i = 0; i < KINDS; i++)
		if (!TAILQ_EMPTY(&lobby->woken[i]))
			return take_from(
			    lobby, TAILQ_FIRST(&lobby->woken[i]));
	return NULL;
}

bool
lobby_find(const struct live_run *run, struct lobby_place *place)
{
	if (run->share == NULL)
		return false;
	*place = run->share->place->key;
	return true;
}

int
lobby_count_pool(struct lobby *lobby, int64_t pool)
{
	struct place *place;
	int n = 0;

	RB_FOREACH(place, lobby_places, &lobby->places)
		if (place->key.kind == LOBBY_POOL
		    || place->key.kind == LOBBY_POOL_UID)
			n += place->key.id == pool ? place->count : 0;
	return n;
}

/* Those places come first in the tree. */
bool
lobby_has_deadlines(struct lobby *lobby)
{
	const struct place *place = RB_MIN(lobby_places, &lobby->places);

	return place != NULL && place->key.kind <= LOBBY_UID;
}

static struct live_run *
find_overdue(const struct place *place, wall_t now)
{
	struct lobby_share *share;
	struct live_run *run;

	TAILQ_FOREACH(share, &place->shares, in_place)
		RB_FOREACH(run, share_runs, &share->runs)
			if (!run->row.waits
			    && now.us - run->row.at > run->deadline_us)
				return run;
	return NULL;
}

void
lobby_each_overdue(struct lobby *lobby, wall_t now,
    void (*each)(void *arg, struct live_run *run), void *arg)
{
	struct place *place, *next;
	struct live_run *run;

	for (place = RB_MIN(lobby_places, &lobby->places);
	     place != NULL && place->key.kind <= LOBBY_UID; place = next) {
		int left = place->count;

		next = RB_NEXT(lobby_places, &lobby->places, place);
		while (left-- > 0
		    && (run = find_overdue(place, now)) != NULL) {
			lobby_forget(lobby, run);
			each(arg, run);
		}
	}
}
