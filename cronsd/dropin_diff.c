/*
 * What is known is an array by rising key, as the index gives it: 48 bytes an
 * entry while the file is read. Only jobs that are new or changed are kept,
 * packed; should even these be too many for the memory a file may have, the
 * rest is found by reading it once more.
 */
#include "dropin_diff.h"

#include <stdlib.h>
#include <string.h>

#include "dropin_pack.h"
#include "dropin_read.h"
#include "share/log.h"
#include "store_sources.h"

#define MOST_PACKED (32 << 20)

struct dropin_known {
	struct entry entry;
	bool seen;
};

void
dropin_diff_init(struct dropin_diff *diff)
{
	memset(diff, 0, sizeof *diff);
	job_init(&diff->preset);
}

void
dropin_diff_fini(struct dropin_diff *diff)
{
	job_fini(&diff->preset);
	buf_fini(&diff->job);
	free(diff->known);
}

static void
add_known(void *arg, const struct entry *entry)
{
	struct dropin_diff *diff = arg;

	if (diff->count == diff->room) {
		diff->room = diff->room == 0 ? 64 : diff->room * 2;
		diff->known = xreallocarray(
		    diff->known, diff->room, sizeof *diff->known);
	}
	diff->known[diff->count++] = (struct dropin_known) { *entry, false };
}

int
dropin_diff_start(struct dropin_diff *diff, struct db *db, int64_t source)
{
	diff->count = 0;
	return source == 0 ? 0 : entries_each(db, source, add_known, diff);
}

static void
put_op(
    struct dropin_item *item, enum dropin_what what, const struct entry *entry)
{
	if (item->op_count == item->op_room) {
		item->op_room = item->op_room == 0 ? 16 : item->op_room * 2;
		item->op = xreallocarray(
		    item->op, item->op_room, sizeof *item->op);
	}
	item->op[item->op_count++]
	    = (struct dropin_op) { what, *entry, item->packed.len };
}

static void
put_job(struct dropin_diff *diff, struct dropin_item *item,
    enum dropin_what what, const struct entry *entry)
{
	if (item->packed.len + diff->job.len > MOST_PACKED) {
		item->more = true;
		return;
	}
	put_op(item, what, entry);
	buf_put(&item->packed, diff->job.data, diff->job.len);
}

static int
compare_key(const void *key, const void *known)
{
	int64_t a = *(const int64_t *)key;
	int64_t b = ((const struct dropin_known *)known)->entry.key;

	return a < b ? -1 : a > b;
}

void
dropin_diff_put(struct dropin_diff *diff, struct dropin_item *item,
    const struct job *job, int line)
{
	struct entry entry = { .line = line };
	struct dropin_known *known = NULL;

	buf_clear(&diff->job);
	dropin_pack_put(&diff->job, job, &diff->preset);
	entry.key = (int64_t)strtoull(job->source_key, NULL, 16);
	entry.hash = dropin_pack_hash(diff->job.data, diff->job.len, job);
	if (diff->count > 0)
		known = bsearch(&entry.key, diff->known, diff->count,
		    sizeof *diff->known, compare_key);
	item->source.jobs++;
	if (known == NULL || known->seen) {
		put_job(diff, item, DROPIN_ADD, &entry);
		return;
	}
	known->seen = true;
	entry.job = known->entry.job;
	entry.source = known->entry.source;
	if (known->entry.hash != entry.hash)
		put_job(diff, item, DROPIN_SET, &entry);
	else if (known->entry.line != line)
		put_op(item, DROPIN_MOVE, &entry);
}

/* Drops go first: a name that an edited line wants again is free then. */
void
dropin_diff_end(struct dropin_diff *diff, struct dropin_item *item)
{
	size_t count = item->op_count;
	struct dropin_op *old = item->op;

	item->op = NULL;
	item->op_count = item->op_room = 0;
	for (size_t i = 0; i < diff->count; i++)
		if (!diff->known[i].seen)
			put_op(item, DROPIN_DROP, &diff->known[i].entry);
	if (item->op_count == 0) {
		item->op = old;
		item->op_count = item->op_room = count;
		return;
	}
	item->op_room = item->op_count + count;
	item->op = xreallocarray(item->op, item->op_room, sizeof *item->op);
	if (count > 0)
		memcpy(item->op + item->op_count, old, count * sizeof *old);
	item->op_count = item->op_room;
	free(old);
}

void
dropin_diff_drop_all(struct dropin_diff *diff, struct dropin_item *item)
{
	item->op_count = 0;
	item->more = false;
	item->source.jobs = 0;
	buf_fini(&item->packed);
	for (size_t i = 0; i < diff->count; i++)
		put_op(item, DROPIN_DROP, &diff->known[i].entry);
}
