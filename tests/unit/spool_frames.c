/* The run file's frames and its gap, from the writer to the reader. */
#include "spool_fixture.h"

#include <sys/wait.h>

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
	int64_t head = 0;
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
			number += gone - 1; /* one is half of a frame */
			gaps++;
			continue;
		}
		assert_int_equal(atoll(frame.data), ++number);
		*(frame.kind == 'o' ? &o : &e) += frame.len;
		head += gaps == 0 ? frame.len : 0;
		seen++;
	}
	assert_int_equal(gaps, 1);
	assert_true(gone > 0);
	assert_int_equal(seen + gone, f->file.taken.frames);
	assert_int_equal(seen + gone, frames + 1);
	assert_true(head > 97000 && head < 100000); /* to its last bytes */
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
