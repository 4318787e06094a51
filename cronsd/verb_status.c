/* hello, help, status: what there is, and how the daemon is. */
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "commit.h"
#include "db.h"
#include "ends.h"
#include "ingest.h"
#include "live.h"
#include "plan.h"
#include "self.h"
#include "share/job.h"
#include "store_jobs.h"
#include "store_runs.h"
#include "store_sources.h"
#include "verb.h"

#define SPOOL_LEAST (128 * 1024) /* bytes, for the output of what runs */

enum verb_status
verb_hello(struct request *r)
{
	return reply_greeting(r);
}

/* "+" of the table is spelt out: every field of a job. */
static void
put_keys(struct buf *out, const char *keys)
{
	while (*keys != '\0') {
		size_t len = strcspn(keys, " ");

		if (len == 1 && *keys == '+')
			for (int i = 0; i < JOB_FIELD_COUNT; i++)
				buf_printf(out, " %s",
				    job_row((enum job_field)i)->key);
		else
			buf_printf(out, " %.*s", (int)len, keys);
		keys += len;
		keys += strspn(keys, " ");
	}
}

static void
put_help(struct request *r, const struct verb_row *row)
{
	struct buf keys = BUF_EMPTY;

	put_keys(&keys, row->keys);
	reply_begin(r);
	reply_text(r, row->word);
	reply_text(r, row->words);
	reply_text(r, *buf_text(&keys) == ' ' ? buf_text(&keys) + 1 : "");
	reply_text(r, row->help);
	reply_end(r);
	buf_fini(&keys);
}

enum verb_status
verb_help(struct request *r)
{
	int only = -1;

	if (r->line.word_count > 0) {
		only = verb_find(r->line.word[0]);
		if (only < 0)
			return reply_err(r, ERR_NOT_FOUND, "verb",
			    "there is no verb \"%.80s\"", r->line.word[0]);
	}
	reply_names(r);
	for (int i = 0; i < VERB_COUNT; i++)
		if (only < 0 || only == i)
			put_help(r, verb_row((enum verb)i));
	return reply_ok(r, 200, "%s", "");
}

/* The next instant of all jobs is told only to who may see its job. */
static void
put_next(struct request *r)
{
	struct due due;
	struct job job;
	bool seen;

	if (due_first(r->parts->read, &due) == 1
	    && jobs_get(r->parts->read, due.job, &job) == 1) {
		seen = request_may(r, ROLE_VIEW, job.uid);
		reply_some(r, seen ? due.at.us : -1);
		reply_text(r, seen ? JOB_TEXT(&job, name) : "");
		job_fini(&job);
		return;
	}
	reply_some(r, -1);
	reply_text(r, "");
}

/* What is wrong now, in words, perhaps in `text`; NULL if nothing is. */
static const char *
find_trouble(const struct daemon_parts *p, char *text, size_t room)
{
	const char *trouble = commit_trouble(p->commit);
	int alone = plan_alone_count(p->plan);
	int64_t dropped = ingest_relieved(p->ingest);
	struct statvfs disk;

	if (trouble != NULL && alone > 0)
		snprintf(text, room,
		    "%s %d runs of crontab jobs were started all the same, "
		    "and are not in the history yet; other jobs wait",
		    trouble, alone);
	else if (trouble != NULL && dropped > 0)
		snprintf(text, room,
		    "%s; to make room, the output of %lld runs was dropped",
		    trouble, (long long)dropped);
	else if (trouble != NULL)
		return trouble;
	if (trouble != NULL)
		return text;
	if (ingest_is_stuck(p->ingest))
		return "output cannot be stored; it waits in the spool";
	if (fstatvfs(p->self->spool_fd, &disk) == 0
	    && disk.f_bavail * disk.f_frsize < SPOOL_LEAST)
		return "the spool's disk is full: output is dropped";
	return NULL;
}

/* What people should know though the daemon is well. */
static const char *
find_notice(const struct daemon_parts *p, char *text, size_t room)
{
	int64_t bad;

	if (p->self->notice[0] != '\0')
		return p->self->notice;
	bad = sources_count_bad(p->read);
	if (bad <= 0 && ends_warning(p->ends) != NULL)
		return ends_warning(p->ends);
	if (bad <= 0)
		return "";
	snprintf(text, room,
	    "%lld of the crontabs cannot be read as they are: see cronsctl "
	    "sources",
	    (long long)bad);
	return text;
}

/* Of all, or of what one may see. */
static void
put_counts(struct request *r)
{
	const struct daemon_parts *p = r->parts;
	int64_t since = r->now.us - DAY_US, uid = r->caller.uid;

	if (request_may(r, ROLE_VIEW, -1)) {
		reply_number(r, jobs_count(p->read));
		reply_number(r, due_count(p->read));
		reply_number(r, live_running(p->live));
		reply_number(r, runs_count_bad(p->read, -1, since));
	} else {
		reply_number(r, jobs_count_of(p->read, uid));
		reply_number(r, due_count_of(p->read, uid));
		reply_number(r, live_running_of(p->live, (uid_t)uid));
		reply_number(r, runs_count_bad(p->read, uid, since));
	}
}

enum verb_status
verb_status(struct request *r)
{
	const struct daemon_parts *p = r->parts;
	char text[256], notice[128];
	const char *trouble = find_trouble(p, text, sizeof text);

	reply_names(r);
	reply_begin(r);
	reply_text(r, trouble != NULL ? "DEGRADED" : "ok");
	reply_text(r, p->self->host);
	reply_number(r, getpid());
	reply_text(r, CRONS_VERSION);
	reply_number(r, (mono_now().us - p->self->start_us) / SECOND_US);
	put_counts(r);
	put_next(r);
	reply_number(r, p->self->dropped_bytes);
	reply_text(r,
	    trouble != NULL ? trouble
			    : find_notice(p, notice, sizeof notice));
	reply_text(r, p->self->state_dir);
	reply_end(r);
	return reply_ok(r, 200, "%s", "");
}
