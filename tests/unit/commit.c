/*
 * The transaction of a turn: when effects are called and with what word, and
 * what a disk that is full does to it. A full disk is a limit on pages here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cronsd/commit.c"

#include <cmocka.h>
#include <sqlite3.h>

#include <stdio.h>

static char dir[64], path[96], reserve[96];
static struct commit *c;
static char said[256]; /* by effects, in order */
static char a[] = "a", b[] = "b", later[] = "later"; /* their names */

static int
set_up(void **state)
{
	const char *tmp = getenv("TMPDIR");
	enum db_trouble trouble;
	struct db *db;

	(void)state;
	snprintf(dir, sizeof dir, "%.40s/commit.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%.63s/main.db", dir);
	snprintf(reserve, sizeof reserve, "%.63s/reserve", dir);
	db = db_open(path, DB_MAIN, false, &trouble);
	assert_non_null(db);
	c = commit_new(db, reserve);
	said[0] = '\0';
	return 0;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	commit_free(c);
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	return system(command);
}

static void
say(void *arg, bool durable)
{
	strcat(said, arg);
	strcat(said, durable ? "+" : "-");
}

static void
say_again(void *arg, bool durable)
{
	say(arg, durable);
	commit_then(c, say, later);
}

/* Something that takes a page or two, large enough to need new ones. */
static int
write_some(struct db *db)
{
	static char text[20000];
	struct sqlite3_stmt *st = db_get(db, SQL_META_PUT);
	static int n;
	char key[32];

	memset(text, 'x', sizeof text - 1);
	snprintf(key, sizeof key, "key%d", n++);
	db_bind_text(st, ":key", key);
	db_bind_text(st, ":value", text);
	return db_run(db, st);
}

/* The same handle that SQLite counts pages for. */
static void
limit_pages(bool limited)
{
	struct sqlite3_stmt *st = db_get(c->db, SQL_BEGIN);

	sqlite3_exec(sqlite3_db_handle(st),
	    limited ? "PRAGMA max_page_count = 1"
		    : "PRAGMA max_page_count = 100000",
	    NULL, NULL, NULL);
}

static void
effects_come_after_the_commit_in_order(void **state)
{
	struct db *db = commit_db(c);

	(void)state;
	assert_non_null(db);
	assert_int_equal(write_some(db), 0);
	commit_then(c, say, a);
	commit_then(c, say, b);
	assert_string_equal(said, "");
	assert_int_equal(commit_seal(c), 0);
	assert_string_equal(said, "a+b+");
}

static void
what_is_spoilt_is_undone_as_a_whole(void **state)
{
	struct db *db = commit_db(c);

	(void)state;
	write_some(db);
	commit_then(c, say, a);
	commit_spoil(c);
	assert_null(commit_db(c));
	commit_then(c, say, b);
	assert_int_equal(commit_seal(c), -1);
	assert_string_equal(said, "a-b-");
}

static void
what_is_held_for_reading_lasts_until_the_seal(void **state)
{
	(void)state;
	assert_ptr_equal(commit_hold_db(c), c->db);
	assert_true(db_in_transaction(c->db));
	assert_false(commit_is_open(c));
	assert_int_equal(commit_seal(c), 0);
	assert_false(db_in_transaction(c->db));
}

static void
what_is_held_for_reading_may_be_written(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_non_null(commit_hold_db(c));
		assert_non_null(commit_hold_db(c));
		assert_non_null(commit_db(c));
		assert_int_equal(write_some(commit_hold_db(c)), 0);
		commit_then(c, say, a);
		assert_int_equal(commit_seal(c), 0);
		assert_false(db_in_transaction(c->db));
	}
	assert_string_equal(said, "a+a+");
	assert_non_null(commit_hold_db(c));
	commit_spoil(c);
	assert_int_equal(commit_seal(c), -1);
	assert_false(db_in_transaction(c->db));
}

static void
an_effect_of_an_effect_is_of_the_next_turn(void **state)
{
	(void)state;
	commit_db(c);
	commit_then(c, say_again, a);
	assert_int_equal(commit_seal(c), 0);
	assert_string_equal(said, "a+");
	assert_int_equal(commit_seal(c), 0);
	assert_string_equal(said, "a+later+");
	assert_int_equal(commit_seal(c), 0);
	assert_string_equal(said, "a+later+");
}

/* One turn that writes; does it succeed? */
static bool
turn(void)
{
	struct db *db = commit_db(c);

	if (db == NULL || write_some(db) != 0)
		commit_spoil(c);
	return commit_seal(c) == 0;
}

static void
let_time_pass(void)
{
	c->retry_at.us = mono_now().us;
}

static void
a_full_disk_is_said_and_tried_once_a_second(void **state)
{
	(void)state;
	assert_true(turn());
	assert_null(commit_trouble(c));
	assert_true(commit_retry_at(c).us == INT64_MAX);
	limit_pages(true);
	assert_false(turn());
	assert_non_null(commit_trouble(c));
	assert_int_equal(access(reserve, F_OK), -1); /* given up */
	assert_false(turn()); /* and tried at once with it */
	assert_true(commit_is_stuck(c));
	assert_null(commit_db(c)); /* not before a second has passed */
	assert_true(commit_retry_at(c).us > mono_now().us + SECOND_US / 2);
}

static void
it_recovers_by_itself_and_makes_its_reserve_again(void **state)
{
	(void)state;
	limit_pages(true);
	while (!commit_is_stuck(c))
		turn();
	limit_pages(false);
	let_time_pass();
	commit_retry(c);
	assert_int_equal(commit_seal(c), 0);
	assert_false(commit_is_stuck(c));
	assert_non_null(commit_trouble(c)); /* the reserve is missing */
	assert_true(turn());
	let_time_pass();
	commit_retry(c);
	assert_null(commit_trouble(c));
	assert_int_equal(access(reserve, F_OK), 0);
	assert_true(commit_retry_at(c).us == INT64_MAX);
}

static void
spoil_outside_of_a_transaction_is_over_after_its_turn(void **state)
{
	(void)state;
	commit_spoil(c);
	commit_then(c, say, a);
	assert_int_equal(commit_seal(c), -1);
	assert_string_equal(said, "a-");
	assert_true(turn());
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		T(effects_come_after_the_commit_in_order),
		T(what_is_held_for_reading_lasts_until_the_seal),
		T(what_is_held_for_reading_may_be_written),
		T(what_is_spoilt_is_undone_as_a_whole),
		T(an_effect_of_an_effect_is_of_the_next_turn),
		T(a_full_disk_is_said_and_tried_once_a_second),
		T(it_recovers_by_itself_and_makes_its_reserve_again),
		T(spoil_outside_of_a_transaction_is_over_after_its_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
