/*
 * Calendars from bytes. What is refused says where and why; what is taken
 * answers the same whether asked day by day or for the next one, and lets no
 * schedule run on a day that it leaves out.
 *
 * Its seeds are tests/fuzz/seeds/calendar.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../share/buf.h"
#include "../../share/calendar.h"
#include "../../share/clock.h"
#include "../../share/log.h"
#include "../../share/tz.h"
#include "../../share/when.h"

int fuzz_calendar(const uint8_t *data, size_t len);

static void
check_days(const struct calendar *c, int64_t first)
{
	int64_t in = calendar_next_in(c, first, CALENDAR_NONE);
	int64_t kept = calendar_next_kept(c, first);

	for (int64_t day = first; day < first + 800; day++) {
		enum calendar_word word = calendar_of_day(c, day);
		struct buf out = BUF_EMPTY;

		calendar_put_entry(c, day, &out);
		if ((word == CALENDAR_SILENT) != (out.len == 0)
		    || (day < in && word == CALENDAR_IN)
		    || (day == in && word != CALENDAR_IN)
		    || (day < kept && word != CALENDAR_OUT)
		    || (day == kept && word == CALENDAR_OUT))
			abort();
		buf_fini(&out);
	}
}

static void
check_schedule(const char *schedule, const char *text, const struct tz *zone)
{
	struct when *w = when_parse(
	    schedule, DIALECT_EXTENDED, 7, (wall_t) { 1767225600000000 });
	wall_t at = { 1767225600000000 };

	when_set_calendar(w, text);
	for (int i = 0; i < 20; i++) {
		struct buf why = BUF_EMPTY;
		wall_t next = when_next(w, zone, at);

		if (next.us <= at.us)
			abort();
		if (wall_is_never(next))
			break;
		if (when_is_left_out(w, zone, next)
		    || !when_matches(w, zone, next, &why) || why.len == 0)
			abort();
		buf_fini(&why);
		at = next;
	}
	when_free(w);
}

int
fuzz_calendar(const uint8_t *data, size_t len)
{
	static const char *const schedules[] = { "30 2 * * 1-5", "@every 11h",
		"every 2 weeks on sat", "0 0 31 2 *" };
	static struct tz *zone;
	char *text = xstrndup((const char *)data, len);
	struct fault f = { .err = ERR_NONE };
	struct calendar *c = calendar_parse(text, &f);

	if (zone == NULL && (zone = tz_open("Europe/Berlin", &f)) == NULL)
		fatal("%s", f.text);
	if (c == NULL && (f.err == ERR_NONE || f.text[0] == '\0'))
		abort();
	if (c != NULL) {
		check_days(c, 20454); /* 2026 and 2027 */
		check_days(c, 83400); /* round 2200, where years end */
		for (size_t i = 0; i < sizeof schedules / sizeof *schedules;
		     i++)
			check_schedule(schedules[i], text, zone);
	}
	calendar_free(c);
	free(text);
	return 0;
}
