/* Jitter: with a stable one each slot has its run, that much later. */
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

/*
 * Each run so far is of the slot ten minutes after the one before, and started
 * by the same shift, which is returned; the first slot's number from 12:00 is
 * stored.
 */
static int64_t
assert_shifted(int64_t *first)
{
	int64_t noon = INT64_C(1749556800) * SECOND_US, shift = -1;

	*first = -1;
	for (size_t i = 0; i < sim.count; i++) {
		const struct started *s = &sim.started[i];
		int64_t nth = (s->row.slot - noon) / (10 * M);

		if (*first < 0) {
			*first = nth;
			shift = s->at.us - s->row.slot;
		}
		assert_int_equal(nth, *first + (int64_t)i);
		assert_int_equal(s->at.us - s->row.slot, shift);
		assert_true(s->row.slots <= 1);
	}
	return shift;
}

/* The name decides the shift: one is taken that is longer than some slots. */
static void
add_shifted(int64_t *shift)
{
	for (int i = 0; i < 100; i++) {
		char name[16];
		int64_t first;

		snprintf(name, sizeof name, "job%d", i);
		sim_add(name, "*/10 * * * *", "jitter", "1h", "overlap",
		    "allow", NONE);
		sim_until_time("2025-06-10T13:25:00Z");
		*shift = assert_shifted(&first);
		if (*shift > 25 * M && first == 1)
			return;
		sim_close();
		sim_open("2025-06-10T12:00:30Z");
	}
	fail_msg("no name has a shift over 25 minutes");
}

static void
each_slot_has_its_run(void **state)
{
	int64_t shift, first;

	(void)state;
	add_shifted(&shift);
	sim_until_time("2025-06-10T16:00:00Z");
	assert_int_equal(assert_shifted(&first), shift);
	assert_int_equal(first, 1);
	/* The newest slot that it was time for has run. */
	assert_int_equal(sim.count, (size_t)((4 * H - shift) / (10 * M)));
}

static void
what_was_not_due_yet_is_not_missed(void **state)
{
	int64_t shift;
	size_t before;

	(void)state;
	add_shifted(&shift);
	before = sim.count;
	sim_down(20 * M + 30 * SECOND_US);
	sim_until_time("2025-06-10T16:00:00Z");
	/* Two starts at most fell into the time that nobody was there. */
	assert_true(sim.count >= (size_t)((4 * H - shift) / (10 * M)) - 3);
	for (size_t i = before; i < sim.count; i++)
		assert_true(sim.started[i].at.us - sim.started[i].row.slot
		    >= shift);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		T(each_slot_has_its_run),
		T(what_was_not_due_yet_is_not_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
