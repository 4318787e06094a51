/*
 * tz_rule: the POSIX rule in the footer of a zone file ("CET-1CEST,M3.5.0,
 * M10.5.0/3"), for every year after the file's table. It does not know files,
 * tables or the TZ variable.
 */
#ifndef SHARE_TZ_RULE_H
#define SHARE_TZ_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tz_change;

#define TZ_NAME_BYTES 16 /* of an abbreviation, NUL included */

/* The day and time of day at which daylight time starts or ends each year. */
struct tz_turn {
	char kind; /* 'M' month.week.day, 'J' day 1..365 without Feb 29, 'N' */
	int month, week, day; /* 'M' uses all three, the others only day */
	int second; /* of that day in the time then in force; may be < 0 */
};

struct tz_rule {
	char standard_name[TZ_NAME_BYTES];
	char daylight_name[TZ_NAME_BYTES];
	int standard, daylight; /* seconds east of UTC */
	bool has_daylight; /* false: standard time all year, no turns */
	struct tz_turn start, end; /* of daylight time */
};

/* text[0..len) without the newlines round it; -1 if it is no such rule. */
int tz_rule_parse(const char *text, size_t len, struct tz_rule *rule);

/* Is daylight time in force at that instant? */
bool tz_rule_is_daylight(const struct tz_rule *rule, int64_t at);

/* The first change of the offset strictly after `after`, as tz_next_change. */
bool tz_rule_next(
    const struct tz_rule *rule, int64_t after, struct tz_change *change);

#endif
