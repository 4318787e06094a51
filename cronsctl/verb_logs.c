/*
 * logs: output of a run. Frames that are wanted are shown as they come, or cut
 * into lines first, where these are searched or only the last count:
 *
 *   frame -> lines -> match (--grep) -> tail (-n) -> shown
 *
 * Of -n the daemon only takes a hint, the lines are counted here. To follow
 * after the last N lines takes two requests, since nothing in a reply says
 * "this was all so far": the second begins at the place where the first ended.
 */
#include <stdio.h>
#include <string.h>

#include <bsd/stdlib.h>

#include "follow.h"
#include "lines.h"
#include "logs.h"
#include "match.h"
#include "session.h"
#include "share/buf.h"
#include "share/line.h"
#include "tail.h"

#define LINES_MAX 100000000

struct reading {
	struct logs logs;
	struct lines *lines; /* NULL: frames are shown as they come */
	struct match *match; /* NULL: any line */
	struct tail *tail; /* NULL: each line is shown */
	bool found; /* has a line matched? */
};

static void
take_line(void *arg, const struct frame *line, bool is_end)
{
	struct reading *r = arg;
	bool is_text = line->kind == 'o' || line->kind == 'e';

	if (r->match != NULL && is_text) {
		if (!match_has(r->match, line->bytes, line->len))
			return;
		r->found = true;
	}
	if (r->tail != NULL)
		tail_put(r->tail, line, is_end);
	else
		logs_frame(&r->logs, line);
}

static void
take_frame(void *arg, const struct frame *frame)
{
	struct reading *r = arg;

	if (!logs_wants(&r->logs, frame))
		return;
	if (r->lines != NULL)
		lines_put(r->lines, frame);
	else
		logs_frame(&r->logs, frame);
}

/* What is there so far was read: the last lines of it. */
static void
show_tail(struct reading *r)
{
	if (r->match == NULL)
		lines_end(r->lines); /* its rest is shown when it comes */
	tail_each(r->tail, logs_frame, &r->logs);
	tail_free(r->tail);
	r->tail = NULL;
}

static void
put_request(struct session *s, struct reading *r, struct buf *request)
{
	if (r->match != NULL) /* which lines count, only we know */
		s->args.option[OPTION_NUMBER] = NULL;
	session_request(s, request);
	if (s->args.option[OPTION_NUMBER] != NULL
	    && !(r->logs.out && r->logs.err))
		line_put_pair(request, "stream", r->logs.out ? "out" : "err");
}

/* With -n: the last lines, then, if the run still lives and so it was asked,
 * more. */
static int
show(struct session *s, struct reading *r)
{
	bool goes_on = r->tail != NULL
	    && s->args.option[OPTION_FOLLOW] != NULL;
	struct follow follow = { .arg = r, .on_frame = take_frame };
	struct call_answer answer = { 0 };
	struct buf request = BUF_EMPTY;
	int status;

	if (goes_on)
		s->args.option[OPTION_FOLLOW] = NULL;
	put_request(s, r, &request);
	status = follow_ask(s, &follow, &request, &answer);
	if (status == 0 && r->tail != NULL)
		show_tail(r);
	if (status == 0 && goes_on
	    && strcmp(call_answer_get(&answer, "live"), "yes") == 0) {
		buf_clear(&request);
		follow_put_request(&follow, &request);
		status = follow_ask(s, &follow, &request, NULL);
	}
	if (status == 0 && r->lines != NULL)
		lines_end(r->lines);
	call_answer_fini(&answer);
	buf_fini(&request);
	return status;
}

/* What the options want of the lines. */
static enum err
read_options(struct session *s, struct reading *r, struct fault *f)
{
	const char *count = session_option(s, OPTION_NUMBER);
	const char *regex = session_option(s, OPTION_GREP);
	const char *wrong = NULL;

	if (regex != NULL && (r->match = match_new(regex, f)) == NULL)
		return f->err;
	if (count != NULL) {
		long long n = strtonum(count, 0, LINES_MAX, &wrong);

		if (wrong != NULL)
			return fault_set(f, ERR_BAD_VALUE, "number",
			    "\"%.40s\" is %s", count, wrong);
		r->tail = tail_new((size_t)n);
	}
	if (r->match != NULL || r->tail != NULL)
		r->lines = lines_new(take_line, r);
	return ERR_NONE;
}

int
command_logs(struct session *s)
{
	bool out = session_option(s, OPTION_OUT) != NULL;
	bool err = session_option(s, OPTION_ERR) != NULL;
	struct reading r = { 0 };
	struct fault f;
	int status;

	logs_init(&r.logs, &s->view);
	r.logs.timestamps = session_option(s, OPTION_TIMESTAMPS) != NULL;
	r.logs.out = out || !err;
	r.logs.err = err || !out;
	if (read_options(s, &r, &f) != ERR_NONE)
		status = session_fail(s, &f);
	else
		status = show(s, &r);
	if (status == 0 && r.match != NULL && !r.found)
		status = EXIT_ANSWER_IS_NO;
	tail_free(r.tail);
	lines_free(r.lines);
	match_free(r.match);
	return status;
}
