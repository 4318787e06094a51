/*
 * JOBS THAT RUN AFTER OTHERS (the field `after`). A round of such a job begins
 * with the first end of one of those it names, and is over when each has ended
 * once: of one that ended twice meanwhile the later end counts. If all ended
 * as they should, a run is claimed, due at that very moment; if not, a skipped
 * row says who did not. So each round has one outcome in the ledger.
 *
 * An end is the outcome of a slot: that of its last try, also `skipped` and
 * `missed`, or the rounds of two jobs that are due together would drift apart.
 *
 *   durable                            if all stops here
 *   the end, its mark in the rounds    the marks stand as they are
 *   of others, and the run or row of
 *   a round that is over: all in the
 *   transaction that records the end
 *
 * A skipped row is an end itself, so what follows is told in the same
 * transaction. That ends, for cycles are refused; in one that came by way of a
 * crontab it stops after MOST_DEEP.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "commit.h"
#include "fail.h"
#include "plan_parts.h"
#include "self.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/log.h"
#include "store_jobs_deps.h"

#define MOST_DEEP 64
#define MOST_SEEN 1000 /* jobs looked at for a cycle */

/* An end being told to those that run after its job. */
struct telling {
	struct plan *plan;
	struct db *db;
	int depth;
};

static int tell(const struct telling *t, const struct job *job,
    const struct run_row *row);

static bool
is_met(const struct dep *dep)
{
	switch (dep->result) {
	case RESULT_OK:
		return dep->want != WANT_FAIL;
	case RESULT_FAIL:
	case RESULT_SIGNAL:
	case RESULT_TIMEOUT:
	case RESULT_KILLED:
	case RESULT_NOSTART:
	case RESULT_LOST:
		return dep->want != WANT_OK;
	case RESULT_SKIPPED:
	case RESULT_MISSED:
	case RESULT_NONE:
		break;
	}
	return false;
}

/* Two rounds may be over in one microsecond: then the later one is later. */
static int
claim(const struct telling *t, const struct job *job, wall_t now)
{
	struct run_row row;
	int got = 0;

	run_row_init(&row);
	row.lap = t->plan->laps.any;
	row.cause = CAUSE_UPSTREAM;
	for (int n = 0; got == 0 && n < 1000; n++) {
		row.slot = row.at = now.us + n;
		got = plan_claim(t->plan, t->db, job, &row);
	}
	return got < 0 ? -1 : 0;
}

static int
skip(const struct telling *t, const struct job *job, const struct dep *dep,
    wall_t now)
{
	struct telling deeper = { t->plan, t->db, t->depth + 1 };
	struct run_row row;
	int got = 0;

	run_row_init(&row);
	row.id = t->plan->on.self->next_run;
	row.job = job->id;
	row.uid = job->uid;
	row.lap = t->plan->laps.any;
	row.cause = CAUSE_UPSTREAM;
	row.result = RESULT_SKIPPED;
	row.end = now.us;
	snprintf(row.why, sizeof row.why, "%.100s was %s%s (run %lld)",
	    dep->name, run_result_word(dep->result),
	    dep->want == WANT_OK	   ? ", not ok"
		: dep->want == WANT_FAIL ? ", not fail"
					 : "",
	    (long long)dep->run);
	for (int n = 0; got == 0 && n < 1000; n++) {
		row.slot = row.at = now.us + n;
		got = runs_add(t->db, &row);
	}
	t->plan->on.self->next_run += got > 0;
	return got < 0 ? -1 : tell(&deeper, job, &row);
}

/* Is the round over? Then its outcome. */
static int
close_round(const struct telling *t, const struct job *job, wall_t now)
{
	struct dep deps[DEPS_MOST];
	const struct dep *bad = NULL;
	int n = deps_of(t->db, job->id, deps);

	for (int i = 0; i < n; i++) {
		if (deps[i].run == 0)
			return 0;
		if (bad == NULL && !is_met(&deps[i]))
			bad = &deps[i];
	}
	if (n <= 0 || deps_reset(t->db, job->id) != 0)
		return n == 0 ? 0 : -1;
	FAIL_POINT(round_over);
	return bad == NULL ? claim(t, job, now) : skip(t, job, bad, now);
}

static int
tell_one(const struct telling *t, int64_t id, const struct dep *end,
    wall_t now)
{
	struct job job;
	int got = jobs_get(t->db, id, &job);

	if (got != 1)
		return got;
	got = 0;
	if (JOB_NUMBER(&job, enabled)) {
		got = deps_mark(t->db, id, end);
		if (got == 0)
			got = close_round(t, &job, now);
	}
	job_fini(&job);
	return got;
}

static int
tell(const struct telling *t, const struct job *job,
    const struct run_row *row)
{
	struct dep end = { .run = row->id, .result = row->result };
	int64_t *ids;
	int got = 0, n;

	if (t->depth > MOST_DEEP)
		return 0;
	strlcpy(end.user, job->user, sizeof end.user);
	strlcpy(end.name, JOB_TEXT(job, name), sizeof end.name);
	n = deps_on(t->db, end.user, end.name, &ids);
	for (int i = 0; got == 0 && i < n; i++)
		got = tell_one(t, ids[i], &end, (wall_t) { row->end });
	free(ids);
	return n < 0 ? -1 : got;
}

int
plan_chain_ended(struct plan *p, struct db *db, const struct job *job,
    const struct run_row *row)
{
	struct telling t = { p, db, 0 };

	return tell(&t, job, row);
}

/* ---- what it waits for, and cycles ---- */

void
plan_chain_explain(struct db *db, int64_t id, struct buf *out)
{
	struct dep deps[DEPS_MOST];
	int n = deps_of(db, id, deps);

	for (int i = 0; i < n; i++) {
		buf_puts(out, i == 0 ? "its next round waits for " : ", ");
		if (deps[i].run != 0) {
			buf_printf(out, "%s (%s already, run %lld)",
			    deps[i].name, run_result_word(deps[i].result),
			    (long long)deps[i].run);
		} else {
			buf_printf(out, "%s%s", deps[i].name,
			    deps_job(db, &deps[i]) > 0
				? ""
				: " (there is no such job)");
		}
	}
}

/* A search for the way from one job to another. */
struct search {
	struct db *db;
	const struct job *goal;
	char way[MOST_DEEP + 1][JOB_NAME_MAX];
	int64_t seen[MOST_SEEN];
	int count;
};

static bool
was_seen(struct search *s, int64_t id)
{
	for (int i = 0; i < s->count; i++)
		if (s->seen[i] == id)
			return true;
	if (s->count < MOST_SEEN)
		s->seen[s->count++] = id;
	return false;
}

/* How many jobs are on the way from dep to the goal; 0: there is none. */
static int
leads_back(struct search *s, const struct dep *dep, int depth)
{
	struct dep deps[DEPS_MOST];
	int64_t id;
	int n = 0, found = 0;

	strlcpy(s->way[depth], dep->name, sizeof s->way[depth]);
	if (strcmp(dep->user, s->goal->user) == 0
	    && strcmp(dep->name, JOB_TEXT(s->goal, name)) == 0)
		return depth + 1;
	id = depth == MOST_DEEP ? 0 : deps_job(s->db, dep);
	if (id > 0 && !was_seen(s, id))
		n = deps_of(s->db, id, deps);
	for (int i = 0; found == 0 && i < n; i++)
		found = leads_back(s, &deps[i], depth + 1);
	return found;
}

bool
plan_chain_cycle(struct db *db, const struct job *job, struct buf *out)
{
	struct search *s = xcalloc(1, sizeof *s);
	const char *at = JOB_TEXT(job, after);
	struct dep dep;
	int found = 0;

	s->db = db;
	s->goal = job;
	while (found == 0 && deps_next(db, job, &at, &dep))
		found = leads_back(s, &dep, 0);
	if (found > 0)
		buf_puts(out, JOB_TEXT(job, name));
	for (int i = 0; i < found; i++)
		buf_printf(out, " after %s", s->way[i]);
	free(s);
	return found > 0;
}
