/* The moves of a run: exactly those of the table, and how they hang
 * together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash_only.h"
#include "cronsd/live.h"
#include "share/run.h"

/* What launch.h and watch.h say, written a second time: row from, column to. */
static const char *const expected[RUN_STATE_COUNT] = {
	/*               C S R E D */
	[RUN_CLAIMED] = "-xxxx",
	[RUN_SENT] = "x-xxx",
	[RUN_RUNNING] = "---xx",
	[RUN_ENDED] = "----x",
	[RUN_DONE] = "-----",
};

static struct live_run *
make(struct live *live, enum run_state state)
{
	struct run_row row;

	run_row_init(&row);
	row.id = 1;
	row.job = 7;
	row.uid = 1000;
	return live_add(live, &row, state);
}

/* Does the move kill the program? */
static bool
is_fatal(enum run_state from, enum run_state to)
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct live *live = live_new();

		close(2);
		live_move(live, make(live, from), to);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void
exactly_the_legal_moves_are_allowed(void **state)
{
	(void)state;
	for (int from = 0; from < RUN_STATE_COUNT; from++)
		for (int to = 0; to < RUN_STATE_COUNT; to++)
			assert_int_equal(run_may_move((enum run_state)from,
					     (enum run_state)to),
			    expected[from][to] == 'x');
}

static void
every_other_move_ends_the_daemon(void **state)
{
	(void)state;
	for (int from = 0; from < RUN_STATE_COUNT; from++)
		for (int to = 0; to < RUN_STATE_COUNT; to++)
			assert_int_equal(is_fatal((enum run_state)from,
					     (enum run_state)to),
			    expected[from][to] != 'x');
}

/* From every state the end can be reached, and from the end nothing. */
static void
every_run_can_end_and_none_comes_back(void **state)
{
	bool ends[RUN_STATE_COUNT] = { [RUN_DONE] = true };

	(void)state;
	for (int round = 0; round < RUN_STATE_COUNT; round++)
		for (int from = 0; from < RUN_STATE_COUNT; from++)
			for (int to = 0; to < RUN_STATE_COUNT; to++)
				ends[from] |= ends[to]
				    && run_may_move((enum run_state)from,
					(enum run_state)to);
	for (int i = 0; i < RUN_STATE_COUNT; i++)
		assert_true(ends[i]);
	for (int to = 0; to < RUN_STATE_COUNT; to++)
		assert_false(run_may_move(RUN_DONE, (enum run_state)to));
}

/* All walks of up to six legal moves: what is counted is what goes on. */
static void
walk(struct live *live, struct live_run *run, int depth)
{
	enum run_state from = run->state;
	bool goes_on = from == RUN_SENT || from == RUN_RUNNING;

	assert_int_equal(live_running(live), goes_on);
	assert_int_equal(live_running_of(live, 1000), goes_on);
	assert_int_equal(live_tally(live, 42, -1).running, goes_on);
	assert_int_equal(live_tally(live, 42, 1000).running, goes_on);
	assert_int_equal(live_running_of_job(live, 7), goes_on);
	if (depth == 0)
		return;
	for (int to = 0; to < RUN_STATE_COUNT; to++) {
		struct live *other = live_new();
		struct live_run *again = make(other, from);

		live_set_pool(other, again, 42);
		if (run_may_move(from, (enum run_state)to)) {
			live_move(other, again, (enum run_state)to);
			walk(other, again, depth - 1);
		}
		live_drop(other, again);
		assert_int_equal(live_running(other), 0);
		free(other);
	}
}

static void
all_walks_keep_the_counts(void **state)
{
	struct live *live = live_new();
	struct live_run *run = make(live, RUN_CLAIMED);

	(void)state;
	live_set_pool(live, run, 42);
	walk(live, run, 6);
	live_drop(live, run);
	free(live);
}

static void
a_run_in_doubt_counts_until_it_is_found_out(void **state)
{
	struct live *live = live_new();
	struct live_run *run = make(live, RUN_CLAIMED);

	(void)state;
	live_set_pool(live, run, 42);
	live_doubt(live, run, true);
	assert_int_equal(live_tally(live, 42, 1000).running, 1);
	assert_ptr_equal(live_of_job(live, 7, NULL), run);
	live_move(live, run, RUN_RUNNING);
	assert_int_equal(live_tally(live, 42, 1000).running, 1);
	live_move(live, run, RUN_ENDED);
	assert_int_equal(live_tally(live, 42, 1000).running, 0);
	live_drop(live, run);
	run = make(live, RUN_CLAIMED);
	live_doubt(live, run, true);
	live_doubt(live, run, false);
	assert_int_equal(live_running(live), 0);
	live_drop(live, run);
	free(live);
}

static void
words_are_there_and_differ(void **state)
{
	(void)state;
	for (int i = 0; i < RUN_STATE_COUNT; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(
			    run_state_word((enum run_state)i),
			    run_state_word((enum run_state)j));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_the_legal_moves_are_allowed),
		cmocka_unit_test(every_other_move_ends_the_daemon),
		cmocka_unit_test(every_run_can_end_and_none_comes_back),
		cmocka_unit_test(all_walks_keep_the_counts),
		cmocka_unit_test(a_run_in_doubt_counts_until_it_is_found_out),
		cmocka_unit_test(words_are_there_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
