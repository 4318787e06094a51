/*
 * A verb that is asked to do something to "@TAG" does it to each job that has
 * the tag, all in the turn's transaction, and says how many there were: the
 * verbs themselves know one job only.
 */
#include "verb_many.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share/job.h"
#include "share/log.h"
#include "store_jobs.h"

#define MOST 1000 /* jobs of one request */
#define RUNS_SAID 64 /* more would make the reply's line too long */

struct many {
	int64_t id[MOST + 1];
	int count, done, runs;
	struct buf run_ids, why; /* why the first failure failed */
};

static bool
take_id(void *arg, const struct job *job)
{
	struct many *m = arg;

	m->id[m->count++] = job->id;
	return true;
}

static int
find_jobs(struct request *r, const struct request_tag *t, struct many *m)
{
	struct jobs_want want = { .uid = t->uid,
		.after_name = "",
		.name = t->tag,
		.most = MOST + 1 };

	want.what = t->tag[0] != '\0' ? JOBS_TAGGED
	    : t->uid < 0	      ? JOBS_ALL
				      : JOBS_OF;
	return jobs_each(r->parts->read, &want, take_id, m);
}

/* The reply of one job's request: "202 run=812". */
static void
note(struct many *m, struct buf *reply)
{
	const char *text = buf_text(reply), *run = strstr(text, " run=");
	bool good = text[0] == '2';

	m->done += good;
	if (good && run != NULL && m->runs++ < RUNS_SAID)
		buf_printf(&m->run_ids, "%s%lld", m->runs > 1 ? "," : "",
		    atoll(run + 5));
	if (!good && m->why.len == 0 && reply->len > 0)
		buf_put(&m->why, text, strcspn(text, "\n"));
}

static bool
do_one(struct request *r, verb_function *fn, int64_t id, struct many *m)
{
	struct buf reply = BUF_EMPTY;
	char word[24];
	enum verb_status status;

	snprintf(word, sizeof word, "%lld", (long long)id);
	r->line.word[0] = word;
	r->out = &reply;
	status = fn(r);
	note(m, &reply);
	buf_fini(&reply);
	return status == VERB_COMMIT;
}

static enum verb_status
say(struct request *r, const struct many *m)
{
	struct buf text = BUF_EMPTY;

	buf_printf(&text, "jobs=%d done=%d failed=%d", m->count, m->done,
	    m->count - m->done);
	if (m->run_ids.len > 0)
		line_put_pair(&text, "runs", m->run_ids.data);
	if (m->why.len > 0)
		line_put_pair(&text, "why", m->why.data);
	reply_ok(r, 200, "%.900s", buf_text(&text));
	buf_fini(&text);
	return VERB_DONE;
}

enum verb_status
verb_many(
    struct request *r, const struct request_tag *t, verb_function *fn)
{
	struct many *m = xcalloc(1, sizeof *m);
	struct request was = *r;
	const char *word = r->line.word[0];
	bool changed = false;
	enum verb_status status;

	if (find_jobs(r, t, m) != 0)
		status = reply_err(
		    r, ERR_INTERNAL, "", "the database failed");
	else if (m->count == 0)
		status = reply_err(r, ERR_NOT_FOUND, "job",
		    "no job of yours is \"%.100s\"", word);
	else if (m->count > MOST)
		status = reply_err(r, ERR_TOO_LARGE, "job",
		    "\"%.100s\" are more than %d jobs", word, MOST);
	else {
		r->line.tag = NULL;
		for (int i = 0; i < m->count; i++)
			changed |= do_one(r, fn, m->id[i], m);
		r->line.tag = was.line.tag;
		r->line.word[0] = was.line.word[0];
		r->out = was.out;
		say(r, m);
		status = changed ? VERB_COMMIT : VERB_DONE;
	}
	buf_fini(&m->run_ids);
	buf_fini(&m->why);
	free(m);
	return status;
}
