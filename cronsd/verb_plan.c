/*
 * plan: all starts of jobs between two instants, in time order, and how many
 * there are in each minute.
 *
 * Jobs come from the database one after another, their slots each in order; so
 * that the reply is in time order, all are counted before anything is sent.
 * Memory stays bounded: the earliest `n` starts are kept in a tree, of the
 * others only the number in their minute. A call does so much work and then
 * lets other requests have their turn; nothing is locked meanwhile, so a job
 * that is changed during a long count is seen as it was or as it is.
 *
 * Rows of three kinds: "start"; "clock", a change of the clocks in a zone that
 * one of the jobs has; and behind these "load", a minute with its number of
 * starts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>
#include <bsd/sys/tree.h>

#include "plan.h"
#include "share/job.h"
#include "share/log.h"
#include "share/tz.h"
#include "share/when.h"
#include "store_jobs.h"
#include "store_pauses.h"
#include "verb.h"

#define SPAN_PRESET DAY_US
#define SPAN_MOST (31 * DAY_US) /* 44640 minutes: 174 kB of counts */
#define SHOWN_PRESET 100
#define SHOWN_MOST 10000
#define STARTS_MOST 10000000
#define ZONES_MOST 16
#define MOST_PAUSES 64 /* one behind the other */

/* Work of one call, in units of about the price of one when_next. */
#define WORK_A_CALL 4000
#define WORK_OF_JOB 20
#define PAGE 200
#define ROWS_A_CALL 500

struct start {
	int64_t slot, job;
	RB_ENTRY(start) in_starts; /* scan.starts */
};

RB_HEAD(starts, start);

/* A change of the clocks, sorted in among the starts. */
struct mark {
	int64_t at;
	char text[120];
};

struct scan {
	wall_t from, to; /* to is not included */
	int64_t minute; /* that the first one begins with */
	int64_t most;
	/* Which jobs, and how far we are: */
	int64_t uid; /* -1: all users */
	int64_t *ids; /* owned: of the words; NULL: all in scope */
	size_t id_count, id_at;
	int64_t after_id;
	char after_name[160];
	/* The job at hand: */
	struct when *when; /* owned; NULL: take the next job */
	char *zone; /* owned: its name */
	int64_t job;
	bool is_new; /* nothing of it was counted yet */
	wall_t at; /* its slots up to here are counted */
	int work; /* left of this call */
	/* What was found: */
	struct starts starts;
	int64_t kept, total, jobs;
	uint32_t *load; /* owned: starts by minute */
	size_t minutes;
	struct mark *marks; /* owned */
	size_t mark_count;
	char zones[ZONES_MOST][64];
	size_t zone_count;
	/* What was sent: */
	bool is_counted;
	size_t mark_at, minute_at;
	struct request *request;
};

static int
compare_starts(const struct start *a, const struct start *b)
{
	if (a->slot != b->slot)
		return a->slot < b->slot ? -1 : 1;
	return a->job < b->job ? -1 : a->job > b->job;
}

RB_GENERATE_INTERNAL(starts, start, in_starts, compare_starts,
    __attribute__((unused)) static)

static void
leave_job(struct scan *s)
{
	when_free(s->when);
	free(s->zone);
	s->when = NULL;
	s->zone = NULL;
}

static void
free_scan(void *arg)
{
	struct scan *s = arg;
	struct start *start, *next;

	RB_FOREACH_SAFE(start, starts, &s->starts, next) {
		RB_REMOVE(starts, &s->starts, start);
		free(start);
	}
	leave_job(s);
	free(s->marks);
	free(s->load);
	free(s->ids);
	free(s);
}

/* ---- what is asked ---- */

static enum err
read_span(const struct request *r, struct scan *s, struct fault *f)
{
	s->from = r->now;
	s->to = WALL_NEVER;
	s->most = SHOWN_PRESET;
	if (request_time(r, "from", &s->from, f) != ERR_NONE
	    || request_time(r, "to", &s->to, f) != ERR_NONE
	    || request_number(r, "n", &s->most, f) != ERR_NONE)
		return f->err;
	if (wall_is_never(s->to))
		s->to = wall_add(s->from, SPAN_PRESET);
	if (s->to.us <= s->from.us)
		return fault_set(f, ERR_BAD_VALUE, "to",
		    "the end of the span is not after its beginning");
	if (s->to.us - s->from.us > SPAN_MOST)
		return fault_set(f, ERR_TOO_LARGE, "to",
		    "at most 31 days can be planned at a time");
	if (s->most < 0 || s->most > SHOWN_MOST)
		return fault_set(f, ERR_BAD_VALUE, "n",
		    "it is not in 0-%d", SHOWN_MOST);
	return ERR_NONE;
}

static bool
has_id(const struct scan *s, int64_t id)
{
	for (size_t i = 0; i < s->id_count; i++)
		if (s->ids[i] == id)
			return true;
	return false;
}

static enum err
read_words(struct request *r, struct scan *s, struct fault *f)
{
	if (r->line.word_count > 0)
		s->ids = xcalloc(r->line.word_count, sizeof *s->ids);
	for (size_t i = 0; i < r->line.word_count; i++) {
		struct job job;

		if (request_job(r, r->line.word[i], &job, f) != ERR_NONE)
			return f->err;
		if (!has_id(s, job.id))
			s->ids[s->id_count++] = job.id;
		job_fini(&job);
	}
	return ERR_NONE;
}

/* VERB_MORE: r->state is the scan. */
static enum verb_status
begin(struct request *r)
{
	struct scan *s;
	struct fault f;
	int64_t uid = -1;
	enum verb_status status = VERB_MORE;

	if (r->line.word_count == 0)
		status = request_scope(r, &uid);
	if (status != VERB_MORE)
		return status;
	r->state = s = xcalloc(1, sizeof *s);
	r->free_state = free_scan;
	RB_INIT(&s->starts);
	s->uid = uid;
	if (read_span(r, s, &f) != ERR_NONE
	    || read_words(r, s, &f) != ERR_NONE)
		return reply_fault(r, &f);
	s->minute = s->from.us - s->from.us % MINUTE_US;
	s->minutes = (size_t)((s->to.us - s->minute - 1) / MINUTE_US + 1);
	s->load = xcalloc(s->minutes, sizeof *s->load);
	return VERB_MORE;
}

/* ---- counting ---- */

static int
compare_marks(const void *left, const void *right)
{
	const struct mark *a = left, *b = right;

	return a->at < b->at ? -1 : a->at > b->at;
}

static void
add_mark(struct scan *s, const struct tz *zone, const struct tz_change *c)
{
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	struct mark *mark;

	s->marks = xreallocarray(
	    s->marks, s->mark_count + 1, sizeof *s->marks);
	mark = &s->marks[s->mark_count++];
	mark->at = c->at * SECOND_US;
	rfc3339_print(&before, (wall_t) { mark->at }, c->before);
	rfc3339_print(&after, (wall_t) { mark->at }, c->after);
	snprintf(mark->text, sizeof mark->text,
	    "the clocks of %.40s go from %.5s (%s) to %.5s (%s)",
	    s->zone[0] == '\0' ? "this host" : s->zone,
	    strchr(buf_text(&before), 'T') + 1,
	    tz_abbreviation(zone, c->at - 1),
	    strchr(buf_text(&after), 'T') + 1, tz_abbreviation(zone, c->at));
	buf_fini(&after);
	buf_fini(&before);
}

/* The changes of a zone, the first time that it is met. */
static void
mark_zone(struct scan *s, const struct tz *zone)
{
	int64_t at = (s->from.us - 1) / SECOND_US;
	struct tz_change change;

	for (size_t i = 0; i < s->zone_count; i++)
		if (strcmp(s->zones[i], s->zone) == 0)
			return;
	if (s->zone_count == ZONES_MOST)
		return;
	strlcpy(s->zones[s->zone_count++], s->zone, sizeof s->zones[0]);
	while (tz_next_change(zone, at, &change)
	    && change.at * SECOND_US < s->to.us) {
		add_mark(s, zone, &change);
		at = change.at;
	}
}

/* Behind the pauses that the job is in then: nothing starts in them. */
static wall_t
skip_pauses(struct scan *s, const struct job *job, wall_t from)
{
	struct db *db = s->request->parts->read;
	struct pause pause;

	for (int n = 0; n < MOST_PAUSES && from.us < s->to.us
	     && pauses_find(db, job, from, &pause) == 1;
	     n++)
		from = pause.until;
	return from;
}

/* The earliest are kept: a later one makes room. */
static void
keep_start(struct scan *s, int64_t slot)
{
	struct start *start, *last = NULL;

	if (s->kept == s->most) {
		last = RB_MAX(starts, &s->starts);
		if (last == NULL || slot >= last->slot)
			return;
		RB_REMOVE(starts, &s->starts, last);
	} else
		s->kept++;
	start = last != NULL ? last : xmalloc(sizeof *start);
	start->slot = slot;
	start->job = s->job;
	RB_INSERT(starts, &s->starts, start);
}

/* @after and the like are planned from run to run: what is due is known. */
static wall_t
next_slot(struct scan *s, struct db *db, const struct tz *zone)
{
	struct due due;

	if (when_kind(s->when) == WHEN_TIMES || when_kind(s->when) == WHEN_ONCE)
		return when_next(s->when, zone, s->at);
	if (due_get(db, s->job, &due) != 1 || due.slot.us <= s->at.us)
		return WALL_NEVER;
	return due.slot;
}

/* Counts slots of the job at hand until the work is used up. */
static void
count_slots(struct scan *s)
{
	const struct daemon_parts *parts = s->request->parts;
	const struct tz *zone = plan_zone(parts->plan, s->zone);

	if (zone != NULL && s->is_new)
		mark_zone(s, zone);
	while (zone != NULL && s->work-- > 0) {
		s->at = next_slot(s, parts->read, zone);
		if (s->at.us >= s->to.us)
			break;
		s->jobs += s->is_new;
		s->is_new = false;
		s->total++;
		s->load[(s->at.us - s->minute) / MINUTE_US]++;
		keep_start(s, s->at.us);
	}
	if (zone == NULL || s->at.us >= s->to.us)
		leave_job(s);
}

/* False: enough for this call. */
static bool
take_job(void *arg, const struct job *job)
{
	struct scan *s = arg;

	s->after_id = job->id;
	strlcpy(s->after_name, JOB_TEXT(job, name), sizeof s->after_name);
	s->work -= WORK_OF_JOB;
	if (!JOB_NUMBER(job, enabled)
	    || !request_may(s->request, ROLE_VIEW, job->uid))
		return s->work > 0;
	s->job = job->id;
	s->when = job_when(job);
	s->zone = xstrdup(job_zone(job, s->when));
	s->is_new = true;
	s->at = wall_add(skip_pauses(s, job, s->from), -1);
	count_slots(s);
	return s->when == NULL && s->work > 0;
}

/* 1: jobs were looked at (they may have nothing to plan); 0: there are none. */
static int
next_jobs(struct scan *s, struct db *db)
{
	struct jobs_want want = { s->uid < 0 ? JOBS_ALL : JOBS_OF, s->uid,
		s->after_id, s->after_name, NULL, PAGE };
	int64_t last = s->after_id;
	struct job job;
	int got = 1;

	if (s->ids == NULL) {
		got = jobs_each(db, &want, take_job, s);
		return got != 0 ? -1 : s->after_id != last;
	}
	if (s->id_at == s->id_count)
		return 0;
	got = jobs_get(db, s->ids[s->id_at++], &job);
	if (got == 1) {
		take_job(s, &job);
		job_fini(&job);
	}
	return got < 0 ? -1 : 1;
}

static enum verb_status
count(struct request *r, struct scan *s)
{
	int got = 1;

	s->work = WORK_A_CALL;
	while (s->work > 0 && got == 1 && s->total <= STARTS_MOST) {
		if (s->when != NULL)
			count_slots(s);
		else
			got = next_jobs(s, r->parts->read);
	}
	if (got < 0)
		return reply_err(r, ERR_INTERNAL, "", "the database failed");
	if (s->total > STARTS_MOST)
		return reply_err(r, ERR_TOO_LARGE, "to",
		    "these are more than %d starts; ask for a shorter span, "
		    "or for fewer jobs",
		    STARTS_MOST);
	if (got == 0) {
		s->is_counted = true;
		if (s->mark_count > 1)
			qsort(s->marks, s->mark_count, sizeof *s->marks,
			    compare_marks);
		reply_names(r);
	}
	return VERB_MORE;
}

/* ---- telling ---- */

static void
put_mark(struct request *r, const struct mark *mark)
{
	reply_begin(r);
	reply_text(r, "clock");
	reply_number(r, mark->at);
	reply_text(r, "");
	reply_text(r, "");
	reply_text(r, mark->text);
	reply_some(r, -1);
	reply_end(r);
}

/* A job that was removed while we counted is passed by. */
static void
put_start(struct request *r, const struct start *start)
{
	struct buf moved = BUF_EMPTY;
	const struct tz *zone;
	struct when *w;
	struct job job;

	if (jobs_get(r->parts->read, start->job, &job) != 1)
		return;
	w = job_when(&job);
	zone = plan_zone(r->parts->plan, job_zone(&job, w));
	if (zone != NULL)
		when_moved(w, zone, (wall_t) { start->slot }, &moved);
	reply_begin(r);
	reply_text(r, "start");
	reply_number(r, start->slot);
	reply_text(r, JOB_TEXT(&job, name));
	reply_text(r, job.user);
	reply_text(r, buf_text(&moved));
	reply_some(r, -1);
	reply_end(r);
	when_free(w);
	job_fini(&job);
	buf_fini(&moved);
}

/* Marks that stand before the first start that is left, or all. */
static void
put_marks(struct request *r, struct scan *s)
{
	const struct start *start = RB_MIN(starts, &s->starts);

	while (s->mark_at < s->mark_count
	    && (start == NULL || s->marks[s->mark_at].at <= start->slot))
		put_mark(r, &s->marks[s->mark_at++]);
}

static void
put_load(struct request *r, const struct scan *s)
{
	size_t minute = s->minute_at;

	reply_begin(r);
	reply_text(r, "load");
	reply_number(r, s->minute + (int64_t)minute * MINUTE_US);
	reply_text(r, "");
	reply_text(r, "");
	reply_text(r, "");
	reply_number(r, s->load[minute]);
	reply_end(r);
}

static enum verb_status
tell(struct request *r, struct scan *s)
{
	struct start *start;
	int rows = 0;

	put_marks(r, s);
	for (; rows < ROWS_A_CALL && !RB_EMPTY(&s->starts); rows++) {
		start = RB_MIN(starts, &s->starts);
		put_start(r, start);
		RB_REMOVE(starts, &s->starts, start);
		free(start);
		put_marks(r, s);
	}
	for (; rows < ROWS_A_CALL && s->minute_at < s->minutes; s->minute_at++)
		if (s->load[s->minute_at] > 0) {
			put_load(r, s);
			rows++;
		}
	if (rows == ROWS_A_CALL)
		return VERB_MORE;
	return reply_ok(r, 200, "starts=%lld shown=%lld jobs=%lld",
	    (long long)s->total, (long long)s->kept, (long long)s->jobs);
}

enum verb_status
verb_plan(struct request *r)
{
	struct scan *s = r->state;

	if (s == NULL)
		return begin(r);
	s->request = r;
	return s->is_counted ? tell(r, s) : count(r, s);
}
