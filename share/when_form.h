/*
 * when_form: the inside of a schedule and of the table of forms in when.c,
 * for the when_*.c files only. A form of schedule is a row of that table and
 * the functions the row names.
 */
#ifndef SHARE_WHEN_FORM_H
#define SHARE_WHEN_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "when.h"
#include "when_days.h"
#include "when_set.h"

struct calendar;
struct tz;
struct when_text;

struct when_form {
	const char *name;
	unsigned dialects; /* bit n: dialect n has it */
	/* Is this the form of that text (blanks at both ends are gone)? */
	bool (*claims)(const char *text);
	/* Fills in w, w->normal too; false and the text's fault. */
	bool (*parse)(struct when *w, struct when_text *t);
	wall_t (*next)(
	    const struct when *w, const struct tz *zone, wall_t after);
	void (*describe)(const struct when *w, struct buf *out);
};

/* The forms share one struct; each uses the members that it needs. */
struct when {
	const struct when_form *form;
	struct fault *fault; /* owned; NULL: valid */
	enum dialect dialect;
	uint64_t seed;
	wall_t anchor;
	enum when_kind kind;
	bool is_wildcard;
	struct buf normal; /* normalised text */
	struct buf warning; /* empty: none */
	struct calendar *calendar; /* owned; NULL: none */
	char *zone; /* owned; what the text itself names, or NULL */
	/* Of forms that name wall times: */
	struct when_set set;
	struct when_days days;
	int *parts; /* owned, sorted: microseconds of the minute; or NULL */
	size_t part_count;
	bool has_phase; /* the text names the day that periods count from */
	int64_t phase;
	/* Of the others: */
	int64_t every_us; /* @every, @after */
	wall_t once; /* @at with an offset from UTC */
};

/* Epoch seconds, rounded down; the last one of the negative end is left out. */
int64_t when_floor_seconds(wall_t t);

/* What when.c does for every form made of wall times. */
wall_t when_next_of_set(
    const struct when *w, const struct tz *zone, wall_t after);

#endif
