/* alarms, ack, ping: what is wrong, who knows of it, what others report. */
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

#include "commit.h"
#include "fail.h"
#include "ends.h"
#include "self.h"
#include "share/event.h"
#include "share/job.h"
#include "share/log.h"
#include "store_alarms.h"
#include "store_jobs.h"
#include "store_runs.h"
#include "verb.h"

#define PAGE 200

struct page {
	struct request *request;
	int seen;
};

/* The words of the events, with commas between. */
static void
print_events(unsigned events, struct buf *out)
{
	for (int i = EVENT_OUTPUT + 1; i < EVENT_COUNT; i++)
		if ((events & EVENT_BIT(i)) != 0)
			buf_printf(out, "%s%s", out->len > 0 ? "," : "",
			    event_word(i));
}

static void
put_alarm(void *arg, const struct alarm *alarm)
{
	struct page *page = arg;
	struct request *r = page->request;
	struct buf events = BUF_EMPTY;
	struct job job;

	page->seen++;
	r->cursor = alarm->job;
	if (jobs_get(r->parts->read, alarm->job, &job) != 1)
		return;
	print_events(alarm->events, &events);
	reply_begin(r);
	reply_text(r, JOB_TEXT(&job, name));
	reply_text(r, job.user);
	reply_text(r, buf_text(&events));
	reply_number(r, alarm->since.us);
	reply_number(r, alarm->told.us);
	reply_text(r, alarm->acked);
	reply_end(r);
	job_fini(&job);
	buf_fini(&events);
}

enum verb_status
verb_alarms(struct request *r)
{
	struct page page = { r, 0 };
	struct alarms_want want = { .after = r->cursor, .most = PAGE };
	enum verb_status status = request_scope(r, &want.uid);

	if (status != VERB_MORE)
		return status;
	if (r->state == NULL) {
		r->state = xcalloc(1, 1);
		r->free_state = free;
		reply_names(r);
	}
	if (alarms_each(r->parts->read, &want, put_alarm, &page) != 0)
		return reply_err(r, ERR_INTERNAL, "", "the database failed");
	return page.seen == PAGE ? VERB_MORE : reply_ok(r, 200, "%s", "");
}

enum verb_status
verb_ack(struct request *r)
{
	struct db *db = commit_db(r->parts->commit);
	struct alarm alarm;
	struct fault f;
	struct job job;
	int64_t id;
	int got;

	if (request_job(r, r->line.word[0], &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	id = job.id;
	job_fini(&job);
	got = db == NULL ? -1 : alarms_get(db, id, &alarm);
	if (got < 0)
		return reply_busy(r);
	if (got == 0)
		return reply_err(r, ERR_NOT_RUNNING, "job",
		    "nothing is wrong with it: there is no alarm");
	strlcpy(alarm.acked, r->caller.name, sizeof alarm.acked);
	alarm.remind = WALL_NEVER;
	if (alarms_put(db, &alarm) != 0) {
		commit_spoil(r->parts->commit);
		return reply_busy(r);
	}
	FAIL_POINT(act_ack);
	reply_ok(r, 200, "id=%lld", (long long)id);
	return VERB_COMMIT;
}

/* What was reported becomes a run that began and ended now. */
static int
record(struct request *r, struct db *db, const struct job *job, int code)
{
	struct run_row row;
	int got = 0;

	run_row_init(&row);
	row.id = r->parts->self->next_run;
	row.job = job->id;
	row.uid = job->uid;
	row.lap = LAP_MANUAL;
	row.cause = CAUSE_PING;
	row.start = row.end = r->now.us;
	for (int tries = 0; got == 0 && tries < 1000; tries++) {
		row.slot = row.at = r->now.us + tries;
		got = runs_add(db, &row);
	}
	if (got != 1)
		return -1;
	r->parts->self->next_run++;
	row.result = code == 0 ? RESULT_OK : RESULT_FAIL;
	row.code = code;
	if (runs_end(db, &row) != 1)
		return -1;
	FAIL_POINT(act_ping);
	return ends_pinged(r->parts->ends, db, job, &row);
}

enum verb_status
verb_ping(struct request *r)
{
	struct db *db = commit_db(r->parts->commit);
	int64_t id = r->parts->self->next_run, code = 0;
	struct fault f;
	struct job job;
	int got;

	if (request_job(r, r->line.word[0], &job, &f) != ERR_NONE
	    || request_number(r, "exit", &code, &f) != ERR_NONE)
		return reply_fault(r, &f);
	if (!JOB_NUMBER(&job, ping) || code < 0 || code > 255) {
		bool is_ping = JOB_NUMBER(&job, ping);

		job_fini(&job);
		return is_ping
		    ? reply_err(r, ERR_BAD_VALUE, "exit",
			"an exit status is 0 to 255")
		    : reply_err(r, ERR_BAD_VALUE, "ping",
			"it is run here, not reported from outside; that "
			"would be a job with ping=yes");
	}
	got = db == NULL ? -1 : record(r, db, &job, (int)code);
	job_fini(&job);
	if (got != 0 && db != NULL)
		commit_spoil(r->parts->commit);
	if (got != 0)
		return reply_busy(r);
	reply_ok(r, 200, "run=%lld", (long long)id);
	return VERB_COMMIT;
}
