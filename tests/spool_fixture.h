/*
 * For unit tests of the run file: a spool in a directory of its own, and the
 * writer of run files, which belongs to the shim, so that the archives that
 * tests are linked with do not have it.
 */
#ifndef TESTS_SPOOL_FIXTURE_H
#define TESTS_SPOOL_FIXTURE_H

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
#include <sys/stat.h>
#include <unistd.h>

#include "../cronsd/shim_file.h"
#include "../cronsd/spool.h"
#include "../cronsd/spool_text.h"

#include "../cronsd/shim_file.c"
#include "../cronsd/shim_file_put.c"

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

#define WITH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
