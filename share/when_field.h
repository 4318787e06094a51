/*
 * when_field: one field of a crontab-like schedule ("1-5", "L,15W", "H/10"),
 * from text to bits. It does not know how many fields there are, nor what
 * two day fields mean together.
 */
#ifndef SHARE_WHEN_FIELD_H
#define SHARE_WHEN_FIELD_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct when_days;
struct when_text;

/* clang-format off */
#define WHEN_PARTS(X) /* name, word, low, high, highest that is picked */ \
	X(SECOND,  "second",  0, 59, 59) \
	X(MINUTE,  "minute",  0, 59, 59) \
	X(HOUR,    "hour",    0, 23, 23) \
	X(DAY,     "day",     1, 31, 28) /* H falls on a day of every month */ \
	X(MONTH,   "month",   1, 12, 12) \
	X(WEEKDAY, "weekday", 0,  7,  6) /* 0 and 7 are both Sunday */
/* clang-format on */

enum when_part {
#define X(name, word, low, high, pick) WHEN_##name,
	WHEN_PARTS(X)
#undef X
	    WHEN_PART_COUNT
};

const char *when_part_word(enum when_part part);

struct when_field {
	/* Given: */
	enum when_part part;
	bool is_extended; /* L W # ? H n/m */
	bool has_random; /* a~b */
	uint64_t seed;
	struct when_days *days; /* takes L, W and # */
	struct buf *normal; /* the normalised text is added */
	struct buf *warning; /* gets the first thing that is surely a mistake */
	/* Found: */
	uint64_t bits; /* weekday 7 is folded into 0 */
	bool is_star; /* begins with a star (or is "?") */
	bool is_all; /* nothing is left out */
};

/* Reads t up to its end; false and t's fault if it is no such field. */
bool when_field_parse(struct when_text *t, struct when_field *f);

#endif
