/*
 * row: one line of a reply's table, its values found by the names of the
 * table's header. It does not know verbs, what the values mean or how they are
 * shown.
 */
#ifndef CRONSCTL_ROW_H
#define CRONSCTL_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share/buf.h"

/* The header of a table. Zeroed is empty. */
struct row_header {
	struct buf text; /* the names, each ended by NUL */
	const char **name; /* owned array of borrowed names */
	size_t count;
};

/* Takes the names apart: bytes are "name TAB name ...". Replaces the old. */
void row_header_parse(struct row_header *header, const char *bytes, size_t len);
void row_header_fini(struct row_header *header);

struct row {
	const struct row_header *header;
	struct buf text; /* the values unescaped, each ended by NUL */
	size_t *at; /* owned: where value i begins; at[count] is the end */
	size_t count, room;
};

/*
 * "value TAB value ..." with the escapes of share/line: 0, or -1 if an escape
 * is not one or there are more values than names. Values that are missing at
 * the end are empty. The row's memory is used again.
 */
int row_parse(struct row *row, const struct row_header *header,
    const char *bytes, size_t len);
void row_fini(struct row *row);

/* Appends one value to a row that is made here rather than parsed. */
void row_begin(struct row *row, const struct row_header *header);
void row_put(struct row *row, const char *text);

/* The value of that name, "" if there is none; borrowed. len may be NULL. */
const char *row_text(const struct row *row, const char *name, size_t *len);
const char *row_value(const struct row *row, size_t index, size_t *len);
bool row_has(const struct row *row, const char *name); /* and not empty */

/* The value as a number; absent if it is empty or none. */
int64_t row_number(const struct row *row, const char *name, int64_t absent);

#endif
