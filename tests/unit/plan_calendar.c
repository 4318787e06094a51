/* Days that a calendar leaves out, in the planner: no run, no row, no debt. */
#include "tests/plan_fixture.h"

#define NONE ((const char *)NULL)
#define H HOUR_US

static const char holidays[] = "2025-06-11..2025-06-12\n+ 2025-06-14\n";

static int
set_up(void **state)
{
	(void)state;
	sim_open("2025-06-10T12:00:30Z");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	sim_close();
	return 0;
}

/* Of the month, in order: "13 14". */
static void
assert_days(int64_t job, const char *expected)
{
	struct buf out = BUF_EMPTY;

	for (size_t i = 0; i < sim.count; i++) {
		const struct run_row *row = &sim.started[i].row;
		struct civil c;

		if (row->job != job)
			continue;
		civil_from_seconds(row->slot / SECOND_US, &c);
		buf_printf(&out, "%s%d", out.len > 0 ? " " : "", c.day);
		if (row->slots > 1)
			buf_printf(&out, "*%lld", (long long)row->slots);
	}
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
}

static void
days_left_out_do_not_start(void **state)
{
	int64_t daily = sim_add("d", "0 9 * * *", "not", holidays, NONE);
	int64_t work = sim_add("w", "0 9 * * 1-5", "not", holidays, NONE);

	(void)state;
	sim_until_time("2025-06-17T12:00:00Z");
	assert_days(daily, "13 14 15 16 17");
	assert_days(work, "13 14 16 17"); /* 14 is a Saturday, made up */
	assert_missed(daily, "");
}

static void
they_are_not_caught_up_with(void **state)
{
	int64_t one = sim_add(
	    "one", "0 9 * * *", "not", holidays, "catchup", "one", NONE);
	int64_t all = sim_add(
	    "all", "0 9 * * *", "not", holidays, "catchup", "all", NONE);
	int64_t none = sim_add("none", "0 9 * * *", "not", holidays, NONE);

	(void)state;
	sim_down(4 * 24 * H); /* 2025-06-14T12:00:30Z */
	sim_until(wall_add(sim.now, MINUTE_US));
	assert_days(one, "13*2");
	assert_days(all, "13 14");
	assert_missed(none, "09:00-09:00*2");
}

static void
a_delay_waits_for_the_first_day_that_remains(void **state)
{
	int64_t job = sim_add("a", "@after 10h", "not", holidays, NONE);

	(void)state;
	sim_until_time("2025-06-13T11:00:00Z");
	assert_runs(job, "22:00:30 00:00 10:00");
	assert_days(job, "10 13 13");
}

static void
a_boot_on_such_a_day_starts_nothing(void **state)
{
	int64_t out = sim_add("out", "@reboot", "not", "2025-06-10", NONE);
	int64_t in = sim_add("in", "@reboot", "not", "2025-06-11", NONE);

	(void)state;
	assert_int_equal(plan_reboot(sim.plan, commit_db(sim.commit), false,
			     sim.now),
	    0);
	assert_int_equal(commit_seal(sim.commit), 0);
	sim_until(wall_add(sim.now, MINUTE_US));
	assert_runs(out, "");
	assert_runs(in, "12:00:30");
	assert_int_equal(due_count(sim.db), 0);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(days_left_out_do_not_start),
		T(they_are_not_caught_up_with),
		T(a_delay_waits_for_the_first_day_that_remains),
		T(a_boot_on_such_a_day_starts_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
