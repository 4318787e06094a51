/*
 * A field is a list of terms; a term is read by recursive descent, adds its
 * bits and prints itself. What only the extended dialect has is refused
 * elsewhere with a hint, because crontab files written for other programs
 * hold it by mistake.
 */
#include "when_field.h"

#include <ctype.h>
#include <string.h>

#include "buf.h"
#include "when_days.h"
#include "when_text.h"

static const struct part {
	const char *word;
	int low, high, pick;
} parts[] = {
#define X(name, word, low, high, pick) { word, low, high, pick },
	WHEN_PARTS(X)
#undef X
};

const char *
when_part_word(enum when_part part)
{
	return parts[part].word;
}

/* splitmix64's last step: every bit of the seed moves every bit of this. */
static uint64_t
mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* A number in low..high that is the same whenever it is asked for. */
static int
pick(const struct when_field *f, int low, int high)
{
	uint64_t place = (uint64_t)f->part + 1;

	return low
	    + (int)(mix(f->seed + (place << 56)) % (unsigned)(high - low + 1));
}

static void
add_bits(struct when_field *f, int first, int last, int step)
{
	for (int64_t i = first; i <= last; i += step)
		f->bits |= UINT64_C(1) << i;
}

/* Could the extended dialect have it in this field? */
static bool
is_only_extended(const struct when_field *f, char what)
{
	const char *days = f->part == WHEN_DAY ? "LWH?"
	    : f->part == WHEN_WEEKDAY	       ? "L#H?"
					       : "H";

	return !f->is_extended && strchr(days, what) != NULL;
}

/* The spelling exists, but not in this field or dialect. */
static bool
refuse_here(struct when_text *t, const struct when_field *f, const char *what)
{
	when_text_fail(t, t->at, "%s does not belong in this field", what);
	if (what[1] == '~')
		when_text_hint(t,
		    "Debian's cron does not have it: write a"
		    " number, or set dialect=cronie");
	else if (is_only_extended(f, what[1]))
		when_text_hint(t,
		    "crontab files do not have it;"
		    " the extended dialect has");
	return false;
}

/* What stands at `from` is no value of this field. */
static bool
refuse_value(struct when_text *t, const struct when_field *f, const char *from)
{
	const struct part *part = &parts[f->part];
	int len = (int)strcspn(from, ", \t");
	int weekday = when_text_weekday(from, (size_t)len, true);

	if (from + len > t->end)
		len = (int)(t->end - from);
	if (len == 0)
		return when_text_fail(t, from, "%s %s is missing",
		    f->part == WHEN_HOUR ? "an" : "a", part->word);
	when_text_fail(t, from, "\"%.*s\" is no %s", len > 40 ? 40 : len, from,
	    part->word);
	if (f->part == WHEN_WEEKDAY && weekday >= 0)
		when_text_hint(t, "write sun mon tue wed thu fri sat");
	else if (f->part == WHEN_WEEKDAY)
		when_text_hint(t, "write 0-7 or sun-sat");
	else if (f->part == WHEN_MONTH)
		when_text_hint(t, "write 1-12 or jan-dec");
	else
		when_text_hint(t, "write %d-%d", part->low, part->high);
	return false;
}

/* A name of three letters; "friL" leaves the L behind. */
static bool
parse_name(struct when_text *t, const struct when_field *f, int *value)
{
	size_t len = when_text_letters(t);
	bool has_last = f->is_extended && f->part == WHEN_WEEKDAY && len == 4
	    && (t->at[3] == 'L' || t->at[3] == 'l');

	if (has_last)
		len = 3;
	*value = f->part == WHEN_MONTH ? when_text_month(t->at, len)
	    : f->part == WHEN_WEEKDAY  ? when_text_weekday(t->at, len, false)
				       : -1;
	if (*value < 0)
		return refuse_value(t, f, t->at);
	t->at += len;
	return true;
}

/* A number or, where the field has them, a name. */
static bool
parse_value(struct when_text *t, const struct when_field *f, int *value)
{
	const struct part *part = &parts[f->part];
	const char *from = t->at;

	if (isalpha((unsigned char)when_text_peek(t)))
		return parse_name(t, f, value);
	if (!when_text_number(t, value))
		return refuse_value(t, f, from);
	if (*value >= part->low && *value <= part->high)
		return true;
	return when_text_fail(t, from, "\"%.*s\" is not in %d-%d",
	    t->at - from > 40 ? 40 : (int)(t->at - from), from, part->low,
	    part->high);
}

/* "/n" after what may have one; step 1 without. */
static bool
parse_step(struct when_text *t, struct when_field *f, int *step)
{
	const struct part *part = &parts[f->part];
	const char *from = t->at;

	*step = 1;
	if (!when_text_skip(t, '/'))
		return true;
	if (!when_text_number(t, step))
		return when_text_fail(t, t->at, "a number must follow \"/\"");
	if (*step == 0)
		return when_text_fail(t, from, "a step of 0 goes nowhere");
	if (*step < 0)
		return when_text_fail(t, from, "the step is too large");
	if (*step > part->high) {
		if (f->warning->len == 0)
			buf_printf(f->warning,
			    "a step of %d in the %s field is"
			    " more than %d: only the first"
			    " value is ever met",
			    *step, part->word, part->high);
		*step = part->high + 1;
	}
	return true;
}

static void
print_step(const struct when_field *f, int step)
{
	if (step > 1)
		buf_printf(f->normal, "/%d", step);
}

static bool
parse_star(struct when_text *t, struct when_field *f)
{
	const struct part *part = &parts[f->part];
	int step;

	if (!parse_step(t, f, &step))
		return false;
	add_bits(f, part->low, part->high, step);
	buf_putc(f->normal, '*');
	print_step(f, step);
	return true;
}

/* H, H/n, H(a-b), H(a-b)/n: a place that the job's name decides. */
static bool
parse_hash(struct when_text *t, struct when_field *f)
{
	const struct part *part = &parts[f->part];
	int low = part->low, high = part->pick, step, first;

	buf_putc(f->normal, 'H');
	if (when_text_skip(t, '(')) {
		if (!parse_value(t, f, &low))
			return false;
		if (!when_text_skip(t, '-'))
			return when_text_fail(t, t->at, "H(a-b) needs a \"-\"");
		if (!parse_value(t, f, &high))
			return false;
		if (low > high || !when_text_skip(t, ')'))
			return when_text_fail(
			    t, t->at, "H(a-b) needs a <= b and a \")\"");
		buf_printf(f->normal, "(%d-%d)", low, high);
	}
	if (when_text_peek(t) != '/') {
		first = pick(f, low, high);
		add_bits(f, first, first, 1);
		return true;
	}
	if (!parse_step(t, f, &step))
		return false;
	first = pick(f, low, high - low < step ? high : low + step - 1);
	add_bits(f, first, high, step);
	buf_printf(f->normal, "/%d", step);
	return true;
}

/* a~b, ~b, a~ and ~: one of them, always the same for a job. */
static bool
parse_random(struct when_text *t, struct when_field *f, int low, bool has_low)
{
	const struct part *part = &parts[f->part];
	int high = f->part == WHEN_WEEKDAY ? part->pick : part->high;
	const char *from = t->at;
	int value;

	if (!f->has_random)
		return refuse_here(t, f, "\"~\"");
	t->at++;
	if (has_low)
		buf_printf(f->normal, "%d", low);
	buf_putc(f->normal, '~');
	if (isalnum((unsigned char)when_text_peek(t))) {
		if (!parse_value(t, f, &high))
			return false;
		buf_printf(f->normal, "%d", high);
	}
	if (low > high)
		return when_text_fail(
		    t, from, "%d~%d is turned round", low, high);
	value = pick(f, low, high);
	add_bits(f, value, value, 1);
	return true;
}

/* L, L-n, LW in the day field. */
static bool
parse_last_day(struct when_text *t, struct when_field *f)
{
	int before = 0;

	buf_putc(f->normal, 'L');
	if (when_text_skip(t, 'W') || when_text_skip(t, 'w')) {
		f->days->last_working = true;
		buf_putc(f->normal, 'W');
		return true;
	}
	if (when_text_skip(t, '-')) {
		const char *from = t->at;

		if (!when_text_number(t, &before))
			return when_text_fail(
			    t, from, "a number of days must follow \"L-\"");
		if (before < 1 || before > 30)
			return when_text_fail(
			    t, from, "L-n reaches back 1-30 days");
		buf_printf(f->normal, "-%d", before);
	}
	f->days->from_end |= UINT32_C(1) << before;
	return true;
}

/* What is turned round is two ranges: 22-4 is 22-23,0-4. */
static bool
refuse_turned(struct when_text *t, const struct when_field *f, const char *from,
    const int range[3])
{
	const struct part *part = &parts[f->part];
	int high = f->part == WHEN_WEEKDAY ? part->pick : part->high;
	int first = range[0], last = range[1], step = range[2], next = first;

	when_text_fail(t, from, "the range %d-%d is turned round", first, last);
	while (next <= high)
		next += step;
	next += part->low - high - 1;
	if (f->part == WHEN_WEEKDAY && last == 0)
		when_text_hint(t, "write %d-7/%d", first, step);
	else if (step == 1)
		when_text_hint(t, "write %d-%d,%d-%d", first, high, next, last);
	else if (next <= last)
		when_text_hint(t, "write %d-%d/%d,%d-%d/%d", first, high, step,
		    next, last, step);
	else
		when_text_hint(t, "write %d-%d/%d", first, high, step);
	return false;
}

/* The rest of "a-b" or "a-b/n". */
static bool
parse_range(
    struct when_text *t, struct when_field *f, const char *from, int first)
{
	int range[3] = { first, first, 1 };

	if (!parse_value(t, f, &range[1]))
		return false;
	if (!parse_step(t, f, &range[2]))
		return false;
	/* Sunday ends a week, as everybody means by fri-sun. */
	if (f->part == WHEN_WEEKDAY && range[1] == 0 && first > 0
	    && range[2] == 1)
		range[1] = 7;
	if (first > range[1])
		return refuse_turned(t, f, from, range);
	add_bits(f, first, range[1], range[2]);
	if (first == range[1])
		buf_printf(f->normal, "%d", first == 7 ? 0 : first);
	else {
		buf_printf(f->normal, "%d-%d", first, range[1]);
		print_step(f, range[2]);
	}
	return true;
}

/* "n/m": from n on. Without a range cron never had it. */
static bool
parse_open_step(struct when_text *t, struct when_field *f, int first)
{
	const struct part *part = &parts[f->part];
	int high = f->part == WHEN_WEEKDAY ? part->pick : part->high;
	const char *from = t->at;
	int step;

	if (!parse_step(t, f, &step))
		return false;
	if (!f->is_extended) {
		when_text_fail(t, from, "a step needs a range or a star");
		when_text_hint(t, "write %d-%d/%d", first,
		    first > high ? first : high, step);
		return false;
	}
	add_bits(f, first, first > high ? first : high, step);
	buf_printf(f->normal, "%d/%d", first, step);
	return true;
}

/* "n#m" and "nL" in the weekday field. */
static bool
parse_nth(struct when_text *t, struct when_field *f, int weekday)
{
	const char *from = ++t->at;
	int nth;

	weekday %= 7;
	if (from[-1] != '#') {
		f->days->nth[weekday] |= 1;
		buf_printf(f->normal, "%dL", weekday);
		return true;
	}
	if (!when_text_number(t, &nth) || nth < 1 || nth > 5)
		return when_text_fail(
		    t, from, "1-5 must follow \"#\": which one of the month");
	f->days->nth[weekday] |= (uint8_t)(1 << nth);
	buf_printf(f->normal, "%d#%d", weekday, nth);
	return true;
}

/* All terms that begin with a value differ by the byte after it. */
static bool
parse_from_value(struct when_text *t, struct when_field *f)
{
	const char *from = t->at;
	int value;

	if (!parse_value(t, f, &value))
		return false;
	switch (when_text_peek(t)) {
	case '-':
		t->at++;
		return parse_range(t, f, from, value);
	case '/':
		return parse_open_step(t, f, value);
	case '~':
		return parse_random(t, f, value, true);
	case 'W':
	case 'w':
		if (!f->is_extended || f->part != WHEN_DAY)
			return refuse_here(t, f, "\"W\"");
		t->at++;
		f->days->nearest |= UINT32_C(1) << value;
		buf_printf(f->normal, "%dW", value);
		return true;
	case '#':
	case 'L':
	case 'l':
		if (!f->is_extended || f->part != WHEN_WEEKDAY)
			return refuse_here(
			    t, f, when_text_peek(t) == '#' ? "\"#\"" : "\"L\"");
		return parse_nth(t, f, value);
	default:
		add_bits(f, value, value, 1);
		if (f->part == WHEN_WEEKDAY)
			value %= 7;
		buf_printf(f->normal, "%d", value);
		return true;
	}
}

/* H and L are words of one or two letters; "Hello" is a bad value instead. */
static bool
parse_term(struct when_text *t, struct when_field *f)
{
	char c = (char)toupper((unsigned char)when_text_peek(t));
	bool alone = when_text_letters(t) == 1
	    || (c == 'L' && when_text_letters(t) == 2);

	if (when_text_skip(t, '*'))
		return parse_star(t, f);
	if (c == '~')
		return parse_random(t, f, parts[f->part].low, false);
	if (c == '?')
		return refuse_here(t, f, "\"?\"");
	if (c == 'H' && alone) {
		if (!f->is_extended)
			return refuse_here(t, f, "\"H\"");
		t->at++;
		return parse_hash(t, f);
	}
	if (c == 'L' && alone) {
		if (!f->is_extended || f->part != WHEN_DAY)
			return refuse_here(t, f, "\"L\"");
		t->at++;
		return parse_last_day(t, f);
	}
	return parse_from_value(t, f);
}

/* "?" alone says "any day", for those who write both day fields. */
static bool
is_question(const struct when_text *t, const struct when_field *f)
{
	return f->is_extended && t->end - t->at == 1 && *t->at == '?'
	    && (f->part == WHEN_DAY || f->part == WHEN_WEEKDAY);
}

/* Whatever follows a term must be a comma: cron used to ignore the rest. */
static bool
parse_terms(struct when_text *t, struct when_field *f)
{
	for (;;) {
		const char *from = t->at;

		if (!parse_term(t, f))
			return false;
		if (t->at == t->end)
			return true;
		if (!when_text_skip(t, ','))
			return when_text_fail(t, t->at,
			    "\"%c\" cannot follow \"%.*s\"", *t->at,
			    t->at - from > 40 ? 40 : (int)(t->at - from), from);
		buf_putc(f->normal, ',');
	}
}

/* Weekday 7 is folded into 0 only here, so that ranges may end in it. */
bool
when_field_parse(struct when_text *t, struct when_field *f)
{
	const struct part *part = &parts[f->part];
	uint64_t all = 0;

	t->field = part->word;
	f->bits = 0;
	f->is_star = when_text_peek(t) == '*' || is_question(t, f);
	if (is_question(t, f)) {
		add_bits(f, part->low, part->high, 1);
		buf_putc(f->normal, '?');
	} else if (!parse_terms(t, f))
		return false;
	if (f->part == WHEN_WEEKDAY)
		f->bits = (f->bits | f->bits >> 7) & 0x7f;
	for (int i = part->low; i <= part->high; i++)
		all |= UINT64_C(1) << (f->part == WHEN_WEEKDAY ? i % 7 : i);
	f->is_all = f->bits == all;
	return true;
}
