/*
 * policy: what a job's rules say when a run is due while another of its runs
 * goes on, and when one has failed. It decides and explains; it does not
 * start, end or record anything.
 */
#ifndef CRONSD_POLICY_H
#define CRONSD_POLICY_H

#include <stdbool.h>

#include "share/clock.h"
#include "store_runs.h"

struct job;
struct live;
struct live_run;
struct pool;

enum policy {
	POLICY_START,
	POLICY_WAIT, /* behind *other, or for a slot */
	POLICY_REPLACE, /* end *other, and wait for that */
	POLICY_SKIP, /* why says it */
};

/* other is borrowed, NULL for POLICY_START; why is for POLICY_SKIP, and where
 * a slot is waited for. */
struct policy_said {
	struct live_run *other;
	bool is_own; /* its own user has all the slots it may have */
	char why[RUN_WHY_MAX];
};
enum policy policy_overlap(struct live *live, const struct live_run *run,
    const struct job *job, struct policy_said *said);

/* Has the pool that the job names a slot for a run of it? Not if it is another
 * user's: POLICY_SKIP. */
enum policy policy_pool(struct live *live, const struct job *job,
    const struct pool *pool, struct policy_said *said);

/* The oldest run with a slot of that pool (pool_key), of that user (-1: of
 * any), as evidence; NULL. It looks at all runs. */
const struct live_run *policy_holder(
    struct live *live, int64_t pool, int64_t uid);

/*
 * Is a slot tried again after this end of a try (row has its result)? *at is
 * when.
 */
bool policy_retries(
    const struct job *job, const struct run_row *row, wall_t *at);

#endif
