/*
 * Zones against the C library: every zone of this machine, before the first
 * transition, round every change of two centuries and far beyond the table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../share/clock.h"
#include "../../share/errs.h"
#include "../../share/tz.h"

#define ZONES "/usr/share/zoneinfo"
#define YEAR_1900 INT64_C(-2208988800)
#define YEAR_2100 INT64_C(4102444800)
#define YEAR_2600 INT64_C(19880899200)

static struct tz *
open_ok(const char *name)
{
	struct fault f;
	struct tz *zone = tz_open(name, &f);

	if (zone == NULL)
		fail_msg("%s: %s", name, f.text);
	return zone;
}

static void
same_as_libc(const struct tz *zone, int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	assert_non_null(localtime_r(&t, &tm));
	if (tm.tm_gmtoff != tz_offset(zone, at)
	    || strcmp(tm.tm_zone, tz_abbreviation(zone, at)) != 0)
		fail_msg("%s at %lld: libc says %ld %s, we say %d %s",
		    tz_name(zone), (long long)at, tm.tm_gmtoff, tm.tm_zone,
		    tz_offset(zone, at), tz_abbreviation(zone, at));
}

/* Between two changes the offset stays; step finds changes we do not know. */
static void
compare_zone(const struct tz *zone)
{
	int64_t at = YEAR_1900 - 40 * INT64_C(31557600);
	struct tz_change c;
	int offset = tz_offset(zone, at);

	while (tz_next_change(zone, at, &c) && c.at < YEAR_2100) {
		assert_true(c.at > at);
		assert_int_equal(c.before, offset);
		assert_int_not_equal(c.before, c.after);
		assert_int_equal(tz_offset(zone, c.at - 1), c.before);
		assert_int_equal(tz_offset(zone, c.at), c.after);
		for (int i = -1; i <= 1; i++)
			same_as_libc(zone, c.at + i);
		at = c.at;
		offset = c.after;
	}
	for (at = YEAR_1900 - 1; at < YEAR_2100; at += 86400 * 31 + 4567)
		same_as_libc(zone, at);
	for (at = YEAR_2600; at < YEAR_2600 + 366 * 86400; at += 86400 * 5)
		same_as_libc(zone, at);
}

static int zones_seen;

static int
visit_zone(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + sizeof ZONES;
	struct fault f;
	struct tz *zone;

	(void)st;
	if (type == FTW_D && ftw->level == 1
	    && (strcmp(name, "posix") == 0 || strcmp(name, "right") == 0))
		return FTW_SKIP_SUBTREE;
	if (type != FTW_F || (zone = tz_open(name, &f)) == NULL)
		return FTW_CONTINUE;
	setenv("TZ", name, 1);
	tzset();
	compare_zone(zone);
	tz_free(zone);
	zones_seen++;
	return FTW_CONTINUE;
}

static void
every_zone_of_the_machine_is_read_like_libc_reads_it(void **unused)
{
	(void)unused;
	nftw(ZONES, visit_zone, 8, FTW_PHYS | FTW_ACTIONRETVAL);
	unsetenv("TZ");
	assert_true(zones_seen > 300);
}

/* All instants of a wall time by asking every quarter of an hour round it. */
static int
count_slowly(const struct tz *zone, int64_t wall, int64_t found[8])
{
	int count = 0;

	for (int64_t t = wall - 93600; t <= wall + 93600; t += 900) {
		int64_t at = wall - tz_offset(zone, t);

		if (at + tz_offset(zone, at) == wall && count < 8
		    && (count == 0 || found[count - 1] < at))
			found[count++] = at;
	}
	return count;
}

static void
wall_times_have_all_their_instants(void **unused)
{
	static const char *const names[] = { "Europe/Berlin", "Pacific/Apia",
		"Australia/Lord_Howe", "Africa/Casablanca", "Europe/Dublin",
		"Antarctica/Troll", "America/Sao_Paulo" };

	(void)unused;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct tz *zone = open_ok(names[i]);
		int64_t at = YEAR_1900;
		struct tz_change c;

		while (tz_next_change(zone, at, &c) && c.at < YEAR_2100) {
			for (int64_t w = c.at + c.before - 7200;
			     w <= c.at + c.before + 7200; w += 600) {
				int64_t fast[2], slow[8];
				int n = tz_instants(zone, w, fast);

				assert_int_equal(
				    n, count_slowly(zone, w, slow));
				for (int j = 0; j < n; j++)
					assert_int_equal(fast[j], slow[j]);
			}
			at = c.at;
		}
		tz_free(zone);
	}
}

static int64_t
utc(int year, int month, int day, int hour, int minute)
{
	struct civil c = { year, month, day, hour, minute, 0 };

	return seconds_from_civil(&c);
}

static void
expect_change(const char *name, int64_t at, int before, int after)
{
	struct tz *zone = open_ok(name);
	struct tz_change c;

	assert_true(tz_next_change(zone, at - 1, &c));
	assert_int_equal(c.at, at);
	assert_int_equal(c.before, before);
	assert_int_equal(c.after, after);
	tz_free(zone);
}

static void
the_famous_changes_are_where_they_were(void **unused)
{
	(void)unused;
	expect_change("Pacific/Apia", utc(2011, 12, 30, 10, 0), -36000, 50400);
	expect_change(
	    "Australia/Lord_Howe", utc(2025, 4, 5, 15, 0), 39600, 37800);
	expect_change("Africa/Casablanca", utc(2025, 2, 23, 2, 0), 3600, 0);
	expect_change("Europe/Dublin", utc(2025, 3, 30, 1, 0), 0, 3600);
	expect_change("Europe/Berlin", utc(2601, 3, 29, 1, 0), 3600, 7200);
}

static void
a_day_that_was_left_out_has_no_instant(void **unused)
{
	struct tz *zone = open_ok("Pacific/Apia");
	int64_t at[2];

	(void)unused;
	assert_int_equal(tz_instants(zone, utc(2011, 12, 30, 12, 0), at), 0);
	assert_int_equal(tz_instants(zone, utc(2011, 12, 31, 0, 0), at), 1);
	assert_int_equal(at[0], utc(2011, 12, 30, 10, 0));
	tz_free(zone);
}

/* A file of version 2 with no transition and this footer. */
static struct tz *
zone_of_rule(const char *rule, struct fault *f)
{
	static const uint8_t block[]
	    = { 'T', 'Z', 'i', 'f', '2', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		      0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 'L', 'M', 'T', 0 };
	uint8_t bytes[256];
	size_t len = sizeof block;

	memcpy(bytes, block, len);
	memcpy(bytes + len, block, len);
	len += (size_t)snprintf(
	    (char *)bytes + len + sizeof block, 128, "\n%s\n", rule);
	return tz_parse("test", bytes, len + sizeof block, f);
}

static void
rules_of_every_kind_agree_with_libc(void **unused)
{
	static const char *const rules[] = { "UTC0", "<+03>-3",
		"CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,J60/0,J300/25:30",
		"AAA3BBB,59,364/-1:15:30", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
		"IST-1GMT0,M10.5.0,M3.5.0/1", "AAA-12:45BBB,M9.5.0/2:45,M4.1.0",
		"QQQ5RRR3:30,M1.1.0/50,M12.3.6/100" };

	(void)unused;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		struct fault f;
		struct tz *zone = zone_of_rule(rules[i], &f);

		if (zone == NULL)
			fail_msg("%s: %s", rules[i], f.text);
		setenv("TZ", rules[i], 1);
		tzset();
		for (int64_t at = 0; at < YEAR_2100; at += 8 * 3600 + 61)
			same_as_libc(zone, at);
		tz_free(zone);
	}
	unsetenv("TZ");
}

static void
daylight_time_all_year_never_changes(void **unused)
{
	struct fault f;
	struct tz_change c;
	struct tz *zone = zone_of_rule("XXX3EDT4,0/0,J365/23", &f);

	(void)unused;
	assert_non_null(zone);
	assert_false(tz_next_change(zone, 0, &c));
	assert_int_equal(tz_offset(zone, utc(2030, 1, 1, 3, 0)), -4 * 3600);
	assert_int_equal(tz_offset(zone, utc(2030, 12, 31, 23, 0)), -14400);
	tz_free(zone);
}

static void
a_bad_rule_or_file_is_refused(void **unused)
{
	static const char *const rules[] = { "A1", "CET", "CET-1CEST",
		"CET-1CEST,M13.1.0,M1.1.0", "CET-1CEST,M3.5.0", "CET-25",
		"CET-1CEST,M3.5.0,M10.5.0/168", "<a>1", "CET-1x",
		"CET-1CEST,J0,J1", "ABCDEFGHIJKLMNOPQ1" };
	struct fault f;

	(void)unused;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (zone_of_rule(rules[i], &f) != NULL)
			fail_msg("%s was taken", rules[i]);
		assert_int_equal(f.err, ERR_BAD_VALUE);
		assert_true(f.text[0] != '\0' && f.hint[0] != '\0');
	}
	assert_null(tz_parse("x", (const uint8_t *)"TZif1", 5, &f));
	assert_null(tz_parse("x", NULL, 0, &f));
}

static void
a_name_cannot_leave_the_directory(void **unused)
{
	static const char *const names[] = { "../etc/passwd", "/etc/localtime",
		"Europe//Berlin", "Europe/../UTC", ".", "Europe/", "Europe",
		"a b", "zone.tab", "No/Such", "Europe/Berlin\n", "leapseconds",
		"right/UTC" };
	struct fault f;

	(void)unused;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (tz_open(names[i], &f) != NULL)
			fail_msg("%s was opened", names[i]);
}

static void
the_systems_zone_can_be_had(void **unused)
{
	struct tz *zone = open_ok("");

	(void)unused;
	assert_true(tz_name(zone)[0] != '\0');
	assert_false(tz_is_stale(zone));
	tz_free(zone);
}

static void
copy_zone(const char *from, const char *to)
{
	uint8_t bytes[8192];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	size_t len;

	assert_non_null(in);
	assert_non_null(out);
	len = fread(bytes, 1, sizeof bytes, in);
	assert_int_equal(fwrite(bytes, 1, len, out), len);
	fclose(in);
	fclose(out);
}

static void
a_fifo_does_not_block_and_a_changed_file_is_stale(void **unused)
{
	char dir[] = "/tmp/crons-tz-XXXXXX", fifo[64], file[64];
	struct fault f;
	struct tz *zone;

	(void)unused;
	assert_non_null(mkdtemp(dir));
	snprintf(fifo, sizeof fifo, "%s/fifo", dir);
	snprintf(file, sizeof file, "%s/here", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	tz_set_directory(dir);
	assert_null(tz_open("fifo", &f));
	copy_zone(ZONES "/Europe/Berlin", file);
	zone = open_ok("here");
	assert_false(tz_is_stale(zone));
	copy_zone(ZONES "/Asia/Kolkata", file);
	assert_true(tz_is_stale(zone));
	assert_int_equal(tz_offset(zone, 0), 3600);
	tz_free(zone);
	unlink(file);
	zone = open_ok("UTC");
	assert_int_equal(tz_offset(zone, 0), 0);
	tz_free(zone);
	tz_set_directory(ZONES);
	unlink(fifo);
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_zone_of_the_machine_is_read_like_libc_reads_it),
		cmocka_unit_test(wall_times_have_all_their_instants),
		cmocka_unit_test(the_famous_changes_are_where_they_were),
		cmocka_unit_test(a_day_that_was_left_out_has_no_instant),
		cmocka_unit_test(rules_of_every_kind_agree_with_libc),
		cmocka_unit_test(daylight_time_all_year_never_changes),
		cmocka_unit_test(a_bad_rule_or_file_is_refused),
		cmocka_unit_test(a_name_cannot_leave_the_directory),
		cmocka_unit_test(the_systems_zone_can_be_had),
		cmocka_unit_test(
		    a_fifo_does_not_block_and_a_changed_file_is_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
