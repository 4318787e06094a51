/*
 * A chain is read, brought to its normal form, checked, printed and turned
 * into bits, in this order, because systemd judges what is left after
 * normalising: "22..23/4" is 22. Seconds are counted in microseconds.
 */
#include "when_chain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "log.h"
#include "when_text.h"

static const struct unit_row {
	const char *word;
	int64_t low, high;
	int digits, parts;
} rows[CHAIN_UNITS_COUNT] = {
#define X(name, word, low, high, digits, parts)                                \
	{ word, low, high, digits, parts },
	CHAIN_UNITS(X)
#undef X
};

/* Up to six digits after the point; "1..2" is no point. */
static bool
parse_value(struct when_text *t, int parts, int64_t *value)
{
	const char *from = t->at;
	int number, scale = parts / 10;

	if (!when_text_number(t, &number))
		return when_text_fail(t, from, "a number is missing");
	if (number < 0 || number > 99999999)
		return when_text_fail(t, from, "the number is too large");
	*value = (int64_t)number * parts;
	if (parts == 1 || when_text_peek(t) != '.' || t->at[1] == '.')
		return true;
	t->at++;
	if (!isdigit((unsigned char)when_text_peek(t)))
		return when_text_fail(t, t->at, "digits must follow the point");
	for (; isdigit((unsigned char)when_text_peek(t)); t->at++) {
		if (scale == 0)
			return when_text_fail(
			    t, t->at, "there are no parts of a microsecond");
		*value += (*t->at - '0') * scale;
		scale /= 10;
	}
	return true;
}

/*
 * A range without a step repeats by one; of seconds by a whole one, as the
 * parts of a second would otherwise be millions of values.
 */
static bool
parse_link(struct when_text *t, int parts, struct when_link *link)
{
	const char *from = t->at;

	link->at = from;
	link->stop = CHAIN_NONE;
	link->step = 0;
	if (!parse_value(t, parts, &link->start))
		return false;
	if (t->end - t->at >= 2 && t->at[0] == '.' && t->at[1] == '.') {
		t->at += 2;
		link->step = parts;
		if (!parse_value(t, parts, &link->stop))
			return false;
	}
	if (when_text_skip(t, '/')) {
		if (!parse_value(t, parts, &link->step))
			return false;
		if (link->step == 0)
			return when_text_fail(
			    t, from, "a repetition of 0 goes nowhere");
	}
	if (when_text_peek(t) != '\0'
	    && strchr(" \t,-~:", when_text_peek(t)) == NULL)
		return when_text_fail(
		    t, t->at, "\"%c\" cannot stand here", when_text_peek(t));
	return true;
}

/* A star says nothing about the values, so it is a list without links. */
bool
when_chain_parse(
    struct when_text *t, enum when_chain_unit unit, struct when_chain *chain)
{
	chain->count = 0;
	if (when_text_skip(t, '*'))
		return true;
	do {
		if (chain->count == CHAIN_MAX)
			return when_text_fail(t, t->at, "the list is too long");
		if (!parse_link(
			t, rows[unit].parts, &chain->links[chain->count++]))
			return false;
	} while (when_text_skip(t, ','));
	return true;
}

/* By value alone; where a link stands in the text does not matter. */
static int
compare_links(const void *left, const void *right)
{
	const struct when_link *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->stop != b->stop)
		return a->stop < b->stop ? -1 : 1;
	return a->step < b->step ? -1 : a->step > b->step;
}

/* Stops become values that are met; what repeats never is one value. */
static void
normalise_link(struct when_link *l)
{
	if (l->stop > l->start && l->step > 0)
		l->stop -= (l->stop - l->start) % l->step;
	if (l->stop == l->start
	    || (l->stop > l->start && l->start + l->step > l->stop)) {
		l->step = 0;
		l->stop = CHAIN_NONE;
	}
}

void
when_chain_normalise(struct when_chain *c)
{
	int kept = 0;

	for (int i = 0; i < c->count; i++)
		normalise_link(&c->links[i]);
	qsort(c->links, (size_t)c->count, sizeof c->links[0], compare_links);
	for (int i = 0; i < c->count; i++)
		if (i == 0
		    || compare_links(&c->links[i], &c->links[kept - 1]) != 0)
			c->links[kept++] = c->links[i];
	c->count = kept;
}

/* Only 28 days exist in every month, counted from its end. */
static bool
link_is_valid(
    const struct when_link *l, enum when_chain_unit unit, bool from_end)
{
	int64_t low = rows[unit].low;
	int64_t high = rows[unit].high - (from_end ? 3 : 0);

	if (l->start < low || l->start > high || l->step > high - low)
		return false;
	if (l->stop != CHAIN_NONE)
		return l->stop >= low && l->stop <= high
		    && l->start + l->step <= l->stop;
	return from_end ? l->start - l->step >= low
			: l->start + l->step <= high;
}

/* Says which of the rules was broken, at the value itself. */
static bool
refuse_link(
    const struct when_link *l, enum when_chain_unit unit, struct when_text *t)
{
	const struct unit_row *row = &rows[unit];
	int len = (int)strcspn(l->at, " \t,-~:");

	t->field = row->word;
	if (l->stop != CHAIN_NONE && l->stop < l->start)
		return when_text_fail(
		    t, l->at, "%.*s is turned round", len, l->at);
	return when_text_fail(t, l->at,
	    "\"%.*s\" or its repetition is not in %lld-%lld", len, l->at,
	    (long long)row->low, (long long)(row->high / row->parts));
}

bool
when_chain_check(const struct when_chain *c, enum when_chain_unit unit,
    bool from_end, struct when_text *t)
{
	for (int i = 0; i < c->count; i++)
		if (!link_is_valid(&c->links[i], unit, from_end))
			return refuse_link(&c->links[i], unit, t);
	return true;
}

static void
print_value(struct buf *out, enum when_chain_unit unit, int64_t value)
{
	int parts = rows[unit].parts;

	buf_printf(out, "%0*d", rows[unit].digits, (int)(value / parts));
	if (value % parts != 0)
		buf_printf(out, ".%06d", (int)(value % parts));
}

/* All seconds are written as a star. */
void
when_chain_print(
    const struct when_chain *c, enum when_chain_unit unit, struct buf *out)
{
	if (c->count == 0)
		buf_putc(out, '*');
	for (int i = 0; i < c->count; i++) {
		const struct when_link *l = &c->links[i];

		if (i > 0)
			buf_putc(out, ',');
		print_value(out, unit, l->start);
		if (l->stop != CHAIN_NONE) {
			buf_puts(out, "..");
			print_value(out, unit, l->stop);
		}
		if (l->step > 0
		    && (l->stop == CHAIN_NONE || l->step != rows[unit].parts)) {
			buf_printf(out, "/%lld",
			    (long long)(l->step / rows[unit].parts));
			if (l->step % rows[unit].parts != 0)
				buf_printf(out, ".%06d",
				    (int)(l->step % rows[unit].parts));
		}
	}
}

/* In whole values of the unit: parts are cut. */
uint64_t
when_chain_bits(const struct when_chain *c, enum when_chain_unit unit)
{
	const struct unit_row *row = &rows[unit];
	uint64_t bits = 0;

	for (int i = 0; i < c->count; i++) {
		const struct when_link *l = &c->links[i];
		int64_t stop = l->stop != CHAIN_NONE ? l->stop
		    : l->step > 0		     ? row->high
						     : l->start;
		int64_t step = l->step < row->parts ? row->parts : l->step;

		for (int64_t v = l->start; v <= stop; v += step)
			bits |= UINT64_C(1) << (v / row->parts);
		if (l->step > 0 && l->step < row->parts)
			bits |= UINT64_C(1) << (stop / row->parts);
	}
	for (int64_t v = row->low; c->count == 0 && v <= row->high;
	     v += row->parts)
		bits |= UINT64_C(1) << (v / row->parts);
	return bits;
}

/*
 * From the end 7/2 is the seventh last day, the fifth last, ...; a range
 * runs towards the end whichever way it is written.
 */
uint32_t
when_chain_days_from_end(const struct when_chain *c)
{
	uint32_t bits = 0;

	for (int i = 0; i < c->count; i++) {
		const struct when_link *l = &c->links[i];
		int64_t start = l->stop != CHAIN_NONE ? l->stop : l->start;
		int64_t stop = l->stop != CHAIN_NONE ? l->start
		    : l->step > 0		     ? 1
						     : l->start;
		int64_t step = l->step > 0 ? l->step : 1;

		for (int64_t v = start; v >= stop; v -= step)
			bits |= UINT32_C(1) << (v - 1);
	}
	return bits;
}

static int
compare_ints(const void *left, const void *right)
{
	const int *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

/* How many values a link of seconds has, and its last one. */
static size_t
count_values(const struct when_link *l)
{
	int64_t stop = l->stop != CHAIN_NONE ? l->stop
	    : l->step > 0		     ? rows[CHAIN_SECOND].high
					     : l->start;

	return (size_t)(l->step > 0 ? (stop - l->start) / l->step + 1 : 1);
}

/* Most chains have no fractions, and then the bits are enough. */
int *
when_chain_parts(const struct when_chain *c, size_t *count)
{
	bool has_fractions = false;
	int *parts;
	size_t used = 0;

	*count = 0;
	for (int i = 0; i < c->count; i++) {
		has_fractions |= c->links[i].start % 1000000 != 0
		    || c->links[i].step % 1000000 != 0;
		*count += count_values(&c->links[i]);
	}
	if (!has_fractions)
		*count = 0;
	if (*count == 0 || *count > CHAIN_PARTS_MAX)
		return NULL;
	parts = xcalloc(*count, sizeof *parts);
	for (int i = 0; i < c->count; i++)
		for (size_t j = count_values(&c->links[i]); j-- > 0;)
			parts[used++] = (int)(c->links[i].start
			    + (int64_t)j * c->links[i].step);
	qsort(parts, used, sizeof *parts, compare_ints);
	return parts;
}
