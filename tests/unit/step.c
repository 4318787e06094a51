/* What three clocks tell about the time since we last looked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cronsd/step.h"
#include "share/buf.h"

#define NOON (INT64_C(1749556800) * SECOND_US) /* 2025-06-10T12:00:00Z */
#define S SECOND_US

/* Slept for the alarm; then by so much the clocks have moved. */
static bool
wake(int64_t alarm, int64_t wall, int64_t boot, int64_t awake,
    struct step_pause *pause)
{
	struct clocks then = { { NOON }, { 5 * S }, { 4 * S } };
	struct clocks now = { { NOON + wall }, { 5 * S + boot },
		{ 4 * S + awake } };
	struct step s = { .has_last = false };

	assert_false(step_wake(&s, &then, pause));
	step_sleep(&s, &then, (wall_t) { NOON + alarm });
	return step_wake(&s, &now, pause);
}

static void
a_wait_that_ends_in_time_is_no_pause(void **state)
{
	struct step_pause p;

	(void)state;
	assert_false(wake(60 * S, 60 * S, 60 * S, 60 * S, &p));
	assert_false(wake(60 * S, 61 * S, 61 * S, 61 * S, &p));
	assert_false(wake(60 * S, 5 * S, 5 * S, 5 * S, &p));
}

static void
a_clock_set_forward_over_something_due_is_one(void **state)
{
	struct step_pause p;

	(void)state;
	assert_true(
	    wake(30 * S, 2 * HOUR_US + 10 * S, 10 * S, 10 * S, &p));
	assert_int_equal(p.kind, STEP_FORWARD);
	assert_int_equal(p.length, 2 * HOUR_US);
	assert_int_equal(p.from.us, NOON);
	assert_int_equal(p.to.us, NOON + 2 * HOUR_US + 10 * S);
}

static void
a_clock_set_forward_over_nothing_is_none(void **state)
{
	struct step_pause p;

	(void)state;
	assert_false(wake(3 * HOUR_US, 2 * HOUR_US, 10 * S, 10 * S, &p));
}

static void
a_slewed_clock_is_never_a_pause(void **state)
{
	struct step_pause p;

	(void)state;
	assert_false(
	    wake(HOUR_US, HOUR_US, HOUR_US - 300 * S, HOUR_US - 300 * S, &p));
	assert_false(
	    wake(HOUR_US, HOUR_US, HOUR_US + 300 * S, HOUR_US + 300 * S, &p));
}

static void
a_suspended_machine_is_told_by_the_clock_that_stood(void **state)
{
	struct step_pause p;

	(void)state;
	assert_true(wake(60 * S, HOUR_US, HOUR_US, 20 * S, &p));
	assert_int_equal(p.kind, STEP_SUSPEND);
	assert_int_equal(p.length, HOUR_US - 20 * S);
}

static void
a_stopped_process_is_told_by_being_late(void **state)
{
	struct step_pause p;

	(void)state;
	assert_true(wake(10 * S, 20 * S, 20 * S, 20 * S, &p));
	assert_int_equal(p.kind, STEP_STALL);
	assert_int_equal(p.length, 10 * S);
}

static void
what_was_overdue_already_is_no_sign_of_one(void **state)
{
	struct step_pause p;

	(void)state;
	assert_false(wake(-HOUR_US, S, S, S, &p));
}

static void
back_is_earlier_than_when_we_looked(void **state)
{
	struct step_pause p;

	(void)state;
	assert_true(wake(60 * S, -59 * MINUTE_US, MINUTE_US, MINUTE_US, &p));
	assert_int_equal(p.kind, STEP_BACK);
	assert_int_equal(p.length, HOUR_US);
	assert_true(wake(60 * S, -S, 10000, 10000, &p));
	assert_int_equal(p.kind, STEP_BACK);
	/* A time server's small correction, and one over our own sleep. */
	assert_false(wake(60 * S, -10000, 10000, 10000, &p));
	assert_false(wake(20 * HOUR_US, 4 * HOUR_US, 9 * HOUR_US,
	    9 * HOUR_US, &p));
}

static void
a_start_counts_from_when_a_daemon_was_last_seen(void **state)
{
	struct step_pause p;

	(void)state;
	step_start((wall_t) { NOON }, NOON - HOUR_US, &p);
	assert_int_equal(p.kind, STEP_DOWN);
	assert_int_equal(p.length, HOUR_US);
	step_start((wall_t) { NOON }, NOON + HOUR_US, &p);
	assert_int_equal(p.kind, STEP_BACK);
	assert_int_equal(p.length, HOUR_US);
	step_start((wall_t) { NOON }, -1, &p);
	assert_int_equal(p.kind, STEP_DOWN);
	assert_int_equal(p.length, 0);
}

static void
check_text(const struct step_pause *p, const char *text)
{
	struct buf out = BUF_EMPTY;

	step_print(p, 7200, &out);
	assert_string_equal(buf_text(&out), text);
	buf_fini(&out);
}

static void
a_pause_is_said_in_words(void **state)
{
	struct step_pause p = { STEP_FORWARD, { NOON }, { NOON + HOUR_US },
		2 * HOUR_US + 1 };

	(void)state;
	check_text(&p, "the clock was set forward by 2h");
	p.kind = STEP_BACK;
	check_text(&p, "the clock was set back by 2h");
	p.kind = STEP_SUSPEND;
	check_text(&p, "the machine was suspended for 2h");
	p.kind = STEP_STALL;
	p.length = 10;
	check_text(&p, "the daemon was stopped or held up for 1s");
	p.kind = STEP_DOWN;
	check_text(&p,
	    "the daemon was down from 2025-06-10T14:00:00+02:00 to "
	    "2025-06-10T15:00:00+02:00");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_that_ends_in_time_is_no_pause),
		cmocka_unit_test(
		    a_clock_set_forward_over_something_due_is_one),
		cmocka_unit_test(a_clock_set_forward_over_nothing_is_none),
		cmocka_unit_test(a_slewed_clock_is_never_a_pause),
		cmocka_unit_test(
		    a_suspended_machine_is_told_by_the_clock_that_stood),
		cmocka_unit_test(a_stopped_process_is_told_by_being_late),
		cmocka_unit_test(what_was_overdue_already_is_no_sign_of_one),
		cmocka_unit_test(back_is_earlier_than_when_we_looked),
		cmocka_unit_test(
		    a_start_counts_from_when_a_daemon_was_last_seen),
		cmocka_unit_test(a_pause_is_said_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
