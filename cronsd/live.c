/* Two trees over the same structs, and counters kept by the moves. */
#include "live.h"

#include <stdlib.h>

#include "share/log.h"

RB_HEAD(live_ids, live_run);
RB_HEAD(live_jobs, live_run);

/* How many runs a uid has running; one entry a uid that ever had some. */
struct tally {
	int64_t uid;
	int running;
	SLIST_ENTRY(tally) in_live; /* live.tallies */
};

struct live {
	SLIST_HEAD(, tally) tallies;
	struct live_ids ids;
	struct live_jobs jobs;
	int count, running;
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

RB_GENERATE_INTERNAL(live_ids, live_run, by_id, id_order,
    static __attribute__((unused)))
RB_GENERATE_INTERNAL(live_jobs, live_run, by_job, job_order,
    static __attribute__((unused)))

struct live *
live_new(void)
{
	struct live *live = xcalloc(1, sizeof *live);

	RB_INIT(&live->ids);
	RB_INIT(&live->jobs);
	SLIST_INIT(&live->tallies);
	return live;
}

static bool
counts(enum run_state state)
{
	return state == RUN_SENT || state == RUN_RUNNING;
}

static struct tally *
tally_of(struct live *live, int64_t uid)
{
	struct tally *t;

	SLIST_FOREACH(t, &live->tallies, in_live)
		if (t->uid == uid)
			return t;
	t = xcalloc(1, sizeof *t);
	t->uid = uid;
	SLIST_INSERT_HEAD(&live->tallies, t, in_live);
	return t;
}

static void
count_running(struct live *live, const struct live_run *run, int change)
{
	if (change == 0)
		return;
	live->running += change;
	tally_of(live, run->row.uid)->running += change;
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
	count_running(live, run, counts(state));
	return run;
}

void
live_drop(struct live *live, struct live_run *run)
{
	RB_REMOVE(live_ids, &live->ids, run);
	RB_REMOVE(live_jobs, &live->jobs, run);
	live->count--;
	count_running(live, run, -counts(run->state));
	free(run);
}

void
live_move(struct live *live, struct live_run *run, enum run_state to)
{
	if (!run_may_move(run->state, to))
		fatal("run %lld: %s cannot become %s", (long long)run->row.id,
		    run_state_word(run->state), run_state_word(to));
	count_running(live, run, counts(to) - counts(run->state));
	run->state = to;
}

struct live_run *
live_find(struct live *live, int64_t id)
{
	struct live_run key;

	key.row.id = id;
	return RB_FIND(live_ids, &live->ids, &key);
}

struct live_run *
live_of_job(struct live *live, int64_t job, const struct live_run *but)
{
	struct live_run key, *run;

	key.row.job = job;
	key.row.id = 0;
	for (run = RB_NFIND(live_jobs, &live->jobs, &key);
	     run != NULL && run->row.job == job;
	     run = RB_NEXT(live_jobs, &live->jobs, run))
		if (run != but && counts(run->state) && !run->ending)
			return run;
	return NULL;
}

int64_t
live_waiting_before(struct live *live, const struct live_run *run)
{
	struct live_run key, *other;
	int64_t n = 0;

	key.row.job = run->row.job;
	key.row.id = 0;
	for (other = RB_NFIND(live_jobs, &live->jobs, &key);
	     other != NULL && other->row.job == run->row.job;
	     other = RB_NEXT(live_jobs, &live->jobs, other))
		n += other->state == RUN_CLAIMED
		    && (other->row.at < run->row.at
			|| (other->row.at == run->row.at
			    && other->row.id < run->row.id));
	return n;
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
live_running(const struct live *live)
{
	return live->running;
}

int
live_running_of(struct live *live, int64_t uid)
{
	return tally_of(live, uid)->running;
}
