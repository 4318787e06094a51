/* Two trees over the same nodes: by path, to find one again, and by time. */
#include "dropin_dirty.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/sys/cdefs.h>
#include <bsd/sys/tree.h>

#include "share/log.h"

#define MOST_PUT_OFF_US (2 * SECOND_US)

struct node {
	RB_ENTRY(node) by_path; /* dirty.paths */
	RB_ENTRY(node) by_time; /* dirty.times */
	mono_t at, latest;
	bool by_news;
	char *trouble;
	char path[];
};

RB_HEAD(paths, node);
RB_HEAD(times, node);

struct dropin_dirty {
	struct paths paths;
	struct times times;
};

static int
order_of_paths(const struct node *a, const struct node *b)
{
	return strcmp(a->path, b->path);
}

static int
order_of_times(const struct node *a, const struct node *b)
{
	if (a->at.us != b->at.us)
		return a->at.us < b->at.us ? -1 : 1;
	return strcmp(a->path, b->path);
}

RB_GENERATE_INTERNAL(paths, node, by_path, order_of_paths,
    static __attribute__((unused)))
RB_GENERATE_INTERNAL(times, node, by_time, order_of_times,
    static __attribute__((unused)))

struct dropin_dirty *
dropin_dirty_new(void)
{
	struct dropin_dirty *dirty = xcalloc(1, sizeof *dirty);

	RB_INIT(&dirty->paths);
	RB_INIT(&dirty->times);
	return dirty;
}

void
dropin_dirty_put(struct dropin_dirty *dirty, const struct dropin_look *look,
    mono_t now)
{
	size_t len = strlen(look->path) + 1;
	struct node *fresh = xcalloc(1, sizeof *fresh + len), *node;

	memcpy(fresh->path, look->path, len);
	node = RB_INSERT(paths, &dirty->paths, fresh);
	if (node == NULL) {
		node = fresh;
		node->latest.us = now.us
		    + (look->delay_us > MOST_PUT_OFF_US ? look->delay_us
							: MOST_PUT_OFF_US);
	} else {
		free(fresh);
		RB_REMOVE(times, &dirty->times, node);
	}
	node->at.us = now.us + look->delay_us;
	if (node->at.us > node->latest.us)
		node->at = node->latest;
	node->by_news |= look->by_news;
	free(node->trouble);
	node->trouble
	    = look->trouble == NULL ? NULL : xstrdup(look->trouble);
	RB_INSERT(times, &dirty->times, node);
}

bool
dropin_dirty_take(
    struct dropin_dirty *dirty, mono_t now, struct dropin_due *due)
{
	struct node *node = RB_MIN(times, &dirty->times);

	if (node == NULL || node->at.us > now.us)
		return false;
	RB_REMOVE(times, &dirty->times, node);
	RB_REMOVE(paths, &dirty->paths, node);
	*due = (struct dropin_due) { xstrdup(node->path), node->trouble,
		node->by_news };
	free(node);
	return true;
}

mono_t
dropin_dirty_next(const struct dropin_dirty *dirty)
{
	const struct node *node
	    = RB_MIN(times, (struct times *)&dirty->times);

	return node == NULL ? (mono_t) { INT64_MAX } : node->at;
}
