/* The run file: names, words, records, locks, tombstones, the pool. */
#include "spool_fixture.h"

/* ---- names ---- */

static void
names_are_printed_and_parsed(void **unused)
{
	char name[SPOOL_NAME_MAX], instance[17];
	uint32_t fence;
	int64_t run;

	(void)unused;
	spool_name(name, "k3x9", 812, 4294967295u);
	assert_string_equal(name, "k3x9-812.4294967295");
	assert_true(spool_parse_name(name, instance, &run, &fence));
	assert_string_equal(instance, "k3x9");
	assert_int_equal(run, 812);
	assert_int_equal(fence, 4294967295u);
	spool_name(name, "ABCDEFGHIJKLMNOP", INT64_MAX, 0);
	assert_true(spool_parse_name(name, instance, &run, &fence));
	assert_int_equal(run, INT64_MAX);
}

static void
other_names_are_no_run_files(void **unused)
{
	static const char *const names[] = { "", "-1.1", "a-1", "a-1.", "a-.1",
		"a-1.1x", "a-1.1.1", ".pool-1", ".tmp-a-1.1", "news.sock",
		"a-01.1", "a-1.01", "a--1.1", "a-+1.1", "a-1.4294967296",
		"a-9223372036854775808.1", "ABCDEFGHIJKLMNOPQ-1.1", "a/b-1.1",
		"..-1.1", "a-1.1\n", "a -1.1", "a-1.-1" };
	char instance[17];
	uint32_t fence;
	int64_t run;

	(void)unused;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (spool_parse_name(names[i], instance, &run, &fence))
			fail_msg("taken for a run file: %s", names[i]);
}

/* ---- words ---- */

static void
values_are_found_by_whole_keys(void **unused)
{
	const char *block = "EXIT code=3 xsig=9 sig=-15\nuser=bob\nempty=\n";
	char value[8];

	(void)unused;
	assert_int_equal(spool_number(block, "code", -1), 3);
	assert_int_equal(spool_number(block, "sig", -1), -15);
	assert_int_equal(spool_number(block, "ode", -7), -7);
	assert_int_equal(spool_number(block, "user", -7), -7);
	assert_int_equal(spool_number(block, "empty", -7), -7);
	assert_int_equal(spool_number(block, "EXIT", -7), -7);
	assert_int_equal(spool_number("", "code", -7), -7);
	assert_int_equal(
	    spool_number("n=99999999999999999999", "n", -7), -7);
	assert_int_equal(spool_value(block, "user", value, sizeof value), 3);
	assert_string_equal(value, "bob");
	assert_int_equal(spool_value(block, "empty", value, sizeof value), 0);
	assert_int_equal(spool_value(block, "nobody", value, 8), -1);
	assert_int_equal(spool_value("k=abcdefghijk", "k", value, 4), 3);
	assert_string_equal(value, "abc");
}

static void
numbers_are_put_as_they_are(void **unused)
{
	static const int64_t numbers[]
	    = { 0, -1, 9, 10, INT64_MAX, INT64_MIN, 1700000000000000 };
	char text[64], expected[64];

	(void)unused;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		struct spool_text out = spool_text(text, sizeof text);

		spool_put_number(&out, numbers[i]);
		snprintf(expected, sizeof expected, "%lld",
		    (long long)numbers[i]);
		assert_string_equal(text, expected);
	}
}

static void
text_that_does_not_fit_is_cut(void **unused)
{
	char room[8];
	struct spool_text text = spool_text(room, sizeof room);

	(void)unused;
	spool_put(&text, "12345");
	spool_put(&text, "6789");
	assert_string_equal(room, "1234567");
	spool_put(&text, "x");
	assert_int_equal(text.len, 7);
}

static void
the_checksum_is_the_common_crc_32(void **unused)
{
	(void)unused;
	assert_int_equal(spool_crc("123456789", 9), 0xcbf43926);
	assert_int_equal(spool_crc("", 0), 0);
}

static void
stages_have_words(void **unused)
{
	(void)unused;
	assert_string_equal(stage_words(STAGE_CHDIR),
	    "entering the working directory (cwd, or the home)");
	assert_string_equal(stage_words(-1), "");
	assert_string_equal(stage_words(STAGE_COUNT), "");
}

/* ---- records and locks ---- */

static void
records_are_read_back(void **state)
{
	struct fixture *f = *state;
	struct spool_file file;
	const struct shim_exit exit
	    = { .code = 3, .why = WHY_TIMEOUT, .maxrss_kb = 99 };
	int fd;

	open_file(f);
	fd = reopen(f);
	assert_int_equal(spool_read(fd, &file), 0);
	assert_string_equal(file.header, "run=1\nuid=5\n");
	assert_string_equal(file.exit, "");
	assert_string_equal(file.end, "");
	shim_file_add(&f->file, "job=77\n");
	shim_file_exit(&f->file, &exit);
	put(f, 'o', "hello", 5);
	shim_file_end(&f->file, 12345);
	assert_int_equal(spool_read(fd, &file), 0);
	assert_string_equal(file.header, "run=1\nuid=5\njob=77\n");
	assert_int_equal(spool_number(file.exit, "code", -1), 3);
	assert_int_equal(spool_number(file.exit, "maxrss_kb", -1), 99);
	assert_non_null(strstr(file.exit, " why=timeout "));
	assert_int_equal(spool_number(file.end, "end_us", -1), 12345);
	assert_int_equal(spool_number(file.end, "o", -1), 5);
	assert_int_equal(spool_number(file.end, "last", -1), file.size);
	close(fd);
}

static void
any_wrong_byte_makes_a_record_none(void **state)
{
	struct fixture *f = *state;
	struct spool_file file;
	const struct shim_exit exit = { .code = 3 };
	char record[SPOOL_RECORD_MAX], byte;
	size_t len;
	int fd;

	open_file(f);
	fd = reopen(f);
	shim_file_exit(&f->file, &exit);
	assert_true(pread(fd, record, sizeof record, SPOOL_EXIT_AT) > 0);
	len = (size_t)((char *)memchr(record, '\n', sizeof record) + 1
	    - record);
	for (size_t i = 0; i < len; i++) {
		byte = (char)(record[i] ^ 1);
		write_at(fd, &byte, 1, SPOOL_EXIT_AT + i);
		assert_int_equal(spool_read(fd, &file), 0);
		assert_string_equal(file.exit, "");
		write_at(fd, &record[i], 1, SPOOL_EXIT_AT + i);
	}
	for (size_t i = 0; i < len; i++) {
		cut(fd, SPOOL_EXIT_AT + i);
		assert_int_equal(spool_read(fd, &file), 0);
		assert_string_equal(file.exit, "");
		cut(fd, SPOOL_FRAMES_AT);
		write_at(fd, record, len, SPOOL_EXIT_AT);
	}
	assert_int_equal(spool_read(fd, &file), 0);
	assert_int_equal(spool_number(file.exit, "code", -1), 3);
	close(fd);
}

static void
a_held_lock_means_alive(void **state)
{
	struct fixture *f = *state;
	struct spool_file file;
	int fd;

	open_file(f);
	fd = reopen(f);
	assert_true(spool_is_alive(fd));
	assert_int_equal(spool_read(fd, &file), 0);
	assert_true(file.alive);
	shim_file_close(&f->file);
	assert_false(spool_is_alive(fd));
	assert_int_equal(spool_read(fd, &file), 0);
	assert_false(file.alive);
	/* and asking takes nothing away from the next who asks */
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	close(fd);
}

static void
a_tombstone_keeps_the_shim_out_and_the_other_way_round(void **state)
{
	struct fixture *f = *state;
	struct spool_file file;
	int fd;

	assert_int_equal(spool_bury(f->dir, f->name), 0);
	assert_int_equal(spool_bury(f->dir, f->name), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(
	    shim_file_open(&f->file, f->dir, &f->spec, ""), EEXIST);
	assert_int_equal(f->file.fd, -1);
	fd = reopen(f);
	assert_int_equal(spool_read(fd, &file), 0);
	assert_int_equal(file.size, 0);
	assert_false(spool_is_alive(fd));
	close(fd);
	unlinkat(f->dir, f->name, 0);
	open_file(f);
	assert_int_equal(spool_bury(f->dir, f->name), -1);
	assert_int_equal(errno, EEXIST);
}

static void
the_pool_is_filled_and_taken_from(void **state)
{
	struct fixture *f = *state;
	struct making making = { f->dir, f->name, ".tmp-x", "run=1\n" };
	struct spool_file file;
	struct stat status;
	int fd;

	spool_fill_pool(f->dir);
	for (int i = 0; i < SPOOL_POOL; i++) {
		char name[32];

		snprintf(name, sizeof name, ".pool-%d", i);
		assert_int_equal(fstatat(f->dir, name, &status, 0), 0);
		assert_int_equal(status.st_size, SPOOL_FRAMES_AT);
	}
	assert_int_equal(try_way(WAY_POOL, &making, &fd), 0);
	assert_int_equal(spool_read(fd, &file), 0);
	assert_string_equal(file.header, "run=1\n");
	close(fd);
	assert_int_equal(fstatat(f->dir, ".pool-0", &status, 0), -1);
	assert_int_equal(fstatat(f->dir, ".tmp-x", &status, 0), -1);
	assert_int_equal(try_way(WAY_POOL, &making, &fd), EEXIST);
	spool_fill_pool(f->dir);
	assert_int_equal(fstatat(f->dir, ".pool-0", &status, 0), 0);
}

static void
a_file_system_without_nameless_files_will_do(void **state)
{
	struct fixture *f = *state;
	struct making making = { f->dir, f->name, ".tmp-x", "run=1\n" };
	struct stat status;
	int fd, other;

	assert_int_equal(try_way(WAY_NAMED, &making, &fd), 0);
	other = reopen(f);
	assert_true(spool_is_alive(other));
	close(other);
	assert_int_equal(fstatat(f->dir, ".tmp-x", &status, 0), -1);
	close(fd);
	assert_int_equal(try_way(WAY_NAMED, &making, &fd), EEXIST);
	assert_int_equal(fstatat(f->dir, ".tmp-x", &status, 0), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_printed_and_parsed),
		cmocka_unit_test(other_names_are_no_run_files),
		cmocka_unit_test(values_are_found_by_whole_keys),
		cmocka_unit_test(numbers_are_put_as_they_are),
		cmocka_unit_test(text_that_does_not_fit_is_cut),
		cmocka_unit_test(the_checksum_is_the_common_crc_32),
		cmocka_unit_test(stages_have_words),
		WITH(records_are_read_back),
		WITH(any_wrong_byte_makes_a_record_none),
		WITH(a_held_lock_means_alive),
		WITH(a_tombstone_keeps_the_shim_out_and_the_other_way_round),
		WITH(the_pool_is_filled_and_taken_from),
		WITH(a_file_system_without_nameless_files_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
