/* The beginning of an unfinished line is kept for each of the two streams. */
#include "lines.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "share/buf.h"
#include "share/log.h"

struct part {
	struct buf bytes; /* empty: no line has begun */
	int64_t us; /* of its first byte */
};

struct lines {
	lines_each *each;
	void *arg;
	struct part part[2]; /* stdout, stderr */
};

static const char kinds[] = "oe";

struct lines *
lines_new(lines_each *each, void *arg)
{
	struct lines *lines = xcalloc(1, sizeof *lines);

	lines->each = each;
	lines->arg = arg;
	return lines;
}

void
lines_free(struct lines *lines)
{
	if (lines == NULL)
		return;
	buf_fini(&lines->part[0].bytes);
	buf_fini(&lines->part[1].bytes);
	free(lines);
}

/* Hands over what there is of a stream's line. */
static void
hand_over(struct lines *lines, int stream, bool is_end)
{
	struct part *part = &lines->part[stream];
	struct frame line = { .kind = kinds[stream],
		.us = part->us,
		.bytes = buf_text(&part->bytes),
		.len = part->bytes.len };

	if (line.len == 0)
		return;
	lines->each(lines->arg, &line, is_end);
	buf_clear(&part->bytes);
}

/* The bytes up to and with an LF, or all that there are. */
static void
put_text(struct lines *lines, int stream, const struct frame *frame)
{
	struct part *part = &lines->part[stream];
	const char *p = frame->bytes, *end = p + frame->len;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const char *stop = lf != NULL ? lf + 1 : end;

		if (part->bytes.len == 0)
			part->us = frame->us;
		buf_put(&part->bytes, p, (size_t)(stop - p));
		p = stop;
		if (lf != NULL)
			hand_over(lines, stream, true);
		else if (part->bytes.len >= LINES_LONGEST)
			hand_over(lines, stream, false);
	}
}

void
lines_put(struct lines *lines, const struct frame *frame)
{
	const char *kind = strchr(kinds, frame->kind);

	if (kind != NULL) {
		put_text(lines, (int)(kind - kinds), frame);
		return;
	}
	if (frame->kind == 'g') {
		hand_over(lines, 0, false);
		hand_over(lines, 1, false);
	}
	lines->each(lines->arg, frame, false);
}

void
lines_end(struct lines *lines)
{
	hand_over(lines, 0, true);
	hand_over(lines, 1, true);
}
