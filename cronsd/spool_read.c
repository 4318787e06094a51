/*
 * What the daemon does with run files: look at the records, ask whether the
 * shim lives, put tombstones, fill the pool, read frames.
 *
 * A reader works on a window of bytes read at once, so that a file of many
 * small frames costs few system calls. The file only grows, with three
 * exceptions that a window must not hide: a frame that a full disk cut short
 * is taken back (so an unfinished frame is never kept in the window), the gap
 * frame is rewritten in place (so it is always read afresh and what lies
 * behind it in the window is thrown away), and frames between the gap frame
 * and its `next` turn into NULs. The shim publishes `next` before it punches;
 * so if `next` is not beyond a window's start after the window was read, the
 * window is whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spool.h"
#include "spool_text.h"

#define SAID '+'
#define WINDOW_BYTES (SPOOL_FRAME_HEAD_MAX + SPOOL_FRAME_MAX + 1)
#define BLOCK 4096
#define GAP_BYTES (SPOOL_FRAME_HEAD_MAX + SPOOL_GAP_BODY + 1)

static ssize_t
read_at(int fd, char *to, size_t len, int64_t at)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pread(fd, to + done, len - done, at + (int64_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* ---- records ---- */

static uint32_t
parse_hex(const char *at)
{
	uint32_t n = 0;

	for (int i = 0; i < 8; i++) {
		const char *digits = "0123456789abcdef";
		const char *digit = strchr(digits, at[i]);

		n = n << 4 | (digit == NULL ? 0 : (uint32_t)(digit - digits));
	}
	return n;
}

void
spool_copy_record(char *out, const char *bytes, const char *kind)
{
	const char *end = memchr(bytes, '\n', SPOOL_RECORD_MAX);
	size_t kind_len = strlen(kind), len;

	out[0] = '\0';
	if (end == NULL || memcmp(bytes, kind, kind_len) != 0)
		return;
	len = (size_t)(end - bytes);
	if (len < kind_len + 13 || memchr(bytes, '\0', len) != NULL
	    || memcmp(end - 13, " crc=", 5) != 0
	    || parse_hex(end - 8) != spool_crc(bytes, len - 13))
		return;
	memcpy(out, bytes, len);
	out[len] = '\0';
}

bool
spool_is_alive(int fd)
{
	if (flock(fd, LOCK_SH | LOCK_NB) == -1)
		return errno == EWOULDBLOCK;
	flock(fd, LOCK_UN);
	return false;
}

/* The first bytes, and its END if there is one. */
static int
read_start(int fd, char bytes[SPOOL_FRAMES_AT], struct spool_file *file)
{
	memset(bytes, 0, SPOOL_FRAMES_AT);
	if (read_at(fd, bytes, SPOOL_FRAMES_AT, 0) == -1)
		return -1;
	spool_copy_record(file->end, bytes + SPOOL_END_AT, "END ");
	return 0;
}

/*
 * The order is the reverse of the shim's: it writes frames, then END, then
 * goes. What is seen here first was done last, so a size beside an END, or a
 * record of a dead shim, is final. Beside an END it makes no difference
 * whether the shim has gone, which is what most looks find.
 */
int
spool_read(int fd, struct spool_file *file)
{
	char bytes[SPOOL_FRAMES_AT];
	struct stat status;
	size_t len;

	file->alive = false;
	if (read_start(fd, bytes, file) != 0)
		return -1;
	if (file->end[0] == '\0') {
		file->alive = spool_is_alive(fd);
		if (read_start(fd, bytes, file) != 0)
			return -1;
	}
	if (fstat(fd, &status) == -1)
		return -1;
	file->size = status.st_size;
	file->is_said = bytes[SPOOL_SAID_AT] == SAID;
	if (file->is_said)
		bytes[SPOOL_SAID_AT] = '\n';
	len = strnlen(bytes, SPOOL_EXIT_AT);
	while (len > 1 && bytes[len - 1] == '\n' && bytes[len - 2] == '\n')
		len--;
	memcpy(file->header, bytes, len);
	file->header[len] = '\0';
	spool_copy_record(file->exit, bytes + SPOOL_EXIT_AT, "EXIT ");
	return 0;
}

/* ---- tombstones, pool ---- */

void
spool_say(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t ignored;

	if (fd == -1)
		return;
	ignored = pwrite(fd, &(char) { SAID }, 1, SPOOL_SAID_AT);
	(void)ignored; /* without it the start is said once more */
	close(fd);
}

int
spool_bury(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);

	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

/*
 * A pool file gets its block first and its name last, so that a shim never
 * takes one that holds none yet. It need not survive a crash of the host.
 */
static void
fill_one(int dir_fd, const char *name)
{
	static const char zeros[SPOOL_FRAMES_AT];
	char fresh[SPOOL_NAME_MAX];
	struct spool_text text = spool_text(fresh, sizeof fresh);
	int fd;

	spool_put(&text, ".tmp");
	spool_put(&text, name);
	unlinkat(dir_fd, fresh, 0);
	fd = openat(dir_fd, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);
	if (fd == -1)
		return;
	if ((fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, BLOCK) == -1
		&& errno != EOPNOTSUPP && errno != ENOSYS)
	    || pwrite(fd, zeros, sizeof zeros, 0) != (ssize_t)sizeof zeros
	    || syscall(SYS_renameat2, dir_fd, fresh, dir_fd, name, 0) == -1)
		unlinkat(dir_fd, fresh, 0);
	close(fd);
}

void
spool_fill_pool(int dir_fd)
{
	for (int i = 0; i < SPOOL_POOL; i++) {
		char name[SPOOL_NAME_MAX];
		struct spool_text text = spool_text(name, sizeof name);

		spool_put(&text, ".pool-");
		spool_put_number(&text, i);
		if (faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1)
			fill_one(dir_fd, name);
	}
}

/* ---- frames ---- */

void
spool_reader_init(struct spool_reader *r, int fd)
{
	*r = (struct spool_reader) { .fd = fd, .offset = SPOOL_FRAMES_AT };
}

void
spool_reader_fini(struct spool_reader *r)
{
	if (r->window != NULL)
		munmap(r->window, WINDOW_BYTES + GAP_BYTES);
	r->window = NULL;
	r->window_len = 0;
}

static int
open_window(struct spool_reader *r)
{
	void *memory;

	if (r->window != NULL)
		return 0;
	memory = mmap(NULL, WINDOW_BYTES + GAP_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	r->window = memory;
	return 0;
}

/*
 * Reads the gap frame as it is now, to behind the window. Returns 1, the
 * frame and the offset it points to in *next, or -1 and errno.
 */
static int
read_gap(struct spool_reader *r, struct spool_frame *frame, int64_t *next)
{
	char *bytes = r->window + WINDOW_BYTES;
	ssize_t n = read_at(r->fd, bytes, GAP_BYTES, r->gap_at);
	int head;

	if (n == -1)
		return -1;
	head = spool_parse_frame(bytes, (size_t)n, frame);
	if (head <= 0 || frame->kind != 'g' || frame->len != SPOOL_GAP_BODY
	    || n < head + SPOOL_GAP_BODY + 1) {
		errno = EBADMSG;
		return -1;
	}
	frame->data = bytes + head;
	frame->offset = r->gap_at;
	bytes[head + SPOOL_GAP_BODY] = '\0'; /* for spool_number */
	*next = spool_number(frame->data, "next", -1);
	if (*next < r->gap_at + head + SPOOL_GAP_BODY + 1) {
		errno = EBADMSG;
		return -1;
	}
	return 1;
}

/* Fills the window from r->offset on; its length or -1. */
static ssize_t
fill_window(struct spool_reader *r)
{
	ssize_t n = read_at(r->fd, r->window, WINDOW_BYTES, r->offset);

	r->window_at = r->offset;
	r->window_len = n == -1 ? 0 : (size_t)n;
	return n;
}

/*
 * The frame at r->offset as far as the window has it. 1, 0: the window ends
 * within it, -1: EBADMSG.
 */
static int
take_frame(struct spool_reader *r, struct spool_frame *frame)
{
	const char *at = r->window + (r->offset - r->window_at);
	size_t left = r->window_len - (size_t)(r->offset - r->window_at);
	int head = spool_parse_frame(at, left, frame);

	if (head > 0 && left < (size_t)head + frame->len + 1)
		return 0;
	if (head == -1 || (head > 0 && at[(size_t)head + frame->len] != '\n')) {
		errno = EBADMSG;
		return -1;
	}
	if (head == 0)
		return 0;
	frame->data = at + head;
	frame->offset = r->offset;
	return 1;
}

/* Goes past the frame that was just taken; a gap is read afresh. */
static int
step_over(struct spool_reader *r, struct spool_frame *frame)
{
	if (frame->kind == 'g') {
		r->gap_at = frame->offset;
		r->window_len = 0;
		return read_gap(r, frame, &r->offset);
	}
	r->offset = frame->data - r->window + r->window_at + frame->len + 1;
	return 1;
}

/* 1 and the gap frame if the gap has swallowed r->offset; 0 if not. */
static int
step_over_gap(struct spool_reader *r, struct spool_frame *frame)
{
	int64_t next;

	if (r->gap_at == 0 || r->offset <= r->gap_at)
		return 0;
	if (read_gap(r, frame, &next) == -1)
		return -1;
	if (next <= r->offset)
		return 0;
	r->offset = next;
	r->window_len = 0;
	return 1;
}

static bool
has_window(const struct spool_reader *r)
{
	return r->offset >= r->window_at
	    && r->offset < r->window_at + (int64_t)r->window_len;
}

int
spool_next(struct spool_reader *r, struct spool_frame *frame)
{
	int found;

	if (open_window(r) == -1)
		return -1;
	if (has_window(r) && take_frame(r, frame) == 1)
		return step_over(r, frame);
	if (fill_window(r) == -1)
		return -1;
	found = step_over_gap(r, frame);
	if (found != 0)
		return found;
	found = take_frame(r, frame);
	if (found == 1)
		return step_over(r, frame);
	r->window_len = 0;
	return found;
}
