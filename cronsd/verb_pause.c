/*
 * pause, resume, skip, retry. Each is decided in the turn's transaction: a
 * pause is a row (plan_hold.c), a skipped slot its outcome, a retry a claim.
 *
 * Whose pause it is: one made by root or an admin is not ended or replaced by
 * a user, so that an operator can hold a user's jobs.
 */
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "commit.h"
#include "fail.h"
#include "keep.h"
#include "plan.h"
#include "share/job.h"
#include "share/log.h"
#include "store_jobs.h"
#include "store_pauses.h"
#include "store_runs.h"
#include "verb.h"

/* What is to be paused or resumed; VERB_MORE: go on. */
static enum verb_status
read_scope(struct request *r, struct pause *p)
{
	const char *word = r->line.word[0];
	struct request_tag t = { false, -1, "" };
	enum verb_status status;
	struct job job;
	struct fault f;

	memset(p, 0, sizeof *p);
	status = request_tag(r, word, &t);
	if (status != VERB_MORE)
		return status;
	p->uid = t.uid;
	strlcpy(p->tag, t.tag, sizeof p->tag);
	if (t.is)
		return VERB_MORE;
	if (request_job(r, word, &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	p->job = job.id;
	p->uid = job.uid;
	job_fini(&job);
	return VERB_MORE;
}

static bool
is_operator(const struct request *r)
{
	return r->caller.root || r->caller.admin;
}

static enum err
read_end(const struct request *r, struct pause *p, struct fault *f)
{
	int64_t span = -1;

	p->until = WALL_NEVER;
	if (request_time(r, "until", &p->until, f) != ERR_NONE
	    || request_duration(r, "for", &span, f) != ERR_NONE)
		return f->err;
	if (span >= 0 && !wall_is_never(p->until))
		return fault_set(f, ERR_BAD_VALUE, "until",
		    "for= and until= exclude each other");
	if (span >= 0)
		p->until = wall_add(r->now, span);
	if (p->until.us <= r->now.us)
		return fault_set(f, ERR_BAD_VALUE,
		    span >= 0 ? "for" : "until", "the pause would be over");
	return ERR_NONE;
}

/* The text goes into sentences and rows: one line, no control bytes. */
static enum err
read_why(const struct request *r, char *why, size_t size, struct fault *f)
{
	const char *text = request_key(r, "why");

	*why = '\0';
	if (text == NULL)
		return ERR_NONE;
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == '\x7f')
			return fault_set(f, ERR_BAD_VALUE, "why",
			    "a reason is one line without control bytes");
	if (strlcpy(why, text, size) >= size)
		return fault_set(f, ERR_BAD_VALUE, "why",
		    "a reason has at most %zu bytes", size - 1);
	return ERR_NONE;
}

/* "id=12" or "tag=nightly" or "tag=all", and what else is known. */
static enum verb_status
confirm(struct request *r, const struct pause *p, const char *key, wall_t at)
{
	struct buf text = BUF_EMPTY;

	if (p->job != 0)
		buf_printf(&text, "id=%lld", (long long)p->job);
	else
		buf_printf(&text, "tag=%s", *p->tag == '\0' ? "all" : p->tag);
	if (!wall_is_never(at)) {
		buf_printf(&text, " %s=", key);
		rfc3339_print(&text, at, 0);
	}
	reply_ok(r, 200, "%s", buf_text(&text));
	buf_fini(&text);
	keep_jobs_changed(r->parts->keep);
	return VERB_COMMIT;
}

static enum verb_status
refuse_firm(struct request *r, const struct pause *p)
{
	return reply_err(r, ERR_DENIED, "job",
	    "%.60s paused it: only root or an admin may change that", p->by);
}

/* A pause of the same jobs takes the place of the one there is. */
enum verb_status
verb_pause(struct request *r)
{
	struct db *db = commit_db(r->parts->commit);
	struct pause p, was;
	struct fault f;
	enum verb_status status;
	int got;

	if (db == NULL)
		return reply_busy(r);
	status = read_scope(r, &p);
	if (status != VERB_MORE)
		return status;
	p.since = r->now;
	p.firm = is_operator(r);
	strlcpy(p.by, r->caller.name, sizeof p.by);
	if (read_end(r, &p, &f) != ERR_NONE
	    || read_why(r, p.why, sizeof p.why, &f) != ERR_NONE)
		return reply_fault(r, &f);
	got = pauses_get_scope(db, &p, r->now, &was);
	if (got == 1 && was.firm && !p.firm)
		return refuse_firm(r, &was);
	if (got == 1)
		got = pauses_end(db, &was, r->now);
	FAIL_POINT(act_pause);
	if (got != 0 || pauses_add(db, &p) != 0) {
		commit_spoil(r->parts->commit);
		return reply_busy(r);
	}
	plan_paused(r->parts->plan);
	return confirm(r, &p, "until", p.until);
}

/* There is no pause of just that: is it in a wider one? */
static enum verb_status
explain(struct request *r, struct db *db, const struct pause *scope)
{
	struct pause wide;
	struct job job;
	struct buf text = BUF_EMPTY;
	int got = 0;

	if (scope->job != 0 && jobs_get(db, scope->job, &job) == 1) {
		got = pauses_find(db, &job, r->now, &wide);
		job_fini(&job);
	}
	if (got == 1)
		pause_print(&wide, &text);
	if (got == 1)
		reply_err(r, ERR_HELD, "job",
		    "it is %.150s, with all %s%.64s: resume @%.64s",
		    buf_text(&text),
		    *wide.tag == '\0' ? "jobs" : "that are tagged ", wide.tag,
		    *wide.tag == '\0' ? "all" : wide.tag);
	else
		reply_err(r, ERR_NOT_PAUSED, "job", "\"%.100s\" is not paused",
		    r->line.word[0]);
	buf_fini(&text);
	return VERB_DONE;
}

enum verb_status
verb_resume(struct request *r)
{
	struct db *db = commit_db(r->parts->commit);
	struct due due = { .slot = WALL_NEVER };
	struct pause scope, p;
	enum verb_status status;
	int got;

	if (db == NULL)
		return reply_busy(r);
	status = read_scope(r, &scope);
	if (status != VERB_MORE)
		return status;
	got = pauses_get_scope(db, &scope, r->now, &p);
	if (got == 0)
		return explain(r, db, &scope);
	if (got == 1 && p.firm && !is_operator(r))
		return refuse_firm(r, &p);
	if (got < 0 || pauses_end(db, &p, r->now) != 0) {
		commit_spoil(r->parts->commit);
		return reply_busy(r);
	}
	FAIL_POINT(act_resume);
	if (p.job != 0)
		due_get(db, p.job, &due);
	return confirm(r, &p, "next", due.slot);
}

/* "skipped by ann: why" is the reason in the slot's row. */
static enum verb_status
skip_job(struct request *r, const struct job *job, struct plan_skip *skip)
{
	struct due due = { .slot = WALL_NEVER };
	struct buf text = BUF_EMPTY;

	switch (plan_skip(r->parts->plan, job, skip)) {
	case 0:
		return reply_err(r, ERR_NOT_FOUND, "job",
		    "no slot of \"%.100s\" is to come", r->line.word[0]);
	case -1:
		commit_spoil(r->parts->commit);
		return reply_busy(r);
	}
	due_get(commit_db(r->parts->commit), job->id, &due);
	buf_printf(&text, "id=%lld slot=", (long long)job->id);
	rfc3339_print(&text, skip->slot, 0);
	if (!wall_is_never(due.slot)) {
		buf_puts(&text, " next=");
		rfc3339_print(&text, due.slot, 0);
	}
	reply_ok(r, 200, "%s", buf_text(&text));
	buf_fini(&text);
	return VERB_COMMIT;
}

enum verb_status
verb_skip(struct request *r)
{
	char said[120], why[RUN_WHY_MAX];
	struct plan_skip skip = { .now = r->now, .why = why };
	enum verb_status status;
	struct job job;
	struct fault f;

	if (commit_db(r->parts->commit) == NULL)
		return reply_busy(r);
	if (read_why(r, said, sizeof said, &f) != ERR_NONE
	    || request_job(r, r->line.word[0], &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	snprintf(why, sizeof why, "by %s%s%s", r->caller.name,
	    *said == '\0' ? "" : ": ", said);
	status = skip_job(r, &job, &skip);
	job_fini(&job);
	return status;
}

/* The newest try of the run's slot, if it is over. */
static enum err
find_last(struct request *r, struct db *db, struct run_row *last,
    struct fault *f)
{
	struct run_row run;

	if (request_run(r, r->line.word[0], &run, f) != ERR_NONE)
		return f->err;
	if (runs_get_slot(db, &run, last) != 1)
		return fault_set(f, ERR_GONE, "run",
		    "run %lld is no longer kept", (long long)run.id);
	if (last->result == RESULT_NONE)
		return fault_set(f, ERR_RUNNING, "run",
		    "run %lld has not ended yet", (long long)last->id);
	return ERR_NONE;
}

enum verb_status
verb_retry(struct request *r)
{
	struct db *db = commit_db(r->parts->commit);
	struct run_row last;
	struct job job;
	struct fault f;
	int64_t id;

	if (db == NULL)
		return reply_busy(r);
	if (find_last(r, db, &last, &f) != ERR_NONE)
		return reply_fault(r, &f);
	if (jobs_get(db, last.job, &job) != 1)
		return reply_err(r, ERR_GONE, "job",
		    "the job of run %lld was removed", (long long)last.id);
	id = plan_retry(r->parts->plan, &job, &last, r->now);
	job_fini(&job);
	if (id < 0) {
		commit_spoil(r->parts->commit);
		return reply_busy(r);
	}
	reply_ok(r, 202, "run=%lld try=%lld", (long long)id,
	    (long long)last.attempt + 1);
	return VERB_COMMIT;
}
