/* The table of a job's fields: what each takes, refuses and prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../../share/buf.h"
#include "../../share/job.h"

static struct job job;

static int
make_job(void **unused)
{
	(void)unused;
	job_init(&job);
	strlcpy(job.user, "ann", sizeof job.user);
	job.uid = 1000;
	return 0;
}

static int
drop_job(void **unused)
{
	(void)unused;
	job_fini(&job);
	return 0;
}

static void
set_ok(const char *key, const char *text)
{
	int field = job_field_find(key);
	struct fault f;

	if (field < 0)
		fail_msg("no field %s", key);
	if (job_set(&job, (enum job_field)field, text, &f) != ERR_NONE)
		fail_msg("%s=%s: %s", key, text, f.text);
}

static void
every_preset_is_what_its_field_prints(void **unused)
{
	(void)unused;
	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		struct buf out = BUF_EMPTY;

		assert_true(job_is_preset(&job, i));
		job_print(&job, i, &out);
		assert_string_equal(buf_text(&out), job_row(i)->preset);
		buf_fini(&out);
	}
}

static void
a_key_is_found_with_either_dash(void **unused)
{
	(void)unused;
	assert_int_equal(
	    job_field_find("start-deadline"), JOB_start_deadline);
	assert_int_equal(
	    job_field_find("start_deadline"), JOB_start_deadline);
	assert_string_equal(job_row(JOB_start_deadline)->key, "start-deadline");
	assert_int_equal(job_field_find("start deadline"), -1);
	assert_int_equal(job_field_find(""), -1);
}

static void
a_misspelt_key_names_the_nearest(void **unused)
{
	(void)unused;
	assert_string_equal(job_field_nearest("timout"), "timeout");
	assert_string_equal(job_field_nearest("shedule"), "schedule");
	assert_string_equal(job_field_nearest("overlpa"), "overlap");
	assert_null(job_field_nearest("zzzz"));
}

static const struct {
	const char *key, *text, *printed; /* NULL: as given */
} good[] = {
	{ "name", "a", NULL },
	{ "name", "db/backup:nightly.1@x+y-z_", NULL },
	{ "name", "1st", NULL },
	{ "schedule", "61 * * * *", NULL }, /* job_check looks at it */
	{ "dialect", "debian", NULL },
	{ "zone", "", NULL },
	{ "zone", "America/Argentina/Buenos_Aires", NULL },
	{ "zone", "Etc/GMT+3", NULL },
	{ "command", "a\tb\nc \xc3\xa9", NULL },
	{ "command", "a\x1b[2J\r", NULL }, /* job_check looks at it */
	{ "argv", "/bin/echo \"a b\" c=d", NULL },
	{ "stdin", "\x01\x1b anything\n", NULL },
	{ "cwd", "/srv/a b", NULL },
	{ "shell", "/bin/bash", NULL },
	{ "env", "A=1\nB=", NULL },
	{ "env", "1 2=x\n", NULL },
	{ "umask", "0", "000" },
	{ "umask", "0777", "777" },
	{ "umask", "27", "027" },
	{ "nice", "-20", NULL },
	{ "nice", "19", NULL },
	{ "limits", "nproc=20,nofile=64,as=1G,cpu=60,core=0", NULL },
	{ "limits", "core=unlimited", NULL },
	{ "enabled", "no", NULL },
	{ "enabled", "true", "yes" },
	{ "overlap", "allow", NULL },
	{ "timeout", "90", "1m30s" },
	{ "timeout", "0", "0s" },
	{ "grace", "1h30m", NULL },
	{ "output-head", "4096", "4k" },
	{ "output-head", "64K", "64k" },
	{ "output-tail", "1G", NULL },
	{ "output-tail", "1000", NULL },
	{ "keep-runs", "0", NULL },
	{ "tags", "db,night-1", NULL },
	{ "comment", "why\nand what", NULL },
};

static void
good_values_are_taken_and_print_again(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		const char *printed = good[i].printed;
		int field = job_field_find(good[i].key);
		struct buf out = BUF_EMPTY;

		if (printed == NULL)
			printed = good[i].text;
		set_ok(good[i].key, good[i].text);
		job_print(&job, field, &out);
		assert_string_equal(buf_text(&out), printed);
		set_ok(good[i].key, buf_text(&out));
		buf_clear(&out);
		job_print(&job, field, &out);
		assert_string_equal(buf_text(&out), printed);
		buf_fini(&out);
	}
}

static const struct {
	const char *key, *text;
} bad[] = {
	{ "name", "" },
	{ "name", "a b" },
	{ "name", "12" },
	{ "name", "@tag" },
	{ "name", "-v" },
	{ "name", "\xc3\xa9" },
	{ "name", "a\nb" },
	{ "schedule", "* * * *\n*" },
	{ "dialect", "vixie" },
	{ "dialect", "" },
	{ "dialect", "extended debian" },
	{ "zone", ":Europe/Berlin" },
	{ "zone", "a b" },
	{ "zone", "..;" },
	{ "argv", "a \"b" },
	{ "argv", "\"\" b" },
	{ "argv", " " },
	{ "cwd", "tmp" },
	{ "cwd", "/a\nb" },
	{ "shell", "bash" },
	{ "env", "A" },
	{ "env", "=b" },
	{ "env", "A=1\n\nB=2" },
	{ "umask", "8" },
	{ "umask", "1000" },
	{ "umask", "-1" },
	{ "umask", "" },
	{ "nice", "20" },
	{ "nice", "-21" },
	{ "nice", "+1" },
	{ "nice", "1x" },
	{ "nice", "-" },
	{ "limits", "nproc" },
	{ "limits", "nproc=" },
	{ "limits", "nproc=1,nproc=2" },
	{ "limits", "nproc=1," },
	{ "limits", "speed=1" },
	{ "limits", "nproc=-1" },
	{ "enabled", "maybe" },
	{ "overlap", "Skip" },
	{ "start-deadline", "0" },
	{ "timeout", "-1" },
	{ "timeout", "400d" },
	{ "timeout", "9999999999999999999" },
	{ "grace", "" },
	{ "output-head", "2G" },
	{ "output-head", "1x" },
	{ "output-head", "k" },
	{ "output-head", "99999999999G" },
	{ "keep-runs", "4294967301" },
	{ "keep-days", "36501" },
	{ "tags", "a,,b" },
	{ "tags", "a," },
	{ "tags", ",a" },
	{ "tags", "a b" },
	{ "comment", "\x07" },
};

static void
bad_values_are_refused_and_change_nothing(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		int field = job_field_find(bad[i].key);
		struct fault f;

		if (job_set(&job, field, bad[i].text, &f) == ERR_NONE)
			fail_msg("taken: %s=%s", bad[i].key, bad[i].text);
		assert_true(f.err == ERR_BAD_VALUE || f.err == ERR_TOO_LARGE);
		assert_string_equal(f.field, bad[i].key);
		assert_true(f.text[0] != '\0');
		for (const char *p = f.text; *p != '\0'; p++)
			assert_true((unsigned char)*p >= 0x20);
		assert_true(job_is_preset(&job, field));
	}
}

static void
a_refusal_says_what_is_allowed(void **unused)
{
	struct fault f;

	(void)unused;
	job_set(&job, JOB_nice, "40", &f);
	assert_string_equal(f.text, "\"40\": from -20 to 19");
	job_set(&job, JOB_overlap, "maybe", &f);
	assert_string_equal(
	    f.text, "\"maybe\": one of: allow skip queue replace");
	job_set(&job, JOB_grace, "x", &f);
	assert_string_equal(
	    f.text, "\"x\": from 0s to 1d, like 90s 10m 1h30m 2d");
}

static void
long_texts_are_refused(void **unused)
{
	struct buf text = BUF_EMPTY;
	struct fault f;

	(void)unused;
	while (text.len < 128)
		buf_putc(&text, 'a');
	set_ok("name", text.data);
	buf_putc(&text, 'a');
	assert_int_equal(
	    job_set(&job, JOB_name, text.data, &f), ERR_TOO_LARGE);
	while (text.len < 131071)
		buf_putc(&text, 'a');
	set_ok("command", text.data);
	buf_putc(&text, 'a');
	assert_int_equal(
	    job_set(&job, JOB_command, text.data, &f), ERR_TOO_LARGE);
	buf_fini(&text);
}

static void
a_value_may_be_set_from_itself(void **unused)
{
	(void)unused;
	set_ok("command", "true");
	set_ok("command", JOB_TEXT(&job, command));
	assert_string_equal(JOB_TEXT(&job, command), "true");
}

static void
a_copy_stands_alone(void **unused)
{
	struct job copy;

	(void)unused;
	set_ok("name", "one");
	job.source_key = strdup("k");
	job_copy(&copy, &job);
	set_ok("name", "two");
	assert_string_equal(JOB_TEXT(&copy, name), "one");
	assert_string_equal(copy.source_key, "k");
	assert_string_equal(copy.user, "ann");
	job_fini(&copy);
}

struct seen {
	int count;
	uint64_t nproc, as, core;
};

static void
see_limit(void *arg, int resource, uint64_t value)
{
	struct seen *seen = arg;

	seen->count++;
	if (resource == RLIMIT_NPROC)
		seen->nproc = value;
	if (resource == RLIMIT_AS)
		seen->as = value;
	if (resource == RLIMIT_CORE)
		seen->core = value;
}

static void
limits_are_visited_once_they_are_all_valid(void **unused)
{
	struct seen seen = { 0 };

	(void)unused;
	assert_true(job_each_limit(
	    "nproc=20,as=1G,core=unlimited", see_limit, &seen));
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.nproc, 20);
	assert_int_equal(seen.as, 1 << 30);
	assert_true(seen.core == RLIM_INFINITY);
	assert_false(job_each_limit("nproc=20,x=1", see_limit, &seen));
	assert_int_equal(seen.count, 3);
}

static void
sizes_print_what_parses_again(void **unused)
{
	(void)unused;
	for (int shift = 0; shift < 62; shift++)
		for (int64_t delta = -1; delta <= 1; delta++) {
			int64_t size = (INT64_C(1) << shift) + delta, again;
			struct buf out = BUF_EMPTY;

			size_print(&out, size);
			assert_int_equal(size_parse(out.data, &again), 0);
			assert_true(again == size);
			buf_fini(&out);
		}
}

static void
fill_job(void)
{
	set_ok("name", "one");
	set_ok("schedule", "30 2 * * *");
	set_ok("command", "true");
}

static void
check_fails(const char *field)
{
	struct fault f;

	if (job_check(&job, &f) == ERR_NONE)
		fail_msg("passed although %s is wrong", field);
	assert_string_equal(f.field, field);
}

static void
a_whole_job_is_checked(void **unused)
{
	struct fault f;

	(void)unused;
	check_fails("name");
	set_ok("name", "one");
	check_fails("schedule");
	set_ok("schedule", "30 2 * * *");
	check_fails("command");
	set_ok("command", "true");
	assert_int_equal(job_check(&job, &f), ERR_NONE);
	set_ok("argv", "true");
	check_fails("argv");
	set_ok("argv", "");
	set_ok("nice", "-5");
	check_fails("nice");
	job.uid = 0;
	assert_int_equal(job_check(&job, &f), ERR_NONE);
}

static void
a_schedule_is_read_in_its_dialect(void **unused)
{
	struct fault f;

	(void)unused;
	fill_job();
	set_ok("schedule", "30 2 L * *");
	assert_int_equal(job_check(&job, &f), ERR_NONE);
	set_ok("dialect", "debian");
	assert_int_equal(job_check(&job, &f), ERR_BAD_SCHEDULE);
	assert_true(f.text[0] != '\0');
}

static void
a_zone_in_the_schedule_goes_before_the_jobs(void **unused)
{
	struct fault f;
	struct when *w;

	(void)unused;
	fill_job();
	set_ok("zone", "Europe/Berlin");
	set_ok("schedule", "30 2 * * *");
	w = job_when(&job);
	assert_string_equal(job_zone(&job, w), "Europe/Berlin");
	when_free(w);
	set_ok("schedule", "Mon..Fri 09:00 Asia/Kolkata");
	w = job_when(&job);
	assert_string_equal(job_zone(&job, w), "Asia/Kolkata");
	when_free(w);
	assert_int_equal(job_check(&job, &f), ERR_NONE);
	set_ok("schedule", "Mon..Fri 09:00 No/Where");
	assert_int_equal(job_check(&job, &f), ERR_BAD_SCHEDULE);
	assert_string_equal(f.field, "schedule");
}

static void
a_zone_must_exist(void **unused)
{
	struct fault f;

	(void)unused;
	fill_job();
	set_ok("zone", "Europe/Berlin");
	assert_int_equal(job_check(&job, &f), ERR_NONE);
	set_ok("zone", "Europe/Nowhere");
	check_fails("zone");
	set_ok("zone", "/UTC");
	check_fails("zone");
}

static void
only_a_crontab_may_have_names_no_shell_takes(void **unused)
{
	struct fault f;

	(void)unused;
	fill_job();
	set_ok("env", "A_1=x\nB C=y");
	check_fails("env");
	set_ok("env", "1A=x");
	check_fails("env");
	set_ok("dialect", "debian");
	assert_int_equal(job_check(&job, &f), ERR_NONE);
}

static void
only_a_crontab_may_have_control_bytes_in_a_command(void **unused)
{
	struct fault f;

	(void)unused;
	fill_job();
	set_ok("command", "a\tb\nc");
	assert_int_equal(job_check(&job, &f), ERR_NONE);
	set_ok("command", "a\x1b[2J");
	check_fails("command");
	set_ok("dialect", "cronie");
	assert_int_equal(job_check(&job, &f), ERR_NONE);
}

static void
a_seed_hangs_on_owner_and_name(void **unused)
{
	uint64_t first;

	(void)unused;
	fill_job();
	first = job_seed(&job);
	set_ok("command", "false");
	assert_true(job_seed(&job) == first);
	set_ok("name", "two");
	assert_true(job_seed(&job) != first);
	set_ok("name", "one");
	strlcpy(job.user, "bob", sizeof job.user);
	assert_true(job_seed(&job) != first);
}

#define JOB_TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_job, drop_job)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		JOB_TEST(every_preset_is_what_its_field_prints),
		JOB_TEST(a_key_is_found_with_either_dash),
		JOB_TEST(a_misspelt_key_names_the_nearest),
		JOB_TEST(good_values_are_taken_and_print_again),
		JOB_TEST(bad_values_are_refused_and_change_nothing),
		JOB_TEST(a_refusal_says_what_is_allowed),
		JOB_TEST(long_texts_are_refused),
		JOB_TEST(a_value_may_be_set_from_itself),
		JOB_TEST(a_copy_stands_alone),
		JOB_TEST(limits_are_visited_once_they_are_all_valid),
		JOB_TEST(sizes_print_what_parses_again),
		JOB_TEST(a_whole_job_is_checked),
		JOB_TEST(a_schedule_is_read_in_its_dialect),
		JOB_TEST(a_zone_in_the_schedule_goes_before_the_jobs),
		JOB_TEST(a_zone_must_exist),
		JOB_TEST(only_a_crontab_may_have_names_no_shell_takes),
		JOB_TEST(only_a_crontab_may_have_control_bytes_in_a_command),
		JOB_TEST(a_seed_hangs_on_owner_and_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
