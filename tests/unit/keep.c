/* What is remembered of runs, and that no more is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "crash_only.h"
#include "cronsd/keep.c"
#include "cronsd/store_out.h"

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct house {
	char dir[64], main[96], out[96], reserve[96];
	struct self self;
	struct keep *keep;
	struct db *db;
	struct conf conf;
	int bad_nth; /* every nth run that is added failed; 0 none */
};

static struct house house;

/* Nobody frees them, as in the daemon; this holds them for leak checkers. */
static struct keep *built[64];
static size_t built_count;

static int
build(void **state)
{
	struct house *h = &house;
	const char *tmp = getenv("TMPDIR");
	enum db_trouble trouble;

	(void)state;
	memset(h, 0, sizeof *h);
	snprintf(h->dir, sizeof h->dir, "%.40s/keep.XXXXXX",
	    tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(h->dir));
	snprintf(h->main, sizeof h->main, "%.63s/main.db", h->dir);
	snprintf(h->out, sizeof h->out, "%.63s/out.db", h->dir);
	snprintf(h->reserve, sizeof h->reserve, "%.63s/reserve", h->dir);
	h->self.state_dir = h->dir;
	h->self.spool_fd = open(h->dir, O_RDONLY | O_DIRECTORY);
	h->self.next_run = 1;
	conf_init(&h->conf);
	h->conf.keep_bytes = 1 << 20;
	h->db = db_open(h->main, DB_MAIN, false, &trouble);
	assert_non_null(h->db);
	struct loop *loop = loop_new();
	struct work *work = work_new(loop);
	h->keep = keep_new(&(struct keep_needs) { .self = &h->self,
	    .conf = &h->conf,
	    .loop = loop,
	    .work = work,
	    .commit = commit_new(h->db, h->reserve),
	    .ingest = ingest_new(&(struct ingest_needs) { .self = &h->self,
		.work = work,
		.conf = &h->conf,
		.out_path = h->out,
		.main_path = h->main }),
	    .main_path = h->main,
	    .db = h->db });
	assert_true(built_count < sizeof built / sizeof built[0]);
	built[built_count++] = h->keep;
	return 0;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	work_stop(house.keep->on.work, 10);
	conf_fini(&house.conf);
	ingest_stop(house.keep->on.ingest);
	commit_free(house.keep->on.commit);
	close(house.self.spool_fd);
	snprintf(command, sizeof command, "rm -rf '%s'", house.dir);
	return system(command);
}

static int64_t
add_job(const char *name, int64_t keep_runs, int64_t keep_days)
{
	struct db *db = commit_db(house.keep->on.commit);
	struct jobs_change why = { wall_now(), "test", "added" };
	struct fault f;
	struct job job;

	job_init(&job);
	job_set(&job, JOB_name, name, &f);
	job_set(&job, JOB_schedule, "@hourly", &f);
	job_set(&job, JOB_command, "true", &f);
	job.value[JOB_keep_runs].number = keep_runs;
	job.value[JOB_keep_days].number = keep_days;
	assert_int_equal(jobs_add(db, &job, &why), 0);
	int64_t id = job.id;
	job_fini(&job);
	return id;
}

/* `count` runs, an hour apart, the newest `ago` hours ago; the first is live
 * if asked for. */
static void
add_runs(int64_t job, int count, int ago, bool live)
{
	struct db *db = commit_db(house.keep->on.commit);
	int64_t now = wall_now().us;

	for (int i = 0; i < count; i++) {
		struct run_row row;

		run_row_init(&row);
		row.id = house.self.next_run++;
		row.job = job;
		row.slot = row.at = now - (ago + count - i) * HOUR_US;
		row.end = row.slot + SECOND_US;
		row.result = live && i == 0 ? RESULT_NONE : RESULT_OK;
		if (house.bad_nth > 0 && row.id % house.bad_nth == 0)
			row.result = RESULT_FAIL;
		assert_int_equal(runs_add(db, &row), 1);
	}
	commit_seal(house.keep->on.commit);
}

struct tally {
	int count, live;
	int64_t oldest, newest; /* ids */
};

static bool
count_run(void *arg, const struct run_row *row)
{
	struct tally *t = arg;

	if (t->count++ == 0)
		t->newest = row->id;
	t->oldest = row->id;
	t->live += row->result == RESULT_NONE;
	return true;
}

static struct tally
runs_of(int64_t job)
{
	struct runs_want want = { .job = job, .uid = -1,
		.before = INT64_MAX, .before_slot = INT64_MAX, .most = 100000 };
	struct tally t = { 0 };

	assert_int_equal(runs_each(house.db, &want, count_run, &t), 0);
	return t;
}

/* The timers' part, and turns until nothing is left to do; how many. */
static int
turn(void)
{
	int n = 1;

	while (keep_turn(house.keep, false)) {
		commit_seal(house.keep->on.commit);
		assert_true(n++ < 1000);
	}
	commit_seal(house.keep->on.commit);
	return n;
}

static void
the_newest_runs_are_kept(void **state)
{
	int64_t job = add_job("job", 5, 3650);
	int64_t other = add_job("other", 5, 3650);

	(void)state;
	add_runs(job, 100, 0, false);
	add_runs(other, 5, 0, false);
	keep_ended(house.keep, job);
	keep_ended(house.keep, other);
	assert_int_equal(turn(), 1); /* not before a minute has passed */
	assert_int_equal(runs_of(job).count, 100);
	on_look(house.keep);
	turn();
	assert_int_equal(runs_of(job).count, 5);
	assert_int_equal(runs_of(job).oldest, 96);
	assert_int_equal(runs_of(other).count, 5);
}

static void
many_at_once_go_in_pieces(void **state)
{
	int64_t job = add_job("job", 10, 3650);

	(void)state;
	add_runs(job, 3 * ROWS_A_JOB, 0, false);
	keep_ended(house.keep, job);
	on_look(house.keep);
	assert_true(turn() < 10);
	assert_int_equal(runs_of(job).count, 10);
}

static void
old_runs_go(void **state)
{
	int64_t job = add_job("job", 1000, 2);

	(void)state;
	add_runs(job, 100, 0, false);
	on_day(house.keep);
	turn();
	assert_in_range(runs_of(job).count, 46, 48);
}

static void
a_live_run_stays(void **state)
{
	int64_t job = add_job("job", 3, 1);

	(void)state;
	add_runs(job, 50, 48, true);
	on_day(house.keep);
	turn();
	assert_int_equal(runs_of(job).count, 1);
	assert_int_equal(runs_of(job).live, 1);
}

static void
runs_of_removed_jobs_go_later(void **state)
{
	int64_t job = add_job("job", 1000, 1);

	(void)state;
	add_runs(job + 7, 100, ORPHAN_DAYS * 24 + 10, false);
	add_runs(job + 8, 100, 10, false);
	on_day(house.keep);
	turn();
	assert_int_equal(runs_of(job + 7).count, 0);
	assert_int_equal(runs_of(job + 8).count, 100);
}

static void
run_ids_never_return(void **state)
{
	int64_t job = add_job("job", 1000, 1);

	(void)state;
	add_runs(job, 100, 48, false);
	assert_int_equal(runs_max_id(house.db), 100);
	on_day(house.keep);
	turn();
	assert_int_equal(runs_of(job).count, 0);
	assert_int_equal(runs_max_id(house.db), 100);
}

static void
set_field(int64_t id, enum job_field field, const char *text)
{
	struct db *db = commit_db(house.keep->on.commit);
	struct jobs_change why = { wall_now(), "test", "changed" };
	struct fault f;
	struct job job;

	assert_int_equal(jobs_get(db, id, &job), 1);
	assert_int_equal(job_set(&job, field, text, &f), ERR_NONE);
	assert_int_equal(jobs_set(db, &job, &why), 0);
	job_fini(&job);
	commit_seal(house.keep->on.commit);
}

static void
failed_runs_are_kept_longer(void **state)
{
	int64_t job = add_job("job", 5, 3650);

	(void)state;
	house.bad_nth = 10;
	add_runs(job, 100, 0, false);
	set_field(job, JOB_keep_failed, "4");
	on_day(house.keep);
	turn();
	/* 96 to 100, of which 100 failed, and 70, 80, 90. */
	assert_int_equal(runs_of(job).count, 8);
	assert_int_equal(runs_of(job).oldest, 70);
	set_field(job, JOB_keep_failed_days, "1");
	on_day(house.keep);
	turn();
	assert_int_equal(runs_of(job).oldest, 80);
	set_field(job, JOB_keep_failed, "0");
	on_day(house.keep);
	turn();
	assert_int_equal(runs_of(job).count, 5);
}

static void
pinned_runs_stay(void **state)
{
	int64_t job = add_job("job", 5, 1);
	struct run_row row;

	(void)state;
	add_runs(job, 100, 48, false);
	add_runs(job + 7, 10, ORPHAN_DAYS * 24 + 10, false);
	for (int64_t id = 3; id < 110; id += 50) {
		assert_int_equal(runs_get(house.db, id, &row), 1);
		assert_int_equal(runs_pin(house.db, &row, 1), 0);
	}
	assert_int_equal(runs_count_pins(house.db, 0), 3);
	on_day(house.keep);
	turn();
	assert_int_equal(runs_of(job).count, 2);
	assert_int_equal(runs_of(job).oldest, 3);
	assert_int_equal(runs_of(job + 7).count, 1);
	assert_int_equal(runs_unpin(house.db, 3), 0);
	on_day(house.keep);
	turn();
	assert_int_equal(runs_of(job).oldest, 53);
}

/* Output of ten runs of that job, a thousand bytes each or so. */
static void
add_output(int64_t job)
{
	enum db_trouble trouble;
	struct db *out = db_open(house.out, DB_OUT, false, &trouble);
	struct buf raw = BUF_EMPTY;
	uint32_t random = 1;

	assert_non_null(out);
	while (raw.len < 1000) {
		random = random * 1664525 + 1013904223;
		buf_putc(&raw, (char)(random >> 24));
	}
	for (int64_t run = 1; run <= 10; run++) {
		struct out_chunk chunk = { .run = run };
		struct out_held held = { .run = run, .job = job };

		assert_int_equal(out_put(out, &chunk, &raw), 0);
		assert_int_equal(out_hold(out, &held), 0);
	}
	buf_fini(&raw);
	db_close(out);
}

static int64_t
runs_with_output(void)
{
	enum db_trouble trouble;
	struct db *out = db_open(house.out, DB_OUT, true, &trouble);
	struct out_usage usage = { 0 };

	assert_non_null(out);
	assert_int_equal(out_usage(out, 0, &usage), 0);
	db_close(out);
	return usage.runs;
}

static void
a_jobs_own_limit_of_bytes_is_applied(void **state)
{
	int64_t job = add_job("job", 1000, 3650);

	(void)state;
	add_runs(job, 10, 0, false);
	add_output(job);
	set_field(job, JOB_keep_bytes, "4k");
	keep_ended(house.keep, job);
	on_look(house.keep);
	turn();
	work_stop(house.keep->on.work, 20); /* it has done what is queued */
	assert_int_equal(runs_with_output(), 4);
	assert_int_equal(runs_of(job).count, 10);
}

static void
count_now(void)
{
	struct keep *k = house.keep;

	k->counted.most = k->on.conf->keep_runs;
	k->counted.most_of_uid = k->on.conf->keep_runs_per_uid;
	count_runs(k);
	on_counted(k);
	turn();
}

static void
jobs_that_have_most_give_for_all(void **state)
{
	int64_t some = add_job("some", 1000, 3650);
	int64_t many = add_job("many", 1000, 3650);
	int64_t more = add_job("more", 1000, 3650);

	(void)state;
	add_runs(some, 20, 0, false);
	add_runs(many, 200, 0, false);
	add_runs(more, 300, 0, false);
	count_now();
	assert_int_equal(runs_of(more).count, 300);
	house.conf.keep_runs = 120;
	count_now();
	assert_int_equal(runs_of(some).count, 20);
	assert_int_equal(runs_of(many).count, 50);
	assert_int_equal(runs_of(more).count, 50);
	house.conf.keep_runs = 0;
	house.conf.keep_runs_per_uid = 30;
	count_now();
	assert_int_equal(runs_of(some).count, 10);
	assert_int_equal(runs_of(many).count, 10);
	house.conf.keep_days = 1;
	on_day(house.keep);
	turn();
	house.conf.keep_runs_per_uid = 0;
	count_now(); /* and the limit is gone */
	add_runs(some, 20, 0, false);
	on_day(house.keep);
	turn();
	assert_in_range(runs_of(some).count, 22, 30);
}

static void
a_level_is_the_highest_that_fits(void **state)
{
	int64_t counts[] = { 100, 1, 50, 7 };

	(void)state;
	assert_int_equal(keep_level(counts, 4, 158), INT64_MAX);
	assert_int_equal(keep_level(counts, 4, 157), 99);
	assert_int_equal(keep_level(counts, 4, 30), 11);
	assert_int_equal(keep_level(counts, 4, 3), 0);
	assert_int_equal(keep_level(counts, 0, 3), INT64_MAX);
}

/* More jobs than are noted one by one: a walk finds them. */
static void
no_job_is_overlooked(void **state)
{
	int64_t first = 0, last = 0;
	char name[32];

	(void)state;
	for (int i = 0; i < MOST_NOTED + 10; i++) {
		snprintf(name, sizeof name, "job%d", i);
		last = add_job(name, 1, 3650);
		if (i == 0)
			first = last;
	}
	add_runs(first, 3, 0, false);
	add_runs(last, 3, 0, false);
	for (int64_t job = first; job <= last; job++)
		keep_ended(house.keep, job);
	turn();
	assert_int_equal(runs_of(first).count, 1);
	assert_int_equal(runs_of(last).count, 1);
}

/* Fills main.db's log beyond what asks for a checkpoint. */
static void
fill_log(void)
{
	while (db_log_pages(house.db) < LOG_PAGES)
		add_runs(1, 2000, 0, false);
}

static void
a_long_log_that_does_not_grow_is_checkpointed_once(void **state)
{
	struct keep *k = house.keep;

	(void)state;
	fill_log();
	keep_turn(k, false);
	assert_true(k->checkpointing);
	on_checkpointed(k); /* as the loop does when it is done */
	for (int i = 0; i < 3; i++) {
		keep_turn(k, false);
		assert_false(k->checkpointing);
	}
	add_runs(1, 1, 0, false);
	k->checkpoint_again = mono_now();
	keep_turn(k, false);
	assert_true(k->checkpointing || db_log_pages(house.db) < LOG_PAGES);
}

static void
while_jobs_are_due_nothing_is_looked_through(void **state)
{
	struct keep *k = house.keep;
	int64_t job = add_job("job", 1, 3650);

	(void)state;
	add_runs(job, 3, 0, false);
	keep_ended(k, job);
	loop_timer_stop(k->on.loop, &k->look);
	k->noted_due = true;
	assert_false(keep_turn(k, true));
	assert_true(k->look.armed);
	assert_int_equal(runs_of(job).count, 3);
	turn();
	assert_int_equal(runs_of(job).count, 1);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, build, tear_down)
	static const struct CMUnitTest tests[] = {
		T(the_newest_runs_are_kept),
		T(many_at_once_go_in_pieces),
		T(old_runs_go),
		T(a_live_run_stays),
		T(runs_of_removed_jobs_go_later),
		T(run_ids_never_return),
		T(failed_runs_are_kept_longer),
		T(pinned_runs_stay),
		T(a_jobs_own_limit_of_bytes_is_applied),
		T(jobs_that_have_most_give_for_all),
		T(a_level_is_the_highest_that_fits),
		T(no_job_is_overlooked),
		T(while_jobs_are_due_nothing_is_looked_through),
		T(a_long_log_that_does_not_grow_is_checkpointed_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
