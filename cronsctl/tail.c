/* A queue: with each line that ends, one too many goes from its front, with
 * the pieces and notes before it. */
#include "tail.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "call.h"
#include "share/log.h"

struct entry {
	struct frame frame;
	bool is_end;
	TAILQ_ENTRY(entry) in_kept; /* tail.kept */
	char bytes[]; /* what frame.bytes points to */
};

struct tail {
	size_t lines;
	size_t ends; /* in all that is kept */
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

/* The first entry; was it the end of a line? */
static bool
drop_first(struct tail *tail)
{
	struct entry *entry = TAILQ_FIRST(&tail->kept);
	bool is_end = entry->is_end;

	tail->ends -= is_end;
	TAILQ_REMOVE(&tail->kept, entry, in_kept);
	free(entry);
	return is_end;
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

void
tail_put(struct tail *tail, const struct frame *line, bool is_end)
{
	struct entry *entry = xmalloc(sizeof *entry + line->len);

	memcpy(entry->bytes, line->bytes, line->len);
	entry->frame = *line;
	entry->frame.bytes = entry->bytes;
	entry->is_end = is_end;
	tail->ends += is_end;
	TAILQ_INSERT_TAIL(&tail->kept, entry, in_kept);
	if (tail->ends > tail->lines)
		while (!drop_first(tail))
			;
}

void
tail_each(const struct tail *tail,
    void (*each)(void *arg, const struct frame *frame), void *arg)
{
	const struct entry *entry;

	if (tail->lines == 0)
		return;
	TAILQ_FOREACH(entry, &tail->kept, in_kept)
		each(arg, &entry->frame);
}
