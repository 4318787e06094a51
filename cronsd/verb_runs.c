/* run, wait, kill, ps, runs. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "fail.h"
#include "launch.h"
#include "live.h"
#include "plan.h"
#include "share/job.h"
#include "share/log.h"
#include "store_jobs.h"
#include "store_runs.h"
#include "users.h"
#include "verb.h"
#include "watch.h"

#define PAGE 200
#define RUNS_PRESET 20

/* Whoever gives a job its environment says what it does: not for admins. */
static enum err
check_env(
    struct request *r, struct job *job, const char *env, struct fault *f)
{
	if (env == NULL)
		return ERR_NONE;
	if (!request_may(r, ROLE_EDIT, job->uid))
		return fault_set(f, ERR_DENIED, "env",
		    "\"%.100s\" belongs to another user", r->line.word[0]);
	if (job_set(job, JOB_env, env, f) != ERR_NONE)
		return f->err;
	return job_check(job, f);
}

enum verb_status
verb_run(struct request *r)
{
	const char *env = request_key(r, "env");
	struct job job;
	struct fault f;
	int64_t id = -1;
	enum err err;

	if (request_job(r, r->line.word[0], &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	err = JOB_NUMBER(&job, ping)
	    ? fault_set(&f, ERR_BAD_VALUE, "ping",
		"there is nothing to run: cronsctl ping reports that it ran")
	    : check_env(r, &job, env, &f);
	if (err == ERR_NONE)
		id = plan_manual(r->parts->plan, &job, r->now);
	job_fini(&job);
	if (err != ERR_NONE)
		return reply_fault(r, &f);
	FAIL_POINT(act_run);
	if (id >= 0 && env != NULL
	    && runs_put_env(commit_db(r->parts->commit), id, env) != 0) {
		commit_spoil(r->parts->commit);
		id = -1;
	}
	if (id < 0)
		return reply_busy(r);
	reply_ok(r, 202, "run=%lld", (long long)id);
	return VERB_COMMIT;
}

static enum verb_status
reply_result(struct request *r, const struct run_row *row)
{
	struct buf text = BUF_EMPTY;

	buf_printf(&text, "run=%lld result=%s", (long long)row->id,
	    run_result_word(row->result));
	if (row->code >= 0)
		buf_printf(&text, " exit=%lld", (long long)row->code);
	if (row->signal >= 0)
		buf_printf(&text, " signal=%lld", (long long)row->signal);
	if (row->why[0] != '\0')
		line_put_pair(&text, "why", row->why);
	reply_ok(r, 200, "%s", buf_text(&text));
	buf_fini(&text);
	return VERB_DONE;
}

/* The run is found at the first call and only watched afterwards. */
enum verb_status
verb_wait(struct request *r)
{
	struct run_row row;
	struct fault f;
	int64_t limit = -1;

	if (r->calls == 0) {
		if (request_run(r, r->line.word[0], &row, &f) != ERR_NONE
		    || request_duration(r, "timeout", &limit, &f) != ERR_NONE)
			return reply_fault(r, &f);
		r->cursor = row.id;
		if (limit >= 0)
			r->deadline.us = mono_now().us + limit;
	}
	if (runs_get(r->parts->read, r->cursor, &row) != 1)
		return reply_err(r, ERR_GONE, "run",
		    "run %lld is no longer kept", (long long)r->cursor);
	if (row.result != RESULT_NONE)
		return reply_result(r, &row);
	if (r->deadline.us != 0 && mono_now().us >= r->deadline.us)
		return reply_err(r, ERR_TIMED_OUT, "run",
		    "run %lld has not ended yet", (long long)r->cursor);
	return VERB_LATER;
}

static int
signal_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} known[] = { { "HUP", SIGHUP }, { "INT", SIGINT },
		{ "QUIT", SIGQUIT }, { "KILL", SIGKILL }, { "USR1", SIGUSR1 },
		{ "USR2", SIGUSR2 }, { "TERM", SIGTERM }, { "CONT", SIGCONT },
		{ "STOP", SIGSTOP }, { "TSTP", SIGTSTP }, { "ALRM", SIGALRM },
		{ "WINCH", SIGWINCH } };
	int n = atoi(name);

	if (strncmp(name, "SIG", 3) == 0)
		name += 3;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].number;
	return n > 0 && n <= 64 ? n : -1;
}

/* A run that was not sent yet is simply not started. */
static enum verb_status
kill_claimed(struct request *r, struct live_run *run)
{
	char why[RUN_WHY_MAX];

	snprintf(why, sizeof why, "killed by %s before it started",
	    r->caller.name);
	if (commit_db(r->parts->commit) == NULL || run->ending
	    || run->claiming)
		return reply_busy(r);
	launch_forget(r->parts->launch, run);
	if (watch_refuse(r->parts->watch, run, RESULT_KILLED, why) != 0) {
		launch_put(r->parts->launch, run);
		return reply_busy(r);
	}
	return reply_ok(r, 202, "run=%lld", (long long)run->row.id);
}

enum verb_status
verb_kill(struct request *r)
{
	const char *name = request_key(r, "signal");
	int64_t grace = 10 * SECOND_US;
	struct live_run *run;
	struct run_row row;
	struct fault f;
	struct job job;
	int number = name == NULL ? 0 : signal_number(name);

	if (request_run(r, r->line.word[0], &row, &f) != ERR_NONE)
		return reply_fault(r, &f);
	if (number < 0)
		return reply_err(r, ERR_BAD_VALUE, "signal",
		    "\"%.40s\" is no signal like TERM or 15", name);
	run = live_find(r->parts->live, row.id);
	if (run == NULL || run->state == RUN_ENDED)
		return reply_err(r, ERR_NOT_RUNNING, "run",
		    "run %lld has ended: %s", (long long)row.id,
		    run_result_word(row.result));
	if (jobs_get(r->parts->read, row.job, &job) == 1) {
		grace = JOB_NUMBER(&job, grace);
		job_fini(&job);
	}
	if (request_duration(r, "grace", &grace, &f) != ERR_NONE)
		return reply_fault(r, &f);
	if (run->state == RUN_CLAIMED)
		return kill_claimed(r, run);
	if (!watch_kill(run, number, grace))
		return VERB_LATER; /* it is just being started */
	log_info("run %lld: kill asked for by %s", (long long)row.id,
	    r->caller.name);
	return reply_ok(r, 202, "run=%lld", (long long)row.id);
}

/* The job's name: from the store, or its number once it is gone. */
static void
put_job_name(struct request *r, int64_t id)
{
	struct job job;
	char number[32];

	if (jobs_get(r->parts->read, id, &job) == 1) {
		reply_text(r, JOB_TEXT(&job, name));
		reply_text(r, job.user);
		job_fini(&job);
		return;
	}
	snprintf(number, sizeof number, "#%lld", (long long)id);
	reply_text(r, number);
	reply_text(r, "");
}

/* A test is nobody's job; its user's name is known once it was started. */
static void
put_test(struct request *r, int64_t uid)
{
	const struct user *user
	    = users_find(r->parts->users, (uid_t)uid, mono_now());

	reply_text(r, "(test)");
	reply_text(r, user != NULL && user->known ? user->name : "");
}

static void
put_live(struct request *r, const struct live_run *run)
{
	struct job job;
	int64_t timeout = -1;

	if (jobs_get(r->parts->read, run->row.job, &job) == 1) {
		timeout = JOB_NUMBER(&job, timeout);
		job_fini(&job);
	}
	reply_begin(r);
	reply_number(r, run->row.id);
	if (run->row.cause == CAUSE_TEST)
		put_test(r, run->row.uid);
	else
		put_job_name(r, run->row.job);
	reply_some(r, run->pid > 0 ? run->pid : -1);
	reply_text(r, run_state_word(run->is_over ? RUN_ENDED : run->state));
	reply_text(r, run_cause_word(run->row.cause));
	reply_number(r, run->row.slot);
	reply_some(r, run->row.start);
	reply_some(r, timeout > 0 ? timeout : -1);
	reply_end(r);
}

enum verb_status
verb_ps(struct request *r)
{
	const struct live_run *run;
	int64_t uid;
	enum verb_status status = request_scope(r, &uid);
	int n = 0;

	if (status != VERB_MORE)
		return status;
	if (r->calls == 0 || r->cursor == 0) {
		reply_names(r);
		r->cursor = 1;
	}
	for (run = live_from(r->parts->live, r->cursor); run != NULL;
	     run = live_next(r->parts->live, run)) {
		if ((uid >= 0 && run->row.uid != uid)
		    || run->row.cause == CAUSE_NOTICE)
			continue;
		put_live(r, run);
		r->cursor = run->row.id + 1;
		if (++n == PAGE)
			return VERB_MORE;
	}
	return reply_ok(r, 200, "%s", "");
}

struct runs_page {
	struct runs_want want;
	int64_t left;
	enum run_result only; /* RESULT_NONE: all */
	int seen;
	struct request *request;
};

static bool
put_run(void *arg, const struct run_row *row)
{
	struct runs_page *page = arg;
	struct request *r = page->request;
	const struct live_run *run;

	page->seen++;
	page->want.before = row->id;
	page->want.before_slot = row->slot;
	if ((page->only != RESULT_NONE && row->result != page->only)
	    || !run_cause_has_job(row->cause))
		return true;
	run = live_find(r->parts->live, row->id);
	reply_begin(r);
	reply_number(r, row->id);
	put_job_name(r, row->job);
	reply_text(r, run_cause_word(row->cause));
	reply_number(r, row->slot);
	reply_some(r,
	    run != NULL && row->start < 0 ? run->row.start : row->start);
	reply_some(r, row->end);
	reply_text(r,
	    run_state_word(run != NULL ? run->state
		    : row->result == RESULT_NONE ? RUN_CLAIMED
						 : RUN_DONE));
	reply_text(r, run_result_word(row->result));
	reply_some(r, row->code);
	reply_some(r, row->signal);
	if (row->slots > 1) {
		char why[RUN_WHY_MAX + 40];

		snprintf(why, sizeof why, "%s (%lld slots)", row->why,
		    (long long)row->slots);
		reply_text(r, why);
	} else {
		reply_text(r, row->why);
	}
	reply_number(r, row->attempt);
	reply_some(r, row->out_bytes);
	reply_some(r, row->err_bytes);
	reply_some(r, row->dropped_bytes);
	reply_text(
	    r, runs_is_pinned(r->parts->read, row->id) == 1 ? "yes" : "no");
	reply_end(r);
	return --page->left > 0;
}

static enum verb_status
begin_runs(struct request *r, struct runs_page *page)
{
	const char *result = request_key(r, "result");
	struct run_row before;
	enum verb_status status;
	struct fault f;
	struct job job;

	page->left = RUNS_PRESET;
	page->want = (struct runs_want) { .job = -1, .uid = -1,
		.before = INT64_MAX, .before_slot = INT64_MAX, .most = PAGE };
	if (request_number(r, "n", &page->left, &f) != ERR_NONE
	    || request_number(r, "before", &page->want.before, &f)
		!= ERR_NONE)
		return reply_fault(r, &f);
	if (result != NULL && !run_result_find(result, &page->only))
		return reply_err(r, ERR_BAD_VALUE, "result",
		    "\"%.40s\" is no result like ok, fail or missed", result);
	if (r->line.word_count > 0) {
		if (request_job(r, r->line.word[0], &job, &f) != ERR_NONE)
			return reply_fault(r, &f);
		page->want.job = job.id;
		job_fini(&job);
		/* A job's runs come by slot: behind that run's. */
		if (page->want.before < INT64_MAX
		    && runs_get(r->parts->read, page->want.before, &before)
			== 1)
			page->want.before_slot = before.slot;
		return VERB_MORE;
	}
	status = request_scope(r, &page->want.uid);
	return status;
}

enum verb_status
verb_runs(struct request *r)
{
	struct runs_page *page = r->state;

	if (page == NULL) {
		struct runs_page first = { 0 };
		enum verb_status status = begin_runs(r, &first);

		if (status != VERB_MORE)
			return status;
		r->state = page = xcalloc(1, sizeof *page);
		r->free_state = free;
		*page = first;
		reply_names(r);
	}
	page->request = r;
	page->seen = 0;
	if (page->left > 0
	    && runs_each(r->parts->read, &page->want, put_run, page) != 0)
		return reply_err(r, ERR_INTERNAL, "", "the database failed");
	if (page->left > 0 && page->seen == PAGE)
		return VERB_MORE;
	return reply_ok(r, 200, "%s", "");
}
