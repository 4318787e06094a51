/*
 * list, show, export: jobs as rows. Listings page by key: a page of rows, then
 * other clients have their turn, so a million jobs cost no memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "live.h"
#include "plan.h"
#include "share/job.h"
#include "share/log.h"
#include "share/when.h"
#include "store_jobs.h"
#include "store_pauses.h"
#include "store_runs.h"
#include "verb.h"

#define PAGE 200

/* Where a listing stands between two pages. */
struct page {
	int64_t uid; /* -1: all users */
	char tag[72]; /* "": with any */
	int64_t after_id;
	char after_name[160];
	int rows; /* of this page */
	struct request *request;
	const struct listing *what;
};

/* What is said of each job, and what one must be allowed to do to it. */
struct listing {
	void (*put)(struct request *r, const struct job *job);
	enum verb_role role;
};

static void
put_due(struct request *r, int64_t job)
{
	struct due due;

	reply_some(
	    r, due_get(r->parts->read, job, &due) == 1 ? due.at.us : -1);
}

static void
put_health(struct request *r, int64_t job)
{
	struct health h = { .run = -1, .start = -1, .end = -1, .code = -1 };
	int got = health_get(r->parts->read, job, &h);

	reply_some(r, h.run);
	reply_some(r, h.start);
	reply_some(r, h.end);
	reply_text(r, got == 1 ? run_result_word(h.result) : "");
	reply_some(r, h.code);
}

/* Why it is paused now, and until when; empty if it is not. */
static void
put_pause(struct request *r, const struct job *job)
{
	struct buf text = BUF_EMPTY;
	struct pause pause;
	bool is = pauses_find(r->parts->read, job, r->now, &pause) == 1;

	if (is)
		pause_print(&pause, &text);
	reply_text(r, buf_text(&text));
	reply_some(r,
	    is && !wall_is_never(pause.until) ? pause.until.us : -1);
	buf_fini(&text);
}

static void
put_job(struct request *r, const struct job *job)
{
	const struct live_run *run
	    = live_of_job(r->parts->live, job->id, NULL);

	reply_begin(r);
	reply_number(r, job->id);
	reply_text(r, job->user);
	reply_text(r, JOB_TEXT(job, name));
	reply_text(r, JOB_TEXT(job, schedule));
	reply_text(r, JOB_TEXT(job, zone));
	reply_text(r, JOB_NUMBER(job, enabled) ? "yes" : "no");
	put_due(r, job->id);
	reply_some(r, run == NULL ? -1 : run->row.id);
	put_health(r, job->id);
	put_pause(r, job);
	reply_end(r);
}

/*
 * What a job runs is for those who may change it: the roles view and admin see
 * that there is a job, when it is due and how it went.
 */
static bool
is_private(int field)
{
	return field == JOB_command || field == JOB_argv || field == JOB_stdin
	    || field == JOB_env;
}

static void
put_fields(struct request *r, const struct job *job)
{
	struct buf value = BUF_EMPTY;
	bool may_see = request_may(r, ROLE_EDIT, job->uid);

	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		buf_clear(&value);
		if (may_see || !is_private(i))
			job_print(job, (enum job_field)i, &value);
		reply_text(r, buf_text(&value));
	}
	buf_fini(&value);
}

static void
put_export(struct request *r, const struct job *job)
{
	reply_begin(r);
	reply_number(r, job->id);
	reply_text(r, job->user);
	put_fields(r, job);
	reply_end(r);
}

static bool
put_of_page(void *arg, const struct job *job)
{
	struct page *page = arg;

	if (request_may(page->request, page->what->role, job->uid))
		page->what->put(page->request, job);
	page->rows++;
	page->after_id = job->id;
	snprintf(page->after_name, sizeof page->after_name, "%s",
	    JOB_TEXT(job, name));
	return true;
}

/* The jobs that the words name. */
static enum verb_status
list_words(struct request *r, const struct listing *what)
{
	enum err err;
	struct fault f;

	reply_names(r);
	for (size_t i = 0; i < r->line.word_count; i++) {
		struct job job;

		err = request_job(r, r->line.word[i], &job, &f);
		if (err != ERR_NONE)
			return reply_fault(r, &f);
		if (request_may(r, what->role, job.uid))
			what->put(r, &job);
		else
			err = ERR_DENIED;
		job_fini(&job);
		if (err != ERR_NONE)
			return reply_err(r, err, "job",
			    "\"%.100s\" belongs to another user",
			    r->line.word[i]);
	}
	return reply_ok(r, 200, "%s", "");
}

/* Whose jobs, and with which tag; VERB_MORE: they are listed by pages. */
static enum verb_status
begin(struct request *r, struct request_tag *t)
{
	const char *word = r->line.word_count == 1 ? r->line.word[0] : "";
	enum verb_status status = request_tag(r, word, t);

	if (status != VERB_MORE || t->is)
		return status;
	t->tag[0] = '\0';
	return request_scope(r, &t->uid);
}

static enum verb_status
list(struct request *r, const struct listing *what)
{
	struct page *page = r->state;
	struct jobs_want want = { .most = PAGE };

	if (page == NULL) {
		struct request_tag t;
		enum verb_status status = begin(r, &t);

		if (status != VERB_MORE)
			return status;
		if (r->line.word_count > 0 && !t.is)
			return list_words(r, what);
		r->state = page = xcalloc(1, sizeof *page);
		r->free_state = free;
		page->uid = t.uid;
		strlcpy(page->tag, t.tag, sizeof page->tag);
		page->what = what;
		reply_names(r);
	}
	want.what = page->tag[0] != '\0' ? JOBS_TAGGED
	    : page->uid < 0		 ? JOBS_ALL
					 : JOBS_OF;
	want.uid = page->uid;
	want.name = page->tag;
	want.after_id = page->after_id;
	want.after_name = page->after_name;
	page->rows = 0;
	page->request = r;
	if (jobs_each(r->parts->read, &want, put_of_page, page) != 0)
		return reply_err(r, ERR_INTERNAL, "", "the database failed");
	if (page->rows == PAGE)
		return VERB_MORE;
	return reply_ok(r, 200, "%s", "");
}

enum verb_status
verb_list(struct request *r)
{
	static const struct listing what = { put_job, ROLE_VIEW };

	return list(r, &what);
}

enum verb_status
verb_export(struct request *r)
{
	static const struct listing what = { put_export, ROLE_EDIT };

	return list(r, &what);
}

/* The schedule in words, what is odd about it, and the next five instants. */
static void
put_schedule(struct request *r, const struct job *job)
{
	struct when *w = job_when(job);
	struct buf text = BUF_EMPTY;
	wall_t at = r->now;

	when_describe(w, &text);
	reply_text(r, buf_text(&text));
	reply_text(r, when_warning(w) == NULL ? "" : when_warning(w));
	buf_clear(&text);
	for (int i = 0; i < 5; i++) {
		at = plan_slot_after(r->parts->plan, job, at);
		if (wall_is_never(at))
			break;
		buf_printf(&text, "%s%lld", i == 0 ? "" : " ",
		    (long long)at.us);
	}
	reply_text(r, buf_text(&text));
	buf_fini(&text);
	when_free(w);
}

enum verb_status
verb_show(struct request *r)
{
	struct job job;
	struct fault f;

	if (request_job(r, r->line.word[0], &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	reply_names(r);
	reply_begin(r);
	reply_number(r, job.id);
	reply_number(r, job.rev);
	reply_text(r, job.user);
	reply_number(r, job.uid);
	reply_number(r, job.source);
	reply_number(r, job.created_us);
	put_due(r, job.id);
	put_schedule(r, &job);
	put_fields(r, &job);
	reply_end(r);
	job_fini(&job);
	return reply_ok(r, 200, "%s", "");
}
