/*
 * when_days: which days of a month a schedule means, as its two day fields
 * say it. It does not know text; share/when_field fills it in, when_set
 * searches what comes out, when_words says it in words.
 */
#ifndef SHARE_WHEN_DAYS_H
#define SHARE_WHEN_DAYS_H

#include <stdbool.h>
#include <stdint.h>

struct when_days {
	uint32_t days; /* bits 1..31 */
	uint32_t from_end; /* bit n: n days before the last one (L, L-n) */
	uint32_t nearest; /* bits 1..31: the working day nearest to it (nW) */
	bool last_working; /* LW */
	uint8_t weekdays; /* bits 0..6, 0 is Sunday */
	uint8_t nth[7]; /* by weekday: bits 1..5 its nth, bit 0 its last */
	/*
	 * cron's rule: days that fit either field count, unless one of them
	 * begins with a star: then both must fit.
	 */
	bool is_either;
};

/* Fills days[length - 28][weekday of the 1st] for the 28 shapes. */
void when_days_shapes(const struct when_days *d, uint32_t days[4][7]);

#endif
