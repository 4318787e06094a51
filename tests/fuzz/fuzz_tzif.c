/*
 * Zone files from bytes. Whatever is taken as a zone answers every question,
 * its changes only go forward, and they agree with its offsets.
 *
 * seeds: /usr/share/zoneinfo/Australia /usr/share/zoneinfo/Africa
 */
#include <stdint.h>
#include <stdlib.h>

#include "../../share/errs.h"
#include "../../share/tz.h"

#define CHANGES 300

int fuzz_tzif(const uint8_t *data, size_t len);

static void
check_changes(const struct tz *zone, int64_t at)
{
	int offset = tz_offset(zone, at);
	struct tz_change c;

	for (int i = 0; i < CHANGES && tz_next_change(zone, at, &c); i++) {
		if (c.at <= at || c.before != offset || c.before == c.after
		    || tz_offset(zone, c.at) != c.after
		    || tz_offset(zone, c.at - 1) != c.before)
			abort();
		at = c.at;
		offset = c.after;
	}
}

/* Of some walls round each change: each answer has that wall time. */
static void
check_walls(const struct tz *zone, int64_t at)
{
	struct tz_change c;
	int64_t found[2];

	for (int i = 0; i < 20 && tz_next_change(zone, at, &c); i++) {
		for (int64_t wall = c.at - 7200; wall < c.at + 7200;
		     wall += 599) {
			int n = tz_instants(zone, wall, found);

			if (n < 0 || n > 2 || (n == 2 && found[0] >= found[1]))
				abort();
			while (n-- > 0)
				if (found[n] + tz_offset(zone, found[n])
				    != wall)
					abort();
		}
		at = c.at;
	}
}

int
fuzz_tzif(const uint8_t *data, size_t len)
{
	static const int64_t ends[] = { INT64_MIN, INT64_MIN + 1, -1, 0,
		INT64_MAX / 2, INT64_MAX - 1, INT64_MAX };
	struct fault f = { .err = ERR_NONE };
	struct tz *zone = tz_parse("fuzz", data, len, &f);
	struct tz_change c;
	int64_t found[2];

	if (zone == NULL) {
		if (f.err == ERR_NONE || f.text[0] == '\0')
			abort();
		return 0;
	}
	check_changes(zone, INT64_C(-5000000000));
	check_changes(zone, INT64_C(4000000000));
	check_walls(zone, INT64_C(-3000000000));
	check_walls(zone, INT64_C(4000000000));
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		tz_offset(zone, ends[i]);
		if (tz_abbreviation(zone, ends[i]) == NULL)
			abort();
		tz_next_change(zone, ends[i], &c);
		tz_instants(zone, ends[i], found);
	}
	tz_free(zone);
	return 0;
}
