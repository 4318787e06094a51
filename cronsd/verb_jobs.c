/*
 * add, set, rm, enable, disable, tag, undo. Each change is a revision, in the
 * same transaction as the job's row and its next slot.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

#include "commit.h"
#include "conf.h"
#include "fail.h"
#include "keep.h"
#include "plan.h"
#include "share/job.h"
#include "share/line.h"
#include "share/log.h"
#include "share/when.h"
#include "store_jobs.h"
#include "store_runs.h"
#include "store_sources.h"
#include "verb.h"

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

/* Does it wait for something else than an instant? */
static bool
is_waiting(const struct job *job)
{
	static const char *const words[] = { "@manual", "@reboot", "@after" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strncmp(JOB_TEXT(job, schedule), words[i],
			strlen(words[i])) == 0)
			return true;
	return false;
}

/* "warning=..." of a job that will never be due, or nothing. */
static void
print_warning(struct buf *out, const struct job *job, wall_t next)
{
	struct when *w;

	if (!wall_is_never(next) || !JOB_NUMBER(job, enabled)
	    || is_waiting(job))
		return;
	w = job_when(job);
	line_put_pair(out, "warning",
	    when_warning(w) != NULL
		? when_warning(w)
		: "it has no instant to come: it never runs");
	when_free(w);
}

static enum verb_status
confirm(struct request *r, int code, const struct job *job, wall_t next)
{
	struct buf text = BUF_EMPTY;

	keep_jobs_changed(r->parts->keep);
	print_next(&text, next);
	print_warning(&text, job, next);
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
	if (job_check(job, &f) != ERR_NONE
	    || request_check_links(r, job, &f) != ERR_NONE)
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
	FAIL_POINT(act_add);
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
	else if (request_put_fields(r, &job, &f) != ERR_NONE)
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
	int got;

	if (job_check(job, &f) != ERR_NONE
	    || request_check_links(r, job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	got = plan_settle(r->parts->plan, job->id, r->now);
	if (got == 0)
		got = jobs_set(db, job, &why);
	FAIL_POINT(act_set);
	if (got != 0 || plan_job(r->parts->plan, job, r->now, &next) != 0) {
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
		|| request_put_fields(r, &job, &f) != ERR_NONE))
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
	if (request_check_unlinked(r, &job, &f) != ERR_NONE) {
		job_fini(&job);
		return reply_fault(r, &f);
	}
	if (plan_settle(r->parts->plan, job.id, r->now) != 0)
		commit_spoil(r->parts->commit);
	plan_release(r->parts->plan, job.id, r->now);
	plan_clock_set(r->parts->plan);
	keep_jobs_changed(r->parts->keep);
	FAIL_POINT(act_rm);
	if (jobs_drop(db, &job, &why) != 0) {
		commit_spoil(r->parts->commit);
		job_fini(&job);
		return reply_busy(r);
	}
	reply_ok(r, 200, "id=%lld", (long long)job.id);
	job_fini(&job);
	return VERB_COMMIT;
}

/* ---- tag ---- */

/* The field with some tags more, or less. */
static void
change_tags(const struct request *r, struct job *job, struct buf *out)
{
	bool removes = request_is(r, "remove");
	const char *at = JOB_TEXT(job, tags);
	char have[JOB_TAG_MAX];

	while (job_next_tag(&at, have)) {
		bool named = false;

		for (size_t i = 1; i < r->line.word_count; i++)
			named |= strcmp(r->line.word[i], have) == 0;
		if (!named || !removes)
			buf_printf(out, "%s%s", out->len > 0 ? "," : "", have);
	}
	for (size_t i = 1; i < r->line.word_count && !removes; i++)
		if (!job_has_tag(job, r->line.word[i]))
			buf_printf(out, "%s%s", out->len > 0 ? "," : "",
			    r->line.word[i]);
}

static enum verb_status
tag_job(struct request *r, struct db *db, struct job *job)
{
	struct buf tags = BUF_EMPTY, change = BUF_EMPTY;
	enum verb_status status;
	struct fault f;

	change_tags(r, job, &tags);
	buf_puts(&change, "set");
	line_put_pair(&change, "tags", buf_text(&tags));
	if (refuse_live(db, job, &f) != ERR_NONE
	    || job_set(job, JOB_tags, buf_text(&tags), &f) != ERR_NONE)
		status = reply_fault(r, &f);
	else
		status = store_change(r, db, job, buf_text(&change));
	buf_fini(&change);
	buf_fini(&tags);
	return status;
}

enum verb_status
verb_tag(struct request *r)
{
	struct db *db = commit_db(r->parts->commit);
	enum verb_status status;
	struct job job;
	struct fault f;

	if (db == NULL)
		return reply_busy(r);
	if (take_job(r, db, &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	status = tag_job(r, db, &job);
	job_fini(&job);
	return status;
}

/* ---- undo ---- */

/* What only root may set stays as it is, or root has to undo it. */
static enum err
check_rights(const struct request *r, const struct job *was,
    const struct job *job, struct fault *f)
{
	for (int i = 0; i < JOB_FIELD_COUNT && !r->caller.root; i++) {
		const struct job_row *row = job_row((enum job_field)i);

		if ((row->who == WHO_ROOT || i == JOB_nice)
		    && job->value[i].number != was->value[i].number)
			return fault_set(f, ERR_DENIED, row->key,
			    "only root may set it back");
	}
	return ERR_NONE;
}

/* The revision that is asked for, else the one before the newest. */
static enum err
read_rev(const struct request *r, int64_t newest, int64_t *rev,
    struct fault *f)
{
	const char *word = r->line.word_count > 1 ? r->line.word[1] : NULL;
	const char *why;

	*rev = newest - 1;
	if (word == NULL)
		return ERR_NONE;
	*rev = strtonum(word, 1, newest, &why);
	if (why == NULL)
		return ERR_NONE;
	fault_set(f, ERR_BAD_VALUE, "rev", "revision \"%.40s\" is %s", word,
	    why);
	snprintf(f->hint, sizeof f->hint, "cronsctl history %.60s",
	    r->line.word[0]);
	return f->err;
}

static enum verb_status
set_back(struct request *r, struct db *db, const struct job *now)
{
	int64_t want[2] = { now->id, 0 };
	char change[40];
	enum verb_status status;
	struct job job;
	struct fault f;

	if (read_rev(r, now->rev, &want[1], &f) != ERR_NONE)
		return reply_fault(r, &f);
	if (jobs_get_rev(db, want, &job, NULL) != 1)
		return reply_err(r, ERR_GONE, "rev",
		    "there is no revision before the first");
	snprintf(change, sizeof change, "undone to revision %lld",
	    (long long)job.rev);
	job.rev = now->rev;
	job.uid = now->uid;
	job.created_us = now->created_us;
	job.source = now->source;
	strlcpy(job.user, now->user, sizeof job.user);
	if (now->source_key != NULL)
		job.source_key = xstrdup(now->source_key);
	if (refuse_live(db, now, &f) != ERR_NONE
	    || check_rights(r, now, &job, &f) != ERR_NONE)
		status = reply_fault(r, &f);
	else if (name_is_taken(db, &job))
		status = reply_err(r, ERR_EXISTS, "name",
		    "there is a job \"%.100s\" by now", JOB_TEXT(&job, name));
	else
		status = store_change(r, db, &job, change);
	job_fini(&job);
	return status;
}

/* A job that was removed, of whom it belonged to, with its id and history. */
static enum verb_status
bring_back(struct request *r, struct db *db, struct job *job)
{
	struct jobs_change why = { r->now, r->caller.name, "brought back" };
	struct fault f;
	wall_t next;

	if (job->source != 0)
		return reply_err(r, ERR_FROM_FILE, "job",
		    "it came from a crontab: write it there again");
	if (name_is_taken(db, job))
		return reply_err(r, ERR_EXISTS, "name",
		    "there is a job \"%.100s\" by now", JOB_TEXT(job, name));
	if (job_check(job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	if (jobs_return(db, job, &why) != 0
	    || health_restore(db, job->id) != 0
	    || plan_job(r->parts->plan, job, r->now, &next) != 0) {
		commit_spoil(r->parts->commit);
		return reply_busy(r);
	}
	return confirm(r, 201, job, next);
}

/* Is the word the id of a removed job of theirs? Then *job, to be fini'ed. */
static bool
find_removed(struct request *r, struct db *db, struct job *job)
{
	int64_t want[2] = { atoll(r->line.word[0]), INT64_MAX };
	bool removed;

	if (want[0] <= 0 || jobs_get_rev(db, want, job, &removed) != 1)
		return false;
	if (removed && job->uid >= 0 && request_may(r, ROLE_EDIT, job->uid))
		return true;
	job_fini(job);
	return false;
}

enum verb_status
verb_undo(struct request *r)
{
	struct db *db = commit_db(r->parts->commit);
	enum verb_status status;
	struct job job;
	struct fault f;

	if (db == NULL)
		return reply_busy(r);
	if (find_removed(r, db, &job))
		status = bring_back(r, db, &job);
	else if (take_job(r, db, &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	else
		status = set_back(r, db, &job);
	job_fini(&job);
	return status;
}
