/*
 * A program on the other end of a pipe waits for each answer, so every line
 * is flushed. Zones are read once and kept until the end: thousands of lines
 * name a handful of them.
 */
#include "batch.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "buf.h"
#include "errs.h"
#include "log.h"
#include "tz.h"
#include "when.h"

#define COUNT_MAX 100000
#define COLUMNS 5

struct zone {
	char *name; /* as asked for */
	struct tz *tz;
	SLIST_ENTRY(zone) in_zones; /* batch.zones */
};

struct batch {
	SLIST_HEAD(, zone) zones;
	struct buf answer;
};

struct question {
	enum dialect dialect;
	const char *schedule, *zone;
	wall_t after;
	long count;
};

/* A zone that cannot be had is asked for again by every line that names it. */
static struct tz *
find_zone(struct batch *b, const char *name, struct fault *f)
{
	struct zone *zone;
	struct tz *tz;

	SLIST_FOREACH(zone, &b->zones, in_zones)
	if (strcmp(zone->name, name) == 0)
		return zone->tz;
	tz = tz_open(name, f);
	if (tz == NULL)
		return NULL;
	zone = xmalloc(sizeof *zone);
	zone->name = xstrdup(name);
	zone->tz = tz;
	SLIST_INSERT_HEAD(&b->zones, zone, in_zones);
	return tz;
}

static void
free_zones(struct batch *b)
{
	while (!SLIST_EMPTY(&b->zones)) {
		struct zone *zone = SLIST_FIRST(&b->zones);

		SLIST_REMOVE_HEAD(&b->zones, in_zones);
		tz_free(zone->tz);
		free(zone->name);
		free(zone);
	}
}

/* All that is known about the mistake, on the one line there is. */
static void
answer_fault(struct batch *b, const struct fault *f)
{
	buf_puts(&b->answer, "ERR: ");
	if (f->field[0] != '\0')
		buf_printf(&b->answer, "%s: ", f->field);
	buf_puts(&b->answer, f->text);
	if (f->column > 0)
		buf_printf(&b->answer, " (column %d)", f->column);
	if (f->hint[0] != '\0')
		buf_printf(&b->answer, "; %s", f->hint);
}

/* Whole seconds, with what is left of them only where something is. */
static void
answer_instant(struct batch *b, wall_t t)
{
	int64_t seconds = t.us / SECOND_US;
	int rest = (int)(t.us % SECOND_US), digits = 6;
	const char *sign = t.us < 0 ? "-" : "";

	if (rest == 0) {
		buf_printf(&b->answer, "%lld", (long long)seconds);
		return;
	}
	for (; rest % 10 == 0; rest /= 10)
		digits--;
	buf_printf(
	    &b->answer, "%s%lld.%0*d", sign, llabs(seconds), digits, abs(rest));
}

/* As systemd-analyze prints them, which the calendar dialect is to match. */
static wall_t
whole_seconds(wall_t t)
{
	int64_t rest = t.us % SECOND_US;

	return wall_add(t, rest < 0 ? -rest - SECOND_US : -rest);
}

static void
answer_instants(struct batch *b, const struct when *w, const struct tz *tz,
    const struct question *q)
{
	wall_t at = q->after;

	for (long i = 0; i < q->count; i++) {
		at = when_next(w, tz, at);
		if (wall_is_never(at)) {
			if (i == 0)
				buf_puts(&b->answer, "NEVER");
			return;
		}
		if (i > 0)
			buf_putc(&b->answer, ',');
		answer_instant(
		    b, q->dialect == DIALECT_CALENDAR ? whole_seconds(at) : at);
	}
}

/* The zone that an OnCalendar text names goes before the line's. */
static void
answer_question(struct batch *b, const struct question *q)
{
	struct fault f;
	struct tz *tz;
	struct when *w = when_parse(q->schedule, q->dialect, 0, (wall_t) { 0 });

	if (when_fault(w) != NULL) {
		answer_fault(b, when_fault(w));
		goto out;
	}
	tz = find_zone(b, when_zone(w) != NULL ? when_zone(w) : q->zone, &f);
	if (tz == NULL)
		answer_fault(b, &f);
	else
		answer_instants(b, w, tz, q);
out:
	when_free(w);
}

/* A decimal number of seconds; true if the whole word is one in reach. */
static bool
parse_seconds(const char *word, wall_t *t)
{
	bool is_negative = word[0] == '-';
	int64_t us = 0, scale = 100000;
	char *end;

	if (!isdigit((unsigned char)word[is_negative]))
		return false;
	errno = 0;
	t->us = strtoll(word, &end, 10);
	if (errno != 0 || llabs(t->us) > INT64_MAX / SECOND_US - 1)
		return false;
	if (*end == '.')
		for (end++; isdigit((unsigned char)*end); end++) {
			us += (*end - '0') * scale;
			scale /= 10;
		}
	t->us = t->us * SECOND_US + (is_negative ? -us : us);
	return *end == '\0';
}

static bool
parse_count(const char *word, long *count)
{
	char *end;

	if (!isdigit((unsigned char)word[0]))
		return false;
	*count = strtol(word, &end, 10);
	return *end == '\0' && *count >= 1 && *count <= COUNT_MAX;
}

/* Cuts line in place; NULL, or why it is no question. */
static const char *
parse_question(char *line, struct question *q)
{
	char *columns[COLUMNS];
	int count = 0;

	while (count < COLUMNS && line != NULL)
		columns[count++] = strsep(&line, "\t");
	if (count < COLUMNS || line != NULL)
		return "a line is DIALECT TAB SCHEDULE TAB ZONE TAB AFTER TAB"
		       " COUNT";
	if (!dialect_find(columns[0], &q->dialect))
		return "the dialects are extended, debian, cronie and calendar";
	q->schedule = columns[1];
	q->zone = columns[2];
	if (!parse_seconds(columns[3], &q->after))
		return "AFTER is not in epoch seconds";
	if (!parse_count(columns[4], &q->count))
		return "COUNT is not in 1-100000";
	return NULL;
}

/* A last line without a newline counts as one. */
static void
answer_line(struct batch *b, char *line, size_t len)
{
	struct question q;
	const char *wrong;

	if (len > 0 && line[len - 1] == '\n')
		line[--len] = '\0';
	wrong = strlen(line) != len ? "the line holds a NUL byte"
				    : parse_question(line, &q);
	if (wrong != NULL)
		buf_printf(&b->answer, "ERR: %s", wrong);
	else
		answer_question(b, &q);
}

void
batch_next(FILE *in, FILE *out)
{
	struct batch b = { SLIST_HEAD_INITIALIZER(b.zones), BUF_EMPTY };
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, in)) >= 0) {
		buf_clear(&b.answer);
		answer_line(&b, line, (size_t)len);
		buf_putc(&b.answer, '\n');
		if (fputs(buf_text(&b.answer), out) < 0 || fflush(out) != 0)
			break;
	}
	free(line);
	buf_fini(&b.answer);
	free_zones(&b);
}
