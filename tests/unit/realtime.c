/* The priority of the thread that waits: where it is allowed. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cronsd/realtime.h"

#define PATIENCE_S 60 /* of processor time: a real-time thread gets it soon */

static int
policy(void)
{
	return sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
}

static void
start_or_skip(void)
{
	if (realtime_start())
		return;
	print_message("# skip: real-time priority is not allowed here\n");
	skip();
}

static void
test_has_it_until_stopped(void **state)
{
	struct rlimit before, after;

	(void)state;
	getrlimit(RLIMIT_RTTIME, &before);
	start_or_skip();
	assert_int_equal(policy(), SCHED_FIFO);
	realtime_stop();
	assert_int_equal(policy(), SCHED_OTHER);
	getrlimit(RLIMIT_RTTIME, &after);
	assert_true(before.rlim_cur == after.rlim_cur);
}

static void
test_where_it_is_not_allowed_all_is_as_before(void **state)
{
	struct rlimit before, after;

	(void)state;
	getrlimit(RLIMIT_RTTIME, &before);
	if (realtime_start())
		realtime_stop();
	getrlimit(RLIMIT_RTTIME, &after);
	assert_true(before.rlim_cur == after.rlim_cur);
	assert_int_equal(policy(), SCHED_OTHER);
}

static void
test_children_do_not_have_it(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	start_or_skip();
	pid = fork();
	if (pid == 0)
		_exit(policy());
	waitpid(pid, &status, 0);
	realtime_stop();
	assert_int_equal(WEXITSTATUS(status), SCHED_OTHER);
}

static void
test_a_long_computation_gives_it_up_until_the_next_wait(void **state)
{
	clock_t end = clock() + PATIENCE_S * CLOCKS_PER_SEC;

	(void)state;
	start_or_skip();
	while (policy() == SCHED_FIFO && clock() < end)
		continue;
	assert_int_equal(policy(), SCHED_OTHER);
	realtime_wait();
	assert_int_equal(policy(), SCHED_FIFO);
	realtime_rest();
	assert_int_equal(policy(), SCHED_OTHER);
	realtime_stop();
}

static void
test_a_child_may_be_lent_it_with_the_limit_that_was_found(void **state)
{
	struct rlimit before, of_child;
	int got;
	pid_t pid;

	(void)state;
	getrlimit(RLIMIT_RTTIME, &before);
	start_or_skip();
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	realtime_lend(pid);
	got = sched_getscheduler(pid);
	prlimit(pid, RLIMIT_RTTIME, NULL, &of_child);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	realtime_stop();
	assert_int_equal(got, SCHED_FIFO | SCHED_RESET_ON_FORK);
	assert_true(of_child.rlim_cur == before.rlim_cur);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_has_it_until_stopped),
		cmocka_unit_test(
		    test_where_it_is_not_allowed_all_is_as_before),
		cmocka_unit_test(test_children_do_not_have_it),
		cmocka_unit_test(
		    test_a_long_computation_gives_it_up_until_the_next_wait),
		cmocka_unit_test(
		    test_a_child_may_be_lent_it_with_the_limit_that_was_found),
	};

	return cmocka_run_group_tests_name("realtime", tests, NULL, NULL);
}
