/*
 * replay: slots of the past run again. How many they are is counted first, so
 * that a slip in a date does not start a thousand runs; then they are a range
 * of the backlog (plan_backlog.c).
 */
#include "commit.h"
#include "fail.h"
#include "plan.h"
#include "share/job.h"
#include "verb.h"

/* The span that is asked for; without `to`, until now. */
static enum err
read_span(struct request *r, struct plan_replay *span, struct fault *f)
{
	span->from = WALL_NEVER;
	span->to = span->now = r->now;
	span->force = request_is(r, "force");
	span->dry = request_is(r, "dry_run");
	if (request_time(r, "from", &span->from, f) != ERR_NONE
	    || request_time(r, "to", &span->to, f) != ERR_NONE)
		return f->err;
	if (wall_is_never(span->from))
		return fault_set(f, ERR_MISSING_KEY, "from",
		    "replay needs from=: when the first slot was");
	if (span->to.us > r->now.us)
		span->to = r->now;
	if (span->from.us > span->to.us)
		return fault_set(f, ERR_BAD_VALUE, "from",
		    "it is after the end of the span");
	return ERR_NONE;
}

static void
put_pair(struct buf *out, const char *key, wall_t t)
{
	buf_printf(out, " %s=", key);
	rfc3339_print(out, t, 0);
}

static enum verb_status
answer(struct request *r, const struct plan_replay *span)
{
	struct buf text = BUF_EMPTY;

	buf_printf(&text, "slots=%d ran=%d", span->slots, span->ran);
	put_pair(&text, "from", span->from);
	put_pair(&text, "to", span->to);
	reply_ok(r, 200, "%s", buf_text(&text));
	buf_fini(&text);
	return span->dry || span->slots == 0 ? VERB_DONE : VERB_COMMIT;
}

enum verb_status
verb_replay(struct request *r)
{
	struct plan_replay span;
	struct fault f;
	struct job job;
	int got;

	if (read_span(r, &span, &f) != ERR_NONE
	    || request_job(r, r->line.word[0], &job, &f) != ERR_NONE)
		return reply_fault(r, &f);
	got = plan_replay(r->parts->plan, &job, &span);
	job_fini(&job);
	FAIL_POINT(act_replay);
	switch (got) {
	case 0:
		return answer(r, &span);
	case 1:
		return reply_err(r, ERR_TOO_LARGE, "from",
		    "these are more than %d slots; ask for less at a time",
		    PLAN_REPLAY_MOST);
	}
	commit_spoil(r->parts->commit);
	return reply_busy(r);
}
