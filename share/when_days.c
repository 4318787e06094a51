/* Each rule is worked out for a month of a given length and first weekday. */
#include "when_days.h"

#include <string.h>

#define ALL_DAYS UINT32_C(0xfffffffe)
#define EACH_WEEK UINT64_C(0x10204081)

struct shape {
	int length, first; /* weekday of the 1st, 0 is Sunday */
};

static int
weekday_of(const struct shape *s, int day)
{
	return (s->first + day - 1) % 7;
}

/*
 * Monday to Friday stay; a Saturday moves to Friday and a Sunday to Monday,
 * but never out of the month: then it moves the other way. A day that the
 * month does not have moves nowhere.
 */
static uint32_t
nearest_working_day(const struct shape *s, int day)
{
	if (day > s->length)
		return 0;
	if (weekday_of(s, day) == 6)
		day += day > 1 ? -1 : 2;
	else if (weekday_of(s, day) == 0)
		day += day < s->length ? 1 : -2;
	return UINT32_C(1) << day;
}

/* LW: the last day from Monday to Friday. */
static uint32_t
last_working_day(const struct shape *s)
{
	int day = s->length;

	while (weekday_of(s, day) == 0 || weekday_of(s, day) == 6)
		day--;
	return UINT32_C(1) << day;
}

/* What the day field names, in a month of this shape. */
static uint32_t
month_part(const struct when_days *d, const struct shape *s)
{
	uint32_t days = d->days;

	for (int i = 0; d->from_end != 0 && i < s->length; i++)
		if (d->from_end >> i & 1)
			days |= UINT32_C(1) << (s->length - i);
	for (int day = 1; d->nearest != 0 && day <= 31; day++)
		if (d->nearest >> day & 1)
			days |= nearest_working_day(s, day);
	if (d->last_working)
		days |= last_working_day(s);
	return days;
}

/* The weekday field: plain days, the nth and the last of them. */
static uint32_t
week_part(const struct when_days *d, const struct shape *s)
{
	uint64_t days = 0; /* a fifth one may be behind the 31st */

	for (int weekday = 0; weekday < 7; weekday++) {
		int first = (weekday - s->first + 7) % 7 + 1;
		int last = first + (s->length - first) / 7 * 7;

		if (d->weekdays >> weekday & 1)
			days |= EACH_WEEK << first;
		for (int nth = 1; d->nth[weekday] != 0 && nth <= 5; nth++)
			if (d->nth[weekday] >> nth & 1)
				days |= UINT64_C(1) << (first + 7 * (nth - 1));
		if (d->nth[weekday] & 1)
			days |= UINT64_C(1) << last;
	}
	return (uint32_t)days;
}

/*
 * Days that the month does not have are cut off at the end, so that 31 in a
 * short month is no day at all.
 */
static uint32_t
shape_days(const struct when_days *d, const struct shape *s)
{
	uint32_t month = month_part(d, s), week = week_part(d, s);
	uint32_t real = UINT32_MAX >> (31 - s->length) & ALL_DAYS;

	return real & (d->is_either ? month | week : month & week);
}

/* No rule counts from an end or by weekdays: most schedules are like this. */
static bool
is_plain(const struct when_days *d)
{
	static const uint8_t none[7];

	return d->from_end == 0 && d->nearest == 0 && !d->last_working
	    && memcmp(d->nth, none, sizeof none) == 0;
}

/* Then a day's part does not depend on the length, and the week's is the same
 * seven bits again and again. */
static void
fill_plain(const struct when_days *d, uint32_t days[4][7])
{
	for (int first = 0; first < 7; first++) {
		uint32_t seven = d->weekdays & 0x7f;
		uint32_t turned = (seven | seven << 7) >> first & 0x7f;
		uint32_t week = (uint32_t)(turned * EACH_WEEK << 1);
		uint32_t all
		    = d->is_either ? d->days | week : d->days & week;

		for (int length = 28; length <= 31; length++)
			days[length - 28][first] = all
			    & (UINT32_MAX >> (31 - length) & ALL_DAYS);
	}
}

void
when_days_shapes(const struct when_days *d, uint32_t days[4][7])
{
	if (is_plain(d)) {
		fill_plain(d, days);
		return;
	}
	for (int length = 28; length <= 31; length++)
		for (int first = 0; first < 7; first++) {
			struct shape s = { length, first };

			days[length - 28][first] = shape_days(d, &s);
		}
}
