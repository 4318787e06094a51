/*
 * WHAT BECOMES OF SLOTS THAT NOBODY STARTED IN TIME. cron's rule, with the
 * ledger's help. "Length" is that of the pause they fell into (step.h): what
 * the clock jumped over, how long the machine slept or the daemon was held.
 *
 *   pause                      every job    fixed times   wildcard times
 *   clock forward, suspended,
 *   held up: up to 5 min       one run for all of them
 *            up to 3 h                      one run       not made up for
 *            longer            the job's catch-up
 *   the daemon was down        the job's catch-up
 *
 * A job whose catch-up is more generous than the rule gets what it asks for.
 * In every case a slot that is late by no more than the start deadline is
 * simply started, and a slot that is not made up for is missed: one row for
 * all that follow one another, with the reason.
 *
 * One run for several slots: its row is the range's, from the first slot to
 * the last, so each of them has that run's outcome. It is due catchup-spread
 * later at most, so that a thousand jobs do not start at once when a laptop is
 * opened; until then the due row keeps the first slot, and what falls due
 * meanwhile joins in.
 *
 * After the clock was set back and forward again by mistake, what lies in
 * between was handled in the first lap: it is passed by without a word.
 *
 * A crash leaves the due row as it was, or as this function has put it: the
 * next start judges it as slots that fell due while the daemon was down.
 */
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "conf.h"
#include "plan_parts.h"
#include "self.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/log.h"
#include "share/tz.h"
#include "share/when.h"

#define SHORT_US (5 * MINUTE_US)
#define LONG_US (3 * HOUR_US)

enum verdict { MISS, JOIN, ALL };

/* Overdue without a pause: the disk was full, or there was too much to do. */
static struct step_pause
pause_of(const struct plan *p, const struct plan_lateness *l, wall_t slot)
{
	struct step_pause held = { STEP_STALL, slot, l->now,
		l->now.us - slot.us };

	if (p->pause.kind != STEP_NONE && p->pause.kind != STEP_BACK
	    && slot.us <= p->pause.to.us)
		return p->pause;
	return held;
}

void
plan_late_why(struct plan *p, const struct plan_lateness *l, wall_t slot,
    struct buf *out)
{
	struct step_pause pause = pause_of(p, l, slot);

	step_print(&pause,
	    tz_offset(l->view->zone, l->now.us / SECOND_US), out);
}

int
plan_late_miss(struct plan *p, const struct plan_lateness *l, wall_t until,
    const char *why)
{
	struct plan_range r = plan_range(l->view, l->due->slot, until);
	struct run_row row;
	int got = 0;

	run_row_init(&row);
	row.job = l->job->id;
	row.uid = l->job->uid;
	row.lap = l->due->lap;
	row.result = RESULT_MISSED;
	row.end = l->now.us;
	snprintf(row.why, sizeof row.why, "%s%s", why,
	    r.is_cut ? " (at least so many slots)" : "");
	for (; got == 0 && r.count > 0; r.count--) {
		row.id = p->on.self->next_run;
		row.slot = row.at = r.first.us;
		row.slots = r.count;
		row.slot_to = r.count > 1 ? r.last.us : -1;
		got = runs_add(l->db, &row);
		if (got == 1 && p->listener.missed != NULL
		    && p->listener.missed(
			   p->listener.arg, l->db, l->job, &row)
			!= 0)
			got = -1;
		r.first = plan_view_next(l->view, r.first);
	}
	p->on.self->next_run += got > 0;
	if (r.next.us != l->due->slot.us)
		plan_due_at(p, l, r.next);
	return got > 0 ? plan_chain_ended(p, l->db, l->job, &row) : got;
}

static int
miss(struct plan *p, const struct plan_lateness *l, wall_t until)
{
	struct buf why = BUF_EMPTY;
	int got = 0;

	if (l->due->slot.us < until.us) {
		plan_late_why(p, l, l->due->slot, &why);
		got = plan_late_miss(p, l, until, buf_text(&why));
		buf_fini(&why);
	}
	return got;
}

static enum verdict
judge(const struct plan *p, const struct plan_lateness *l)
{
	struct step_pause pause = pause_of(p, l, l->due->slot);
	const struct when *w = l->view->when;

	switch ((enum job_catchup)JOB_NUMBER(l->job, catchup)) {
	case CATCHUP_ALL:
		return ALL;
	case CATCHUP_ONE:
		return JOIN;
	case CATCHUP_NONE:
		break;
	}
	if (pause.kind == STEP_DOWN || pause.length > LONG_US)
		return MISS;
	return pause.length <= SHORT_US || !when_is_wildcard(w) ? JOIN : MISS;
}

/* The oldest slot that its catch-up still wants; the rule of the clock wants
 * all of them. */
static wall_t
oldest_wanted(const struct plan_lateness *l)
{
	int64_t within = JOB_NUMBER(l->job, catchup_within);

	if (within == 0 || JOB_NUMBER(l->job, catchup) == CATCHUP_NONE)
		return (wall_t) { INT64_MIN };
	return wall_add(l->now, -within);
}

/* @reboot and @after have no other slot that could come instead. */
static bool
comes_again(const struct when *w)
{
	return when_kind(w) == WHEN_TIMES || when_kind(w) == WHEN_ONCE;
}

bool
plan_late_is_made_up(struct plan *p, const struct plan_lateness *l)
{
	int64_t deadline = JOB_NUMBER(l->job, start_deadline);

	return l->now.us - l->due->at.us > deadline
	    && (!comes_again(l->view->when) || judge(p, l) != MISS)
	    && l->due->slot.us >= oldest_wanted(l).us;
}

/* The newest of them become a range; those before it are missed. */
static int
make_up_for_all(
    struct plan *p, const struct plan_lateness *l, wall_t wanted)
{
	wall_t newest = plan_backlog_newest(l);

	if (miss(p, l, newest.us > wanted.us ? newest : wanted) != 0)
		return -1;
	if (l->due->slot.us > l->now.us)
		return 0;
	return plan_backlog_put(p, l);
}

int
plan_late(struct plan *p, const struct plan_lateness *l)
{
	wall_t deadline = wall_add(l->now,
	    -JOB_NUMBER(l->job, start_deadline) - plan_shift(p, l->job));
	wall_t wanted = oldest_wanted(l), handled = p->laps.relived;

	if (handled.us > l->now.us)
		handled = l->now; /* the rest of it comes again */
	if (comes_again(l->view->when)) {
		if (l->due->slot.us <= handled.us)
			plan_due_at(
			    p, l, plan_view_next(l->view, handled));
		switch (judge(p, l)) {
		case MISS:
			return miss(p, l, deadline);
		case ALL:
			return make_up_for_all(p, l, wanted);
		case JOIN:
			break;
		}
		if (miss(p, l, wanted) != 0)
			return -1;
		if (l->due->slot.us >= deadline.us)
			return 0;
	}
	l->due->at = wall_add(l->now, plan_spread(p, l->job->id));
	return 0;
}

void
plan_listen(struct plan *p, const struct plan_listener *listener)
{
	p->listener = *listener;
}
