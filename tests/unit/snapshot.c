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
#include <unistd.h>

#include "cronsd/db.h"
#include "cronsd/snapshot.h"
#include "cronsd/store_jobs.h"
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
