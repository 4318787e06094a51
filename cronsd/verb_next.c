/* next and why: what will be, and what became of what was to be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch.h"
#include "live.h"
#include "plan.h"
#include "share/job.h"
#include "share/log.h"
#include "share/tz.h"
#include "share/when.h"
#include "store_backlog.h"
#include "store_jobs.h"
#include "store_pauses.h"
#include "store_runs.h"
#include "store_sources.h"
#include "verb.h"
#include "verb_then.h"

#define MOST_NEXT 1000
#define NEXT_PRESET 5

static const struct tz *
zone_of(struct request *r, const struct job *job)
{
	struct when *w = job_when(job);
	const struct tz *zone = plan_zone(r->parts->plan, job_zone(job, w));

	when_free(w);
	return zone;
}

static void
put_instant(struct request *r, const struct job *job, wall_t at)
{
	struct buf moved = BUF_EMPTY;
	struct when *w = job_when(job);
	const struct tz *zone = zone_of(r, job);

	if (zone != NULL)
		when_moved(w, zone, at, &moved);
	reply_begin(r);
	reply_number(r, at.us);
	reply_text(r, JOB_TEXT(job, name));
	reply_text(r, job->user);
	reply_text(r, buf_text(&moved));
	reply_end(r);
	buf_fini(&moved);
	when_free(w);
}

static enum verb_status
next_of_job(struct request *r, int64_t n)
{
	struct job job;
	struct fault f;
	wall_t at = r->now;

	if (request_job(r, r->line.word[0], &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	reply_names(r);
	for (int64_t i = 0; i < n; i++) {
		at = plan_slot_after(r->parts->plan, &job, at);
		if (wall_is_never(at))
			break;
		put_instant(r, &job, at);
	}
	job_fini(&job);
	return reply_ok(r, 200, "%s", "");
}

/* The next starts of all jobs in scope: the head of the queue. */
static enum verb_status
next_of_all(struct request *r, int64_t n)
{
	struct due *rows;
	int64_t uid, put = 0;
	enum verb_status status = request_scope(r, &uid);
	int count;

	if (status != VERB_MORE)
		return status;
	rows = xcalloc(MOST_NEXT * 10, sizeof *rows);
	count = due_until(
	    r->parts->read, WALL_NEVER, rows, MOST_NEXT * 10);
	reply_names(r);
	for (int i = 0; i < count && put < n; i++) {
		struct job job;

		if (jobs_get(r->parts->read, rows[i].job, &job) != 1)
			continue;
		if (uid < 0 || job.uid == uid) {
			put_instant(r, &job, rows[i].at);
			put++;
		}
		job_fini(&job);
	}
	free(rows);
	return reply_ok(r, 200, "%s", "");
}

enum verb_status
verb_next(struct request *r)
{
	int64_t n = NEXT_PRESET;
	struct fault f;

	if (request_number(r, "n", &n, &f) != ERR_NONE)
		return reply_fault(r, &f);
	if (n > MOST_NEXT)
		return reply_err(r, ERR_BAD_VALUE, "n",
		    "%lld is more than %d", (long long)n, MOST_NEXT);
	return r->line.word_count > 0 ? next_of_job(r, n) : next_of_all(r, n);
}

static void
print_time(struct buf *out, const struct tz *zone, int64_t us)
{
	int offset = zone == NULL ? 0 : tz_offset(zone, us / SECOND_US);

	rfc3339_print(out, (wall_t) { us / SECOND_US * SECOND_US }, offset);
}

/* What the row says, in one sentence. */
static void
print_row(struct buf *out, const struct tz *zone, const struct run_row *row)
{
	buf_printf(out, "%s%s%s", run_result_word(row->result),
	    row->result == RESULT_NONE ? "" : ": ",
	    run_result_sentence(row->result));
	if (row->why[0] != '\0')
		buf_printf(out, " (%s)", row->why);
	if (row->code > 0)
		buf_printf(out, ", status %lld", (long long)row->code);
	if (row->signal > 0)
		buf_printf(out, ", signal %lld", (long long)row->signal);
	if (row->start >= 0) {
		buf_puts(out, ", started ");
		print_time(out, zone, row->start);
	}
	if (row->end >= 0 && row->start >= 0) {
		buf_puts(out, ", took ");
		duration_print(
		    out, (row->end - row->start) / 1000 * 1000);
	}
	if (row->slots > 1) {
		buf_printf(out, "; one row for %lld slots until ",
		    (long long)row->slots);
		print_time(out, zone, row->slot_to);
	}
}

/* A run that is not over: where it is, and what it waits for. */
static void
print_live(struct request *r, const struct job *job,
    const struct run_row *row, struct buf *out)
{
	const struct live_run *run = live_find(r->parts->live, row->id);
	struct buf waits = BUF_EMPTY;

	if (row->result != RESULT_NONE || run == NULL)
		return;
	launch_explain(r->parts->launch, run, job, &waits);
	buf_printf(out, " (%s%s%s)", run_state_word(run->state),
	    waits.len > 0 ? ": " : "", buf_text(&waits));
	buf_fini(&waits);
}

static enum verb_status
put_why(struct request *r, int64_t slot, const struct run_row *row,
    const char *sentence)
{
	reply_names(r);
	reply_begin(r);
	reply_some(r, slot);
	reply_text(r, row == NULL ? "" : run_result_word(row->result));
	reply_some(r, row == NULL ? -1 : row->id);
	reply_text(r, sentence);
	reply_end(r);
	return reply_ok(r, 200, "%s", "");
}

/* What keeps a slot from having its row by now; false: nothing known. */
static bool
explain_now(struct request *r, const struct job *job, int64_t at,
    struct buf *out)
{
	struct backlog waits;
	struct pause pause;

	if (at <= r->now.us
	    && plan_alone_explain(r->parts->plan, job->id, at, out))
		return true;
	if (pauses_find(r->parts->read, job, (wall_t) { at }, &pause) == 1) {
		buf_puts(out, "the job is ");
		pause_print(&pause, out);
	} else if (backlog_of_slot(r->parts->read, job->id, at, &waits) == 1)
		buf_puts(out, "it waits until those before it have run");
	else if (at > r->now.us && JOB_NUMBER(job, enabled))
		buf_puts(out, "it is still to come");
	else
		return false;
	return true;
}

/* A schedule is read in its own zone: say which, and what time it is there. */
static void
put_local(struct buf *out, const char *name, const struct tz *zone, int64_t us)
{
	int64_t at = us / SECOND_US - (us % SECOND_US < 0);
	struct civil c;

	if (name[0] == '\0')
		return;
	civil_from_seconds(at + tz_offset(zone, at), &c);
	buf_printf(out, "in %s it is %04lld-%02d-%02d %02d:%02d:%02d %s then: ",
	    name, (long long)c.year, c.month, c.day, c.hour, c.minute, c.second,
	    tz_abbreviation(zone, at));
}

/* There is no row for that instant: why not? */
static void
explain_absence(struct request *r, const struct job *job, int64_t at,
    struct buf *out)
{
	const struct tz *zone = zone_of(r, job);
	struct when *w = job_when(job);
	bool matches;

	if (zone != NULL)
		put_local(out, job_zone(job, w), zone, at);
	matches = zone != NULL && when_matches(w, zone, (wall_t) { at }, out);
	when_free(w);
	if (!matches)
		return;
	buf_puts(out, "; ");
	if (explain_now(r, job, at, out)
	    || then_print(&(struct then) { r->parts->read, job, at, zone },
		out))
		return;
	buf_printf(out,
	    "there is no record of it: its history (%lld runs, %lld days) "
	    "was cut",
	    (long long)JOB_NUMBER(job, keep_runs),
	    (long long)JOB_NUMBER(job, keep_days));
}

static enum verb_status
why_at(struct request *r, const struct job *job, int64_t at)
{
	struct run_row row;
	struct buf text = BUF_EMPTY;
	enum verb_status status;
	int64_t second = at - at % SECOND_US;
	int64_t span[2] = { second, second + SECOND_US - 1 };
	bool found
	    = runs_get_covering(r->parts->read, job->id, span, &row) == 1;

	if (found) {
		print_row(&text, zone_of(r, job), &row);
		print_live(r, job, &row, &text);
	} else
		explain_absence(r, job, at, &text);
	status = put_why(r, found ? row.slot : at, found ? &row : NULL,
	    buf_text(&text));
	buf_fini(&text);
	return status;
}

/* A slot that is due, and cannot even be written down. */
static void
put_waiting(struct request *r, const struct job *job, struct buf *out)
{
	struct buf text = BUF_EMPTY;
	struct due due;

	if (due_get(r->parts->read, job->id, &due) == 1
	    && due.at.us <= r->now.us
	    && plan_alone_explain(
		r->parts->plan, job->id, due.slot.us, &text)) {
		buf_puts(out, "; its slot of ");
		print_time(out, zone_of(r, job), due.slot.us);
		buf_printf(out, ": %s", buf_text(&text));
	}
	buf_fini(&text);
}

/* Whoever asks without an instant wants to know why nothing happens now. */
static void
put_pause(struct request *r, const struct job *job, struct buf *out)
{
	struct pause pause;

	if (pauses_find(r->parts->read, job, r->now, &pause) != 1)
		return;
	buf_puts(out, "; the job is ");
	pause_print(&pause, out);
}

static enum verb_status
why_newest(struct request *r, const struct job *job)
{
	struct run_row row;
	struct buf text = BUF_EMPTY;
	struct due due;
	enum verb_status status;
	int got = runs_get_newest(r->parts->read, job->id, &row);
	/* A newer run may be no row yet. */
	bool is_alone
	    = plan_alone_explain(r->parts->plan, job->id, -1, &text);

	if (is_alone)
		got = 0;
	else if (got == 1) {
		print_row(&text, zone_of(r, job), &row);
		print_live(r, job, &row, &text);
	} else if (!JOB_NUMBER(job, enabled))
		buf_puts(&text, "it never ran: the job is disabled");
	else if (due_get(r->parts->read, job->id, &due) == 1) {
		buf_puts(&text, "it never ran: its first slot is ");
		print_time(&text, zone_of(r, job), due.slot.us);
	} else {
		buf_puts(&text,
		    "it never ran: its schedule names no instant to come");
	}
	if (!is_alone)
		put_waiting(r, job, &text);
	if (got != 1 || row.result != RESULT_SKIPPED)
		put_pause(r, job, &text);
	if (JOB_TEXT(job, after)[0] != '\0')
		buf_puts(&text, "; ");
	plan_chain_explain(r->parts->read, job->id, &text);
	status = put_why(r, got == 1 ? row.slot : -1, got == 1 ? &row : NULL,
	    buf_text(&text));
	buf_fini(&text);
	return status;
}

/* A crontab that is refused has no jobs: that may be why it is not found. */
static void
hint_at_crontabs(const struct request *r, struct fault *f)
{
	if (f->err == ERR_NOT_FOUND && sources_count_bad(r->parts->read) > 0)
		snprintf(f->hint, sizeof f->hint,
		    "a crontab is refused: cronsctl sources says which, and"
		    " in which line");
}

enum verb_status
verb_why(struct request *r)
{
	enum verb_status status;
	wall_t at = WALL_NEVER;
	struct fault f;
	struct job job;

	if (request_time(r, "at", &at, &f) != ERR_NONE
	    || request_job(r, r->line.word[0], &job, &f) != ERR_NONE) {
		hint_at_crontabs(r, &f);
		return reply_fault(r, &f);
	}
	status = wall_is_never(at) ? why_newest(r, &job)
				   : why_at(r, &job, at.us);
	job_fini(&job);
	return status;
}
