/*
 * dropin_dirty: the files to be looked at, and when: news of a file that come
 * quickly one after the other are one look. It does not know files.
 */
#ifndef CRONSD_DROPIN_DIRTY_H
#define CRONSD_DROPIN_DIRTY_H

#include <stdbool.h>

#include "share/clock.h"

struct dropin_dirty;

struct dropin_dirty *dropin_dirty_new(void);

/*
 * The path is due at now + delay_us; news of one that is there already put it
 * off or bring it forward to that, but never by more than a few seconds in
 * all. trouble: as in dropin_item; may be NULL.
 */
struct dropin_look {
	const char *path, *trouble;
	bool by_news;
	int64_t delay_us;
};
void dropin_dirty_put(struct dropin_dirty *dirty,
    const struct dropin_look *look, mono_t now);

/* Takes the first that is due: yours to free(). False: none is. */
struct dropin_due {
	char *path, *trouble;
	bool by_news;
};
bool dropin_dirty_take(
    struct dropin_dirty *dirty, mono_t now, struct dropin_due *due);

/* When the first one is due; INT64_MAX: there is none. */
mono_t dropin_dirty_next(const struct dropin_dirty *dirty);

#endif
