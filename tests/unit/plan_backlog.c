/* Ranges of slots that run one after another: catchup=all, replay. */
#include "tests/plan_fixture.h"

#define NONE ((const char *)NULL)
#define M MINUTE_US
#define H HOUR_US

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

static wall_t
time_of(const char *text)
{
	wall_t t;

	assert_int_equal(rfc3339_parse(text, &t), 0);
	return t;
}

/* Replays that span of 2025-06-10; how many slots that is. */
static int
replay(int64_t id, const char *from, const char *to, bool force)
{
	struct plan_replay r = { .now = sim.now, .force = force };
	char text[40];
	struct job job;

	snprintf(text, sizeof text, "2025-06-10T%sZ", from);
	r.from = time_of(text);
	snprintf(text, sizeof text, "2025-06-10T%sZ", to);
	r.to = time_of(text);
	assert_int_equal(jobs_get(sim.db, id, &job), 1);
	assert_int_equal(plan_replay(sim.plan, &job, &r), 0);
	assert_int_equal(commit_seal(sim.commit), 0);
	job_fini(&job);
	sim_turn();
	return r.slots;
}

static void
set_enabled(int64_t id, const char *text)
{
	struct jobs_change why = { sim.now, "test", "set" };
	struct job job;

	assert_int_equal(jobs_get(sim.db, id, &job), 1);
	assert_int_equal(
	    job_set(&job, JOB_enabled, text, &(struct fault) { 0 }), 0);
	assert_int_equal(plan_settle(sim.plan, id, sim.now), 0);
	assert_int_equal(jobs_set(commit_db(sim.commit), &job, &why), 0);
	assert_int_equal(plan_job(sim.plan, &job, sim.now, NULL), 0);
	assert_int_equal(commit_seal(sim.commit), 0);
	job_fini(&job);
}

static enum run_result
result_of(int64_t job, const char *slot)
{
	int64_t span[2] = { time_of(slot).us, time_of(slot).us };
	struct run_row row;

	if (runs_get_covering(sim.db, job, span, &row) != 1)
		return RESULT_NONE;
	return row.result;
}

static void
each_slot_has_its_run_one_after_another(void **state)
{
	int64_t all = sim_add("all", "*/10 * * * *", "catchup", "all", NONE);

	(void)state;
	sim.takes = 30 * SECOND_US;
	sim_down(H + 5 * M); /* 13:05:30 */
	sim_until_time("2025-06-10T13:20:00Z");
	assert_runs(all, "12:10@13:05:30 12:20@13:06 12:30@13:06:30 "
			 "12:40@13:07 12:50@13:07:30 13:00@13:08 13:10 13:20");
	assert_int_equal(sim.most, 1);
	assert_missed(all, "");
	assert_int_equal(sim.started[0].row.cause, CAUSE_CATCHUP);
}

static void
only_the_newest_are_made_up_for(void **state)
{
	int64_t max = sim_add("max", "*/10 * * * *", "catchup", "all",
	    "catchup-max", "3", NONE);
	int64_t within = sim_add("within", "*/10 * * * *", "catchup", "all",
	    "catchup-within", "25m", NONE);

	(void)state;
	sim_down(H + 5 * M);
	sim_until_time("2025-06-10T13:06:00Z");
	assert_runs(max, "12:40@13:05:30 12:50@13:05:30 13:00@13:05:30");
	assert_missed(max, "12:10-12:30*3");
	assert_runs(within, "12:50@13:05:30 13:00@13:05:30");
	assert_missed(within, "12:10-12:40*4");
}

static void
a_year_of_seconds_is_no_matter(void **state)
{
	int64_t s = sim_add("s", "* * * * * *", "catchup", "all",
	    "catchup-max", "5", NONE);

	(void)state;
	sim_down(365 * 24 * H);
	assert_runs(s, "12:00:26@12:00:30 12:00:27@12:00:30 "
		       "12:00:28@12:00:30 12:00:29@12:00:30 12:00:30");
}

static void
a_crash_in_between_forgets_nothing(void **state)
{
	int64_t all = sim_add("all", "*/10 * * * *", "catchup", "all", NONE);

	(void)state;
	sim.takes = M;
	sim_down(H); /* 13:00:30 */
	sim_until_time("2025-06-10T13:02:00Z");
	assert_runs(all, "12:10@13:00:30 12:20@13:01:30");
	sim.takes = 0;
	while (!TAILQ_EMPTY(&sim.running))
		sim_end_run(TAILQ_FIRST(&sim.running));
	assert_int_equal(commit_seal(sim.commit), 0);
	sim_down(M); /* 13:03 */
	sim_until_time("2025-06-10T13:05:00Z");
	assert_runs(all, "12:10@13:00:30 12:20@13:01:30 12:30@13:03 "
			 "12:40@13:03 12:50@13:03 13:00@13:03");
}

static void
a_job_that_is_disabled_meanwhile_says_so(void **state)
{
	int64_t all = sim_add("all", "*/10 * * * *", "catchup", "all", NONE);

	(void)state;
	sim.takes = M;
	sim_down(H);
	set_enabled(all, "no");
	sim_until_time("2025-06-10T13:10:30Z");
	assert_runs(all, "12:10@13:00:30");
	assert_missed(all, "12:20-13:00*5");
}

static void
what_was_missed_is_run_again(void **state)
{
	int64_t job = sim_add("job", "*/10 * * * *", NONE);

	(void)state;
	sim_down(H + 5 * M); /* 13:05:30 */
	assert_missed(job, "12:10-13:00*6");
	assert_int_equal(replay(job, "12:15:00", "12:40:00", false), 3);
	assert_runs(job, "12:20@13:05:30 12:30@13:05:30 12:40@13:05:30");
	assert_int_equal(sim.started[0].row.cause, CAUSE_REPLAY);
	assert_int_equal(
	    result_of(job, "2025-06-10T12:10:00Z"), RESULT_MISSED);
	assert_int_equal(result_of(job, "2025-06-10T12:20:00Z"), RESULT_OK);
	assert_int_equal(result_of(job, "2025-06-10T12:40:00Z"), RESULT_OK);
	assert_int_equal(
	    result_of(job, "2025-06-10T12:50:00Z"), RESULT_MISSED);
	/* The range's first slot has the key of the range itself. */
	assert_int_equal(replay(job, "12:10:00", "12:10:00", false), 1);
	assert_int_equal(result_of(job, "2025-06-10T12:10:00Z"), RESULT_OK);
	assert_int_equal(
	    result_of(job, "2025-06-10T13:00:00Z"), RESULT_MISSED);
}

static void
what_ran_is_run_again_only_by_force(void **state)
{
	int64_t job = sim_add("job", "*/10 * * * *", NONE);

	(void)state;
	sim_until_time("2025-06-10T12:31:00Z");
	assert_int_equal(replay(job, "12:00:00", "12:30:00", false), 1);
	assert_runs(job, "12:10 12:20 12:30 12:00@12:31");
	assert_int_equal(replay(job, "12:00:00", "12:20:00", false), 0);
	assert_int_equal(replay(job, "12:00:00", "12:20:00", true), 3);
	assert_runs(job, "12:10 12:20 12:30 12:00@12:31 12:00@12:31 "
			 "12:10@12:31 12:20@12:31");
	assert_int_equal(sim.started[sim.count - 1].row.attempt, 1);
}

static void
two_replays_of_one_span_run_it_once(void **state)
{
	int64_t job = sim_add("job", "*/10 * * * *", NONE);

	(void)state;
	sim.takes = M;
	assert_int_equal(replay(job, "11:00:00", "11:20:00", false), 3);
	assert_int_equal(replay(job, "11:00:00", "11:20:00", false), 2);
	sim_until_time("2025-06-10T12:09:00Z");
	assert_runs(job, "11:00@12:00:30 11:10@12:01:30 11:20@12:02:30");
}

static void
too_many_slots_are_refused(void **state)
{
	struct plan_replay r = { .now = sim.now, .to = sim.now };
	int64_t id = sim_add("job", "* * * * *", NONE);
	struct job job;

	(void)state;
	r.from = wall_add(sim.now, -2000 * M);
	assert_int_equal(jobs_get(sim.db, id, &job), 1);
	assert_int_equal(plan_replay(sim.plan, &job, &r), 1);
	r.from = wall_add(sim.now, -999 * M);
	r.dry = true;
	assert_int_equal(plan_replay(sim.plan, &job, &r), 0);
	assert_int_equal(r.slots, 999);
	assert_int_equal(commit_seal(sim.commit), 0);
	job_fini(&job);
	sim_turn();
	assert_int_equal(sim.count, 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		T(each_slot_has_its_run_one_after_another),
		T(only_the_newest_are_made_up_for),
		T(a_year_of_seconds_is_no_matter),
		T(a_crash_in_between_forgets_nothing),
		T(a_job_that_is_disabled_meanwhile_says_so),
		T(what_was_missed_is_run_again),
		T(what_ran_is_run_again_only_by_force),
		T(two_replays_of_one_span_run_it_once),
		T(too_many_slots_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
