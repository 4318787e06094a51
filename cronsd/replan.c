/* Never catch-up runs: whether a slot ran since the backup is not known, and
 * running it twice would be worse than saying so. */
#include "replan.h"

#include <bsd/string.h>

#include "commit.h"
#include "db.h"
#include "plan.h"
#include "self.h"
#include "share/job.h"
#include "store_jobs.h"
#include "store_runs.h"

#define PAGE 500
#define MOST_COUNTED 1000

struct walk {
	struct plan *plan;
	struct self *self;
	struct db *db;
	wall_t now;
	int64_t after;
	int page;
	bool failed;
};

/* The slots between the job's newest row and now, as one row. */
static int
account(struct walk *w, const struct job *job)
{
	struct run_row newest, row;
	wall_t slot;

	if (runs_get_newest(w->db, job->id, &newest) != 1)
		return 0;
	run_row_init(&row);
	row.slots = 0;
	slot = plan_slot_after(
	    w->plan, job, (wall_t) { newest.slot_to > newest.slot
				? newest.slot_to
				: newest.slot });
	row.slot = row.at = slot.us;
	while (slot.us <= w->now.us && row.slots < MOST_COUNTED) {
		row.slots++;
		row.slot_to = slot.us;
		slot = plan_slot_after(w->plan, job, slot);
	}
	if (row.slots == 0)
		return 0;
	if (slot.us <= w->now.us)
		row.slot_to = w->now.us;
	row.id = w->self->next_run++;
	row.job = job->id;
	row.uid = job->uid;
	row.lap = newest.lap < 0 ? 0 : newest.lap;
	row.result = RESULT_MISSED;
	row.end = w->now.us;
	strlcpy(row.why,
	    "the database was restored: what ran since is not known",
	    sizeof row.why);
	return runs_add(w->db, &row) < 0 ? -1 : 0;
}

static bool
take_job(void *arg, const struct job *job)
{
	struct walk *w = arg;

	w->after = job->id;
	w->page++;
	w->failed = account(w, job) != 0
	    || plan_job(w->plan, job, w->now, NULL) != 0;
	return !w->failed;
}

int
replan_all(
    struct plan *plan, struct self *self, struct commit *commit, wall_t now)
{
	struct walk w = { .plan = plan,
		.self = self,
		.db = commit_db(commit),
		.now = now };

	if (w.db == NULL)
		return -1;
	do {
		struct jobs_want want = { .what = JOBS_ALL,
			.after_id = w.after,
			.most = PAGE };

		w.page = 0;
		if (jobs_each(w.db, &want, take_job, &w) != 0)
			return -1;
	} while (w.page == PAGE && !w.failed);
	return w.failed ? -1 : 0;
}
