/*
 * test: a job, as it is or with other fields, or a command of no job, is run
 * at once, in the surroundings that a job gets, for somebody who watches. So
 * nothing that would let it wait is asked; what would be too much is refused.
 */
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "conf.h"
#include "ends.h"
#include "live.h"
#include "self.h"
#include "share/job.h"
#include "share/log.h"
#include "trial.h"
#include "verb.h"

/* The caller's, with every field its default. VERB_MORE: go on. */
static enum verb_status
take_new(struct request *r, struct job *job)
{
	char user[64];
	int64_t uid;
	enum verb_status status = request_owner(r, &uid, user);
	struct fault f;

	if (status != VERB_MORE)
		return status;
	if (request_key(r, "command") == NULL
	    && request_key(r, "argv") == NULL)
		return reply_err(r, ERR_MISSING_KEY, "",
		    "test needs a job or a command");
	job_init(job);
	job->uid = uid;
	strlcpy(job->user, user, sizeof job->user);
	job->created_us = r->now.us;
	if (job_set(job, JOB_name, "test", &f) == ERR_NONE
	    && job_set(job, JOB_schedule, "@manual", &f) == ERR_NONE)
		return VERB_MORE;
	job_fini(job);
	return reply_fault(r, &f);
}

static bool
has_fields(const struct request *r)
{
	for (size_t i = 0; i < r->line.pair_count; i++)
		if (job_field_find(r->line.pair[i].key) >= 0)
			return true;
	return false;
}

/* One's own: an admin may start another's job, but not see what it writes. */
static enum verb_status
take_known(struct request *r, struct job *job)
{
	const char *user = request_key(r, "user");
	struct buf name = BUF_EMPTY;
	struct fault f;
	enum err err;

	if (user != NULL)
		buf_printf(&name, "%s/", user);
	buf_puts(&name, r->line.word[0]);
	err = request_job(r, buf_text(&name), job, &f);
	buf_fini(&name);
	return err == ERR_NONE ? VERB_MORE : reply_fault(r, &f);
}

/* A command takes the place of the words that a job had, and the other way;
 * environment lines are added to the job's. */
static enum err
put_fields(struct request *r, struct job *job, struct fault *f)
{
	bool has_command = request_key(r, "command") != NULL;
	bool has_argv = request_key(r, "argv") != NULL;
	struct buf env = BUF_EMPTY;
	enum err err = ERR_NONE;

	buf_puts(&env, JOB_TEXT(job, env));
	if (has_command && !has_argv)
		err = job_set(job, JOB_argv, "", f);
	else if (has_argv && !has_command)
		err = job_set(job, JOB_command, "", f);
	if (err == ERR_NONE)
		err = request_put_fields(r, job, f);
	if (err == ERR_NONE && env.len > 0
	    && request_key(r, "env") != NULL) {
		buf_printf(&env, "\n%s", JOB_TEXT(job, env));
		err = job_set(job, JOB_env, buf_text(&env), f);
	}
	buf_fini(&env);
	return err == ERR_NONE && has_fields(r) ? job_check(job, f) : err;
}

/* Those that were asked for and have not been sent count twice for a moment:
 * who is refused may ask again. */
static enum err
check_room(struct request *r, const struct job *job, struct fault *f)
{
	const struct daemon_parts *p = r->parts;
	int64_t of_user = live_running_of(p->live, job->uid);
	int64_t trials = trial_count(ends_trials(p->ends), job->uid);

	if (of_user < trials)
		of_user = trials;
	if (of_user >= p->conf->max_running_per_uid)
		return fault_set(f, ERR_BUSY, "",
		    "max-running-per-uid: %lld runs of %.60s go on",
		    (long long)of_user, job->user);
	if (live_running(p->live) >= p->conf->max_running)
		return fault_set(f, ERR_BUSY, "",
		    "max-running: %d runs go on", live_running(p->live));
	return ERR_NONE;
}

static enum err
check(struct request *r, const struct job *job, struct fault *f)
{
	if (JOB_NUMBER(job, ping))
		return fault_set(f, ERR_BAD_VALUE, "ping",
		    "there is nothing to run: cronsctl ping reports that it "
		    "ran");
	if ((JOB_NUMBER(job, memory) > 0 || JOB_NUMBER(job, pids) > 0)
	    && *r->parts->self->cgroup.limited == '\0')
		return fault_set(f, ERR_BAD_VALUE, "memory",
		    "memory and pids need a cgroup v2 directory with both "
		    "controllers: see cgroup in cronsd.conf(5)");
	return check_room(r, job, f);
}

enum verb_status
verb_test(struct request *r)
{
	bool is_known = r->line.word_count > 0;
	struct job job;
	struct fault f;
	int64_t id;
	enum verb_status status
	    = is_known ? take_known(r, &job) : take_new(r, &job);

	if (status != VERB_MORE)
		return status;
	if (put_fields(r, &job, &f) != ERR_NONE
	    || check(r, &job, &f) != ERR_NONE) {
		job_fini(&job);
		return reply_fault(r, &f);
	}
	id = trial_put(ends_trials(r->parts->ends), &job, r->now);
	log_info("run %lld: a test of %s, asked for by %s", (long long)id,
	    is_known ? JOB_TEXT(&job, name) : "a command", r->caller.name);
	job_fini(&job);
	if (id < 0)
		return reply_busy(r);
	reply_ok(r, 202, "run=%lld", (long long)id);
	return VERB_COMMIT;
}
