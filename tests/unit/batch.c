/* `next --batch`: a line in, a line out, whatever the line is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../share/batch.h"

static char *
answers_to(const char *bytes, size_t len)
{
	FILE *in = fmemopen((void *)(uintptr_t)bytes, len, "r");
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(in);
	batch_next(in, out);
	fclose(in);
	fclose(out);
	return text;
}

static void
expect(const char *question, const char *answer)
{
	char *found = answers_to(question, strlen(question));

	assert_string_equal(found, answer);
	free(found);
}

/* The answer is an error that says all of it. */
static void
expect_error(const char *question, const char *part)
{
	char *found = answers_to(question, strlen(question));

	if (strncmp(found, "ERR: ", 5) != 0 || strstr(found, part) == NULL)
		fail_msg("%s: %s", question, found);
	free(found);
}

static void
instants_are_epoch_seconds(void **unused)
{
	(void)unused;
	expect("debian\t30 4 * * *\tUTC\t0\t2\n", "16200,102600\n");
	expect("cronie\t@daily\tEurope/Berlin\t0\t1\n", "82800\n");
	expect("extended\t0 0 30 2 *\tUTC\t0\t3\n", "NEVER\n");
	expect("extended\t2026-12-24\tUTC\t0\t3\n", "1798070400\n");
	expect("extended\t@reboot\tUTC\t0\t3\n", "NEVER\n");
	expect("extended\t@after 5m\tUTC\t0\t3\n", "NEVER\n");
	expect("debian\t0 0 1 1 *\tUTC\t-31536001\t2\n", "-31536000,0\n");
}

static void
fractions_are_printed_where_there_are_some(void **unused)
{
	(void)unused;
	expect("extended\t@every 250ms\tUTC\t1.5\t3\n", "1.75,2,2.25\n");
	expect("extended\t@every 1500ms\tUTC\t-2\t3\n", "-1.5,0,1.5\n");
	expect("extended\t@every 250ms\tUTC\t-0.5\t3\n", "-0.25,0,0.25\n");
	expect("extended\t*:*:10.25\tUTC\t0\t1\n", "10.25\n");
	expect("calendar\t*:*:10.25\tUTC\t0\t2\n", "10,70\n");
}

static void
a_zone_in_the_text_goes_first(void **unused)
{
	(void)unused;
	expect("calendar\tdaily Asia/Kolkata\tUTC\t0\t1\n", "66600\n");
	expect_error("calendar\tdaily No/Where\tUTC\t0\t1\n", "No/Where");
}

static void
a_bad_line_does_not_stop_it(void **unused)
{
	static const char lines[] = "\n"
				    "debian\n"
				    "vixie\t* * * * *\tUTC\t0\t1\n"
				    "debian\t* * * * *\tUTC\tx\t1\n"
				    "debian\t* * * * *\tUTC\t0\t0\n"
				    "debian\t* * * * *\tUTC\t0\t1\tx\n"
				    "debian\t* * * * *\t../etc\t0\t1\n"
				    "debian\t61 * * * *\tUTC\t0\t1\n"
				    "deb\0ian\t* * * * *\tUTC\t0\t1\n"
				    "debian\t* * * * *\tUTC\t0\t1";
	char *found = answers_to(lines, sizeof lines - 1), *at = found;

	(void)unused;
	for (int i = 0; i < 9; i++) {
		assert_memory_equal(at, "ERR: ", 5);
		at = strchr(at, '\n') + 1;
	}
	assert_string_equal(at, "60\n");
	free(found);
}

static void
an_error_says_where_and_what_to_do(void **unused)
{
	(void)unused;
	expect("debian\t0 22-4 * * *\tUTC\t0\t1\n",
	    "ERR: hour: the range 22-4 is turned round (column 3);"
	    " write 22-23,0-4\n");
	expect_error(
	    "debian\t* * * * *\tUTC\t99999999999999999999\t1\n", "AFTER");
	expect_error("debian\t* * * * *\tUTC\t0\t1000000\n", "COUNT");
}

/* A program on the other end waits for the answer before it goes on. */
static void
each_answer_comes_before_the_next_question(void **unused)
{
	static const char question[] = "debian\t* * * * *\tUTC\t0\t1\n";
	int to[2], from[2], status;
	char answer[16];
	pid_t pid;

	(void)unused;
	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	pid = fork();
	if (pid == 0) {
		FILE *in = fdopen(to[0], "r"), *out = fdopen(from[1], "w");

		close(to[1]);
		close(from[0]);
		alarm(60);
		batch_next(in, out);
		_exit(0);
	}
	close(to[0]);
	close(from[1]);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(write(to[1], question, sizeof question - 1),
		    sizeof question - 1);
		assert_int_equal(read(from[0], answer, sizeof answer), 3);
		assert_memory_equal(answer, "60\n", 3);
	}
	close(to[1]);
	assert_int_equal(read(from[0], answer, sizeof answer), 0);
	close(from[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instants_are_epoch_seconds),
		cmocka_unit_test(fractions_are_printed_where_there_are_some),
		cmocka_unit_test(a_zone_in_the_text_goes_first),
		cmocka_unit_test(a_bad_line_does_not_stop_it),
		cmocka_unit_test(an_error_says_where_and_what_to_do),
		cmocka_unit_test(each_answer_comes_before_the_next_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
