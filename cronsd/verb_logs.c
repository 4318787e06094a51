/*
 * logs: frames of a run, from its run file while there is one, else from
 * out.db. The file is the buffer: a follower costs one descriptor and a place
 * in it, and a slow one delays nobody. Following ends when END is written, or
 * the shim is gone, and everything before that was sent.
 *
 * A place is where a frame stands in the run file; chunks of out.db remember
 * it, so that a client whose connection broke goes on with the next frame,
 * wherever that is by then. The reply begins with a row that says the place
 * of the first frame; the length of each frame leads to the next, and a gap
 * says itself where it ends.
 *
 * Frames in a file are found from its start only. To show its last lines it is
 * walked through once, a piece a call, noting the lines that end before a
 * place now and then, and then read again from the last of these that will do.
 */
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
#define WALK_A_CALL (1 << 20) /* bytes that are only looked at */
#define A_MARK (64 * 1024)

struct mark {
	int64_t place, gap_at, lines; /* so many end before it */
};

struct tail {
	struct out_tail want; /* lines -1: all; a hint, the client counts */
	bool follow;
	int64_t from; /* frames before this place are not sent */
	bool is_placed; /* the first row was sent */
	int fd; /* run file, -1 none */
	int64_t size; /* of it when it was opened */
	bool has_rest; /* more came, or may come, than was sent */
	struct spool_reader reader;
	struct mark *mark; /* owned; while the file is walked through */
	size_t mark_count, mark_room;
	int64_t lines; /* that ended so far */
	bool is_stored; /* its file is gone: out.db has all of it */
	struct out_chunk next; /* chunk of out.db, its place or -1 */
};

static void
free_tail(void *state)
{
	struct tail *t = state;

	if (t->fd >= 0) {
		spool_reader_fini(&t->reader);
		close(t->fd);
	}
	free(t->mark);
	free(t);
}

/* Opens the run file if there is one with anything in it. */
static bool
open_file(struct request *r, struct tail *t, const struct run_row *row)
{
	const struct live_run *run = live_find(r->parts->live, row->id);
	struct spool_file file;

	t->fd = self_open_file(r->parts->self, row->id,
	    (uint32_t)(run == NULL ? row->fence : run->row.fence));
	if (t->fd < 0)
		return false;
	if (spool_read(t->fd, &file) != 0 || file.size == 0) {
		close(t->fd);
		t->fd = -1;
		return false;
	}
	t->size = file.size;
	spool_reader_init(&t->reader, t->fd);
	return true;
}

/* failed=yes: the newest run of the job that failed. */
static enum err
find_failed(struct request *r, struct run_row *row, struct fault *f)
{
	if (runs_get_bad(r->parts->read, row->job, row) == 1)
		return ERR_NONE;
	return fault_set(f, ERR_NOT_FOUND, "run", "no run of it has failed");
}

/* Which streams' lines are counted. */
static enum err
read_stream(struct request *r, struct tail *t, struct fault *f)
{
	const char *stream = request_key(r, "stream");

	t->want.out = stream == NULL || strcmp(stream, "out") == 0;
	t->want.err = stream == NULL || strcmp(stream, "err") == 0;
	if (t->want.out || t->want.err)
		return ERR_NONE;
	return fault_set(
	    f, ERR_BAD_VALUE, "stream", "\"%.40s\" is not out or err", stream);
}

static enum verb_status
begin(struct request *r, struct tail *first)
{
	struct run_row row;
	struct fault f;

	first->fd = -1;
	first->want.lines = -1;
	first->follow = request_is(r, "follow");
	if (request_run(r, r->line.word[0], &row, &f) != ERR_NONE
	    || request_number(r, "lines", &first->want.lines, &f) != ERR_NONE
	    || request_number(r, "from", &first->from, &f) != ERR_NONE
	    || read_stream(r, first, &f) != ERR_NONE
	    || (request_is(r, "failed")
		&& find_failed(r, &row, &f) != ERR_NONE))
		return reply_fault(r, &f);
	/* States of others' jobs may be seen; their output may not. */
	if (!request_may(r, ROLE_EDIT, row.uid))
		return reply_err(r, ERR_DENIED, "run",
		    "run %lld belongs to another user", (long long)row.id);
	if (first->from <= SPOOL_FRAMES_AT)
		first->from = 0; /* all of it */
	else
		first->want.lines = -1;
	first->want.run = first->next.run = row.id;
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

/* The first row: which run it is, and where the first frame stands. */
static void
put_place(struct request *r, struct tail *t, int64_t place)
{
	if (t->is_placed)
		return;
	t->is_placed = true;
	reply_names(r);
	reply_begin(r);
	reply_number(r, t->want.run);
	reply_number(r, t->from > 0 ? t->from : place);
	reply_end(r);
}

static enum verb_status
end(struct request *r, struct tail *t)
{
	struct run_row row;

	put_place(r, t, SPOOL_FRAMES_AT);
	if (runs_get(r->parts->read, t->want.run, &row) != 1)
		return reply_err(r, ERR_GONE, "run",
		    "run %lld is no longer kept", (long long)t->want.run);
	return reply_ok(r, 200, "run=%lld result=%s live=%s",
	    (long long)t->want.run, run_result_word(row.result),
	    row.result == RESULT_NONE || t->has_rest ? "yes" : "no");
}

/* Has the shim written its last frame? */
static bool
is_complete(int fd)
{
	struct spool_file file;

	return spool_read(fd, &file) != 0 || file.end[0] != '\0'
	    || !spool_is_alive(fd);
}

/* ---- the last lines of a run file ---- */

static int64_t
count_lines(const struct tail *t, const struct spool_frame *frame)
{
	const char *p = frame->data, *stop = p + frame->len;
	int64_t n = 0;

	if ((frame->kind != 'o' || !t->want.out)
	    && (frame->kind != 'e' || !t->want.err))
		return 0;
	while (p < stop && (p = memchr(p, '\n', (size_t)(stop - p))) != NULL) {
		n++;
		p++;
	}
	return n;
}

static void
put_mark(struct tail *t)
{
	if (t->mark_count > 0
	    && t->reader.offset - t->mark[t->mark_count - 1].place < A_MARK)
		return;
	if (t->mark_count == t->mark_room) {
		t->mark_room = t->mark_room == 0 ? 64 : 2 * t->mark_room;
		t->mark = xreallocarray(
		    t->mark, t->mark_room, sizeof *t->mark);
	}
	t->mark[t->mark_count++] = (struct mark) { t->reader.offset,
		t->reader.gap_at, t->lines };
}

/* Sets the reader to the last mark with enough lines behind it: one more than
 * asked for, since the line before them must end. */
static void
go_to_mark(struct tail *t)
{
	size_t i = t->mark_count;

	while (i > 0 && t->lines - t->mark[i - 1].lines <= t->want.lines)
		i--;
	spool_reader_fini(&t->reader);
	spool_reader_init(&t->reader, t->fd);
	if (i > 0) {
		t->reader.offset = t->mark[i - 1].place;
		t->reader.gap_at = t->mark[i - 1].gap_at;
	}
	free(t->mark);
	t->mark = NULL;
	t->want.lines = -1;
}

/* True when the reader stands where the last lines begin. */
static bool
find_lines(struct tail *t)
{
	int64_t until = t->reader.offset + WALK_A_CALL;
	struct spool_frame frame;

	if (t->want.lines < 0)
		return true;
	put_mark(t);
	while (t->reader.offset < until) {
		if (t->reader.offset >= t->size
		    || spool_next(&t->reader, &frame) != 1) {
			go_to_mark(t);
			return true;
		}
		t->lines += count_lines(t, &frame);
		put_mark(t);
	}
	return false;
}

/* ---- sending ---- */

static enum verb_status
from_file(struct request *r, struct tail *t)
{
	bool complete = is_complete(t->fd);
	struct spool_frame frame;
	size_t enough = r->out->len + A_CALL;
	int64_t until = t->reader.offset + WALK_A_CALL;
	int got = 0;

	if (!find_lines(t))
		return VERB_MORE;
	put_place(r, t, t->reader.offset);
	/* Who does not follow wants what there is, not to race with a job that
	 * writes as fast as he reads. */
	t->has_rest = !complete;
	while ((t->follow || complete || t->reader.offset < t->size)
	    && (got = spool_next(&t->reader, &frame)) == 1) {
		/* A gap that swallowed the place is news. */
		if (t->reader.offset > t->from)
			put_frame(r->out, &frame);
		if (r->out->len >= enough || t->reader.offset >= until)
			return VERB_MORE;
	}
	if (got == 0 && t->follow && !complete)
		return VERB_LATER;
	return end(r, t);
}

/* Where the frame behind this one stood: a gap says it. */
static int64_t
place_after(const struct spool_frame *frame, int head, int64_t place)
{
	char note[SPOOL_GAP_BODY + 1];

	if (frame->kind != 'g' || frame->len != SPOOL_GAP_BODY)
		return place + head + frame->len + 1;
	memcpy(note, frame->data, SPOOL_GAP_BODY);
	note[SPOOL_GAP_BODY] = '\0';
	return spool_number(note, "next", place);
}

/* Sends the frames of a chunk that do not end before `from`. */
static void
put_chunk(struct request *r, struct tail *t, const struct buf *raw)
{
	const char *p = buf_text(raw), *stop = p + raw->len;
	struct spool_frame frame;
	int head;

	if (t->next.at >= t->from) {
		buf_put(r->out, p, raw->len);
		return;
	}
	while (p < stop
	    && (head = spool_parse_frame(p, (size_t)(stop - p), &frame)) > 0) {
		frame.data = p + head;
		t->next.at = place_after(&frame, head, t->next.at);
		if (t->next.at > t->from)
			put_frame(r->out, &frame);
		p += (size_t)head + frame.len + 1;
	}
}

static enum verb_status
from_store(struct request *r, struct tail *t)
{
	int64_t place = t->next.at; /* of a chunk that does not say it */
	struct buf raw = BUF_EMPTY;
	int got = r->parts->out == NULL
	    ? 0
	    : out_get(r->parts->out, &t->next, &raw);

	if (got == 1) {
		if (t->next.at < 0)
			t->next.at = place;
		put_place(r, t, t->next.at);
		put_chunk(r, t, &raw);
		t->next.seq++;
	}
	buf_fini(&raw);
	if (got < 0)
		return reply_err(r, ERR_INTERNAL, "",
		    "the stored output of run %lld cannot be read",
		    (long long)t->want.run);
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
	const struct live_run *run = live_find(r->parts->live, t->want.run);
	struct db *out = r->parts->out;
	struct run_row row;

	if (runs_get(r->parts->read, t->want.run, &row) == 1
	    && open_file(r, t, &row))
		return from_file(r, t);
	if (run != NULL) {
		if (!t->follow)
			return end(r, t);
		put_place(r, t, SPOOL_FRAMES_AT);
		t->want.lines = -1; /* it begins: all are the last */
		return VERB_LATER;
	}
	t->is_stored = true;
	t->next.at = SPOOL_FRAMES_AT;
	if (t->want.lines >= 0 && out != NULL)
		t->next.seq = out_seq_of_tail(out, &t->want);
	else if (t->from > 0 && out != NULL)
		t->next.seq = out_seq_of_place(out, t->want.run, t->from);
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
