/*
 * tz_table: the bytes of a TZif file (RFC 8536) as a table of spans. It does
 * not know where the bytes come from, and nobody but share/tz uses it.
 */
#ifndef SHARE_TZ_TABLE_H
#define SHARE_TZ_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tz.h"
#include "tz_rule.h"

/* One local time type, in force from `at` to the next span's. */
struct tz_span {
	int64_t at; /* INT64_MIN in the first */
	int offset; /* seconds east of UTC */
	const char *name; /* into names */
};

struct tz_table {
	struct tz_span *spans; /* at least one */
	size_t span_count;
	struct tz_change *changes; /* where the offset really changes */
	size_t change_count;
	char *names;
	struct tz_rule rule; /* from the last span's `at` on */
	bool has_rule;
};

#define TZ_OFFSET_MAX 93600 /* 26 hours: more is no zone (RFC 8536, 3.2) */
#define TZ_FAR (INT64_MAX / 4) /* sums of nearer instants cannot overflow */

/* NULL if the bytes were understood, else what is wrong with them. */
const char *tz_table_parse(
    struct tz_table *table, const uint8_t *bytes, size_t len);
void tz_table_fini(struct tz_table *table);

#endif
