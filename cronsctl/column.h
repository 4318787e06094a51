/*
 * column: which columns the table of a verb has, and how a cell comes from a
 * row of the reply. It does not know how a table is laid out or printed.
 */
#ifndef CRONSCTL_COLUMN_H
#define CRONSCTL_COLUMN_H

#include <stddef.h>

#include "share/verbs.h"

struct buf;
struct row;
struct view;

enum column_flag {
	COLUMN_RIGHT = 1, /* numbers and spans */
	COLUMN_CUT = 2, /* gives way where the table is too wide */
	COLUMN_RESULT = 4, /* coloured by what it says */
	COLUMN_MINE = 8, /* dropped where all its cells are one's own name */
	COLUMN_SPARE = 16, /* says again what another says: first to go */
};

struct column {
	const char *title;
	/* Appends the cell; arg is the column's of the reply, mostly. */
	void (*cell)(const struct view *view, struct buf *out,
	    const struct row *row, const char *arg);
	const char *arg;
	int flags;
};

struct layout {
	const struct column *column;
	size_t count; /* 0: the table shows all columns as they come */
	const char *none; /* said where there are no rows */
};

/* Borrowed; verbs without a table of their own have an empty layout. */
const struct layout *layout_get(enum verb verb);

/* What a run came to: "ok", "exit 1", "signal 9", "skipped". */
void column_put_result(struct buf *out, const char *result,
    const char *exit_status, const char *signal);

#endif
