/*
 * However odd a schedule and a zone are, a search ends: it looks at each
 * month of 400 years at the most. Both searches are compiled in here, with
 * their steps counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long steps;

#define WHEN_SET_STEP() (steps++)
#define WHEN_DST_STEP() (steps++)
#define CALENDAR_STEP() (steps++)
#include "../../share/calendar.c"
#include "../../share/when_dst.c"
#include "../../share/when_set.c"

#include "../../share/buf.h"
#include "../../share/when.h"

#define MONTHS (400 * 12)

/* The most steps that one question took, from 24 instants of a year. */
static const char *calendar; /* of the schedule; NULL: none */

static long
most_steps(const char *text, enum dialect dialect, const struct tz *zone)
{
	struct when *w = when_parse(text, dialect, 7, (wall_t) { 0 });
	long most = 0;

	if (when_fault(w) != NULL)
		fail_msg("%s: %s", text, when_fault(w)->text);
	if (calendar != NULL)
		when_set_calendar(w, calendar);
	for (int i = 0; i < 24; i++) {
		wall_t at = { (1767225600 + i * INT64_C(1314900)) * SECOND_US };

		steps = 0;
		when_next(w, zone, at);
		if (steps > most)
			most = steps;
	}
	when_free(w);
	return most;
}

static struct tz *
open_ok(const char *name)
{
	struct fault f;
	struct tz *zone = tz_open(name, &f);

	if (zone == NULL)
		fail_msg("%s", f.text);
	return zone;
}

static void
no_search_is_longer_than_the_calendar(void **unused)
{
	/* The first are always in the gap of New York's spring. */
	static const char *const texts[] = { "*/10 2 ? 3 sun#2",
		"*/10 2 8-14 3 *", "* 2 ? 3 0#2", "* * * * *", "0 0 29 2 *",
		"0 0 30 2 *", "0 0 31 4,6,9,11 *", "30 2 29 2 0", "0 0 ? 2 0#5",
		"0 0 29 2 ?", "Mon *-02-29 12:00", "Mon..Fri *-02~28",
		"2199-12-31", "2024/175-02-29", "every 1000 months on 31",
		"every 12 months on 31", "every 1000 days",
		"every 999 weeks on sun",
		"every 12 months from 2025-02-01 on 30", "@at 2026-03-08T02:30",
		"@at 1999-01-01" };
	static const char *const zones[] = { "UTC", "America/New_York",
		"Africa/Casablanca", "Australia/Lord_Howe" };

	(void)unused;
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
		struct tz *zone = open_ok(zones[i]);

		for (size_t j = 0; j < sizeof texts / sizeof *texts; j++) {
			long most
			    = most_steps(texts[j], DIALECT_EXTENDED, zone);

			if (most > 2 * MONTHS)
				fail_msg("%s in %s takes %ld steps", texts[j],
				    zones[i], most);
		}
		tz_free(zone);
	}
}

/* A calendar that leaves every other day of every year out, or all but one in
 * ten years, or adds one that is far away. */
static char *
odd_calendar(int kind)
{
	struct buf text = BUF_EMPTY;
	struct civil c;

	for (int day = 0; kind == 0 && day < 366; day += 2) {
		civil_from_days(days_from_civil(2000, 1, 1) + day, &c);
		buf_printf(&text, "--%02d-%02d\n", c.month, c.day);
	}
	for (int year = 1970; kind == 1 && year < 2190; year += 10)
		buf_printf(&text, "%d-01-01..%d-12-30\n", year, year + 9);
	if (kind == 2)
		buf_puts(&text, "--01-01..--12-31\n+ 2199-12-31\n");
	if (kind == 3)
		buf_puts(&text, "--12-31..--12-30\n");
	return buf_take(&text);
}

static void
no_search_with_a_calendar_is_much_longer(void **unused)
{
	static const char *const texts[] = { "0 9 * * *", "0 0 1 1 *",
		"0 0 29 2 *", "0 0 30 2 *", "*/10 2 ? 3 sun#2", "every 2 days",
		"every 2 weeks on mon", "@every 1d",
		"@every 2d", "@every 31556952s", "@at 2026-03-08T02:30" };
	struct tz *zone = open_ok("America/New_York");

	(void)unused;
	for (int kind = 0; kind < 4; kind++) {
		char *text = odd_calendar(kind);

		calendar = text;
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
			long most = most_steps(
			    texts[i], DIALECT_EXTENDED, zone);

			if (most > 4 * MONTHS)
				fail_msg("%s with calendar %d takes %ld steps",
				    texts[i], kind, most);
		}
		calendar = NULL;
		free(text);
	}
	tz_free(zone);
}

static void
common_schedules_take_a_few_steps(void **unused)
{
	static const char *const texts[] = { "* * * * *", "*/5 * * * *",
		"30 4 * * *", "15 3 * * 1-5", "0 0 1 * *", "0 0 1 1 *",
		"0 0 L * *", "5,17,43 2-22/4 1,15 3,6,9,12 *", "@weekly" };
	struct tz *zone = open_ok("Europe/Berlin");

	(void)unused;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_in_range(
		    most_steps(texts[i], DIALECT_EXTENDED, zone), 0, 8);
	tz_free(zone);
}

/* What cannot be is not searched for at all. */
static void
impossible_dates_are_known_before_the_search(void **unused)
{
	static const char *const texts[] = { "0 0 30 2 *", "0 0 31 4,6,9,11 *",
		"0 0 31W 2 *", "0 0 31 2 ?" };
	struct tz *zone = open_ok("Europe/Berlin");

	(void)unused;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_in_range(
		    most_steps(texts[i], DIALECT_EXTENDED, zone), 0, 0);
	tz_free(zone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_search_is_longer_than_the_calendar),
		cmocka_unit_test(no_search_with_a_calendar_is_much_longer),
		cmocka_unit_test(common_schedules_take_a_few_steps),
		cmocka_unit_test(impossible_dates_are_known_before_the_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
