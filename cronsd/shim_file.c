/*
 * Three ways to make a run file are tried in this order. Without a name
 * (O_TMPFILE): nothing is left behind whenever we die. Under .tmp-*: for file
 * systems that have no nameless files; what a dead shim leaves has a free
 * lock and is the daemon's to remove. From the pool: for a full disk, where a
 * file of one block, made while there was room, is renamed, so that neither
 * an inode nor a block nor a place in the directory has to be found.
 *
 * However it was made, it gets its final name only when it is locked and its
 * header is written, by a call that fails if the name exists. Its first block
 * is reserved then, and with it the places of EXIT and END.
 */
#include "shim_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fail.h"
#include "spool_text.h"

#define NO_REPLACE 1 /* RENAME_NOREPLACE; musl's headers lack it */
#define RESERVE 4096
#define PIECE_MIN 1024
#define TMP_NAME_MAX (SPOOL_NAME_MAX + 32)

enum way { WAY_UNNAMED, WAY_NAMED, WAY_POOL, WAY_COUNT };

static void
put_tmp_name(char *out, const char *name)
{
	struct spool_text text = spool_text(out, TMP_NAME_MAX);

	spool_put(&text, ".tmp-");
	spool_put(&text, name);
	spool_put(&text, "-");
	spool_put_number(&text, getpid());
}

/* ---- making ---- */

static int
take_from_pool(int dir, const char *tmp)
{
	char name[SPOOL_NAME_MAX];

	for (int i = 0; i < SPOOL_POOL; i++) {
		struct spool_text text = spool_text(name, sizeof name);

		spool_put(&text, ".pool-");
		spool_put_number(&text, i);
		if (syscall(SYS_renameat2, dir, name, dir, tmp, 0) == 0)
			return openat(
			    dir, tmp, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	}
	errno = ENOSPC;
	return -1;
}

static int
make(enum way way, int dir, const char *tmp)
{
	if (way == WAY_UNNAMED)
		return openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	unlinkat(dir, tmp, 0); /* of a dead process that had our pid */
	if (way == WAY_NAMED)
		return openat(
		    dir, tmp, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	return take_from_pool(dir, tmp);
}

/* Lock, room for the records, header: all but the name. 0 or errno. */
static int
prepare(enum way way, int fd, const char *header)
{
	char block[SPOOL_FRAMES_AT] = { 0 };

	if (flock(fd, LOCK_EX | LOCK_NB) == -1)
		return errno;
	if (way != WAY_POOL
	    && fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, RESERVE) == -1
	    && errno != EOPNOTSUPP && errno != ENOSYS)
		return errno;
	memset(block, '\n', SPOOL_EXIT_AT);
	memcpy(block, header, strnlen(header, SPOOL_EXIT_AT));
	errno = ENOSPC; /* if it is a short write */
	if (pwrite(fd, block, sizeof block, 0) != (ssize_t)sizeof block)
		return errno;
	return 0;
}

/* ---- publishing ---- */

/*
 * By the descriptor itself where that is allowed (root; others from Linux 6.10
 * on): a look into /proc makes the kernel build inodes for this process.
 */
static int
link_unnamed(int fd, int dir, const char *name)
{
	char path[40];
	struct spool_text text = spool_text(path, sizeof path);

	if (linkat(fd, "", dir, name, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOENT && errno != EPERM && errno != EINVAL)
		return errno;
	spool_put(&text, "/proc/self/fd/");
	spool_put_number(&text, fd);
	if (linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW) == -1)
		return errno;
	return 0;
}

static int
link_named(int dir, const char *tmp, const char *name)
{
	if (syscall(SYS_renameat2, dir, tmp, dir, name, NO_REPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	if (linkat(dir, tmp, dir, name, 0) == -1)
		return errno;
	unlinkat(dir, tmp, 0);
	return 0;
}

struct making {
	int dir;
	const char *name, *tmp, *header;
};

/* Makes and publishes in one way; 0 and the descriptor, or errno. */
static int
try_way(enum way way, const struct making *m, int *made)
{
	int fd = make(way, m->dir, m->tmp), error;

	if (fd == -1)
		return errno;
	error = prepare(way, fd, m->header);
	if (error == 0) {
		FAIL_POINT(shim_before_link);
		error = way == WAY_UNNAMED
		    ? link_unnamed(fd, m->dir, m->name)
		    : link_named(m->dir, m->tmp, m->name);
	}
	if (error == 0) {
		*made = fd;
		return 0;
	}
	if (way != WAY_UNNAMED)
		unlinkat(m->dir, m->tmp, 0);
	close(fd);
	return error;
}

/* A tail is whole frames: so small that some of them fill it well. */
static size_t
best_piece(int64_t tail)
{
	if (tail == 0 || tail / 8 > SPOOL_FRAME_MAX)
		return SPOOL_FRAME_MAX;
	return tail / 8 < PIECE_MIN ? PIECE_MIN : (size_t)tail / 8;
}

int
shim_file_open(struct shim_file *file, int dir, const struct spec *spec,
    const char *header)
{
	const char *name = (const char *)spec + spec->name_at;
	char tmp[TMP_NAME_MAX];
	struct making making = { dir, name, tmp, header };
	int error = 0;

	*file = (struct shim_file) { .fd = -1,
		.dir = dir,
		.header_len = (int64_t)strlen(header),
		.at = SPOOL_FRAMES_AT,
		.head_end = SPOOL_FRAMES_AT + spec->head,
		.tail = spec->tail,
		.piece = best_piece(spec->tail) };
	put_tmp_name(tmp, name);
	for (enum way way = 0; way < WAY_COUNT; way++) {
		error = try_way(way, &making, &file->fd);
		if (error == 0 || error == EEXIST)
			break;
	}
	if (error == 0)
		FAIL_POINT(shim_after_link);
	return error;
}

/* ---- header and records ---- */

void
shim_file_add(struct shim_file *file, const char *line)
{
	size_t len = strlen(line);

	if (file->header_len + (int64_t)len > SPOOL_EXIT_AT)
		return;
	if (pwrite(file->fd, line, len, file->header_len) == (ssize_t)len)
		file->header_len += (int64_t)len;
}

void
shim_file_close(struct shim_file *file)
{
	if (file->fd != -1)
		close(file->fd);
	file->fd = -1;
}
