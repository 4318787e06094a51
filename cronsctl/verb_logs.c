/*
 * logs: output of a run. Of -n the daemon only takes a hint, the lines are
 * counted here. To follow after the last N lines takes two requests, since
 * nothing in a reply says "this was all so far": the first shows the tail,
 * the second leaves out the frames that the first had. Their times never go
 * back, so the last time and the number of frames at it tell which.
 */
#include <stdio.h>
#include <string.h>

#include <bsd/stdlib.h>

#include "logs.h"
#include "session.h"
#include "share/buf.h"
#include "share/line.h"
#include "tail.h"

#define LINES_MAX 100000000

struct reading {
	struct logs logs;
	struct tail *tail; /* NULL: frames are shown as they come */
	int64_t last_us; /* of the frames of the first request */
	size_t at_last, skipped; /* how many of them, and left out again */
};

static void
keep_frame(void *arg, const struct frame *frame)
{
	struct reading *r = arg;

	if (frame->us > r->last_us) {
		r->last_us = frame->us;
		r->at_last = 0;
	}
	r->at_last += frame->us == r->last_us;
	if (logs_wants(&r->logs, frame))
		tail_put(r->tail, frame);
}

static void
show_new_frame(void *arg, const struct frame *frame)
{
	struct reading *r = arg;

	if (frame->us < r->last_us)
		return;
	if (frame->us == r->last_us && r->skipped < r->at_last) {
		r->skipped++;
		return;
	}
	logs_frame(&r->logs, frame);
}

static int
follow(struct session *s, struct reading *r, const char *run)
{
	struct call_sink sink = { r, NULL, show_new_frame };
	struct buf request = BUF_EMPTY;
	int status;

	buf_puts(&request, "logs ");
	line_put_word(&request, run);
	line_put_pair(&request, "follow", "yes");
	status = session_ask(s, &request, &sink, NULL);
	buf_fini(&request);
	return status;
}

/* The last lines, then, if the run still lives and so it was asked, more. */
static int
show_tail(struct session *s, struct reading *r)
{
	struct call_sink sink = { r, NULL, keep_frame };
	struct call_answer answer = { 0 };
	struct buf request = BUF_EMPTY;
	bool follows = s->args.option[OPTION_FOLLOW] != NULL;
	int status;

	s->args.option[OPTION_FOLLOW] = NULL;
	session_request(s, &request);
	status = session_ask(s, &request, &sink, &answer);
	if (status == 0)
		tail_each(r->tail, logs_frame, &r->logs);
	if (status == 0 && follows
	    && strcmp(call_answer_get(&answer, "live"), "yes") == 0)
		status = follow(s, r, call_answer_get(&answer, "run"));
	call_answer_fini(&answer);
	buf_fini(&request);
	return status;
}

static int
show_all(struct session *s, struct reading *r)
{
	struct call_sink sink = { &r->logs, NULL, logs_frame };
	struct buf request = BUF_EMPTY;
	int status;

	session_request(s, &request);
	status = session_ask(s, &request, &sink, NULL);
	buf_fini(&request);
	return status;
}

int
command_logs(struct session *s)
{
	const char *lines = session_option(s, OPTION_NUMBER);
	bool out = session_option(s, OPTION_OUT) != NULL;
	bool err = session_option(s, OPTION_ERR) != NULL;
	struct reading r = { .last_us = INT64_MIN };
	const char *wrong = NULL;
	struct fault f;
	long long count = 0;
	int status;

	logs_init(&r.logs, &s->view);
	r.logs.timestamps = session_option(s, OPTION_TIMESTAMPS) != NULL;
	r.logs.out = out || !err;
	r.logs.err = err || !out;
	if (lines == NULL)
		return show_all(s, &r);
	count = strtonum(lines, 0, LINES_MAX, &wrong);
	if (wrong != NULL) {
		fault_set(&f, ERR_BAD_VALUE, "number", "\"%.40s\" is %s",
		    lines, wrong);
		return session_fail(s, &f);
	}
	r.tail = tail_new((size_t)count);
	status = show_tail(s, &r);
	tail_free(r.tail);
	return status;
}
