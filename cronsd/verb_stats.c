/*
 * stats: how often, how long, how late. Counted from the newest rows of a job
 * by its index, n of them at most, so the work does not grow with the history;
 * a job a call, so that others have their turn between two jobs.
 *
 * Of one job there is a row a day too (in the job's zone); a day's rows stand
 * together, since they come in order of their slots. Percentiles are those of
 * values that were seen, not between two of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "share/job.h"
#include "share/log.h"
#include "share/tz.h"
#include "share/when.h"
#include "store_jobs.h"
#include "store_out.h"
#include "store_runs.h"
#include "verb.h"
#include "zones.h"

#define PRESET 1000 /* of one job */
#define PRESET_ALL 100 /* of each: with a thousand jobs that is 0.2 s */
#define MOST 5000 /* rows of a job: some ms */

/* What was counted: of a day, or of all. */
struct tally {
	int64_t runs, ok, bad, skipped, missed; /* slots, for the last two */
	int64_t bytes;
	int64_t *took, *late; /* owned, one a row that is looked at */
	size_t took_count, late_count;
};

struct count {
	struct request *request;
	const struct job *job;
	const struct tz *zone;
	struct tally all, day;
	int64_t at_day; /* since 1970; INT64_MIN: none yet */
	bool by_day;
};

/* ---- one tally ---- */

static void
tally_init(struct tally *t, int64_t rows)
{
	memset(t, 0, sizeof *t);
	t->took = xcalloc((size_t)rows, sizeof *t->took);
	t->late = xcalloc((size_t)rows, sizeof *t->late);
}

static void
tally_clear(struct tally *t)
{
	struct tally fresh = { .took = t->took, .late = t->late };

	*t = fresh;
}

static void
tally_fini(struct tally *t)
{
	free(t->took);
	free(t->late);
}

static void
tally_add(struct tally *t, const struct run_row *row)
{
	int64_t slots = row->slots > 1 ? row->slots : 1;

	t->bytes += row->out_bytes > 0 ? row->out_bytes : 0;
	t->bytes += row->err_bytes > 0 ? row->err_bytes : 0;
	t->skipped += row->result == RESULT_SKIPPED ? slots : 0;
	t->missed += row->result == RESULT_MISSED ? slots : 0;
	if (row->result == RESULT_NONE || row->result == RESULT_SKIPPED
	    || row->result == RESULT_MISSED)
		return;
	t->runs++;
	t->ok += row->result == RESULT_OK;
	t->bad += row->result != RESULT_OK;
	if (row->start < 0)
		return;
	if (row->end >= row->start)
		t->took[t->took_count++] = row->end - row->start;
	if (row->cause == CAUSE_SLOT && row->attempt == 0)
		t->late[t->late_count++]
		    = row->start > row->at ? row->start - row->at : 0;
}

static int
order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The least value that per cent of them do not exceed; -1 of none. */
static int64_t
percentile(const int64_t *sorted, size_t count, size_t per_cent)
{
	return count == 0 ? -1 : sorted[(count * per_cent + 99) / 100 - 1];
}

static void
put_percentiles(struct request *r, int64_t *values, size_t count)
{
	qsort(values, count, sizeof *values, order);
	reply_some(r, percentile(values, count, 50));
	reply_some(r, percentile(values, count, 95));
}

/* day: "2026-11-21"; "" all that was looked at. */
static void
put_tally(struct count *c, struct tally *t, const char *day)
{
	struct request *r = c->request;

	reply_begin(r);
	reply_text(r, JOB_TEXT(c->job, name));
	reply_text(r, c->job->user);
	reply_text(r, day);
	reply_number(r, t->runs);
	reply_number(r, t->ok);
	reply_number(r, t->bad);
	reply_number(r, t->skipped);
	reply_number(r, t->missed);
	put_percentiles(r, t->took, t->took_count);
	put_percentiles(r, t->late, t->late_count);
	reply_number(r, t->bytes);
	reply_end(r);
}

/* ---- one job ---- */

static void
end_day(struct count *c)
{
	struct civil date;
	char text[24];

	if (c->at_day == INT64_MIN)
		return;
	memset(&date, 0, sizeof date);
	civil_from_days(c->at_day, &date);
	snprintf(text, sizeof text, "%04lld-%02d-%02d", (long long)date.year,
	    date.month, date.day);
	put_tally(c, &c->day, text);
	tally_clear(&c->day);
}

static int64_t
day_of(const struct count *c, int64_t slot)
{
	int64_t s = slot / SECOND_US;

	if (c->zone != NULL)
		s += tz_offset(c->zone, s);
	return s / (DAY_US / SECOND_US);
}

static bool
take_row(void *arg, const struct run_row *row)
{
	struct count *c = arg;

	tally_add(&c->all, row);
	if (!c->by_day)
		return true;
	if (day_of(c, row->slot) != c->at_day) {
		end_day(c);
		c->at_day = day_of(c, row->slot);
	}
	tally_add(&c->day, row);
	return true;
}

static const struct tz *
zone_of(struct request *r, const struct job *job)
{
	struct when *w = job_when(job);
	const char *name = job_zone(job, w);
	const struct tz *zone = zones_find(r->parts->zones,
	    *name == '\0' ? r->parts->conf->zone : name, mono_now());

	when_free(w);
	return zone;
}

/* The rows of a job: its days, newest first, and last all together. */
static int
count_job(struct request *r, const struct job *job, int64_t n, bool by_day)
{
	struct count c = { .request = r,
		.job = job,
		.by_day = by_day,
		.at_day = INT64_MIN };
	struct runs_want want = { .job = job->id,
		.uid = -1,
		.before = INT64_MAX,
		.before_slot = INT64_MAX,
		.most = (int)n };
	int got;

	tally_init(&c.all, n);
	tally_init(&c.day, by_day ? n : 1);
	c.zone = by_day ? zone_of(r, job) : NULL;
	got = runs_each(r->parts->read, &want, take_row, &c);
	end_day(&c);
	put_tally(&c, &c.all, "");
	tally_fini(&c.day);
	tally_fini(&c.all);
	return got;
}

/* ---- requests ---- */

struct place {
	int64_t uid, after_id, n;
	char after_name[160];
	struct request *request;
	int failed;
	bool found;
};

static bool
take_job(void *arg, const struct job *job)
{
	struct place *p = arg;

	p->found = true;
	p->after_id = job->id;
	snprintf(p->after_name, sizeof p->after_name, "%s",
	    JOB_TEXT(job, name));
	if (request_may(p->request, ROLE_VIEW, job->uid))
		p->failed = count_job(p->request, job, p->n, false);
	return false;
}

/* Bytes of output that are stored, of whose jobs are shown, and the limit
 * beyond which the oldest of it goes. */
static enum verb_status
say_usage(struct request *r, int64_t uid)
{
	const struct conf *conf = r->parts->conf;
	struct out_usage usage = { 0 };
	struct buf text = BUF_EMPTY;
	int64_t quota = uid < 0 ? conf->keep_bytes : conf->keep_bytes_per_uid;

	if (r->parts->out == NULL
	    || out_usage(r->parts->out, uid, &usage) != 0)
		return reply_ok(r, 200, "%s", "");
	buf_printf(&text, "stored_bytes=%lld pinned_bytes=%lld",
	    (long long)(usage.bytes + usage.pinned),
	    (long long)usage.pinned);
	if (quota > 0)
		buf_printf(&text, " quota_bytes=%lld", (long long)quota);
	reply_ok(r, 200, "%s", buf_text(&text));
	buf_fini(&text);
	return VERB_DONE;
}

static enum verb_status
stats_of_job(struct request *r, int64_t n)
{
	struct job job;
	struct fault f;
	int64_t uid;
	int got;

	if (request_job(r, r->line.word[0], &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	reply_names(r);
	got = count_job(r, &job, n, true);
	uid = job.uid;
	job_fini(&job);
	if (got != 0)
		return reply_err(r, ERR_INTERNAL, "", "the database failed");
	return say_usage(r, uid);
}

static enum verb_status
begin(struct request *r, int64_t n)
{
	struct place *p;
	int64_t uid;
	enum verb_status status = request_scope(r, &uid);

	if (status != VERB_MORE)
		return status;
	r->state = p = xcalloc(1, sizeof *p);
	r->free_state = free;
	p->uid = uid;
	p->n = n;
	reply_names(r);
	return VERB_MORE;
}

static enum verb_status
stats_of_next(struct request *r)
{
	struct place *p = r->state;
	struct jobs_want want = { .what = p->uid < 0 ? JOBS_ALL : JOBS_OF,
		.uid = p->uid,
		.after_id = p->after_id,
		.after_name = p->after_name,
		.most = 1 };

	p->request = r;
	p->found = false;
	if (jobs_each(r->parts->read, &want, take_job, p) != 0
	    || p->failed != 0)
		return reply_err(r, ERR_INTERNAL, "", "the database failed");
	return p->found ? VERB_MORE : say_usage(r, p->uid);
}

enum verb_status
verb_stats(struct request *r)
{
	enum verb_status status;
	int64_t n = r->line.word_count > 0 ? PRESET : PRESET_ALL;
	struct fault f;

	if (r->state != NULL)
		return stats_of_next(r);
	if (request_number(r, "n", &n, &f) != ERR_NONE)
		return reply_fault(r, &f);
	if (n < 1 || n > MOST)
		return reply_err(r, ERR_BAD_VALUE, "n",
		    "1 to %d runs of a job are looked at", MOST);
	if (r->line.word_count > 0)
		return stats_of_job(r, n);
	status = begin(r, n);
	return status == VERB_MORE ? stats_of_next(r) : status;
}
