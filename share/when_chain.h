/*
 * when_chain: one chain of an OnCalendar expression ("00/15", "1..5,7"): a
 * list of values, ranges and repetitions. It does not know dates and times,
 * only which numbers a unit has.
 */
#ifndef SHARE_WHEN_CHAIN_H
#define SHARE_WHEN_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct when_text;

#define CHAIN_MAX 64 /* links: more than there are minutes */
#define CHAIN_NONE (-1)

/* clang-format off */
#define CHAIN_UNITS(X) /* word, low, high, digits, parts it is counted in */ \
	X(YEAR,   "year",   1970, 2199,     0, 1) \
	X(MONTH,  "month",     1,   12,     2, 1) \
	X(DAY,    "day",       1,   31,     2, 1) \
	X(HOUR,   "hour",      0,   23,     2, 1) \
	X(MINUTE, "minute",    0,   59,     2, 1) \
	X(SECOND, "second",    0, 59999999, 2, 1000000)
/* clang-format on */

enum when_chain_unit {
#define X(name, word, low, high, digits, parts) CHAIN_##name,
	CHAIN_UNITS(X)
#undef X
	    CHAIN_UNITS_COUNT
};

/* "start", "start..stop", "start/step", "start..stop/step", in parts */
struct when_link {
	int64_t start;
	int64_t stop; /* CHAIN_NONE: open, or one value */
	int64_t step; /* 0: one value */
	const char *at; /* in the text, for errors */
};

struct when_chain {
	struct when_link links[CHAIN_MAX];
	int count; /* 0: a star */
};

bool when_chain_parse(
    struct when_text *t, enum when_chain_unit unit, struct when_chain *c);

/* Sorts, and makes of stops values that are met; before when_chain_check. */
void when_chain_normalise(struct when_chain *c);

/* from_end: counted back from the end of the month. */
bool when_chain_check(const struct when_chain *c, enum when_chain_unit unit,
    bool from_end, struct when_text *t);
void when_chain_print(
    const struct when_chain *c, enum when_chain_unit unit, struct buf *out);

/*
 * Of seconds with fractions: the microseconds of the minute, sorted, yours to
 * free, their number in count. NULL where whole seconds say it all, or if
 * there are more than CHAIN_PARTS_MAX (count is then more, too).
 */
#define CHAIN_PARTS_MAX 6000
int *when_chain_parts(const struct when_chain *c, size_t *count);

/* Bit n: the whole number n; parts are cut. Not for years. */
uint64_t when_chain_bits(const struct when_chain *c, enum when_chain_unit unit);

/* Bit n: the n-th day before the last one. */
uint32_t when_chain_days_from_end(const struct when_chain *c);

#endif
