/* Rows of stored output: whose they are, what goes first, where tails begin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cronsd/ingest.c"

#include <cmocka.h>

#include <stdio.h>

struct house {
	char dir[64], out[96], main[96];
	struct conf conf;
	struct db *main_db;
	struct ingest g;
};

static int
build(void **state)
{
	struct house *h = xcalloc(1, sizeof *h);
	const char *tmp = getenv("TMPDIR");
	enum db_trouble trouble;

	snprintf(h->dir, sizeof h->dir, "%.40s/out.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(h->dir));
	snprintf(h->out, sizeof h->out, "%.63s/out.db", h->dir);
	snprintf(h->main, sizeof h->main, "%.63s/main.db", h->dir);
	conf_init(&h->conf);
	h->g.on.main_path = h->main;
	h->g.most_bytes = h->g.most_of_uid = INT64_MAX;
	h->g.drops = DROPS_A_PASS;
	h->main_db = db_open(h->main, DB_MAIN, false, &trouble);
	h->g.db = db_open(h->out, DB_OUT, false, &trouble);
	assert_non_null(h->main_db);
	assert_non_null(h->g.db);
	*state = h;
	return 0;
}

static int
tear_down(void **state)
{
	struct house *h = *state;
	char command[128];
	int got;

	db_close(h->g.db);
	db_close(h->g.main);
	db_close(h->main_db);
	conf_fini(&h->conf);
	snprintf(command, sizeof command, "rm -rf '%s'", h->dir);
	got = system(command);
	free(h);
	return got;
}

/* A chunk of `len` bytes that do not compress, of a run of that user's job. */
static void
store(struct house *h, struct out_held held, size_t len)
{
	struct out_chunk chunk = { .run = held.run, .at = 1024 };
	struct buf raw = BUF_EMPTY;
	uint32_t random = 1;

	while (raw.len < len) {
		random = random * 1664525 + 1013904223;
		buf_putc(&raw, (char)(random >> 24));
	}
	assert_int_equal(out_put(h->g.db, &chunk, &raw), 0);
	assert_int_equal(out_hold(h->g.db, &held), 0);
	buf_fini(&raw);
}

static struct out_usage
usage_of(struct house *h, int64_t uid)
{
	struct out_usage usage;

	assert_int_equal(out_usage(h->g.db, uid, &usage), 0);
	return usage;
}

/* The sums are those of the rows, whatever happened to these. */
static void
check_sums(struct house *h)
{
	struct db *db = h->g.db;
	struct out_usage all = usage_of(h, -1);
	int64_t runs = 0, uid, bytes;

	for (int64_t run = 0; (run = out_next_held(db, run)) > 0;)
		runs++;
	assert_int_equal(all.runs, runs);
	if (runs == 0)
		assert_int_equal(out_greatest(db, &uid, &bytes), 0);
}

static void
sums_follow_what_is_stored_pinned_and_dropped(void **state)
{
	struct house *h = *state;
	struct out_usage usage;

	store(h, (struct out_held) { 1, 7, 1000, false, false }, 5000);
	store(h, (struct out_held) { 2, 7, 1000, false, true }, 3000);
	store(h, (struct out_held) { 3, 8, 2000, true, false }, 1000);
	/* Stored again after a crash: the same rows, the same sums. */
	store(h, (struct out_held) { 1, 7, 1000, false, false }, 5000);
	usage = usage_of(h, 1000);
	assert_int_equal(usage.runs, 2);
	assert_in_range(usage.bytes, 5000, 5100);
	assert_in_range(usage.pinned, 3000, 3100);
	assert_int_equal(usage_of(h, -1).runs, 3);
	out_set_pinned(h->g.db, 1, true);
	out_set_pinned(h->g.db, 1, true);
	usage = usage_of(h, 1000);
	assert_int_equal(usage.bytes, 0);
	assert_in_range(usage.pinned, 8000, 8200);
	out_set_pinned(h->g.db, 2, false);
	assert_in_range(usage_of(h, 1000).bytes, 3000, 3100);
	check_sums(h);
	for (int64_t run = 1; run <= 3; run++)
		assert_int_equal(out_drop(h->g.db, run), 0);
	assert_int_equal(usage_of(h, 1000).runs, 0);
	assert_int_equal(usage_of(h, -1).pinned, 0);
	check_sums(h);
}

static void
the_greediest_gives_first(void **state)
{
	struct house *h = *state;
	int64_t uid, bytes;

	store(h, (struct out_held) { 1, 7, 1000, false, false }, 2000);
	for (int64_t run = 2; run <= 9; run++)
		store(h,
		    (struct out_held) { run, 8, 2000, run == 2, run == 3 },
		    4000);
	store(h, (struct out_held) { 10, 9, 2000, false, false }, 9000);
	assert_int_equal(out_greatest(h->g.db, &uid, &bytes), 1);
	assert_int_equal(uid, 2000);
	/* The oldest not pinned that did not fail, of the greater job. */
	assert_int_equal(out_first_of(h->g.db, 2000), 4);
	for (int64_t run = 4; run <= 9; run++)
		out_drop(h->g.db, run);
	assert_int_equal(out_first_of(h->g.db, 2000), 10);
	out_drop(h->g.db, 10);
	assert_int_equal(out_first_of(h->g.db, 2000), 2);
}

/* Not who happens to be oldest. */
static void
what_others_have_stays(void **state)
{
	struct house *h = *state;

	for (int64_t run = 1; run <= 10; run++)
		store(h, (struct out_held) { run, 7, 1000, false, false },
		    1000);
	for (int64_t run = 11; run <= 110; run++)
		store(h, (struct out_held) { run, 8, 2000, false, false },
		    5000);
	h->g.most_of_uid = 100000;
	assert_int_equal(make_room(&h->g), 0);
	assert_int_equal(usage_of(h, 1000).runs, 10);
	assert_in_range(usage_of(h, 2000).bytes, 94000, 100000);
	h->g.most_of_uid = INT64_MAX;
	h->g.most_bytes = 200000;
	h->g.drops = DROPS_A_PASS;
	assert_int_equal(make_room(&h->g), 0);
	assert_true(db_size(h->g.db) <= 200000);
	assert_int_equal(usage_of(h, 1000).runs, 10);
	check_sums(h);
}

static void
a_pass_drops_so_many_and_says_that_there_are_more(void **state)
{
	struct house *h = *state;

	for (int64_t run = 1; run <= 40; run++)
		store(h, (struct out_held) { run, 7, 1000, false, false },
		    1000);
	h->g.most_of_uid = 0;
	h->g.drops = 15;
	assert_int_equal(make_room(&h->g), 0);
	assert_true(h->g.more);
	assert_int_equal(usage_of(h, 1000).runs, 25);
	h->g.drops = 26;
	h->g.more = false;
	assert_int_equal(make_room(&h->g), 0);
	assert_false(h->g.more);
	assert_int_equal(usage_of(h, 1000).runs, 0);
}

static void
a_job_has_a_limit_of_its_own(void **state)
{
	struct house *h = *state;
	struct item item = { .what = LIMIT_JOB, .uid = 1000, .job = 7,
		.most_bytes = 5200 };
	struct out_usage usage;

	for (int64_t run = 1; run <= 20; run++)
		store(h,
		    (struct out_held) { run, 7 + run % 2, 1000, false, false },
		    1000);
	assert_int_equal(carry_out(&h->g, &item), 0);
	out_usage_of_job(h->g.db, 1000, 7, &usage);
	assert_int_equal(usage.runs, 5);
	out_usage_of_job(h->g.db, 1000, 8, &usage);
	assert_int_equal(usage.runs, 10);
	assert_int_equal(out_first_of_job(h->g.db, 1000, 7), 12);
}

static void
add_run(struct house *h, int64_t id, bool pinned)
{
	struct run_row row;

	run_row_init(&row);
	row.id = id;
	row.job = 7;
	row.uid = 1000;
	row.slot = row.at = id;
	row.result = RESULT_OK;
	assert_int_equal(runs_add(h->main_db, &row), 1);
	if (pinned)
		assert_int_equal(runs_pin(h->main_db, &row, 1), 0);
}

/* All stopped between the pin's commit and the mark of it in out.db. */
static void
a_pin_that_was_not_heard_of_keeps_all_the_same(void **state)
{
	struct house *h = *state;

	for (int64_t run = 1; run <= 10; run++) {
		add_run(h, run, run == 4);
		store(h, (struct out_held) { run, 7, 1000, false, false },
		    1000);
	}
	h->g.most_of_uid = 0;
	assert_int_equal(make_room(&h->g), 0);
	assert_int_equal(usage_of(h, 1000).runs, 1);
	assert_int_equal(out_next_pinned(h->g.db, 0), 4);
	assert_int_equal(usage_of(h, 1000).bytes, 0);
}

/* And between an unpin's and its mark. */
static void
a_pin_that_went_is_noticed_at_the_next_start(void **state)
{
	struct house *h = *state;

	for (int64_t run = 1; run <= 3; run++) {
		add_run(h, run, run == 2);
		store(h, (struct out_held) { run, 7, 1000, false, true },
		    1000);
	}
	assert_int_equal(look_at_pins(&h->g), 0);
	assert_int_equal(out_next_pinned(h->g.db, 0), 2);
	assert_int_equal(out_next_pinned(h->g.db, 2), 0);
}

/* And between forgetting a run and its output. */
static void
output_of_nobody_goes(void **state)
{
	struct house *h = *state;
	struct item item = { .what = SIFT };

	for (int64_t run = 1; run <= 20; run++) {
		if (run % 2 == 0)
			add_run(h, run, false);
		store(h, (struct out_held) { run, 7, 1000, false, false },
		    100);
	}
	assert_int_equal(carry_out(&h->g, &item), 0);
	assert_int_equal(sift(&h->g), 0);
	assert_false(h->g.sifting);
	assert_int_equal(usage_of(h, 1000).runs, 10);
	assert_int_equal(out_next_held(h->g.db, 0), 2);
}

static void
a_tail_begins_where_enough_lines_of_its_stream_follow(void **state)
{
	struct house *h = *state;
	struct buf raw = BUF_EMPTY;
	struct out_chunk chunk = { .run = 5 };
	struct out_tail tail = { 5, 10, true, true };

	buf_puts(&raw, "frames");
	for (int i = 0; i < 10; i++) {
		chunk.at = 1024 + i * 1000;
		chunk.out_lines = 100;
		chunk.err_lines = i == 3 ? 7 : 0;
		assert_int_equal(out_put(h->g.db, &chunk, &raw), 0);
		chunk.seq++;
	}
	assert_int_equal(out_seq_of_tail(h->g.db, &tail), 9);
	tail.lines = 100; /* the line before must end */
	assert_int_equal(out_seq_of_tail(h->g.db, &tail), 8);
	tail.out = false;
	tail.lines = 5;
	assert_int_equal(out_seq_of_tail(h->g.db, &tail), 3);
	tail.lines = 7;
	assert_int_equal(out_seq_of_tail(h->g.db, &tail), 0);
	assert_int_equal(out_seq_of_place(h->g.db, 5, 1024), 0);
	assert_int_equal(out_seq_of_place(h->g.db, 5, 4024), 3);
	assert_int_equal(out_seq_of_place(h->g.db, 5, 4500), 3);
	assert_int_equal(out_seq_of_place(h->g.db, 5, 1 << 30), 9);
	buf_fini(&raw);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, build, tear_down)
	static const struct CMUnitTest tests[] = {
		T(sums_follow_what_is_stored_pinned_and_dropped),
		T(the_greediest_gives_first),
		T(what_others_have_stays),
		T(a_pass_drops_so_many_and_says_that_there_are_more),
		T(a_job_has_a_limit_of_its_own),
		T(a_pin_that_was_not_heard_of_keeps_all_the_same),
		T(a_pin_that_went_is_noticed_at_the_next_start),
		T(output_of_nobody_goes),
		T(a_tail_begins_where_enough_lines_of_its_stream_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
