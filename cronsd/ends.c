/*
 * A run that tells something has no job: what follows is the outbox's. Of a
 * trial nothing follows.
 */
#include "ends.h"

#include "alert.h"
#include "commit.h"
#include "keep.h"
#include "launch.h"
#include "live.h"
#include "notice.h"
#include "outbox.h"
#include "plan.h"
#include "share/job.h"
#include "share/log.h"
#include "store_jobs.h"
#include "trial.h"

struct ends {
	struct commit *commit;
	struct plan *plan;
	struct launch *launch;
	struct keep *keep;
	struct notice *notice;
	struct outbox *outbox;
	struct trials *trials;
	struct alert *alert;
};

static int
on_missed(void *arg, struct db *db, const struct job *job,
    const struct run_row *row)
{
	struct ends *e = arg;

	return alert_ending(e->alert, db, job, row);
}

static int
on_planned(void *arg, struct db *db, const struct job *job, wall_t now)
{
	struct ends *e = arg;

	return alert_planned(e->alert, db, job, now);
}

static void
on_draft(void *arg)
{
	struct ends *e = arg;

	launch_wake(e->launch);
}

static int
on_started_before(void *arg, struct db *db, const struct job *job,
    const struct run_row *row)
{
	struct ends *e = arg;

	return alert_started(e->alert, db, job, row);
}

struct ends *
ends_new(const struct ends_needs *needs)
{
	struct ends *e = xcalloc(1, sizeof *e);

	e->commit = needs->commit;
	e->plan = needs->plan;
	e->launch = needs->launch;
	e->keep = needs->keep;
	e->notice = notice_new(&(struct notice_needs) { .self = needs->self,
	    .conf = needs->conf,
	    .commit = needs->commit,
	    .users = needs->users,
	    .out = needs->out,
	    .out_path = needs->out_path,
	    .work = needs->work,
	    .ready = on_draft,
	    .arg = e });
	e->outbox = outbox_new(&(struct outbox_needs) { .self = needs->self,
	    .conf = needs->conf,
	    .commit = needs->commit,
	    .live = needs->live,
	    .notice = e->notice,
	    .launch = needs->launch });
	e->alert = alert_new(&(struct alert_needs) { .self = needs->self,
	    .conf = needs->conf,
	    .commit = needs->commit,
	    .live = needs->live,
	    .plan = needs->plan,
	    .outbox = e->outbox });
	e->trials = trial_new(&(struct trial_needs) { .self = needs->self,
	    .commit = needs->commit,
	    .live = needs->live,
	    .launch = needs->launch });
	plan_listen(e->plan,
	    &(struct plan_listener) {
		on_missed, on_planned, on_started_before, e });
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
ends_started(struct ends *e, const struct run_row *row)
{
	struct db *db = commit_db(e->commit);
	struct job job;
	int got = db == NULL ? 0 : jobs_get(db, row->job, &job);

	if (got == 1) {
		got = alert_started(e->alert, db, &job, row);
		job_fini(&job);
	}
	if (got < 0)
		commit_spoil(e->commit);
}

int
ends_pinged(struct ends *e, struct db *db, const struct job *job,
    const struct run_row *row)
{
	return alert_ending(e->alert, db, job, row);
}

void
ends_recorded(struct ends *e, const struct run_row *row)
{
	if (row->cause == CAUSE_NOTICE)
		outbox_ended(e->outbox, row);
	else if (row->cause == CAUSE_TEST)
		trial_ended(e->trials, row);
	else
		keep_ended(e->keep, row->job);
	outbox_wake(e->outbox);
	launch_wake(e->launch);
}

void
ends_again(struct ends *e, struct live_run *run, wall_t now)
{
	if (!run_cause_has_job(run->row.cause))
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
	return run->row.cause == CAUSE_TEST
	    ? trial_order(e->trials, run, order)
	    : outbox_order(e->outbox, run, order);
}

struct trials *
ends_trials(struct ends *e)
{
	return e->trials;
}

void
ends_turn(struct ends *e, wall_t now)
{
	alert_turn(e->alert, now);
	outbox_turn(e->outbox, now);
}

wall_t
ends_next(struct ends *e, wall_t now)
{
	wall_t outbox = outbox_next(e->outbox, now);
	wall_t alert = alert_next(e->alert);

	return outbox.us < alert.us ? outbox : alert;
}

const char *
ends_warning(const struct ends *e)
{
	return notice_warning(e->notice);
}

void
ends_stop(struct ends *e)
{
	notice_stop(e->notice);
}
