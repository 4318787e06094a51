/*
 * A run file from bytes: records and frames are read or refused, and a reader
 * always gets on or stops. The input is taken once as the whole file, once as
 * a list of edits to a file with records, frames and a gap.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../cronsd/spool.h"
#include "../../cronsd/spool_text.h"

#define EDIT 4 /* bytes: where (2), what (1), rest */

int fuzz_runfile(const uint8_t *data, size_t len);

static int
read_frames(int fd, size_t len)
{
	struct spool_reader reader;
	struct spool_frame frame;
	int64_t before = 0;
	uint32_t sum = 0;
	int found, count = 0;

	spool_reader_init(&reader, fd);
	while ((found = spool_next(&reader, &frame)) == 1) {
		for (uint32_t i = 0; i < frame.len; i++)
			sum += (uint8_t)frame.data[i];
		if (reader.offset <= before || frame.len > SPOOL_FRAME_MAX
		    || strchr("oecg", frame.kind) == NULL)
			abort();
		before = reader.offset;
		count++;
	}
	if (found == -1 && errno != EBADMSG)
		abort();
	if (sum == 1 && len == 0)
		abort(); /* nothing can be read from nothing */
	spool_reader_fini(&reader);
	return count;
}

/* Returns how many frames there are. */
static int
check(const void *bytes, size_t len)
{
	static int fd = -1;
	struct spool_file file;

	if (fd == -1)
		fd = memfd_create("runfile", MFD_CLOEXEC);
	if (ftruncate(fd, 0) == -1 || pwrite(fd, bytes, len, 0) != (ssize_t)len
	    || spool_read(fd, &file) == -1)
		abort();
	if (file.size != (int64_t)len || strlen(file.header) > SPOOL_EXIT_AT
	    || strchr(file.exit, '\n') != NULL
	    || strchr(file.end, '\n') != NULL)
		abort();
	spool_number(file.header, "run", 0);
	return read_frames(fd, len);
}

static void
put_record(char *at, const char *words)
{
	struct spool_text text = spool_text(at, SPOOL_RECORD_MAX);

	spool_put(&text, words);
	spool_put_crc(&text);
}

static size_t
make_valid(char *out)
{
	static const char frames[] = "o 1700000000000000 5\nhello\n"
				     "e 1700000000000001 0\n\n"
				     "g 1700000000000002 96\n"
				     "next=1240 o=5 e=5 frames=2";
	char *at = out + SPOOL_FRAMES_AT;

	memset(out, '\n', SPOOL_EXIT_AT);
	memcpy(out, "run=7\nuid=0\nshim=12", 19);
	memset(out + SPOOL_EXIT_AT, 0, SPOOL_FRAMES_AT - SPOOL_EXIT_AT);
	put_record(out + SPOOL_EXIT_AT, "EXIT code=3 why=none");
	put_record(out + SPOOL_END_AT, "END o=5 e=0");
	memset(at, ' ', 256);
	memcpy(at, frames, sizeof frames - 1);
	at += 27 + 22 + 22 + SPOOL_GAP_BODY;
	*at++ = '\n';
	memset(at, 0, 1240 - (size_t)(at - out));
	memcpy(out + 1240, "o 1700000000000003 3\nend\n", 25);
	return 1265;
}

int
fuzz_runfile(const uint8_t *data, size_t len)
{
	static bool has_begun;
	char file[2048];
	size_t size = make_valid(file);

	if (!has_begun && check(file, size) != 4)
		abort();
	has_begun = true;
	check(data, len);
	for (size_t i = 0; i + EDIT <= len; i += EDIT)
		file[(size_t)(data[i] << 8 | data[i + 1]) % size]
		    = (char)data[i + 2];
	check(file, size);
	return 0;
}
