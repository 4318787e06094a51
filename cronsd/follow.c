/* What waits is an array: it is full only if nothing can be written, and then
 * the oldest are forgotten. Those of the turn at hand stay in it until that is
 * durable. */
#include "follow.h"

#include <string.h>

#include "commit.h"
#include "share/log.h"
#include "store_events.h"
#include "store_runs.h"

#define MOST 1024

struct follow {
	struct commit *commit;
	struct db *read;
	int followers;
	int64_t seen; /* the newest event that was told of */
	int count, written; /* of waits; those in the turn at hand */
	struct event waits[MOST];
};

struct follow *
follow_new(struct commit *commit, struct db *read)
{
	struct follow *f = xcalloc(1, sizeof *f);

	f->commit = commit;
	f->read = read;
	return f;
}

static void
drop_first(struct follow *f, int n)
{
	f->count -= n;
	memmove(f->waits, f->waits + n, (size_t)f->count * sizeof *f->waits);
}

void
follow_started(struct follow *f, const struct run_row *row)
{
	if (f->count == MOST && f->written > 0)
		return;
	if (f->count == MOST)
		drop_first(f, 1);
	f->waits[f->count++] = (struct event) { .at = row->start,
		.kind = EVENT_STARTED,
		.uid = row->uid,
		.job = row->job,
		.run = row->id };
}

void
follow_join(struct follow *f)
{
	f->followers++;
	f->seen = events_newest(f->read);
}

void
follow_leave(struct follow *f)
{
	f->followers--;
}

static void
on_sealed(void *arg, bool durable)
{
	struct follow *f = arg;

	if (durable)
		drop_first(f, f->written);
	f->written = 0;
}

void
follow_turn(struct follow *f)
{
	struct db *db;

	if (f->count == f->written
	    || (f->followers == 0 && f->count < MOST / 2
		&& !commit_is_open(f->commit)))
		return;
	db = commit_db(f->commit);
	if (db == NULL)
		return;
	if (f->written == 0)
		commit_then(f->commit, on_sealed, f);
	for (; f->written < f->count; f->written++)
		if (events_put(db, &f->waits[f->written]) != 0) {
			commit_spoil(f->commit);
			return;
		}
}

bool
follow_has_news(struct follow *f)
{
	int64_t newest;

	if (f->followers == 0)
		return false;
	newest = events_newest(f->read);
	if (newest == f->seen)
		return false;
	f->seen = newest;
	return true;
}
