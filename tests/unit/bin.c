/* Run files that are needed no more go, and not while there is no time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cronsd/bin.c"
#include "cronsd/loop.h"

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static struct house {
	char dir[64];
	struct self self;
	struct loop *loop;
	struct work *work;
	struct bin *bin;
	struct house *before; /* its threads may still be about to end */
} *house;

static int
build(void **state)
{
	struct house *h = xcalloc(1, sizeof *h);
	const char *tmp = getenv("TMPDIR");

	(void)state;
	h->before = house;
	house = h;
	snprintf(h->dir, sizeof h->dir, "%.40s/bin.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(h->dir));
	h->self.spool_fd = open(h->dir, O_RDONLY | O_DIRECTORY);
	h->loop = loop_new();
	h->work = work_new(h->loop);
	h->bin = bin_new(&h->self, h->work);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	close(house->self.spool_fd);
	return rmdir(house->dir); /* fails if a file is left */
}

static void
put(int count)
{
	char name[SPOOL_NAME_MAX];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof name, "0123456789abcdef-%d.1", i);
		close(openat(
		    house->self.spool_fd, name, O_CREAT | O_WRONLY, 0600));
		bin_put(house->bin, name);
	}
}

static int
count_files(void)
{
	DIR *dir = opendir(house->dir);
	const struct dirent *entry;
	int n = 0;

	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static bool
on_turn(void *arg)
{
	bin_turn(arg, false);
	if (count_files() == 0 && !house->bin->busy)
		loop_stop(house->loop);
	return false;
}

/* As the daemon does: a turn after each time that a worker is done. */
static void
run_until_empty(void)
{
	loop_each_turn(house->loop, on_turn, house->bin);
	loop_run(house->loop);
}

static void
end(void)
{
	work_stop(house->work, 60);
	bin_free(house->bin);
}

static void
a_few_go_at_once(void **state)
{
	(void)state;
	put(FEW);
	bin_turn(house->bin, false);
	assert_int_equal(count_files(), 0);
	assert_int_equal(work_pending(house->work), 0);
	end();
}

static void
many_go_in_a_worker(void **state)
{
	(void)state;
	put(300);
	run_until_empty();
	end();
	assert_int_equal(count_files(), 0);
}

static void
they_stay_while_there_is_no_time(void **state)
{
	(void)state;
	put(300);
	bin_turn(house->bin, true);
	assert_int_equal(work_pending(house->work), 0);
	assert_int_equal(count_files(), 300);
	run_until_empty();
	end();
	assert_int_equal(count_files(), 0);
}

static void
too_many_do_not_wait(void **state)
{
	(void)state;
	put(MOST_GATHERED);
	bin_turn(house->bin, true);
	assert_true(house->bin->busy);
	run_until_empty();
	end();
}

static void
all_go_at_the_end(void **state)
{
	(void)state;
	put(20);
	bin_turn(house->bin, true);
	end();
	assert_int_equal(count_files(), 0);
}

static void
a_file_that_is_gone_is_no_trouble(void **state)
{
	(void)state;
	bin_put(house->bin, "0123456789abcdef-1.1");
	bin_turn(house->bin, false);
	put(1);
	bin_turn(house->bin, false);
	end();
	assert_int_equal(count_files(), 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, build, tear_down)
	static const struct CMUnitTest tests[] = {
		T(a_few_go_at_once),
		T(many_go_in_a_worker),
		T(they_stay_while_there_is_no_time),
		T(too_many_do_not_wait),
		T(all_go_at_the_end),
		T(a_file_that_is_gone_is_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
