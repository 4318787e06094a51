/*
 * Each field is read once more by share/when_field, so that the rules look at
 * sets and not at spellings; only where the spelling is the point (a star in
 * front, a range that ends in Sunday) the text is looked at. A line that is
 * fixed differs in one field.
 */
#include "lint_schedule.h"

#include <bsd/string.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lint_list.h"
#include "share/buf.h"
#include "share/clock.h"
#include "share/when_days.h"
#include "share/when_field.h"
#include "share/when_text.h"

#define FIELDS_MAX 6

struct field {
	const char *text; /* in the line */
	size_t len;
	uint64_t bits;
	bool is_star, is_all;
};

/* The parts that are there, by enum when_part; others have no text. */
struct fields {
	const struct lint_schedule *s;
	struct field at[WHEN_PART_COUNT];
};

static bool
read_field(const struct lint_schedule *s, enum when_part part, struct field *f)
{
	struct buf normal = BUF_EMPTY, warning = BUF_EMPTY;
	struct when_days days = { 0 };
	struct fault fault;
	struct when_text text = { f->text, f->text, f->text + f->len, "",
		&fault };
	struct when_field field = {
		.part = part,
		.is_extended = s->dialect == DIALECT_EXTENDED,
		.has_random = s->dialect != DIALECT_DEBIAN,
		.days = &days,
		.normal = &normal,
		.warning = &warning,
	};
	bool is_one = when_field_parse(&text, &field);

	f->bits = field.bits;
	f->is_star = field.is_star;
	f->is_all = field.is_all;
	if (days.from_end != 0 || days.nearest != 0 || days.last_working)
		f->bits |= 1; /* not only what the bits say */
	buf_fini(&normal);
	buf_fini(&warning);
	return is_one;
}

/* False if the schedule is something else than fields. */
static bool
read_fields(const struct lint_schedule *s, struct fields *fields)
{
	const char *p = s->line + s->start, *end = p + s->len;
	struct field found[FIELDS_MAX + 1];
	int count = 0;

	memset(fields, 0, sizeof *fields);
	fields->s = s;
	for (; count <= FIELDS_MAX; count++) {
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		if (p == end)
			break;
		found[count].text = p;
		while (p < end && *p != ' ' && *p != '\t')
			p++;
		found[count].len = (size_t)(p - found[count].text);
	}
	if (count != 5 && count != 6)
		return false;
	for (int i = 0; i < count; i++) {
		int part = i + WHEN_PART_COUNT - count;

		fields->at[part] = found[i];
		if (!read_field(
			s, (enum when_part)part, &fields->at[part]))
			return false;
	}
	return true;
}

/* The finding is at the field, its fix the line with another text there. */
static void
place(const struct fields *fields, enum when_part part,
    struct lint_finding *found, const char *instead)
{
	const struct lint_schedule *s = fields->s;
	const struct field *f = &fields->at[part];
	size_t at = (size_t)(f->text - s->line);
	struct buf fix = BUF_EMPTY;

	found->line = s->number;
	found->column = (int)(at - (s->number == 0 ? s->start : 0)) + 1;
	if (instead == NULL)
		return;
	buf_put(&fix, s->line, at);
	buf_puts(&fix, instead);
	buf_puts(&fix, f->text + f->len);
	found->fix = buf_take(&fix);
}

/* How many of a part there are before it begins again; 0: it varies. */
static int
length_of(enum when_part part)
{
	switch (part) {
	case WHEN_SECOND:
	case WHEN_MINUTE:
		return 60;
	case WHEN_HOUR:
		return 24;
	case WHEN_MONTH:
		return 12;
	case WHEN_WEEKDAY:
		return 7;
	case WHEN_DAY:
	case WHEN_PART_COUNT:
		break;
	}
	return 0;
}

/* The step of a whole field that is a star and a step; 0 if it is none. */
static int
step_of(const struct field *f)
{
	int step = 0, used = 0;

	if (f->len < 3 || f->len > 4 || strncmp(f->text, "*/", 2) != 0
	    || sscanf(f->text, "*/%d%n", &step, &used) != 1
	    || (size_t)used != f->len)
		return 0;
	return step;
}

static int
last_of(uint64_t bits)
{
	return bits == 0 ? 0 : 63 - __builtin_clzll(bits);
}

static void
check_step(const struct fields *fields, enum when_part part)
{
	static const char *const begins[WHEN_PART_COUNT] = { "0", "0", "0",
		"1", "January", "Sunday" };
	const struct field *f = &fields->at[part];
	int step = step_of(f), length = length_of(part);
	int last = last_of(f->bits);
	struct lint_finding *found;

	if (step < 2 || (part != WHEN_DAY && step >= length)
	    || (length != 0 && length % step == 0))
		return;
	if (part == WHEN_DAY)
		found = lint_add(fields->s->list, LINT_STEP_UNEVEN,
		    "the steps of %d begin again with each month: after day %d"
		    " comes day 1",
		    step, last);
	else
		found = lint_add(fields->s->list, LINT_STEP_UNEVEN,
		    "%d does not divide %d: after %s %d comes %s", step, length,
		    when_part_word(part), last, begins[part]);
	if (part == WHEN_MINUTE || part == WHEN_HOUR)
		snprintf(found->hint, sizeof found->hint,
		    "evenly, in the extended dialect: @every %d%s", step,
		    part == WHEN_MINUTE ? "m" : "h");
	place(fields, part, found, NULL);
}

/* "fri-sun", "5-0": people mean 5-7, and Debian's cron reads nothing. */
static void
check_sunday(const struct fields *fields)
{
	const struct field *f = &fields->at[WHEN_WEEKDAY];
	const char *dash, *end = f->text + f->len;
	struct lint_finding *found;
	struct buf fix = BUF_EMPTY;
	size_t tail;

	if (fields->s->dialect == DIALECT_EXTENDED
	    || memchr(f->text, ',', f->len) != NULL)
		return;
	dash = memchr(f->text, '-', f->len);
	if (dash == NULL || dash == f->text || *f->text == '0'
	    || strncasecmp(f->text, "sun", 3) == 0)
		return;
	tail = (size_t)(end - dash) - 1;
	if ((tail != 1 || dash[1] != '0')
	    && (tail != 3 || strncasecmp(dash + 1, "sun", 3) != 0))
		return;
	buf_put(&fix, f->text, (size_t)(dash - f->text));
	buf_puts(&fix, "-7");
	found = lint_add(fields->s->list, LINT_SUNDAY,
	    "Debian's own cron never runs a range that ends in %.3s; cronie"
	    " and crons take it to end in 7",
	    tail == 1 ? "0" : "sun");
	strlcpy(found->hint, "7 is Sunday everywhere", sizeof found->hint);
	place(fields, WHEN_WEEKDAY, found, buf_text(&fix));
	buf_fini(&fix);
}

/* One hour, and a star for the minute: once was meant, not sixty times. */
static void
check_minute(const struct fields *fields)
{
	const struct field *minute = &fields->at[WHEN_MINUTE];
	const struct field *hour = &fields->at[WHEN_HOUR];
	struct lint_finding *found;

	if (!minute->is_all || hour->is_star
	    || memchr(hour->text, '-', hour->len) != NULL
	    || memchr(hour->text, '~', hour->len) != NULL
	    || fields->at[WHEN_SECOND].text != NULL)
		return;
	found = lint_add(fields->s->list, LINT_MINUTE_STAR,
	    "it runs at each of the 60 minutes of hour %.*s",
	    hour->len > 40 ? 40 : (int)hour->len, hour->text);
	strlcpy(found->hint, "write 0 for the minute to run at the full hour",
	    sizeof found->hint);
	place(fields, WHEN_MINUTE, found, "0");
}

/* Months that lack the first of the days, where it is the only kind. */
static void
check_short(const struct fields *fields)
{
	const struct field *day = &fields->at[WHEN_DAY];
	const struct field *month = &fields->at[WHEN_MONTH];
	int first, lacking = 0, has = 0;
	struct lint_finding *found;

	if (day->bits == 0 || !fields->at[WHEN_WEEKDAY].is_star)
		return;
	first = __builtin_ctzll(day->bits);
	for (int m = 1; m <= 12; m++) {
		if ((month->bits >> m & 1) == 0)
			continue;
		lacking += days_in_month(2027, m) < first;
		has += days_in_month(2028, m) >= first;
	}
	if (first < 29 || lacking == 0 || has == 0)
		return;
	found = lint_add(fields->s->list, LINT_SHORT_MONTH,
	    "not every month has a day %d: nothing runs in those without",
	    first);
	strlcpy(found->hint,
	    "the last day, in the extended dialect: L; in a crontab: 28-31,"
	    " and in front of the command"
	    " [ \"$(date -d tomorrow +\\%d)\" = 01 ] &&",
	    sizeof found->hint);
	place(fields, WHEN_DAY, found, NULL);
}

/* The day of the week as `date +%u` says it; 0 if there are several. */
static int
single_weekday(const struct field *f)
{
	int day;

	if (f->bits == 0 || (f->bits & (f->bits - 1)) != 0)
		return 0;
	day = last_of(f->bits);
	return day == 0 ? 7 : day;
}

/*
 * "1-7 * mon" is what people write for the first Monday, and it is each of
 * the seven days and each Monday. The way to have both is a test in front of
 * the command, which stands in the line behind the fields of a user's tab.
 */
static void
check_either(const struct fields *fields)
{
	const struct field *day = &fields->at[WHEN_DAY];
	const struct field *weekday = &fields->at[WHEN_WEEKDAY];
	struct lint_finding *found = lint_add(fields->s->list, LINT_DAY_OR,
	    "both day fields are set, and either is enough: it runs on day"
	    " %.*s of the month and on weekday %.*s too",
	    day->len > 40 ? 40 : (int)day->len, day->text,
	    weekday->len > 40 ? 40 : (int)weekday->len, weekday->text);
	int single = single_weekday(weekday);

	if (fields->s->dialect == DIALECT_EXTENDED)
		strlcpy(found->hint,
		    "the second Friday of a month is 5#2, its last 5L",
		    sizeof found->hint);
	else if (single != 0)
		snprintf(found->hint, sizeof found->hint,
		    "if both must fit: * for the weekday, and in front of the"
		    " command [ \"$(date +\\%%u)\" = %d ] &&",
		    single);
	else
		strlcpy(found->hint,
		    "if both must fit: * for the weekday, and test `date"
		    " +\\%u` in the command",
		    sizeof found->hint);
	place(fields, WHEN_DAY, found, NULL);
}

static void
check_days(const struct fields *fields)
{
	const struct field *day = &fields->at[WHEN_DAY];
	const struct field *weekday = &fields->at[WHEN_WEEKDAY];
	const struct field *all = day->is_all ? day : weekday;
	const struct field *other = day->is_all ? weekday : day;
	enum when_part part = all == day ? WHEN_DAY : WHEN_WEEKDAY;
	struct lint_finding *found;

	if (!all->is_all && !day->is_star && !weekday->is_star) {
		check_either(fields);
	} else if (all->is_all && !all->is_star && !other->is_all
	    && !other->is_star) {
		found = lint_add(fields->s->list, LINT_DAY_ALL,
		    "%.*s is every day, and either day field is enough: the"
		    " other says nothing",
		    all->len > 40 ? 40 : (int)all->len, all->text);
		strlcpy(found->hint, "write * to have the other count",
		    sizeof found->hint);
		place(fields, part, found, "*");
	} else if (!day->is_all && !weekday->is_all) {
		part = day->is_star ? WHEN_DAY : WHEN_WEEKDAY;
		found = lint_add(fields->s->list, LINT_DAY_AND,
		    "this day field begins with a star, so both must fit: day"
		    " of month and weekday");
		place(fields, part, found, NULL);
	}
}

void
lint_schedule(const struct lint_schedule *s)
{
	struct fields fields;

	if (s->dialect == DIALECT_CALENDAR || !read_fields(s, &fields))
		return;
	for (int part = 0; part < WHEN_PART_COUNT; part++)
		if (fields.at[part].text != NULL)
			check_step(&fields, (enum when_part)part);
	check_minute(&fields);
	check_short(&fields);
	check_days(&fields);
	check_sunday(&fields);
}
