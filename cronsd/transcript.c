/*
 * The run file is looked for first: it is removed only when out.db has what
 * was in it, so a run that has no file is stored. Frames of the two streams
 * stand in one file in the order they came, which is all there is to merging
 * them.
 */
#include "transcript.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "self.h"
#include "share/buf.h"
#include "share/log.h"
#include "spool.h"
#include "store_out.h"
#include "store_runs.h"

#define TAIL_READ (4 << 20) /* head and tail of a run, as they are kept */

struct reading {
	struct buf *out;
	size_t start, most;
	bool is_full; /* there is more than may be read */
};

/* A gap's frame counts what is missing at its place. */
static void
put_gap(struct reading *r, const struct spool_frame *frame)
{
	char body[SPOOL_GAP_BODY + 1];
	size_t len = frame->len < SPOOL_GAP_BODY ? frame->len : SPOOL_GAP_BODY;
	int64_t missing;

	memcpy(body, frame->data, len);
	body[len] = '\0';
	missing = spool_number(body, "o", 0) + spool_number(body, "e", 0);
	if (missing > 0)
		buf_printf(r->out, "\n[%lld bytes of output were not kept]\n",
		    (long long)missing);
}

/* False: enough. */
static bool
put_frame(struct reading *r, const struct spool_frame *frame)
{
	size_t have = r->out->len - r->start;
	size_t len = frame->len;

	if (frame->kind == 'g')
		put_gap(r, frame);
	if (frame->kind != 'o' && frame->kind != 'e')
		return true;
	if (have >= r->most || len > r->most - have) {
		r->is_full = true;
		len = have >= r->most ? 0 : r->most - have;
	}
	buf_put(r->out, frame->data, len);
	return !r->is_full;
}

static int
read_file(struct reading *r, int fd)
{
	struct spool_reader reader;
	struct spool_frame frame;
	int got;

	spool_reader_init(&reader, fd);
	while ((got = spool_next(&reader, &frame)) == 1)
		if (!put_frame(r, &frame))
			break;
	spool_reader_fini(&reader);
	return got < 0 ? -1 : 0;
}

/* A chunk holds whole frames, each with a line feed behind it. */
static int
read_chunk(struct reading *r, const struct buf *raw)
{
	struct spool_frame frame;
	size_t at = 0;
	int head;

	while (at < raw->len && !r->is_full) {
		head = spool_parse_frame(
		    raw->data + at, raw->len - at, &frame);
		if (head <= 0
		    || raw->len - at < (size_t)head + frame.len + 1)
			return -1;
		frame.data = raw->data + at + head;
		put_frame(r, &frame);
		at += (size_t)head + frame.len + 1;
	}
	return 1;
}

static int
read_store(struct reading *r, struct db *db, int64_t run)
{
	struct out_chunk chunk = { .run = run };
	struct buf raw = BUF_EMPTY;
	int got = 1;

	while (got == 1 && !r->is_full) {
		got = out_get(db, &chunk, &raw);
		if (got == 1)
			got = read_chunk(r, &raw);
		chunk.seq++;
	}
	buf_fini(&raw);
	return got < 0 ? -1 : 0;
}

int
transcript_read(const struct transcript_places *places,
    const struct run_row *row, size_t most, struct buf *out)
{
	struct reading r = { out, out->len, most, false };
	int got = -1;
	int fd = self_open_file(places->self, row->id, (uint32_t)row->fence);

	if (fd >= 0) {
		got = read_file(&r, fd);
		close(fd);
	} else if (errno == ENOENT && places->out != NULL) {
		got = read_store(&r, places->out, row->id);
	}
	if (got < 0) {
		log_warn("run %lld: its output cannot be read now",
		    (long long)row->id);
		return -1;
	}
	return r.is_full;
}

int
transcript_tail(const struct transcript_places *places,
    const struct run_row *row, size_t most, struct buf *out)
{
	struct buf all = BUF_EMPTY;
	const char *from;
	int got = transcript_read(places, row, TAIL_READ, &all);

	if (all.len > most) {
		from = all.data + all.len - most;
		from = memchr(from, '\n', most - 1);
		from = from == NULL ? all.data + all.len - most : from + 1;
		buf_put(out, from, (size_t)(all.data + all.len - from));
		got = got < 0 ? got : 1;
	} else if (all.len > 0) {
		buf_put(out, all.data, all.len);
	}
	buf_fini(&all);
	return got;
}
