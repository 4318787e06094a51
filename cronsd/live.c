/* Two trees over the same structs, and counters kept by the moves. */
#include "live.h"

#include <stdlib.h>

#include "share/log.h"

RB_HEAD(live_ids, live_run);
RB_HEAD(live_jobs, live_run);

/* How many runs a user has going on in a pool; one entry for each pair that
 * ever had some. Pool 0 and user -1 stand for all. */
struct tally {
	int64_t pool, uid;
	struct live_tally count;
	RB_ENTRY(tally) by_key; /* live.tallies */
};

RB_HEAD(live_tallies, tally);

struct live {
	struct live_tallies tallies;
	struct live_ids ids;
	struct live_jobs jobs;
	int count;
	int64_t starts; /* so far */
};

static int
id_order(const struct live_run *a, const struct live_run *b)
{
	return a->row.id < b->row.id ? -1 : a->row.id > b->row.id;
}

static int
job_order(const struct live_run *a, const struct live_run *b)
{
	if (a->row.job != b->row.job)
		return a->row.job < b->row.job ? -1 : 1;
	return id_order(a, b);
}

static int
tally_order(const struct tally *a, const struct tally *b)
{
	if (a->pool != b->pool)
		return a->pool < b->pool ? -1 : 1;
	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

RB_GENERATE_INTERNAL(live_ids, live_run, by_id, id_order,
    static __attribute__((unused)))
RB_GENERATE_INTERNAL(live_jobs, live_run, by_job, job_order,
    static __attribute__((unused)))
RB_GENERATE_INTERNAL(live_tallies, tally, by_key, tally_order,
    static __attribute__((unused)))

struct live *
live_new(void)
{
	struct live *live = xcalloc(1, sizeof *live);

	RB_INIT(&live->ids);
	RB_INIT(&live->jobs);
	RB_INIT(&live->tallies);
	return live;
}

static bool
counts(const struct live_run *run)
{
	return ((run->state == RUN_SENT || run->state == RUN_RUNNING)
		   && !run->is_over)
	    || (run->state == RUN_CLAIMED && run->is_in_doubt);
}

static struct tally *
tally_of(struct live *live, int64_t pool, int64_t uid)
{
	struct tally key = { .pool = pool, .uid = uid }, *t;

	t = RB_FIND(live_tallies, &live->tallies, &key);
	if (t != NULL)
		return t;
	t = xcalloc(1, sizeof *t);
	t->pool = pool;
	t->uid = uid;
	RB_INSERT(live_tallies, &live->tallies, t);
	return t;
}

static void
count_in(struct live *live, int64_t pool, int64_t uid, int change)
{
	struct live_tally *count = &tally_of(live, pool, uid)->count;

	count->running += change;
	if (change > 0)
		count->served = live->starts;
}

static void
count_running(struct live *live, const struct live_run *run, int change)
{
	if (change == 0 || run->row.cause == CAUSE_NOTICE)
		return; /* those have a limit of their own */
	live->starts += change > 0;
	count_in(live, 0, -1, change);
	count_in(live, 0, run->row.uid, change);
	if (run->pool == 0)
		return;
	count_in(live, run->pool, -1, change);
	count_in(live, run->pool, run->row.uid, change);
}

struct live_run *
live_add(struct live *live, const struct run_row *row, enum run_state state)
{
	struct live_run *run = xcalloc(1, sizeof *run);

	run->row = *row;
	run->state = state;
	run->pidfd = -1;
	if (RB_INSERT(live_ids, &live->ids, run) != NULL)
		fatal("run %lld is live twice", (long long)row->id);
	RB_INSERT(live_jobs, &live->jobs, run);
	live->count++;
	count_running(live, run, counts(run));
	return run;
}

void
live_drop(struct live *live, struct live_run *run)
{
	RB_REMOVE(live_ids, &live->ids, run);
	RB_REMOVE(live_jobs, &live->jobs, run);
	live->count--;
	count_running(live, run, -counts(run));
	free(run);
}

void
live_move(struct live *live, struct live_run *run, enum run_state to)
{
	int change;

	if (!run_may_move(run->state, to))
		fatal("run %lld: %s cannot become %s", (long long)run->row.id,
		    run_state_word(run->state), run_state_word(to));
	change = -counts(run);
	run->state = to;
	run->is_in_doubt = false;
	count_running(live, run, change + counts(run));
}

void
live_doubt(struct live *live, struct live_run *run, bool doubt)
{
	int change = -counts(run);

	run->is_in_doubt = doubt;
	count_running(live, run, change + counts(run));
}

void
live_over(struct live *live, struct live_run *run)
{
	int change = -counts(run);

	run->is_over = true;
	count_running(live, run, change + counts(run));
}

void
live_set_pool(struct live *live, struct live_run *run, int64_t pool)
{
	count_running(live, run, -counts(run));
	run->pool = pool;
	count_running(live, run, counts(run));
}

struct live_tally
live_tally(struct live *live, int64_t pool, int64_t uid)
{
	return tally_of(live, pool, uid)->count;
}

struct live_run *
live_find(struct live *live, int64_t id)
{
	struct live_run key;

	key.row.id = id;
	return RB_FIND(live_ids, &live->ids, &key);
}

struct live_run *
live_next_of_job(
    struct live *live, int64_t job, const struct live_run *after)
{
	struct live_run key, *run;

	key.row.job = job;
	key.row.id = after == NULL ? 0 : after->row.id + 1;
	run = RB_NFIND(live_jobs, &live->jobs, &key);
	return run != NULL && run->row.job == job ? run : NULL;
}

struct live_run *
live_of_job(struct live *live, int64_t job, const struct live_run *but)
{
	struct live_run *run = NULL;

	while ((run = live_next_of_job(live, job, run)) != NULL)
		if (run != but && counts(run) && !run->ending)
			return run;
	return NULL;
}

int64_t
live_running_of_job(struct live *live, int64_t job)
{
	struct live_run *run = NULL;
	int64_t n = 0;

	while ((run = live_next_of_job(live, job, run)) != NULL)
		n += counts(run);
	return n;
}

static bool
waits_before(const struct live_run *a, const struct live_run *b)
{
	return a->state == RUN_CLAIMED && !a->ending
	    && a->refused == RESULT_NONE
	    && (a->row.at < b->row.at
		|| (a->row.at == b->row.at && a->row.id < b->row.id));
}

int64_t
live_waiting_before(struct live *live, const struct live_run *run)
{
	struct live_run *other = NULL;
	int64_t n = 0;

	while ((other = live_next_of_job(live, run->row.job, other)) != NULL)
		n += waits_before(other, run);
	return n;
}

struct live_run *
live_first_before(struct live *live, const struct live_run *run)
{
	struct live_run *other = NULL, *first = NULL;

	while ((other = live_next_of_job(live, run->row.job, other)) != NULL)
		if (waits_before(other, run)
		    && (first == NULL || waits_before(other, first)))
			first = other;
	return first;
}

bool
live_has_job(struct live *live, int64_t job)
{
	struct live_run key, *run;

	key.row.job = job;
	key.row.id = 0;
	for (run = RB_NFIND(live_jobs, &live->jobs, &key);
	     run != NULL && run->row.job == job;
	     run = RB_NEXT(live_jobs, &live->jobs, run))
		if (run->state <= RUN_RUNNING && !run->ending)
			return true;
	return false;
}

struct live_run *
live_from(struct live *live, int64_t id)
{
	struct live_run key;

	key.row.id = id;
	return RB_NFIND(live_ids, &live->ids, &key);
}

struct live_run *
live_next(struct live *live, const struct live_run *after)
{
	return live_from(live, after == NULL ? 0 : after->row.id + 1);
}

int
live_count(const struct live *live)
{
	return live->count;
}

int
live_running(struct live *live)
{
	return live_tally(live, 0, -1).running;
}

int
live_running_of(struct live *live, int64_t uid)
{
	return live_tally(live, 0, uid).running;
}
