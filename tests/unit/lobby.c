/* Whose turn it is among waiting runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "crash_only.h"
#include "cronsd/live.h"
#include "cronsd/lobby.h"

#define POOL 42

static struct live *live;
static struct lobby *lobby;
static int64_t next_id;
static const struct lobby_place at_pool = { LOBBY_POOL, POOL, 0 };

static int
set_up(void **state)
{
	(void)state;
	live = live_new();
	lobby = lobby_new(live);
	next_id = 1;
	return 0;
}

static int
tear_down(void **state)
{
	struct live_run *run;

	(void)state;
	while ((run = live_next(live, NULL)) != NULL) {
		lobby_forget(lobby, run);
		live_drop(live, run);
	}
	free(lobby);
	free(live);
	return 0;
}

static struct live_run *
add(int64_t uid, int64_t rank)
{
	struct live_run *run;
	struct run_row row;

	run_row_init(&row);
	row.id = next_id++;
	row.job = row.id;
	row.uid = uid;
	run = live_add(live, &row, RUN_CLAIMED);
	run->rank = run->row.at = rank;
	run->deadline_us = 10;
	return run;
}

static struct live_run *
put(int64_t uid, int64_t rank)
{
	struct live_run *run = add(uid, rank);

	lobby_put(lobby, at_pool, run);
	return run;
}

/* Gives the next one a slot of the pool; its number. */
static int64_t
serve(void)
{
	struct live_run *run;

	lobby_wake(lobby, at_pool);
	run = lobby_take(lobby);
	if (run == NULL)
		return 0;
	live_set_pool(live, run, POOL);
	live_move(live, run, RUN_SENT);
	return run->row.id;
}

static void
end(int64_t id)
{
	live_drop(live, live_find(live, id));
}

static void
nobody_goes_before_being_woken(void **state)
{
	(void)state;
	put(1, 0);
	assert_false(lobby_is_woken(lobby));
	assert_null(lobby_take(lobby));
	lobby_wake(lobby, (struct lobby_place) { LOBBY_POOL, POOL + 1, 0 });
	assert_null(lobby_take(lobby));
	lobby_wake(lobby, at_pool);
	assert_true(lobby_is_woken(lobby));
	assert_non_null(lobby_take(lobby));
	assert_false(lobby_is_woken(lobby));
	assert_int_equal(serve(), 0);
}

static void
whoever_finds_it_full_waits_for_the_next_end(void **state)
{
	struct live_run *run;

	(void)state;
	put(1, 1);
	put(1, 2);
	lobby_wake(lobby, at_pool);
	run = lobby_take(lobby);
	lobby_put(lobby, at_pool, run);
	assert_null(lobby_take(lobby));
	assert_int_equal(lobby_count_pool(lobby, POOL), 2);
}

static void
one_user_s_runs_go_by_rank(void **state)
{
	(void)state;
	put(1, 30);
	put(1, 10);
	put(1, 20);
	put(1, 10);
	assert_int_equal(serve(), 2);
	assert_int_equal(serve(), 4);
	assert_int_equal(serve(), 3);
	assert_int_equal(serve(), 1);
}

static void
the_user_with_fewer_runs_is_next(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		put(1, i); /* 1 to 4 */
	assert_int_equal(serve(), 1);
	assert_int_equal(serve(), 2);
	put(2, 100); /* 5, 6 */
	put(2, 101);
	assert_int_equal(serve(), 5);
	assert_int_equal(serve(), 6);
	assert_int_equal(serve(), 3);
}

static void
users_take_turns_for_a_single_slot(void **state)
{
	int64_t id;

	(void)state;
	for (int i = 0; i < 3; i++)
		put(1, -1000 + i); /* 1 to 3, and ever so urgent */
	for (int i = 0; i < 3; i++)
		put(2, i); /* 4 to 6 */
	end(serve());
	for (int i = 0; i < 2; i++) {
		id = serve();
		assert_in_range(id, 4, 6);
		end(id);
		id = serve();
		assert_in_range(id, 1, 3);
		end(id);
	}
}

static void
places_of_one_pool_are_counted_together(void **state)
{
	(void)state;
	put(1, 0);
	lobby_put(lobby,
	    (struct lobby_place) { LOBBY_POOL_UID, POOL, 2 }, add(2, 0));
	lobby_put(
	    lobby, (struct lobby_place) { LOBBY_JOB, POOL, 0 }, add(3, 0));
	assert_int_equal(lobby_count_pool(lobby, POOL), 2);
	lobby_wake_all(lobby);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(lobby_take(lobby)->row.uid, i);
}

static int overdue;

static void
count_overdue(void *arg, struct live_run *run)
{
	(void)arg;
	assert_null(run->share);
	overdue++;
}

static void
deadlines_count_only_where_room_is_waited_for(void **state)
{
	struct live_run *late, *waits;

	(void)state;
	put(1, 0);
	assert_false(lobby_has_deadlines(lobby));
	late = add(1, 0);
	waits = add(1, 0);
	waits->row.waits = true;
	lobby_put(lobby, (struct lobby_place) { LOBBY_ALL, 0, 0 }, late);
	lobby_put(lobby, (struct lobby_place) { LOBBY_ALL, 0, 0 }, waits);
	lobby_put(lobby, (struct lobby_place) { LOBBY_UID, 0, 1 }, add(1, 5));
	assert_true(lobby_has_deadlines(lobby));
	lobby_each_overdue(lobby, (wall_t) { 10 }, count_overdue, NULL);
	assert_int_equal(overdue, 0);
	lobby_each_overdue(lobby, (wall_t) { 11 }, count_overdue, NULL);
	assert_int_equal(overdue, 1);
	lobby_each_overdue(lobby, (wall_t) { 16 }, count_overdue, NULL);
	assert_int_equal(overdue, 2);
	assert_non_null(waits->share);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		T(nobody_goes_before_being_woken),
		T(whoever_finds_it_full_waits_for_the_next_end),
		T(one_user_s_runs_go_by_rank),
		T(the_user_with_fewer_runs_is_next),
		T(users_take_turns_for_a_single_slot),
		T(places_of_one_pool_are_counted_together),
		T(deadlines_count_only_where_room_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
