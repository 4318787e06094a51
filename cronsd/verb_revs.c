/* history, diff, tags: what jobs were, and what they are called. */
#include <string.h>

#include <bsd/stdlib.h>

#include "share/buf.h"
#include "share/job.h"
#include "store_jobs.h"
#include "store_jobs_tags.h"
#include "verb.h"

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

/* What changed is what the job runs: not for the role view. */
static enum err
find_own(struct request *r, struct job *job, struct fault *f)
{
	if (request_job(r, r->line.word[0], job, f) != ERR_NONE)
		return f->err;
	if (request_may(r, ROLE_EDIT, job->uid))
		return ERR_NONE;
	job_fini(job);
	return fault_set(f, ERR_DENIED, "job",
	    "\"%.100s\" belongs to another user", r->line.word[0]);
}

enum verb_status
verb_history(struct request *r)
{
	struct job job;
	struct fault f;

	if (find_own(r, &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	reply_names(r);
	jobs_each_rev(r->parts->read, job.id, put_rev, r);
	job_fini(&job);
	return reply_ok(r, 200, "%s", "");
}

static void
put_difference(struct request *r, const struct job *was,
    const struct job *job, enum job_field field)
{
	struct buf before = BUF_EMPTY, now = BUF_EMPTY;

	job_print(was, field, &before);
	job_print(job, field, &now);
	if (strcmp(buf_text(&before), buf_text(&now)) != 0) {
		reply_begin(r);
		reply_text(r, job_row(field)->key);
		reply_text(r, buf_text(&before));
		reply_text(r, buf_text(&now));
		reply_end(r);
	}
	buf_fini(&now);
	buf_fini(&before);
}

/* Before its first revision a job is one that has but presets. */
static enum verb_status
put_differences(struct request *r, const struct job *job, int64_t rev)
{
	int64_t want[2] = { job->id, rev };
	struct job was;

	if (rev == 0)
		job_init(&was);
	else if (jobs_get_rev(r->parts->read, want, &was, NULL) != 1)
		return reply_err(r, ERR_GONE, "rev",
		    "revision %lld is no longer kept", (long long)rev);
	reply_names(r);
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		put_difference(r, &was, job, (enum job_field)i);
	job_fini(&was);
	return reply_ok(r, 200, "rev=%lld from=%lld", (long long)job->rev,
	    (long long)rev);
}

enum verb_status
verb_diff(struct request *r)
{
	const char *word = r->line.word_count > 1 ? r->line.word[1] : NULL;
	const char *why = NULL;
	enum verb_status status;
	struct job job;
	struct fault f;
	int64_t rev;

	if (find_own(r, &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	rev = job.rev - 1;
	if (word != NULL)
		rev = strtonum(word, 0, job.rev, &why);
	if (why != NULL)
		status = reply_err(r, ERR_BAD_VALUE, "rev",
		    "revision \"%.40s\" is %s: 0 to %lld are possible", word,
		    why, (long long)job.rev);
	else
		status = put_differences(r, &job, rev);
	job_fini(&job);
	return status;
}

static void
put_tag(void *arg, const char *tag, int64_t jobs)
{
	struct request *r = arg;

	reply_begin(r);
	reply_text(r, tag);
	reply_number(r, jobs);
	reply_end(r);
}

enum verb_status
verb_tags(struct request *r)
{
	int64_t uid;
	enum verb_status status = request_scope(r, &uid);

	if (status != VERB_MORE)
		return status;
	reply_names(r);
	if (tags_each(r->parts->read, uid, put_tag, r) != 0)
		return reply_err(r, ERR_INTERNAL, "", "the database failed");
	return reply_ok(r, 200, "%s", "");
}
