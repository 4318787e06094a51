/*
 * events: what happened, and with follow=yes what happens. Nothing is kept for
 * a follower but where it stands in the ring: while its connection takes no
 * more, it is not asked, and when it is again, what the ring has lost by then
 * is one line "!gap N". So a hundred followers that stand still cost a hundred
 * full output buffers (64 KiB and a page), and nobody waits for them.
 */
#include <stdlib.h>
#include <string.h>

#include "follow.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/log.h"
#include "store_events.h"
#include "store_jobs.h"
#include "verb.h"

#define PRESET 50
#define PAGE 100 /* rows a call */
#define LOOKED 2000 /* events a call, seen by them or not */

struct stand {
	struct request *request; /* of this call */
	struct follow *follow; /* NULL: it does not follow */
	int64_t seq; /* the last event that was looked at */
	int64_t uid, job; /* -1: whatever */
	int rows, looked;
};

static void
free_stand(void *arg)
{
	struct stand *s = arg;

	if (s->follow != NULL)
		follow_leave(s->follow);
	free(s);
}

/* Name and owner of a job that may be gone. */
static void
put_job(struct request *r, int64_t id)
{
	struct job job;

	if (id > 0 && jobs_get(r->parts->read, id, &job) == 1) {
		reply_text(r, JOB_TEXT(&job, name));
		reply_text(r, job.user);
		job_fini(&job);
		return;
	}
	reply_text(r, "");
	reply_text(r, "");
}

static bool
is_for(const struct stand *s, const struct event *e)
{
	if (e->uid >= 0 && !request_may(s->request, ROLE_VIEW, e->uid))
		return false;
	if (s->job >= 0)
		return e->job == s->job;
	return s->uid < 0 || e->uid < 0 || e->uid == s->uid;
}

static bool
put_event(void *arg, const struct event *e)
{
	struct stand *s = arg;
	struct request *r = s->request;

	s->seq = e->seq;
	s->looked++;
	if (!is_for(s, e))
		return true;
	reply_begin(r);
	reply_number(r, e->seq);
	reply_number(r, e->at);
	reply_text(r, event_kind_word(e->kind));
	reply_some(r, e->job > 0 ? e->job : -1);
	put_job(r, e->job);
	reply_some(r, e->run);
	reply_text(r, run_result_word(e->result));
	reply_text(r, e->text);
	reply_end(r);
	return ++s->rows < PAGE;
}

/* Where to begin: behind `since`, or n events before the newest. */
static enum err
read_begin(struct request *r, struct stand *s, struct fault *f)
{
	int64_t newest = events_newest(r->parts->read);
	int64_t n = request_is(r, "follow") ? 0 : PRESET, since = -1;
	int64_t oldest = events_oldest(r->parts->read);

	if (request_number(r, "n", &n, f) != ERR_NONE
	    || request_number(r, "since", &since, f) != ERR_NONE)
		return f->err;
	s->seq = since;
	if (since < 0) {
		s->seq = n < newest ? newest - n : 0;
		if (s->seq < oldest - 1)
			s->seq = oldest - 1;
	}
	return ERR_NONE;
}

static enum verb_status
begin(struct request *r)
{
	struct stand first = { .uid = -1, .job = -1 }, *s;
	enum verb_status status;
	struct fault f;
	struct job job;

	status = request_scope(r, &first.uid);
	if (status != VERB_MORE)
		return status;
	if (r->line.word_count > 0) {
		if (request_job(r, r->line.word[0], &job, &f) != ERR_NONE)
			return reply_fault(r, &f);
		first.job = job.id;
		job_fini(&job);
	}
	if (read_begin(r, &first, &f) != ERR_NONE)
		return reply_fault(r, &f);
	if (request_is(r, "follow")) {
		first.follow = r->parts->follow;
		follow_join(first.follow);
	}
	r->state = s = xcalloc(1, sizeof *s);
	r->free_state = free_stand;
	*s = first;
	reply_names(r);
	return VERB_MORE;
}

/*
 * What the ring has lost is said, with how many they were. A place behind the
 * newest is one of another database (it was restored): all is told anew.
 */
static void
say_gap(struct request *r, struct stand *s)
{
	int64_t oldest = events_oldest(r->parts->read);

	if (s->seq > events_newest(r->parts->read)) {
		buf_puts(r->out, "!gap 0\n");
		s->seq = oldest > 0 ? oldest - 1 : 0;
	} else if (s->seq < oldest - 1) {
		buf_printf(r->out, "!gap %lld\n",
		    (long long)(oldest - 1 - s->seq));
		s->seq = oldest - 1;
	}
}

enum verb_status
verb_events(struct request *r)
{
	struct stand *s;
	enum verb_status status;

	if (r->state == NULL) {
		status = begin(r);
		if (status != VERB_MORE)
			return status;
	}
	s = r->state;
	s->request = r;
	s->rows = s->looked = 0;
	say_gap(r, s);
	if (events_each(r->parts->read, (int64_t[2]) { s->seq, LOOKED },
		put_event, s)
	    != 0)
		return reply_err(r, ERR_INTERNAL, "", "the database failed");
	if (s->rows == PAGE || s->looked == LOOKED)
		return VERB_MORE;
	if (s->follow != NULL)
		return VERB_ASLEEP;
	return reply_ok(r, 200, "seq=%lld", (long long)s->seq);
}
