/*
 * Whole frames are dropped from the front as soon as those behind them have
 * enough lines; only at the end is the exact place looked for, from behind.
 * Frames without text (notes, gaps) have no lines and go with their
 * neighbours.
 */
#include "tail.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "call.h"
#include "share/log.h"

struct entry {
	struct frame frame;
	char *bytes; /* owned; what frame.bytes points to */
	size_t feeds;
	TAILQ_ENTRY(entry) in_kept; /* tail.kept */
};

struct tail {
	size_t lines;
	size_t feeds; /* line feeds in all that is kept */
	TAILQ_HEAD(entries, entry) kept;
};

struct tail *
tail_new(size_t lines)
{
	struct tail *tail = xcalloc(1, sizeof *tail);

	tail->lines = lines;
	TAILQ_INIT(&tail->kept);
	return tail;
}

static void
drop_first(struct tail *tail)
{
	struct entry *entry = TAILQ_FIRST(&tail->kept);

	tail->feeds -= entry->feeds;
	TAILQ_REMOVE(&tail->kept, entry, in_kept);
	free(entry->bytes);
	free(entry);
}

void
tail_free(struct tail *tail)
{
	if (tail == NULL)
		return;
	while (!TAILQ_EMPTY(&tail->kept))
		drop_first(tail);
	free(tail);
}

static bool
is_text(const struct frame *frame)
{
	return frame->kind == 'o' || frame->kind == 'e';
}

static size_t
count_feeds(const struct frame *frame)
{
	size_t feeds = 0;

	for (size_t i = 0; is_text(frame) && i < frame->len; i++)
		feeds += frame->bytes[i] == '\n';
	return feeds;
}

void
tail_put(struct tail *tail, const struct frame *frame)
{
	struct entry *entry = xcalloc(1, sizeof *entry), *first;

	entry->bytes = xmalloc(frame->len + 1);
	memcpy(entry->bytes, frame->bytes, frame->len);
	entry->frame = *frame;
	entry->frame.bytes = entry->bytes;
	entry->feeds = count_feeds(frame);
	tail->feeds += entry->feeds;
	TAILQ_INSERT_TAIL(&tail->kept, entry, in_kept);
	/* One line feed more than lines: the line before them must end. */
	while ((first = TAILQ_FIRST(&tail->kept)) != NULL
	    && tail->feeds - first->feeds > tail->lines)
		drop_first(tail);
}

/*
 * Where the last lines begin: the entry, and the offset in it. The line feed
 * at the very end ends a line and begins none.
 */
static const struct entry *
find_start(const struct tail *tail, size_t *at)
{
	const struct entry *entry;
	size_t left = tail->lines;
	bool is_last = true;

	TAILQ_FOREACH_REVERSE(entry, &tail->kept, entries, in_kept)
	for (size_t i = entry->frame.len; i-- > 0 && is_text(&entry->frame);
	     is_last = false) {
		if (entry->bytes[i] != '\n' || is_last)
			continue;
		if (--left == 0) {
			*at = i + 1;
			return entry;
		}
	}
	*at = 0;
	return TAILQ_FIRST(&tail->kept);
}

void
tail_each(const struct tail *tail,
    void (*each)(void *arg, const struct frame *frame), void *arg)
{
	size_t at;
	const struct entry *entry;

	if (tail->lines == 0)
		return;
	for (entry = find_start(tail, &at); entry != NULL;
	     entry = TAILQ_NEXT(entry, in_kept)) {
		struct frame frame = entry->frame;

		frame.bytes += at;
		frame.len -= at;
		at = 0;
		if (frame.len > 0)
			each(arg, &frame);
	}
}
