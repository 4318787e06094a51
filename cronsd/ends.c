/* A run that tells something has no job: what follows is the outbox's. */
#include "ends.h"

#include "alert.h"
#include "keep.h"
#include "launch.h"
#include "live.h"
#include "notice.h"
#include "outbox.h"
#include "plan.h"
#include "share/job.h"
#include "share/log.h"
#include "store_jobs.h"

struct ends {
	struct plan *plan;
	struct launch *launch;
	struct keep *keep;
	struct notice *notice;
	struct outbox *outbox;
	struct alert *alert;
};

struct ends *
ends_new(const struct ends_needs *needs)
{
	struct ends *e = xcalloc(1, sizeof *e);

	e->plan = needs->plan;
	e->launch = needs->launch;
	e->keep = needs->keep;
	e->notice = notice_new(&(struct notice_needs) { .self = needs->self,
	    .conf = needs->conf,
	    .commit = needs->commit,
	    .users = needs->users,
	    .out = needs->out });
	e->outbox = outbox_new(&(struct outbox_needs) { .self = needs->self,
	    .conf = needs->conf,
	    .commit = needs->commit,
	    .live = needs->live,
	    .notice = e->notice,
	    .launch = needs->launch });
	e->alert = alert_new(&(struct alert_needs) { .self = needs->self,
	    .conf = needs->conf,
	    .commit = needs->commit,
	    .outbox = e->outbox });
	return e;
}

void
ends_start(struct ends *e)
{
	outbox_start(e->outbox);
}

int
ends_recording(struct ends *e, struct db *db, const struct run_row *row)
{
	struct job job;
	int got;

	if (row->cause == CAUSE_NOTICE)
		return outbox_ending(e->outbox, db, row);
	got = jobs_get(db, row->job, &job);
	if (got != 1)
		return got;
	got = plan_ended(e->plan, db, &job, row);
	if (got == 0)
		got = alert_ending(e->alert, db, &job, row);
	job_fini(&job);
	return got;
}

void
ends_recorded(struct ends *e, const struct run_row *row)
{
	if (row->cause == CAUSE_NOTICE)
		outbox_ended(e->outbox, row);
	else
		keep_ended(e->keep, row->job);
	outbox_wake(e->outbox);
	launch_wake(e->launch);
}

void
ends_again(struct ends *e, struct live_run *run, wall_t now)
{
	if (run->row.cause == CAUSE_NOTICE)
		launch_put(e->launch, run);
	else
		plan_again(e->plan, run, now);
}

void
ends_wake(struct ends *e)
{
	outbox_wake(e->outbox);
}

int
ends_order(
    struct ends *e, struct live_run *run, struct launch_order *order)
{
	return outbox_order(e->outbox, run, order);
}

void
ends_turn(struct ends *e, wall_t now)
{
	outbox_turn(e->outbox, now);
}

wall_t
ends_next(struct ends *e, wall_t now)
{
	return outbox_next(e->outbox, now);
}

const char *
ends_warning(const struct ends *e)
{
	return notice_warning(e->notice);
}
