/* The run file: names, words, records, locks, frames and gaps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../cronsd/shim_file.h"
#include "../../cronsd/spool.h"
#include "../../cronsd/spool_text.h"

/* The writer belongs to the shim, which the tests do not link. */
#include "../../cronsd/shim_file.c"
#include "../../cronsd/shim_file_put.c"

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
	    "entering the working directory");
	assert_string_equal(stage_words(-1), "");
	assert_string_equal(stage_words(STAGE_COUNT), "");
}

/* ---- a spool of our own ---- */

struct fixture {
	char path[64];
	int dir;
	struct shim_file file;
	struct spec spec; /* with the name "t-1.1" behind it */
	char name[16];
	char room[SPOOL_FRAME_HEAD_MAX + SPOOL_FRAME_MAX + 1];
};

static int
set_up(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct fixture *f = calloc(1, sizeof *f);

	snprintf(f->path, sizeof f->path, "%s/spool.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(f->path) == NULL)
		return -1;
	f->dir = open(f->path, O_RDONLY | O_DIRECTORY);
	f->spec.head = f->spec.tail = 1 << 20;
	f->spec.name_at = offsetof(struct fixture, name)
	    - offsetof(struct fixture, spec);
	strcpy(f->name, "t-1.1");
	f->file.fd = -1;
	*state = f;
	return f->dir == -1 ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];

	shim_file_close(&f->file);
	close(f->dir);
	snprintf(command, sizeof command, "rm -r '%s'", f->path);
	free(f);
	return system(command) == 0 ? 0 : -1;
}

static void
open_file(struct fixture *f)
{
	assert_int_equal(
	    shim_file_open(&f->file, f->dir, &f->spec, "run=1\nuid=5\n"), 0);
}

static void
put(struct fixture *f, char kind, const char *bytes, size_t len)
{
	struct shim_bytes out = { kind, 1700000000000000,
		f->room + SPOOL_FRAME_HEAD_MAX, (uint32_t)len };

	memcpy(out.data, bytes, len);
	shim_file_put(&f->file, &out);
}

/* The file through a description of its own, as the daemon has it. */
static int
reopen(struct fixture *f)
{
	int fd = openat(f->dir, f->name, O_RDWR);

	assert_int_not_equal(fd, -1);
	return fd;
}

static void
write_at(int fd, const void *bytes, size_t len, size_t at)
{
	assert_int_equal(pwrite(fd, bytes, len, (off_t)at), len);
}

static void
cut(int fd, size_t len)
{
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
}

/* ---- records and locks ---- */

static void
records_are_read_back(void **state)
{
	struct fixture *f = *state;
	struct spool_file file;
	char record[SPOOL_RECORD_MAX];
	struct spool_text text = spool_text(record, sizeof record);
	int fd;

	open_file(f);
	fd = reopen(f);
	assert_int_equal(spool_read(fd, &file), 0);
	assert_string_equal(file.header, "run=1\nuid=5\n");
	assert_string_equal(file.exit, "");
	assert_string_equal(file.end, "");
	shim_file_add(&f->file, "job=77\n");
	spool_put(&text, "EXIT code=3");
	shim_file_record(&f->file, SPOOL_EXIT_AT, &text);
	put(f, 'o', "hello", 5);
	shim_file_end(&f->file, 12345);
	assert_int_equal(spool_read(fd, &file), 0);
	assert_string_equal(file.header, "run=1\nuid=5\njob=77\n");
	assert_int_equal(spool_number(file.exit, "code", -1), 3);
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
	char record[SPOOL_RECORD_MAX], byte;
	struct spool_text text = spool_text(record, sizeof record);
	int fd;

	open_file(f);
	fd = reopen(f);
	spool_put(&text, "EXIT code=3 sig=0");
	shim_file_record(&f->file, SPOOL_EXIT_AT, &text);
	for (size_t i = 0; i < text.len; i++) {
		byte = (char)(record[i] ^ 1);
		write_at(fd, &byte, 1, SPOOL_EXIT_AT + i);
		assert_int_equal(spool_read(fd, &file), 0);
		assert_string_equal(file.exit, "");
		write_at(fd, &record[i], 1, SPOOL_EXIT_AT + i);
	}
	for (size_t i = 0; i < text.len; i++) {
		cut(fd, SPOOL_EXIT_AT + i);
		assert_int_equal(spool_read(fd, &file), 0);
		assert_string_equal(file.exit, "");
		cut(fd, SPOOL_FRAMES_AT);
		write_at(fd, record, text.len, SPOOL_EXIT_AT);
	}
	assert_int_equal(spool_read(fd, &file), 0);
	assert_int_equal(spool_number(file.exit, "code", -1), 3);
	close(fd);
}

static void
a_held_lock_means_alive(void **state)
{
	struct fixture *f = *state;
	int fd;

	open_file(f);
	fd = reopen(f);
	assert_true(spool_is_alive(fd));
	assert_true(spool_is_alive(fd));
	shim_file_close(&f->file);
	assert_false(spool_is_alive(fd));
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

/* ---- frames ---- */

static void
frames_come_back_as_they_went_in(void **state)
{
	struct fixture *f = *state;
	static char big[SPOOL_FRAME_MAX];
	struct spool_reader reader;
	struct spool_frame frame;

	memset(big, '\n', sizeof big);
	open_file(f);
	put(f, 'o', "one", 3);
	put(f, 'e', "two\n\0x", 6);
	put(f, 'o', big, sizeof big);
	shim_file_note(&f->file, 5, "a note");
	spool_reader_init(&reader, reopen(f));
	assert_int_equal(spool_next(&reader, &frame), 1);
	assert_int_equal(frame.kind, 'o');
	assert_int_equal(frame.at_us, 1700000000000000);
	assert_int_equal(frame.offset, SPOOL_FRAMES_AT);
	assert_memory_equal(frame.data, "one", 3);
	assert_int_equal(spool_next(&reader, &frame), 1);
	assert_int_equal(frame.kind, 'e');
	assert_int_equal(frame.len, 6);
	assert_memory_equal(frame.data, "two\n\0x", 6);
	assert_int_equal(spool_next(&reader, &frame), 1);
	assert_int_equal(frame.len, sizeof big);
	assert_memory_equal(frame.data, big, sizeof big);
	assert_int_equal(spool_next(&reader, &frame), 1);
	assert_int_equal(frame.kind, 'c');
	assert_memory_equal(frame.data, "a note", 6);
	assert_int_equal(spool_next(&reader, &frame), 0);
	put(f, 'o', "later", 5);
	assert_int_equal(spool_next(&reader, &frame), 1);
	assert_memory_equal(frame.data, "later", 5);
	assert_int_equal(spool_next(&reader, &frame), 0);
	close(reader.fd);
	spool_reader_fini(&reader);
}

static void
an_unfinished_frame_is_the_end_so_far(void **state)
{
	struct fixture *f = *state;
	static const char whole[] = "o 1700000000000000 5\nhello\n";
	struct spool_reader reader;
	struct spool_frame frame;
	int fd;

	open_file(f);
	fd = reopen(f);
	spool_reader_init(&reader, fd);
	for (size_t len = 0; len < sizeof whole - 1; len++) {
		write_at(fd, whole, len, SPOOL_FRAMES_AT);
		assert_int_equal(spool_next(&reader, &frame), 0);
	}
	/* taken back and written otherwise: nothing of the first is kept */
	cut(fd, SPOOL_FRAMES_AT);
	write_at(fd, "e 1 2\nhi\n", 9, SPOOL_FRAMES_AT);
	assert_int_equal(spool_next(&reader, &frame), 1);
	assert_int_equal(frame.kind, 'e');
	assert_int_equal(spool_next(&reader, &frame), 0);
	close(fd);
	spool_reader_fini(&reader);
}

static void
what_is_no_frame_is_said_to_be_none(void **state)
{
	struct fixture *f = *state;
	static const char *const bytes[] = { "x 1 1\na\n", "o 1 1\nab",
		"o -1 1\na\n", "o 1 70000\n", "o1 1\na\n", "o 1 01\na\n",
		"o 1 1 \na\n", "\n\n\n\n",
		"o 111111111111111111111111111111111111111111111111111 1\n" };
	struct spool_reader reader;
	struct spool_frame frame;
	int fd;

	open_file(f);
	fd = reopen(f);
	for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
		cut(fd, SPOOL_FRAMES_AT);
		write_at(fd, bytes[i], strlen(bytes[i]), SPOOL_FRAMES_AT);
		spool_reader_init(&reader, fd);
		if (spool_next(&reader, &frame) != -1 || errno != EBADMSG)
			fail_msg("taken for a frame: %s", bytes[i]);
		spool_reader_fini(&reader);
	}
	close(fd);
}

/* ---- gaps ---- */

/* Writes frames of len bytes until `bytes` were put; numbers them. */
static int64_t
put_many(struct fixture *f, int64_t from, int64_t bytes, size_t len)
{
	char data[SPOOL_FRAME_MAX];

	memset(data, '.', sizeof data);
	for (; bytes > 0; bytes -= (int64_t)len) {
		snprintf(data, sizeof data, "%lld", (long long)from++);
		put(f, from % 3 == 0 ? 'e' : 'o', data, len);
	}
	return from;
}

static void
the_middle_is_gone_and_counted(void **state)
{
	struct fixture *f = *state;
	struct spool_reader reader;
	struct spool_frame frame;
	struct stat status;
	int64_t frames, o = 0, e = 0, seen = 0, number = -1, gone = 0;
	int gaps = 0;

	f->spec.head = 100000;
	f->spec.tail = 200000;
	open_file(f);
	frames = put_many(f, 0, 20000000, 1000);
	shim_file_end(&f->file, 1);
	spool_reader_init(&reader, reopen(f));
	while (spool_next(&reader, &frame) == 1) {
		if (frame.kind == 'g') {
			gone = spool_number(frame.data, "frames", -1);
			o += spool_number(frame.data, "o", -1);
			e += spool_number(frame.data, "e", -1);
			number += gone;
			gaps++;
			continue;
		}
		assert_int_equal(atoll(frame.data), ++number);
		*(frame.kind == 'o' ? &o : &e) += frame.len;
		seen++;
	}
	assert_int_equal(gaps, 1);
	assert_true(gone > 0);
	assert_int_equal(seen + gone, frames);
	assert_int_equal(number, frames - 1);
	assert_int_equal(o, f->file.taken.o);
	assert_int_equal(e, f->file.taken.e);
	assert_int_equal(o + e, 20000000);
	fstat(reader.fd, &status);
	assert_true(status.st_blocks * 512 < 400000);
	assert_true(seen * 1000 < 300000 && seen * 1000 > 280000);
	close(reader.fd);
	spool_reader_fini(&reader);
}

static void
a_slow_reader_is_overtaken_by_the_gap_and_told(void **state)
{
	struct fixture *f = *state;
	struct spool_reader reader;
	struct spool_frame frame;
	int64_t frames, number, before;
	int gaps = 0;

	f->spec.head = 10000;
	f->spec.tail = 10000;
	open_file(f);
	frames = put_many(f, 0, 500000, 100);
	spool_reader_init(&reader, reopen(f));
	for (int i = 0; i < 200; i++) { /* now it stands behind the gap */
		assert_int_equal(spool_next(&reader, &frame), 1);
		gaps += frame.kind == 'g';
	}
	assert_int_equal(gaps, 1);
	before = atoll(frame.data);
	frames = put_many(f, frames, 5000000, 100);
	gaps = 0;
	while (spool_next(&reader, &frame) == 1) {
		if (frame.kind == 'g') {
			gaps++;
			continue;
		}
		number = atoll(frame.data);
		assert_true(number > before);
		if (gaps == 0)
			assert_int_equal(number, before + 1);
		before = number;
	}
	assert_int_equal(gaps, 1);
	assert_int_equal(before, frames - 1);
	close(reader.fd);
	spool_reader_fini(&reader);
}

static void
limits_of_nothing_keep_nothing(void **state)
{
	struct fixture *f = *state;
	struct spool_reader reader;
	struct spool_frame frame;

	f->spec.head = f->spec.tail = 0;
	open_file(f);
	put_many(f, 0, 3000000, 1000);
	shim_file_end(&f->file, 1);
	spool_reader_init(&reader, reopen(f));
	assert_int_equal(spool_next(&reader, &frame), 1);
	assert_int_equal(frame.kind, 'g');
	assert_int_equal(spool_number(frame.data, "o", -1)
		+ spool_number(frame.data, "e", -1),
	    3000000);
	assert_int_equal(spool_next(&reader, &frame), 0);
	close(reader.fd);
	spool_reader_fini(&reader);
}

/* A writer in another process, a reader that races with its holes. */
static void
reading_while_holes_are_punched_sees_only_whole_frames(void **state)
{
	struct fixture *f = *state;
	struct spool_reader reader;
	struct spool_frame frame;
	int64_t before = -1;
	int status, found = 0;
	pid_t pid;

	f->spec.head = f->spec.tail = 3000;
	open_file(f);
	pid = fork();
	if (pid == 0) {
		put_many(f, 0, 60000000, 300);
		_exit(0);
	}
	spool_reader_init(&reader, reopen(f));
	for (bool over = false; !over || found == 1;) {
		if (!over)
			over = waitpid(pid, &status, WNOHANG) == pid;
		found = spool_next(&reader, &frame);
		assert_int_not_equal(found, -1);
		if (found != 1 || frame.kind == 'g')
			continue;
		assert_int_equal(frame.len, 300);
		assert_true(atoll(frame.data) > before);
		before = atoll(frame.data);
	}
	assert_int_equal(status, 0);
	assert_int_equal(before, 199999);
	close(reader.fd);
	spool_reader_fini(&reader);
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
		WITH(frames_come_back_as_they_went_in),
		WITH(an_unfinished_frame_is_the_end_so_far),
		WITH(what_is_no_frame_is_said_to_be_none),
		WITH(the_middle_is_gone_and_counted),
		WITH(a_slow_reader_is_overtaken_by_the_gap_and_told),
		WITH(limits_of_nothing_keep_nothing),
		WITH(reading_while_holes_are_punched_sees_only_whole_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
