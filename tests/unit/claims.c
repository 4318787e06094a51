/* Claims beside the database: what counts after which write, and what not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cronsd/claims.h"
#include "cronsd/spool.h"
#include "cronsd/store_runs.h"

#include <cmocka.h>

#define ROOM (CLAIMS_BYTES / SPOOL_RECORD_MAX - 1)

struct fixture {
	char path[64];
	int dir;
	struct claims *claims;
};

/* What claims_each says, in order. */
struct seen {
	int count;
	int64_t run[16];
	bool same_life;
	struct run_row last;
	char instance[17];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	strcpy(f->path, "/tmp/claims.XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->dir = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->claims = claims_new(f->dir, "life one");
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	claims_free(f->claims);
	unlinkat(f->dir, ".claims", 0);
	close(f->dir);
	assert_int_equal(rmdir(f->path), 0);
	free(f);
	return 0;
}

/* Another daemon looks at the file. */
static void
start_again(struct fixture *f, const char *life)
{
	claims_free(f->claims);
	f->claims = claims_new(f->dir, life);
}

static void
see(void *arg, const struct claim *claim)
{
	struct seen *seen = arg;

	if (seen->count < 16)
		seen->run[seen->count] = claim->row->id;
	seen->count++;
	seen->same_life = claim->same_life;
	seen->last = *claim->row;
	strcpy(seen->instance, claim->instance);
}

static struct seen
look(struct fixture *f)
{
	struct seen seen = { 0 };

	claims_each(f->claims, see, &seen);
	return seen;
}

static struct run_row
row_of(int64_t id)
{
	struct run_row row;

	run_row_init(&row);
	row.id = id;
	row.job = 7;
	row.uid = 1000;
	row.slot = 1795281311453222;
	row.at = row.slot + 5;
	row.lap = 3;
	row.cause = CAUSE_CATCHUP;
	row.slots = 4;
	row.slot_to = row.slot + 3000000;
	return row;
}

static int
add(struct fixture *f, int64_t first, int count)
{
	struct run_row rows[64];

	for (int i = 0; i < count; i++)
		rows[i] = row_of(first + i);
	return claims_add(f->claims, "abcd1234", rows, count);
}

/* Writes over a record's middle, as a write that was cut short would. */
static void
tear(struct fixture *f, int nth)
{
	int fd = openat(f->dir, ".claims", O_WRONLY | O_CLOEXEC);

	assert_int_equal(
	    pwrite(fd, "?", 1, (off_t)nth * SPOOL_RECORD_MAX + 12), 1);
	close(fd);
}

static void
a_claim_is_read_as_it_was_added(void **state)
{
	struct fixture *f = *state;
	struct run_row row = row_of(12);
	struct seen seen;

	assert_int_equal(claims_room(f->claims), ROOM);
	assert_int_equal(add(f, 12, 1), 0);
	start_again(f, "life one");
	seen = look(f);
	assert_int_equal(seen.count, 1);
	assert_true(seen.same_life);
	assert_string_equal(seen.instance, "abcd1234");
	assert_int_equal(seen.last.id, row.id);
	assert_int_equal(seen.last.job, row.job);
	assert_int_equal(seen.last.uid, row.uid);
	assert_int_equal(seen.last.slot, row.slot);
	assert_int_equal(seen.last.at, row.at);
	assert_int_equal(seen.last.lap, row.lap);
	assert_int_equal(seen.last.cause, row.cause);
	assert_int_equal(seen.last.slots, row.slots);
	assert_int_equal(seen.last.slot_to, row.slot_to);
	assert_int_equal(seen.last.fence, 1);
	assert_int_equal(seen.last.result, RESULT_NONE);
}

static void
a_claim_of_another_life_of_the_host_is_told_apart(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add(f, 1, 1), 0);
	start_again(f, "life two");
	assert_int_equal(look(f).count, 1);
	assert_false(look(f).same_life);
}

static void
what_is_cleared_does_not_come_back(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add(f, 1, 3), 0);
	assert_int_equal(claims_clear(f->claims), 0);
	assert_int_equal(look(f).count, 0);
	start_again(f, "life one");
	assert_int_equal(look(f).count, 0);
	assert_int_equal(claims_room(f->claims), ROOM);
	assert_int_equal(add(f, 9, 1), 0);
	start_again(f, "life one");
	assert_int_equal(look(f).count, 1);
	assert_int_equal(look(f).run[0], 9);
}

static void
a_torn_claim_was_never_added_and_those_before_it_were(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add(f, 1, 3), 0);
	tear(f, 3);
	start_again(f, "life one");
	assert_int_equal(look(f).count, 2);
	assert_int_equal(add(f, 8, 1), 0);
	start_again(f, "life one");
	assert_int_equal(look(f).count, 3);
	assert_int_equal(look(f).run[2], 8);
}

static void
with_a_torn_head_the_newest_claims_count(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add(f, 1, 2), 0);
	assert_int_equal(claims_clear(f->claims), 0);
	assert_int_equal(add(f, 5, 1), 0);
	tear(f, 0);
	start_again(f, "life one");
	assert_int_equal(look(f).count, 1);
	assert_int_equal(look(f).run[0], 5);
}

static void
a_full_file_says_no_and_keeps_what_it_has(void **state)
{
	struct fixture *f = *state;
	int64_t id = 1;

	while (claims_room(f->claims) >= 64) {
		assert_int_equal(add(f, id, 64), 0);
		id += 64;
	}
	assert_int_equal(add(f, id, 64), -1);
	assert_int_equal(add(f, id, claims_room(f->claims)), 0);
	assert_int_equal(claims_room(f->claims), 0);
	assert_int_equal(add(f, id, 1), -1);
	start_again(f, "life one");
	assert_int_equal(look(f).count, ROOM);
}

static void
without_its_file_nothing_is_claimed_until_it_can_be_made(void **state)
{
	struct fixture *f = *state;

	unlinkat(f->dir, ".claims", 0);
	mkdirat(f->dir, ".claims", 0700);
	start_again(f, "life one");
	assert_int_equal(claims_room(f->claims), 0);
	assert_int_equal(add(f, 1, 1), -1);
	assert_int_equal(claims_clear(f->claims), -1);
	unlinkat(f->dir, ".claims", AT_REMOVEDIR);
	assert_int_equal(claims_clear(f->claims), 0);
	assert_int_equal(add(f, 1, 1), 0);
	assert_int_equal(look(f).count, 1);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_claim_is_read_as_it_was_added),
		T(a_claim_of_another_life_of_the_host_is_told_apart),
		T(what_is_cleared_does_not_come_back),
		T(a_torn_claim_was_never_added_and_those_before_it_were),
		T(with_a_torn_head_the_newest_claims_count),
		T(a_full_file_says_no_and_keeps_what_it_has),
		T(without_its_file_nothing_is_claimed_until_it_can_be_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
