/*
 * add, set, rm, enable, disable, history. Each change is a revision, in the
 * same transaction as the job's row and its next slot.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "commit.h"
#include "conf.h"
#include "keep.h"
#include "plan.h"
#include "share/job.h"
#include "store_jobs.h"
#include "store_sources.h"
#include "verb.h"

/* Takes every key that is a field of a job; who may set it stands there. */
static enum err
set_fields(struct request *r, struct job *job, struct fault *f)
{
	for (size_t i = 0; i < r->line.pair_count; i++) {
		int field = job_field_find(r->line.pair[i].key);
		enum err err;

		if (field < 0)
			continue;
		if (job_row((enum job_field)field)->who == WHO_ROOT
		    && !r->caller.root)
			return fault_set(f, ERR_DENIED,
			    job_row((enum job_field)field)->key,
			    "only root may set it");
		err = job_set(job, (enum job_field)field,
		    r->line.pair[i].value, f);
		if (err != ERR_NONE)
			return err;
	}
	if (JOB_NUMBER(job, nice) < 0 && !r->caller.root)
		return fault_set(f, ERR_DENIED, "nice",
		    "only root may raise a job's priority");
	return ERR_NONE;
}

/* The request's pairs as text, for the revision. */
static char *
change_text(const struct request *r, const char *first)
{
	struct buf text = BUF_EMPTY;

	buf_puts(&text, first);
	for (size_t i = 0; i < r->line.pair_count; i++)
		line_put_pair(
		    &text, r->line.pair[i].key, r->line.pair[i].value);
	return buf_take(&text);
}

/* "next=..." or nothing. */
static void
print_next(struct buf *out, wall_t next)
{
	if (wall_is_never(next))
		return;
	buf_puts(out, " next=");
	rfc3339_print(out, next, 0);
}

static enum verb_status
confirm(struct request *r, int code, const struct job *job, wall_t next)
{
	struct buf text = BUF_EMPTY;

	keep_jobs_changed(r->parts->keep);
	print_next(&text, next);
	reply_ok(r, code, "id=%lld rev=%lld%s", (long long)job->id,
	    (long long)job->rev, buf_text(&text));
	buf_fini(&text);
	return VERB_COMMIT;
}

/*
 * Counting a user's jobs reads all of them, so the count of the last one is
 * kept along. It may be too high, when a turn was undone or a job removed: so
 * it is counted again before somebody is refused.
 */
static bool
has_too_many(struct db *db, int64_t uid, int64_t most)
{
	static int64_t counted = -1, count;

	if (counted != uid || count >= most) {
		counted = uid;
		count = jobs_count_of(db, uid);
	}
	return count++ >= most;
}

static enum verb_status
add_job(struct request *r, struct job *job)
{
	struct db *db = commit_db(r->parts->commit);
	struct jobs_change why = { r->now, r->caller.name, NULL };
	struct job other;
	struct fault f;
	wall_t next;
	char *text;
	int got;

	if (db == NULL)
		return reply_busy(r);
	if (job_check(job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	got = jobs_get_named(db, job->uid, JOB_TEXT(job, name), &other);
	if (got == 1) {
		job_fini(&other);
		return reply_err(r, ERR_EXISTS, "name",
		    "there is a job \"%.100s\" already; change it with set",
		    JOB_TEXT(job, name));
	}
	if (has_too_many(db, job->uid, r->parts->conf->jobs_per_uid))
		return reply_err(r, ERR_BUSY, "", "more than %lld jobs",
		    (long long)r->parts->conf->jobs_per_uid);
	text = change_text(r, "added");
	why.text = text;
	got = jobs_add(db, job, &why);
	free(text);
	if (got != 0 || plan_job(r->parts->plan, job, r->now, &next) != 0) {
		commit_spoil(r->parts->commit);
		return reply_busy(r);
	}
	return confirm(r, 201, job, next);
}

enum verb_status
verb_add(struct request *r)
{
	struct job job;
	struct fault f;
	int64_t uid;
	enum verb_status status;
	char user[64];

	status = request_owner(r, &uid, user);
	if (status != VERB_MORE)
		return status;
	job_init(&job);
	job.uid = uid;
	strlcpy(job.user, user, sizeof job.user);
	job.created_us = r->now.us;
	if (request_key(r, "name") == NULL)
		status = reply_err(
		    r, ERR_MISSING_KEY, "name", "a job needs name=");
	else if (request_key(r, "schedule") == NULL)
		status = reply_err(r, ERR_MISSING_KEY, "schedule",
		    "a job needs schedule=");
	else if (set_fields(r, &job, &f) != ERR_NONE)
		status = reply_fault(r, &f);
	else
		status = add_job(r, &job);
	job_fini(&job);
	return status;
}

/*
 * The job a change is for, as this turn has it (requests before this one may
 * have changed it). Checks if-rev.
 */
static enum err
take_job(struct request *r, struct db *db, struct job *job, struct fault *f)
{
	int64_t rev = -1, id;

	if (request_job(r, r->line.word[0], job, f) != ERR_NONE)
		return f->err;
	id = job->id;
	job_fini(job);
	if (jobs_get(db, id, job) != 1)
		return fault_set(
		    f, ERR_NOT_FOUND, "job", "it was removed meanwhile");
	if (request_number(r, "if_rev", &rev, f) == ERR_NONE
	    && (rev < 0 || rev == job->rev))
		return ERR_NONE;
	if (rev >= 0)
		fault_set(f, ERR_CHANGED, "if-rev",
		    "its revision is %lld now", (long long)job->rev);
	job_fini(job);
	return f->err;
}

/*
 * A job of a live crontab is what its file says: a change here would last
 * until the file is read again. (To disable it is remembered, though.)
 */
static enum err
refuse_live(struct db *db, const struct job *job, struct fault *f)
{
	struct source source;

	if (job->source == 0 || sources_get_id(db, job->source, &source) != 1)
		return ERR_NONE;
	fault_set(f, ERR_FROM_FILE, "job", "\"%.60s\" comes from %.150s",
	    JOB_TEXT(job, name), source.path);
	snprintf(f->hint, sizeof f->hint,
	    source.kind == SOURCE_USER
		? "change it with crontab -e, or disable it"
		: "edit that file, or disable the job");
	source_fini(&source);
	return f->err;
}

static enum verb_status
store_change(struct request *r, struct db *db, struct job *job,
    const char *text)
{
	struct jobs_change why = { r->now, r->caller.name, text };
	struct fault f;
	wall_t next;

	if (job_check(job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	if (plan_settle(r->parts->plan, job->id, r->now) != 0
	    || jobs_set(db, job, &why) != 0
	    || plan_job(r->parts->plan, job, r->now, &next) != 0) {
		commit_spoil(r->parts->commit);
		return reply_busy(r);
	}
	return confirm(r, 200, job, next);
}

static bool
name_is_taken(struct db *db, const struct job *job)
{
	struct job other;
	bool taken;

	if (jobs_get_named(db, job->uid, JOB_TEXT(job, name), &other) != 1)
		return false;
	taken = other.id != job->id;
	job_fini(&other);
	return taken;
}

/* change: what happens to the job; NULL: the request's fields. */
static enum verb_status
change_job(struct request *r, const char *change, const char *enabled)
{
	struct db *db = commit_db(r->parts->commit);
	enum verb_status status;
	struct job job;
	struct fault f;
	char *text;

	if (db == NULL)
		return reply_busy(r);
	if (take_job(r, db, &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	text = change_text(r, change);
	if (enabled != NULL)
		job_set(&job, JOB_enabled, enabled, &f);
	if (enabled == NULL
	    && (refuse_live(db, &job, &f) != ERR_NONE
		|| set_fields(r, &job, &f) != ERR_NONE))
		status = reply_fault(r, &f);
	else if (name_is_taken(db, &job))
		status = reply_err(r, ERR_EXISTS, "name",
		    "there is a job \"%.100s\" already",
		    JOB_TEXT(&job, name));
	else
		status = store_change(r, db, &job, text);
	free(text);
	job_fini(&job);
	return status;
}

enum verb_status
verb_set(struct request *r)
{
	if (r->line.pair_count == 0)
		return reply_err(r, ERR_MISSING_KEY, "",
		    "set needs at least one key=value");
	return change_job(r, "set", NULL);
}

enum verb_status
verb_enable(struct request *r)
{
	return change_job(r, "enabled", "yes");
}

enum verb_status
verb_disable(struct request *r)
{
	return change_job(r, "disabled", "no");
}

enum verb_status
verb_rm(struct request *r)
{
	struct db *db = commit_db(r->parts->commit);
	struct jobs_change why = { r->now, r->caller.name, "removed" };
	struct job job;
	struct fault f;

	if (db == NULL)
		return reply_busy(r);
	if (take_job(r, db, &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	if (refuse_live(db, &job, &f) != ERR_NONE) {
		job_fini(&job);
		return reply_fault(r, &f);
	}
	if (plan_settle(r->parts->plan, job.id, r->now) != 0)
		commit_spoil(r->parts->commit);
	plan_release(r->parts->plan, job.id, r->now);
	plan_clock_set(r->parts->plan);
	keep_jobs_changed(r->parts->keep);
	if (jobs_drop(db, &job, &why) != 0) {
		commit_spoil(r->parts->commit);
		job_fini(&job);
		return reply_busy(r);
	}
	reply_ok(r, 200, "id=%lld", (long long)job.id);
	job_fini(&job);
	return VERB_COMMIT;
}

static void
put_rev(void *arg, const struct jobs_rev *rev)
{
	struct request *r = arg;

	reply_begin(r);
	reply_number(r, rev->rev);
	reply_number(r, rev->at_us);
	reply_text(r, rev->by);
	reply_text(r, rev->change);
	reply_end(r);
}

enum verb_status
verb_history(struct request *r)
{
	struct job job;
	struct fault f;

	if (request_job(r, r->line.word[0], &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	/* What changed is what the job runs: not for the role view. */
	if (!request_may(r, ROLE_EDIT, job.uid)) {
		job_fini(&job);
		return reply_err(r, ERR_DENIED, "job",
		    "\"%.100s\" belongs to another user", r->line.word[0]);
	}
	reply_names(r);
	jobs_each_rev(r->parts->read, job.id, put_rev, r);
	job_fini(&job);
	return reply_ok(r, 200, "%s", "");
}
