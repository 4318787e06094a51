/*
 * A TZif file is a header, a block with 32-bit times that we only step over,
 * a second header, the same block with 64-bit times, and a footer line with
 * the rule for the time after the table. Every count is checked against the
 * bytes that are there before it is used.
 */
#include "tz_table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define HEADER_BYTES 44
#define TYPE_BYTES 6

/* The six counts of a header, in the file's order. */
struct header {
	char version;
	uint32_t isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt;
};

/* Where the arrays of the 64-bit block lie. */
struct block {
	struct header header;
	const uint8_t *times, *indexes, *types;
	const char *names;
};

/* Numbers in the file are big-endian, and negative ones two's complement. */
static uint64_t
big_endian(const uint8_t *p, int bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < bytes; i++)
		value = value << 8 | p[i];
	return value;
}

/* Version 1 has no 64-bit times and no rule: none was made since 2006. */
static const char *
parse_header(const uint8_t *p, size_t len, struct header *h)
{
	if (len < HEADER_BYTES || memcmp(p, "TZif", 4) != 0)
		return "it is not a zone file";
	h->version = (char)p[4];
	if (h->version < '2')
		return "it is a zone file of version 1, without 64-bit times";
	h->isutcnt = (uint32_t)big_endian(p + 20, 4);
	h->isstdcnt = (uint32_t)big_endian(p + 24, 4);
	h->leapcnt = (uint32_t)big_endian(p + 28, 4);
	h->timecnt = (uint32_t)big_endian(p + 32, 4);
	h->typecnt = (uint32_t)big_endian(p + 36, 4);
	h->charcnt = (uint32_t)big_endian(p + 40, 4);
	return NULL;
}

/* Sums of six 32-bit counts with small factors: 64 bits cannot overflow. */
static uint64_t
block_bytes(const struct header *h, uint64_t time_bytes)
{
	return h->timecnt * (time_bytes + 1) + (uint64_t)h->typecnt * TYPE_BYTES
	    + h->charcnt + h->leapcnt * (time_bytes + 4) + h->isstdcnt
	    + h->isutcnt;
}

/* Finds the 64-bit block; *used becomes the offset of the footer. */
static const char *
find_block(const uint8_t *p, size_t len, struct block *b, size_t *used)
{
	struct header *h = &b->header;
	const char *wrong = parse_header(p, len, h);
	uint64_t size;

	if (wrong != NULL)
		return wrong;
	size = HEADER_BYTES + block_bytes(h, 4);
	if (size > len)
		return "it is cut off";
	wrong = parse_header(p + size, len - size, h);
	if (wrong != NULL)
		return wrong;
	b->times = p + size + HEADER_BYTES;
	size += HEADER_BYTES + block_bytes(h, 8);
	if (size > len)
		return "it is cut off";
	b->indexes = b->times + (size_t)h->timecnt * 8;
	b->types = b->indexes + h->timecnt;
	b->names = (const char *)b->types + (size_t)h->typecnt * TYPE_BYTES;
	*used = size;
	return NULL;
}

/* Names go to logs and tables: only what a name may hold is let in. */
static const char *
check_block(const struct block *b)
{
	const struct header *h = &b->header;

	if (h->typecnt == 0 || h->charcnt == 0)
		return "it has no local time";
	if (h->leapcnt != 0)
		return "it counts leap seconds, as no clock here does";
	if (b->names[h->charcnt - 1] != '\0')
		return "its last name has no end";
	for (uint32_t i = 0; i < h->charcnt; i++) {
		unsigned char c = (unsigned char)b->names[i];

		if (c != '\0' && !isalnum(c) && c != '+' && c != '-')
			return "a name in it holds a strange byte";
	}
	return NULL;
}

/*
 * Types and names are given by index; both are checked here, so that lookups
 * need not.
 */
static const char *
read_type(const struct tz_table *t, const struct block *b, uint32_t index,
    struct tz_span *span)
{
	const uint8_t *p = b->types + (size_t)index * TYPE_BYTES;

	if (index >= b->header.typecnt || p[5] >= b->header.charcnt)
		return "it points outside itself";
	span->offset = (int32_t)big_endian(p, 4);
	if (span->offset < -TZ_OFFSET_MAX || span->offset > TZ_OFFSET_MAX)
		return "it is more than 26 hours away from UTC";
	span->name = t->names + p[5];
	return NULL;
}

/* Before the first transition type 0 is in force (RFC 8536, 3.2). */
static const char *
read_spans(struct tz_table *t, const struct block *b)
{
	uint32_t count = b->header.timecnt;
	const char *wrong;

	t->names = xmalloc(b->header.charcnt);
	memcpy(t->names, b->names, b->header.charcnt);
	t->spans = xcalloc(count + UINT64_C(1), sizeof *t->spans);
	t->span_count = count + (size_t)1;
	t->spans[0].at = INT64_MIN;
	wrong = read_type(t, b, 0, &t->spans[0]);
	for (uint32_t i = 0; i < count && wrong == NULL; i++) {
		struct tz_span *span = &t->spans[i + 1];

		span->at = (int64_t)big_endian(b->times + i * 8, 8);
		if (i > 0 && span->at <= span[-1].at)
			return "its times are out of order";
		if (span->at > TZ_FAR || span->at < -TZ_FAR)
			return "its times are out of reach";
		wrong = read_type(t, b, b->indexes[i], span);
	}
	return wrong;
}

/* "\n" rule "\n"; an empty rule means that the last span never ends. */
static const char *
read_footer(struct tz_table *t, const char *p, size_t len)
{
	const char *end;

	if (len < 2 || p[0] != '\n'
	    || (end = memchr(p + 1, '\n', len - 1)) == NULL)
		return "it has no footer";
	if (end == p + 1)
		return NULL;
	if (tz_rule_parse(p + 1, (size_t)(end - p - 1), &t->rule) != 0)
		return "its footer is not understood";
	t->has_rule = true;
	return NULL;
}

/* From the last span's time on the rule speaks, so that span must agree. */
static void
join_rule(struct tz_table *t)
{
	struct tz_span *last = &t->spans[t->span_count - 1];
	bool daylight = t->has_rule && t->span_count > 1
	    && tz_rule_is_daylight(&t->rule, last->at);

	if (!t->has_rule)
		return;
	last->offset = daylight ? t->rule.daylight : t->rule.standard;
	last->name = daylight ? t->rule.daylight_name : t->rule.standard_name;
}

/*
 * Many transitions only change the name or the daylight flag. Schedules care
 * for the offset alone (rule R5), so those that keep it are left out.
 */
static void
find_changes(struct tz_table *t)
{
	t->changes = xcalloc(t->span_count, sizeof *t->changes);
	for (size_t i = 1; i < t->span_count; i++) {
		const struct tz_span *span = &t->spans[i];

		if (span->offset == span[-1].offset)
			continue;
		t->changes[t->change_count++] = (struct tz_change) { span->at,
			span[-1].offset, span->offset };
	}
}

/* Whatever goes wrong, nothing is left allocated. */
const char *
tz_table_parse(struct tz_table *table, const uint8_t *bytes, size_t len)
{
	struct block block;
	const char *wrong;
	size_t used = 0;

	memset(table, 0, sizeof *table);
	wrong = find_block(bytes, len, &block, &used);
	if (wrong == NULL)
		wrong = check_block(&block);
	if (wrong == NULL)
		wrong = read_spans(table, &block);
	if (wrong == NULL)
		wrong = read_footer(
		    table, (const char *)bytes + used, len - used);
	if (wrong == NULL) {
		join_rule(table);
		find_changes(table);
	} else
		tz_table_fini(table);
	return wrong;
}

void
tz_table_fini(struct tz_table *table)
{
	free(table->spans);
	free(table->changes);
	free(table->names);
	memset(table, 0, sizeof *table);
}
