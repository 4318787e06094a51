/*
 * when_dst: from wall times to instants, by the rule R1-R6 at clock changes.
 * It does not know what form the wall times were written in.
 */
#ifndef SHARE_WHEN_DST_H
#define SHARE_WHEN_DST_H

#include <stdbool.h>
#include <stdint.h>

struct tz;
struct when_set;

struct when_walls {
	const struct when_set *set;
	int64_t phase; /* of when_set_next */
	bool is_fixed; /* not wildcard */
};

/* The first instant >= from, WALL_NONE if there is none (epoch seconds). */
int64_t when_dst_next(
    const struct when_walls *w, const struct tz *zone, int64_t from);

/* What a given instant is to a schedule. */
enum when_place {
	WHEN_PLAIN, /* its wall time is in the set */
	WHEN_MADE_UP, /* a fixed time was skipped here: it runs now */
	WHEN_HELD, /* a fixed time that came a second time: it ran before */
	WHEN_OUTSIDE,
};

/* wall: of the time meant, where that is not the instant's own. */
enum when_place when_dst_place(const struct when_walls *w,
    const struct tz *zone, int64_t at, int64_t *wall);

/*
 * The wall times of a fixed schedule that the jump which ends at that instant
 * left out: false if there are none; span is the first of them, and where the
 * wall clock goes on.
 */
bool when_dst_skips(const struct when_walls *w, const struct tz *zone,
    int64_t at, int64_t span[2]);

#endif
