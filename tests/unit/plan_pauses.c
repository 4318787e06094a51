/* What becomes of slots that nobody started in time: plan_late, plan_pass. */
#include "tests/plan_fixture.h"

#define NONE ((const char *)NULL)
#define M MINUTE_US
#define H HOUR_US

/* The two classes of schedule, both every ten minutes, and a daily one. */
static struct {
	int64_t wild, fixed, daily;
} jobs;

static int
set_up(void **state)
{
	(void)state;
	sim_open("2025-06-10T12:00:30Z");
	jobs.wild = sim_add("wild", "*/10 * * * *", NONE);
	jobs.fixed = sim_add("fixed", "0-59/10 0-23 * * *", NONE);
	jobs.daily = sim_add("daily", "30 12 * * *", NONE);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	sim_close();
	return 0;
}

static void
in_time_everything_runs_once(void **state)
{
	(void)state;
	sim_until_time("2025-06-10T12:40:30Z");
	assert_runs(jobs.wild, "12:10 12:20 12:30 12:40");
	assert_runs(jobs.fixed, "12:10 12:20 12:30 12:40");
	assert_runs(jobs.daily, "12:30");
}

static void
five_minutes_are_made_up_by_every_job(void **state)
{
	int64_t often = sim_add("often", "* * * * *", NONE);

	(void)state;
	sim_pause(STEP_FORWARD, 5 * M); /* 12:05:30 */
	sim_until_time("2025-06-10T12:10:30Z");
	assert_runs(often, "12:01-12:05*5@12:05:30 12:06 12:07 12:08 12:09 "
			   "12:10");
	assert_runs(jobs.wild, "12:10");
	assert_missed(often, "");
}

static void
three_hours_are_made_up_by_fixed_times_only(void **state)
{
	(void)state;
	sim_pause(STEP_FORWARD, 2 * H + 59 * M); /* 14:59:30 */
	sim_until_time("2025-06-10T15:10:30Z");
	assert_runs(jobs.wild, "15:00 15:10");
	assert_missed(jobs.wild, "12:10-14:50*17");
	assert_runs(jobs.fixed, "12:10-14:50*17@14:59:30 15:00 15:10");
	assert_missed(jobs.fixed, "");
	assert_runs(jobs.daily, "12:30@14:59:30");
}

static void
more_than_three_hours_are_missed(void **state)
{
	(void)state;
	sim_pause(STEP_SUSPEND, 3 * H + M); /* 15:01:30 */
	sim_until_time("2025-06-10T15:10:30Z");
	assert_runs(jobs.wild, "15:10");
	assert_missed(jobs.wild, "12:10-15:00*18");
	assert_runs(jobs.fixed, "15:10");
	assert_missed(jobs.fixed, "12:10-15:00*18");
	assert_runs(jobs.daily, "");
	assert_missed(jobs.daily, "12:30");
}

static void
a_slot_within_its_start_deadline_is_no_matter(void **state)
{
	(void)state;
	sim_pause(STEP_FORWARD, 3 * H + 30 * M); /* 15:30:30 */
	assert_runs(jobs.wild, "15:30@15:30:30");
	assert_missed(jobs.wild, "12:10-15:20*20");
	assert_runs(jobs.daily, "");
}

static void
a_job_may_ask_for_more(void **state)
{
	int64_t one = sim_add("one", "*/10 * * * *", "catchup", "one", NONE);
	int64_t some = sim_add("some", "*/10 * * * *", "catchup", "one",
	    "catchup-within", "1h", NONE);

	(void)state;
	sim_pause(STEP_SUSPEND, 5 * H); /* 17:00:30 */
	assert_runs(one, "12:10-17:00*30@17:00:30");
	assert_runs(some, "16:10-17:00*6@17:00:30");
	assert_missed(some, "12:10-16:00*24");
}

static void
after_a_crash_only_the_job_decides(void **state)
{
	int64_t one = sim_add("one", "*/10 * * * *", "catchup", "one", NONE);

	(void)state;
	sim_down(30 * M); /* 12:30:30 */
	assert_runs(jobs.wild, "12:30@12:30:30");
	assert_missed(jobs.wild, "12:10-12:20*2");
	assert_runs(jobs.fixed, "12:30@12:30:30");
	assert_missed(jobs.fixed, "12:10-12:20*2");
	assert_runs(one, "12:10-12:30*3@12:30:30");
	assert_runs(jobs.daily, "12:30@12:30:30");
}

static void
the_reason_stands_in_the_row(void **state)
{
	int64_t span[2];
	struct run_row row;
	wall_t slot;

	(void)state;
	assert_int_equal(rfc3339_parse("2025-06-10T12:20:00Z", &slot), 0);
	span[0] = span[1] = slot.us;
	sim_down(H);
	assert_int_equal(
	    runs_get_covering(sim.db, jobs.wild, span, &row), 1);
	assert_int_equal(row.result, RESULT_MISSED);
	assert_string_equal(row.why,
	    "the daemon was down from 2025-06-10T12:00:30Z to "
	    "2025-06-10T13:00:30Z");
	sim_until_time("2025-06-10T13:01:30Z");
	sim_pause(STEP_SUSPEND, 2 * H);
	assert_int_equal(rfc3339_parse("2025-06-10T14:20:00Z", &slot), 0);
	span[0] = span[1] = slot.us;
	assert_int_equal(
	    runs_get_covering(sim.db, jobs.fixed, span, &row), 1);
	assert_int_equal(row.result, RESULT_OK);
	assert_int_equal(row.cause, CAUSE_CATCHUP);
	assert_string_equal(row.why,
	    "for 12 slots; the machine was suspended for 2h");
}

static void
starts_after_a_pause_are_spread(void **state)
{
	wall_t first = WALL_NEVER, last = { 0 };
	char name[16];

	(void)state;
	sim.conf.catchup_spread = 60 * SECOND_US;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "j%d", i);
		sim_add(name, "15 12 * * *", NONE);
	}
	sim_pause(STEP_SUSPEND, H);
	assert_runs(jobs.wild, "13:00@13:00:30"); /* just due */
	assert_int_equal(sim.count, 1);
	sim_until_time("2025-06-10T13:01:31Z");
	for (size_t i = 0; i < sim.count; i++) {
		if (sim.started[i].at.us < first.us)
			first = sim.started[i].at;
		if (sim.started[i].at.us > last.us)
			last = sim.started[i].at;
	}
	assert_int_equal(sim.count, 103); /* fixed and daily too */
	assert_true(last.us - first.us > 50 * SECOND_US);
	assert_true(first.us < sim.now.us - 50 * SECOND_US);
}

static const struct run_row *
last_of(int64_t job)
{
	for (size_t i = sim.count; i > 0; i--)
		if (sim.started[i - 1].row.job == job)
			return &sim.started[i - 1].row;
	return NULL;
}

static void
what_falls_due_while_it_is_put_off_joins_in(void **state)
{
	(void)state;
	sim.conf.catchup_spread = 24 * H;
	sim_pause(STEP_SUSPEND, 2 * H);
	while (sim.count == 0 || last_of(jobs.fixed) == NULL)
		sim_until(sim_next());
	assert_true(last_of(jobs.fixed)->slots > 12);
	assert_true(sim.now.us - last_of(jobs.fixed)->slot_to < 10 * M);
}

/* Every second of it in one run, not ten at once. */
static void
a_stopped_daemon_joins_what_it_slept_over(void **state)
{
	int64_t secondly = sim_add("s", "* * * * * *", NONE);

	(void)state;
	sim_until_time("2025-06-10T12:00:32Z");
	sim_pause(STEP_STALL, 10 * SECOND_US);
	sim_until_time("2025-06-10T12:00:44Z");
	assert_runs(secondly,
	    "12:00:31 12:00:32 12:00:33-12:00:42*10@12:00:42 12:00:43 "
	    "12:00:44");
}

/* ---- back ---- */

static void
back_wildcard_times_come_again_and_fixed_ones_do_not(void **state)
{
	(void)state;
	sim_until_time("2025-06-10T13:00:30Z");
	sim_pause(STEP_BACK, -59 * M); /* 12:01:30 */
	sim_until_time("2025-06-10T13:10:30Z");
	assert_runs(jobs.wild, "12:10 12:20 12:30 12:40 12:50 13:00 "
			       "12:10 12:20 12:30 12:40 12:50 13:00 13:10");
	assert_runs(jobs.fixed, "12:10 12:20 12:30 12:40 12:50 13:00 13:10");
	assert_runs(jobs.daily, "12:30");
}

static void
back_a_fixed_time_that_did_not_run_is_not_lost(void **state)
{
	int64_t late;

	(void)state;
	sim_until_time("2025-06-10T12:45:30Z");
	late = sim_add("late", "40 12 * * *", NONE);
	sim_pause(STEP_BACK, -30 * M); /* 12:15:30 */
	sim_until_time("2025-06-10T12:50:30Z");
	assert_runs(late, "12:40");
	assert_runs(jobs.daily, "12:30");
}

static void
back_a_fixed_time_that_was_missed_is_not_lost(void **state)
{
	(void)state;
	sim_pause(STEP_FORWARD, 4 * H); /* 16:00:30 */
	assert_missed(jobs.daily, "12:30");
	sim_pause(STEP_BACK, -2 * H - 59 * M); /* 13:01:30 */
	sim_pause(STEP_BACK, -H); /* 12:01:30 */
	sim_until_time("2025-06-10T12:35:30Z");
	assert_runs(jobs.daily, "12:30");
	assert_runs(jobs.fixed, "16:00@16:00:30 12:10 12:20 12:30");
}

static void
far_back_nothing_is_held_back(void **state)
{
	(void)state;
	sim_until_time("2025-06-10T15:31:30Z");
	sim_pause(STEP_BACK, -3 * H - M); /* 12:30:30 */
	sim_until_time("2025-06-10T12:50:30Z");
	assert_runs(jobs.daily, "12:30");
	assert_runs(jobs.fixed,
	    "12:10 12:20 12:30 12:40 12:50 13:00 13:10 13:20 13:30 13:40 "
	    "13:50 14:00 14:10 14:20 14:30 14:40 14:50 15:00 15:10 15:20 "
	    "15:30 12:40 12:50");
	sim_until_time("2025-06-11T12:31:00Z");
	assert_runs(jobs.daily, "12:30 12:30");
}

static void
back_and_forward_again_repeats_nothing(void **state)
{
	int64_t all = sim_add("all", "*/10 * * * *", "catchup", "one", NONE);

	(void)state;
	sim_until_time("2025-06-11T12:00:30Z");
	sim.count = 0;
	sim_pause(STEP_BACK, -24 * H);
	sim_until_time("2025-06-10T12:10:30Z");
	sim_pause(STEP_FORWARD, 24 * H + 5 * M); /* 2025-06-11 12:15:30 */
	sim_until_time("2025-06-11T12:20:30Z");
	assert_runs(all, "12:10 12:10@12:15:30 12:20");
	assert_missed(all, "");
	assert_missed(jobs.wild, "12:10");
}

static void
one_second_back_repeats_one_second(void **state)
{
	int64_t secondly = sim_add("s", "* * * * * *", NONE);

	(void)state;
	sim_until_time("2025-06-10T12:00:33.500Z");
	sim_pause(STEP_BACK, -SECOND_US); /* 12:00:32.5 */
	sim_until_time("2025-06-10T12:00:34.500Z");
	assert_runs(secondly, "12:00:31 12:00:32 12:00:33 12:00:33 12:00:34");
	assert_runs(jobs.fixed, "");
}

static void
back_while_nobody_looked_is_noticed_at_the_start(void **state)
{
	(void)state;
	sim_until_time("2025-06-10T12:30:30Z");
	sim_down(-20 * M); /* 12:10:30 */
	sim_until_time("2025-06-10T12:40:30Z");
	assert_runs(jobs.wild, "12:10 12:20 12:30 12:20 12:30 12:40");
	assert_runs(jobs.fixed, "12:10 12:20 12:30 12:40");
}

/* What the clock still has to go over a second time is not over. */
static void
back_and_then_down_for_a_while_the_rest_comes_again(void **state)
{
	(void)state;
	sim_until_time("2025-06-10T14:30:30Z");
	sim.count = 0;
	sim_pause(STEP_BACK, -2 * H); /* 12:30:30 */
	sim_down(H + 35 * M); /* 14:05:30 */
	sim_until_time("2025-06-10T14:40:30Z");
	assert_runs(jobs.wild, "14:10 14:20 14:30 14:40");
	assert_runs(jobs.fixed, "14:40");
	assert_missed(jobs.wild, "");
}

/* ---- claims ahead ---- */

static void
a_claim_ahead_is_taken_back_by_a_step(void **state)
{
	(void)state;
	sim_until_time("2025-06-10T12:29:59.950Z");
	assert_int_equal(live_count(sim.live), 3); /* 50 ms before */
	sim_pause(STEP_FORWARD, H); /* 13:29:59.95 */
	sim_until_time("2025-06-10T13:30:30Z");
	assert_runs(jobs.daily, "12:30@13:29:59");
	assert_runs(jobs.wild, "12:10 12:20 13:30");
	assert_missed(jobs.wild, "12:30-13:20*6");
}

static void
a_claim_ahead_is_taken_back_by_a_step_back(void **state)
{
	(void)state;
	sim_until_time("2025-06-10T12:29:59.950Z");
	sim_pause(STEP_BACK, -5 * M);
	sim_until_time("2025-06-10T12:40:30Z");
	assert_runs(jobs.daily, "12:30");
	assert_runs(jobs.wild, "12:10 12:20 12:30 12:40");
	assert_int_equal(live_count(sim.live), 0);
}

static void
who_waits_for_room_goes_on_waiting(void **state)
{
	(void)state;
	sim_until_time("2025-06-10T12:29:00Z");
	sim.hold = true;
	sim_until_time("2025-06-10T12:30:10Z");
	assert_int_equal(TAILQ_FIRST(&sim.queue)->row.at,
	    sim.now.us - 10 * SECOND_US);
	sim_pause(STEP_BACK, -H);
	assert_int_equal(TAILQ_FIRST(&sim.queue)->row.at,
	    sim.now.us - 10 * SECOND_US);
	sim_pause(STEP_FORWARD, 2 * H);
	assert_int_equal(TAILQ_FIRST(&sim.queue)->row.at,
	    sim.now.us - 10 * SECOND_US);
}

/* ---- other kinds of schedule ---- */

static void
a_delay_outlives_every_pause(void **state)
{
	int64_t after = sim_add("after", "@after 10m", NONE);

	(void)state;
	sim_until_time("2025-06-10T12:11:00Z");
	assert_runs(after, "12:10:30");
	sim_pause(STEP_SUSPEND, 24 * H);
	assert_runs(after, "12:10:30 12:20:30@12:11");
	sim_pause(STEP_BACK, -72 * H);
	sim_until_time("2025-06-08T12:22:00Z");
	assert_runs(after, "12:10:30 12:20:30@12:11 12:21");
	sim_down(24 * H);
	sim_until_time("2025-06-09T12:45:00Z");
	assert_runs(after,
	    "12:10:30 12:20:30@12:11 12:21 12:31@12:22 12:32 12:42");
}

static void
once_is_once(void **state)
{
	int64_t ran = sim_add("ran", "@at 2025-06-10T12:20:00Z", NONE);
	int64_t no = sim_add("no", "@at 2025-06-10T15:00:00Z", NONE);

	(void)state;
	sim_until_time("2025-06-10T12:25:00Z");
	sim_pause(STEP_BACK, -H); /* 11:25 */
	sim_until_time("2025-06-10T12:25:00Z");
	assert_runs(ran, "12:20");
	sim_pause(STEP_FORWARD, 4 * H); /* 16:25 */
	assert_missed(no, "15:00");
	sim_pause(STEP_BACK, -2 * H); /* 14:25 */
	sim_until_time("2025-06-10T15:05:00Z");
	assert_runs(no, "15:00");
	assert_runs(ran, "12:20");
}

static void
a_pass_goes_over_all_jobs_and_is_taken_up_again(void **state)
{
	char name[16];

	(void)state;
	for (int i = 0; i < 600; i++) {
		snprintf(name, sizeof name, "j%d", i);
		sim_add(name, "*/20 * * * *", NONE);
	}
	sim_until_time("2025-06-10T12:25:00Z");
	assert_int_equal(sim.count, 600 + 4);
	sim.count = 0;
	sim.now = wall_add(sim.now, -10 * M); /* 12:15 */
	plan_pause(sim.plan,
	    &(struct step_pause) {
		STEP_BACK, wall_add(sim.now, 10 * M), sim.now, 10 * M });
	assert_true(plan_turn(sim.plan, sim.now));
	assert_int_equal(commit_seal(sim.commit), 0);
	sim_down(M); /* in the middle of the pass; 12:16 */
	sim_until_time("2025-06-10T12:21:00Z");
	assert_int_equal(sim.count, 600 + 1);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		T(in_time_everything_runs_once),
		T(five_minutes_are_made_up_by_every_job),
		T(three_hours_are_made_up_by_fixed_times_only),
		T(more_than_three_hours_are_missed),
		T(a_slot_within_its_start_deadline_is_no_matter),
		T(a_job_may_ask_for_more),
		T(after_a_crash_only_the_job_decides),
		T(the_reason_stands_in_the_row),
		T(starts_after_a_pause_are_spread),
		T(what_falls_due_while_it_is_put_off_joins_in),
		T(a_stopped_daemon_joins_what_it_slept_over),
		T(back_wildcard_times_come_again_and_fixed_ones_do_not),
		T(back_a_fixed_time_that_did_not_run_is_not_lost),
		T(back_a_fixed_time_that_was_missed_is_not_lost),
		T(far_back_nothing_is_held_back),
		T(back_and_forward_again_repeats_nothing),
		T(one_second_back_repeats_one_second),
		T(back_while_nobody_looked_is_noticed_at_the_start),
		T(back_and_then_down_for_a_while_the_rest_comes_again),
		T(a_claim_ahead_is_taken_back_by_a_step),
		T(a_claim_ahead_is_taken_back_by_a_step_back),
		T(who_waits_for_room_goes_on_waiting),
		T(a_delay_outlives_every_pause),
		T(once_is_once),
		T(a_pass_goes_over_all_jobs_and_is_taken_up_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
