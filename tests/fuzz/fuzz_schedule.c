/*
 * Schedules from bytes, in every dialect. What is refused says where and why;
 * what is taken is printed so that it parses to the same again, its instants
 * only grow, and each of them is one when asked.
 *
 * Its seeds are tests/fuzz/seeds/schedule.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../share/buf.h"
#include "../../share/log.h"
#include "../../share/tz.h"
#include "../../share/when.h"

#define INSTANTS 5

int fuzz_schedule(const uint8_t *data, size_t len);

static struct tz *zone;

static void
check_fault(const struct fault *f, size_t len)
{
	if (f->err != ERR_BAD_SCHEDULE || f->text[0] == '\0'
	    || f->field[0] == '\0' || f->column < 1
	    || (size_t)f->column > len + 1)
		abort();
}

static void
check_instants(const struct when *w, const struct when *again, wall_t after)
{
	for (int i = 0; i < INSTANTS; i++) {
		wall_t next = when_next(w, zone, after);
		struct buf why = BUF_EMPTY;

		if (next.us != when_next(again, zone, after).us
		    || next.us <= after.us)
			abort();
		if (wall_is_never(next))
			return;
		if (when_next(w, zone, wall_add(next, -1)).us != next.us)
			abort();
		if (!when_matches(w, zone, next, &why) || why.len == 0)
			abort();
		when_moved(w, zone, next, &why);
		buf_fini(&why);
		after = next;
	}
}

static void
check_schedule(const struct when *w, enum dialect dialect, wall_t after)
{
	struct buf text = BUF_EMPTY, text_again = BUF_EMPTY;
	struct when *again;

	when_print(w, &text);
	again = when_parse(buf_text(&text), dialect, 7, (wall_t) { 0 });
	if (when_fault(again) != NULL)
		abort();
	when_print(again, &text_again);
	if (strcmp(buf_text(&text), buf_text(&text_again)) != 0)
		abort();
	check_instants(w, again, after);
	buf_clear(&text);
	when_describe(w, &text);
	if (text.len == 0)
		abort();
	buf_fini(&text);
	buf_fini(&text_again);
	when_free(again);
}

/* An instant that the bytes decide, from the year 1600 to 2500. */
static wall_t
some_instant(const uint8_t *data, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
	hash %= UINT64_C(900) * 31557600 * 1000000;
	return (wall_t) { (int64_t)hash - INT64_C(11676096000) * SECOND_US };
}

int
fuzz_schedule(const uint8_t *data, size_t len)
{
	wall_t after = some_instant(data, len);
	char *text = xstrndup((const char *)data, len);
	struct fault f;

	if (zone == NULL && (zone = tz_open("Europe/Berlin", &f)) == NULL)
		fatal("%s", f.text);
	for (int d = 0; d < DIALECT_COUNT; d++) {
		struct when *w
		    = when_parse(text, (enum dialect)d, 7, (wall_t) { 0 });

		if (when_fault(w) != NULL)
			check_fault(when_fault(w), len);
		else
			check_schedule(w, (enum dialect)d, after);
		when_free(w);
	}
	free(text);
	return 0;
}
