/*
 * logs: frames of a run, from its run file while there is one, else from
 * out.db. The file is the buffer: a follower costs one descriptor and a place
 * in it, and a slow one delays nobody. Following ends when END is written, or
 * the shim is gone, and everything before that was sent.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "live.h"
#include "self.h"
#include "share/log.h"
#include "spool.h"
#include "store_out.h"
#include "store_runs.h"
#include "verb.h"

#define A_CALL (64 * 1024) /* bytes written before others have a turn */

struct tail {
	int64_t run;
	bool follow;
	int64_t lines; /* -1: all; a hint, the client counts */
	int fd; /* run file, -1 none */
	struct spool_reader reader;
	bool is_stored; /* its file is gone: out.db has all of it */
	int64_t seq; /* next chunk of out.db; -1: the file is the source */
};

static void
free_tail(void *state)
{
	struct tail *t = state;

	if (t->fd >= 0) {
		spool_reader_fini(&t->reader);
		close(t->fd);
	}
	free(t);
}

/* Opens the run file if there is one with anything in it. */
static bool
open_file(struct request *r, struct tail *t, const struct run_row *row)
{
	const struct live_run *run = live_find(r->parts->live, row->id);
	char name[SPOOL_NAME_MAX];
	struct spool_file file;

	spool_name(name,
	    run == NULL ? r->parts->self->instance : run->instance, row->id,
	    (uint32_t)(run == NULL ? row->fence : run->row.fence));
	t->fd = openat(
	    r->parts->self->spool_fd, name, O_RDONLY | O_CLOEXEC);
	if (t->fd < 0)
		return false;
	if (spool_read(t->fd, &file) != 0 || file.size == 0) {
		close(t->fd);
		t->fd = -1;
		return false;
	}
	spool_reader_init(&t->reader, t->fd);
	t->seq = -1;
	return true;
}

static bool
keep_failed(void *arg, const struct run_row *row)
{
	struct run_row *found = arg;

	if (row->result == RESULT_NONE || row->result == RESULT_OK
	    || row->result == RESULT_SKIPPED || row->result == RESULT_MISSED)
		return true;
	*found = *row;
	return false;
}

/* failed=yes: the newest run of the job that failed. */
static enum err
find_failed(struct request *r, struct run_row *row, struct fault *f)
{
	struct runs_want want = { .job = row->job, .uid = -1,
		.before = INT64_MAX, .before_slot = INT64_MAX, .most = 10000 };

	row->id = 0;
	runs_each(r->parts->read, &want, keep_failed, row);
	if (row->id != 0)
		return ERR_NONE;
	return fault_set(f, ERR_NOT_FOUND, "run", "no run of it has failed");
}

static enum verb_status
begin(struct request *r, struct tail *first)
{
	struct run_row row;
	struct fault f;

	first->fd = -1;
	first->lines = -1;
	first->follow = request_is(r, "follow");
	if (request_run(r, r->line.word[0], &row, &f) != ERR_NONE
	    || request_number(r, "lines", &first->lines, &f) != ERR_NONE
	    || (request_is(r, "failed")
		&& find_failed(r, &row, &f) != ERR_NONE))
		return reply_fault(r, &f);
	/* States of others' jobs may be seen; their output may not. */
	if (!request_may(r, ROLE_EDIT, row.uid))
		return reply_err(r, ERR_DENIED, "run",
		    "run %lld belongs to another user", (long long)row.id);
	first->run = row.id;
	return VERB_MORE;
}

static void
put_frame(struct buf *out, const struct spool_frame *frame)
{
	buf_printf(out, "%c %lld %u\n", frame->kind, (long long)frame->at_us,
	    frame->len);
	buf_put(out, frame->data, frame->len);
	buf_putc(out, '\n');
}

static enum verb_status
end(struct request *r, const struct tail *t)
{
	struct run_row row;

	if (runs_get(r->parts->read, t->run, &row) != 1)
		return reply_err(r, ERR_GONE, "run",
		    "run %lld is no longer kept", (long long)t->run);
	return reply_ok(r, 200, "run=%lld result=%s live=%s",
	    (long long)t->run, run_result_word(row.result),
	    row.result == RESULT_NONE ? "yes" : "no");
}

/* Has the shim written its last frame? */
static bool
is_complete(int fd)
{
	struct spool_file file;

	return spool_read(fd, &file) != 0 || file.end[0] != '\0'
	    || !spool_is_alive(fd);
}

static enum verb_status
from_file(struct request *r, struct tail *t)
{
	bool complete = is_complete(t->fd);
	struct spool_frame frame;
	size_t enough = r->out->len + A_CALL;
	int got;

	while ((got = spool_next(&t->reader, &frame)) == 1) {
		put_frame(r->out, &frame);
		if (r->out->len >= enough)
			return VERB_MORE;
	}
	if (got == 0 && t->follow && !complete)
		return VERB_LATER;
	return end(r, t);
}

static enum verb_status
from_store(struct request *r, struct tail *t)
{
	struct buf raw = BUF_EMPTY;
	int got = r->parts->out == NULL
	    ? 0
	    : out_get(r->parts->out, t->run, &t->seq, &raw);

	if (got == 1)
		buf_put(r->out, raw.data, raw.len);
	buf_fini(&raw);
	if (got < 0)
		return reply_err(r, ERR_INTERNAL, "",
		    "the stored output of run %lld cannot be read",
		    (long long)t->run);
	return got == 1 ? VERB_MORE : end(r, t);
}

/*
 * Nothing was found yet: not started, or over. The run file is looked for
 * first: it is removed only when out.db has what was in it, so a run that is
 * neither live nor has a file is stored. The other way round the output of a
 * run that ended just now would be in neither place.
 */
static enum verb_status
find_output(struct request *r, struct tail *t)
{
	const struct live_run *run = live_find(r->parts->live, t->run);
	struct run_row row;

	if (runs_get(r->parts->read, t->run, &row) == 1
	    && open_file(r, t, &row))
		return from_file(r, t);
	if (run != NULL)
		return t->follow ? VERB_LATER : end(r, t);
	t->is_stored = true;
	if (t->lines >= 0 && r->parts->out != NULL)
		t->seq = out_seq_of_tail(r->parts->out, t->run, t->lines);
	return from_store(r, t);
}

enum verb_status
verb_logs(struct request *r)
{
	struct tail *t = r->state;

	if (t == NULL) {
		struct tail first = { 0 };
		enum verb_status status = begin(r, &first);

		if (status != VERB_MORE)
			return status;
		r->state = t = xmalloc(sizeof *t);
		*t = first;
		r->free_state = free_tail;
	}
	if (t->fd >= 0)
		return from_file(r, t);
	return t->is_stored ? from_store(r, t) : find_output(r, t);
}
