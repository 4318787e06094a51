/* Jobs as text beside the database: what is written comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cronsd/db.h"
#include "cronsd/snapshot.h"
#include "cronsd/store_jobs.h"
#include "cronsd/store_pauses.h"
#include "cronsd/store_pools.h"
#include "cronsd/store_runs.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/log.h"

static char dir[64], path[96];
static struct db *from, *to;

static struct db *
open_db(const char *name)
{
	char file[96];
	enum db_trouble trouble;

	snprintf(file, sizeof file, "%.63s/%.20s", dir, name);
	return db_open(file, DB_MAIN, false, &trouble);
}

static int
set_up(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(dir, sizeof dir, "%.40s/snap.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%.63s/jobs.snapshot", dir);
	from = open_db("from.db");
	to = open_db("to.db");
	assert_non_null(from);
	assert_non_null(to);
	return 0;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	db_close(from);
	db_close(to);
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	return system(command);
}

static const char odd[] = "a\nb\t\"c\" = \\ \x01\xff";

static void
add_with(const char *name, const char *command, const char *input)
{
	struct jobs_change why = { wall_now(), "test", "added" };
	struct fault f;
	struct job job;

	job_init(&job);
	job.uid = 1000;
	strcpy(job.user, "alice");
	job.created_us = 1700000000000000;
	job.source_key = xstrdup("a key");
	job_set(&job, JOB_name, name, &f);
	job_set(&job, JOB_schedule, "0 3 * * *", &f);
	job_set(&job, JOB_command, command, &f);
	job_set(&job, JOB_stdin, input, &f);
	job_set(&job, JOB_env, "A=b c\nD=", &f);
	job_set(&job, JOB_overlap, "allow", &f);
	assert_int_equal(job_check(&job, &f), ERR_NONE);
	assert_int_equal(jobs_add(from, &job, &why), 0);
	job_fini(&job);
}

static void
add(const char *name, const char *command)
{
	add_with(name, command, odd);
}

static char *
spec_of(struct db *db, int64_t id)
{
	struct buf text = BUF_EMPTY;
	struct job job;

	assert_int_equal(jobs_get(db, id, &job), 1);
	buf_printf(&text, "%lld %lld %s %lld %s", (long long)job.id,
	    (long long)job.uid, job.user, (long long)job.created_us,
	    job.source_key == NULL ? "" : job.source_key);
	jobs_print_spec(&job, &text);
	job_fini(&job);
	return buf_take(&text);
}

static void
is_as_it_was(int64_t id)
{
	char *a = spec_of(from, id), *b = spec_of(to, id);

	assert_string_equal(a, b);
	free(a);
	free(b);
}

static struct snapshot_found
move(void)
{
	struct snapshot_found found = { 0, 0 };

	assert_true(snapshot_write(from, path) >= 0);
	assert_int_equal(snapshot_read(to, path, &found), 0);
	return found;
}

static void
jobs_come_back_as_they_were(void **state)
{
	(void)state;
	add("first", "echo hello");
	add("second", "echo \"a b\" >/dev/null # = \\");
	assert_int_equal(move().jobs, 2);
	is_as_it_was(1);
	is_as_it_was(2);
}

static void
more_than_a_page_of_them_too(void **state)
{
	char name[32];

	(void)state;
	db_do(from, SQL_BEGIN);
	for (int i = 1; i <= 1234; i++) {
		snprintf(name, sizeof name, "job%d", i);
		add(name, "true");
	}
	db_do(from, SQL_COMMIT);
	assert_int_equal(move().jobs, 1234);
	is_as_it_was(1);
	is_as_it_was(500);
	is_as_it_was(1234);
}

/* Whatever job_check lets pass fits into a line of the file. */
static void
the_largest_job_comes_back(void **state)
{
	char *text = xcalloc(1, JOB_BYTES);
	struct fault f;
	struct job job;
	int len = JOB_BYTES - 1000;

	(void)state;
	memset(text, 'x', (size_t)len);
	add_with("large", "cat", text);
	assert_int_equal(move().jobs, 1);
	is_as_it_was(1);
	job_init(&job);
	job_set(&job, JOB_name, "larger", &f);
	job_set(&job, JOB_schedule, "@daily", &f);
	job_set(&job, JOB_command, "true", &f);
	memset(text, '\x01', (size_t)len);
	job_set(&job, JOB_stdin, text, &f);
	assert_int_equal(job_check(&job, &f), ERR_TOO_LARGE);
	job_fini(&job);
	free(text);
}

static void
lines_that_are_none_cost_no_other(void **state)
{
	struct snapshot_found found;
	FILE *file;

	(void)state;
	add("first", "true");
	add("second", "true");
	assert_int_equal(snapshot_write(from, path), 2);
	file = fopen(path, "a");
	fprintf(file, "job id=77\nwhat is this\njob \"\n\x01\n"
		      "job id=78 user=x name=y schedule=61");
	fclose(file);
	assert_int_equal(snapshot_read(to, path, &found), 0);
	assert_int_equal(found.jobs, 2);
	is_as_it_was(2);
}

static void
the_highest_run_is_told(void **state)
{
	struct run_row row;

	(void)state;
	run_row_init(&row);
	row.id = 4711;
	row.job = 1;
	assert_int_equal(runs_add(from, &row), 1);
	assert_int_equal(move().highest_run, 4711);
}

static void
without_a_file_nothing_changes(void **state)
{
	struct snapshot_found found = { 0, 0 };

	(void)state;
	assert_int_equal(snapshot_read(to, path, &found), 0);
	assert_int_equal(found.jobs, 0);
}

/* The old one stays, and nothing is left behind. */
static void
a_file_that_cannot_be_written_changes_nothing(void **state)
{
	char name[128];

	(void)state;
	add("first", "true");
	assert_int_equal(snapshot_write(from, path), 1);
	snprintf(name, sizeof name, "%s.new", path);
	assert_int_equal(symlink("/nonexistent/x", name), 0);
	add("second", "true");
	assert_int_equal(snapshot_write(from, path), -1);
	assert_int_equal(access(path, F_OK), 0);
}

static void
pools_come_back(void **state)
{
	struct pool pool, lone;
	struct snapshot_found found = { 0 };

	(void)state;
	pool_init(&pool, "alice/db");
	pool.slots = 3;
	pool.per_uid = 2;
	pool.paused = true;
	assert_int_equal(pools_put(from, &pool), 0);
	pool_init(&lone, "line");
	assert_int_equal(pools_put(from, &lone), 0);
	add("job", "true");
	assert_int_equal(snapshot_write(from, path), 1);
	assert_int_equal(snapshot_read(to, path, &found), 0);
	assert_int_equal(pools_get(to, "alice/db", &pool), 1);
	assert_int_equal(pool.slots, 3);
	assert_int_equal(pool.per_uid, 2);
	assert_true(pool.paused);
	assert_int_equal(pools_get(to, "line", &lone), 1);
	assert_int_equal(lone.slots, 1);
	assert_false(lone.paused);
}

/* ---- changes ---- */

static void
count_pause(void *arg, const struct pause *pause)
{
	(void)pause;
	++*(int *)arg;
}

static void
change(int64_t id, const char *field, const char *text)
{
	struct jobs_change why = { wall_now(), "test", "set" };
	struct fault f;
	struct job job;

	assert_int_equal(jobs_get(from, id, &job), 1);
	assert_int_equal(
	    job_set(&job, (enum job_field)job_field_find(field), text, &f),
	    ERR_NONE);
	assert_int_equal(jobs_set(from, &job, &why), 0);
	job_fini(&job);
}

static void
take_away(int64_t id)
{
	struct jobs_change why = { wall_now(), "test", "removed" };
	struct job job;

	assert_int_equal(jobs_get(from, id, &job), 1);
	assert_int_equal(jobs_drop(from, &job, &why), 0);
	job_fini(&job);
}

static void
keep(struct snapshot *s)
{
	assert_int_equal(snapshot_keep(s, from, false), 0);
}

static struct snapshot *
begin(void)
{
	struct snapshot *s = snapshot_new(path);

	assert_int_equal(meta_put(from, "instance", "a-life"), 0);
	keep(s);
	return s;
}

static off_t
size_of(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 ? st.st_size : -1;
}

static const char *
changes(void)
{
	static char name[128];

	snprintf(name, sizeof name, "%s.changes", path);
	return name;
}

/* What is in both files is what is in the database. */
static void
all_comes_back(int64_t count)
{
	struct snapshot_found found;
	struct job job;

	assert_int_equal(snapshot_read(to, path, &found), 0);
	assert_int_equal(found.jobs, count);
	assert_int_equal(jobs_count(to), jobs_count(from));
	assert_int_equal(jobs_count(to), count);
	for (int64_t id = 1; id < 20; id++)
		if (jobs_get(from, id, &job) == 1) {
			job_fini(&job);
			is_as_it_was(id);
		}
}

static void
what_changes_is_appended(void **state)
{
	struct snapshot *s;
	off_t size;

	(void)state;
	for (int i = 0; i < 5; i++)
		add((const char *[]) { "a", "b", "c", "d", "e" }[i], "true");
	s = begin();
	size = size_of(path);
	change(2, "command", "echo two");
	take_away(3);
	add("f", "echo f");
	keep(s);
	assert_int_equal(size_of(path), size);
	all_comes_back(5);
	change(2, "command", "echo again");
	take_away(6);
	keep(s);
	assert_int_equal(size_of(path), size);
	all_comes_back(4);
	snapshot_free(s);
}

/* The name that a job gives up goes to another, in one part. */
static void
names_change_hands(void **state)
{
	struct snapshot *s;

	(void)state;
	add("one", "true");
	add("two", "true");
	s = begin();
	change(2, "name", "between");
	change(1, "name", "two");
	change(2, "name", "one");
	keep(s);
	all_comes_back(2);
	take_away(1);
	add("two", "echo another");
	keep(s);
	all_comes_back(2);
	snapshot_free(s);
}

static void
the_next_daemon_goes_on(void **state)
{
	struct snapshot *s;
	off_t size, of_all;

	(void)state;
	add("one", "true");
	s = begin();
	change(1, "command", "echo one");
	keep(s);
	snapshot_free(s);
	size = size_of(changes());
	of_all = size_of(path);
	s = snapshot_new(path);
	add("two", "true");
	keep(s);
	assert_true(size_of(changes()) > size);
	assert_int_equal(size_of(path), of_all);
	all_comes_back(2);
	snapshot_free(s);
}

/* Wherever the writing of a part was cut off, what was before counts. */
static void
half_a_part_does_not_count(void **state)
{
	struct snapshot *s;
	off_t first, last;

	(void)state;
	add("one", "true");
	s = begin();
	add("two", "true");
	keep(s);
	first = size_of(changes());
	add("three", "true");
	take_away(1);
	keep(s);
	last = size_of(changes());
	snapshot_free(s);
	for (off_t at = last - 1; at >= first; at--) {
		struct snapshot_found found;

		assert_int_equal(truncate(changes(), at), 0);
		assert_int_equal(snapshot_read(to, path, &found), 0);
		assert_int_equal(found.jobs, 2);
		assert_int_equal(jobs_count(to), 2);
	}
	assert_int_equal(truncate(changes(), first + 7), 0);
	s = snapshot_new(path);
	keep(s);
	all_comes_back(2);
	snapshot_free(s);
}

/* As where all stopped between the one rename and the other. */
static void
old_changes_do_no_harm_to_a_new_snapshot(void **state)
{
	struct snapshot *s;

	(void)state;
	add("one", "true");
	add("two", "true");
	s = begin();
	change(1, "command", "echo once");
	take_away(2);
	keep(s);
	change(1, "command", "echo twice");
	add("three", "true");
	assert_int_equal(snapshot_write(from, path), 2);
	all_comes_back(2);
	snapshot_free(s);
}

static void
changes_of_another_life_are_not_read(void **state)
{
	struct snapshot *s;

	(void)state;
	add("one", "true");
	s = begin();
	add("two", "true");
	keep(s);
	assert_int_equal(meta_put(from, "instance", "another"), 0);
	take_away(2);
	assert_int_equal(snapshot_write(from, path), 1);
	all_comes_back(1);
	add("three", "true");
	keep(s);
	all_comes_back(2);
	snapshot_free(s);
}

/* What is written for many changes is in proportion to them and to the jobs. */
static void
changes_are_folded_when_they_are_as_long_as_all(void **state)
{
	struct snapshot *s;
	char text[4001];
	off_t most = 0;
	int folds = 0;

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (int i = 0; i < 5; i++)
		add((const char *[]) { "a", "b", "c", "d", "e" }[i], "true");
	s = begin();
	for (int i = 0; i < 200; i++) {
		off_t before = size_of(changes());

		text[i] = 'y';
		change(i % 5 + 1, "command", text);
		keep(s);
		if (size_of(changes()) > most)
			most = size_of(changes());
		folds += size_of(changes()) < before;
	}
	assert_in_range(folds, 2, 5);
	assert_true(most < 300000);
	all_comes_back(5);
	snapshot_free(s);
}

static void
pauses_and_pools_are_as_they_were_last(void **state)
{
	struct pause pause = { .job = 1, .uid = 1000 };
	struct snapshot_found found;
	struct snapshot *s;
	struct pool pool;
	int count = 0;

	(void)state;
	add("one", "true");
	pool_init(&pool, "first");
	assert_int_equal(pools_put(from, &pool), 0);
	s = begin();
	assert_int_equal(pools_drop(from, "first"), 0);
	pool_init(&pool, "second");
	assert_int_equal(pools_put(from, &pool), 0);
	pause.until = wall_add(wall_now(), HOUR_US);
	assert_int_equal(pauses_add(from, &pause), 0);
	keep(s);
	assert_int_equal(snapshot_read(to, path, &found), 0);
	assert_int_equal(pools_get(to, "first", &pool), 0);
	assert_int_equal(pools_get(to, "second", &pool), 1);
	pauses_each(to, (wall_t) { 0 }, count_pause, &count);
	assert_int_equal(count, 1);
	snapshot_free(s);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		T(jobs_come_back_as_they_were),
		T(more_than_a_page_of_them_too),
		T(the_largest_job_comes_back),
		T(lines_that_are_none_cost_no_other),
		T(the_highest_run_is_told),
		T(without_a_file_nothing_changes),
		T(a_file_that_cannot_be_written_changes_nothing),
		T(pools_come_back),
		T(what_changes_is_appended),
		T(names_change_hands),
		T(the_next_daemon_goes_on),
		T(half_a_part_does_not_count),
		T(old_changes_do_no_harm_to_a_new_snapshot),
		T(changes_of_another_life_are_not_read),
		T(changes_are_folded_when_they_are_as_long_as_all),
		T(pauses_and_pools_are_as_they_were_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
