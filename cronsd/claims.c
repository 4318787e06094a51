/*
 * Everything is overwritten in place, so that a full disk cannot get in the
 * way; a file system that copies on write may say no, and then nothing is
 * claimed. After a failed write nobody knows which records the disk has: no
 * claim is added until the whole file is forgotten.
 *
 * A head that is torn is believed to be of the newest claim there is: to know
 * a claim twice is harmless, to forget one is not.
 */
#include "claims.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share/log.h"
#include "spool.h"
#include "spool_text.h"
#include "store_runs.h"

#define FILE_NAME ".claims"
#define MOST (CLAIMS_BYTES / SPOOL_RECORD_MAX - 1)

struct claims {
	int dir; /* borrowed: the spool */
	int fd; /* -1: there is no file */
	int64_t life; /* a checksum of its name */
	int64_t gen;
	int count;
	bool is_in_doubt; /* a write failed */
};

/* ---- records ---- */

static bool
read_record(const struct claims *c, int nth, const char *kind,
    char out[SPOOL_RECORD_MAX + 1])
{
	char bytes[SPOOL_RECORD_MAX];
	off_t at = (off_t)nth * SPOOL_RECORD_MAX;

	out[0] = '\0';
	if (c->fd >= 0
	    && pread(c->fd, bytes, sizeof bytes, at) == (ssize_t)sizeof bytes)
		spool_copy_record(out, bytes, kind);
	return out[0] != '\0';
}

static int
sync_file(struct claims *c)
{
	int got;

	do
		got = fdatasync(c->fd);
	while (got != 0 && errno == EINTR);
	return got;
}

static int
write_head(struct claims *c)
{
	char bytes[SPOOL_RECORD_MAX] = "";
	struct spool_text text = spool_text(bytes, sizeof bytes);

	spool_put(&text, "CLAIMS ");
	spool_put_key(&text, "gen", c->gen, ' ');
	spool_put(&text, "crons=1");
	spool_put_crc(&text);
	errno = ENOSPC;
	if (pwrite(c->fd, bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		return -1;
	return sync_file(c);
}

static void
put_claim(const struct claims *c, const char *instance,
    const struct run_row *row, char out[SPOOL_RECORD_MAX])
{
	struct spool_text text = spool_text(out, SPOOL_RECORD_MAX);

	spool_put(&text, "CLAIM instance=");
	spool_put(&text, instance);
	spool_put(&text, " ");
	spool_put_key(&text, "gen", c->gen, ' ');
	spool_put_key(&text, "life", c->life, ' ');
	spool_put_key(&text, "run", row->id, ' ');
	spool_put_key(&text, "job", row->job, ' ');
	spool_put_key(&text, "uid", row->uid, ' ');
	spool_put_key(&text, "slot", row->slot, ' ');
	spool_put_key(&text, "lap", row->lap, ' ');
	spool_put_key(&text, "at", row->at, ' ');
	spool_put_key(&text, "cause", row->cause, ' ');
	spool_put_key(&text, "to", row->slot_to, ' ');
	spool_put(&text, "slots=");
	spool_put_number(&text, row->slots);
	spool_put_crc(&text);
}

static void
read_claim(const char *record, struct run_row *row)
{
	run_row_init(row);
	row->id = spool_number(record, "run", 0);
	row->job = spool_number(record, "job", 0);
	row->uid = spool_number(record, "uid", -1);
	row->slot = spool_number(record, "slot", 0);
	row->lap = spool_number(record, "lap", 0);
	row->at = spool_number(record, "at", row->slot);
	row->cause = (enum run_cause)spool_number(record, "cause", 0);
	row->slot_to = spool_number(record, "to", -1);
	row->slots = spool_number(record, "slots", -1);
	row->fence = 1;
}

/* ---- the file ---- */

/*
 * All of it is written, under another name first: a file of that name is
 * whole. Zeros are no records.
 */
static void
make_file(struct claims *c)
{
	static const char zeros[16 * 1024];
	int fd = openat(c->dir, ".tmp" FILE_NAME,
	    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n = 0;

	for (off_t at = 0; fd >= 0 && n >= 0 && at < CLAIMS_BYTES; at += n)
		n = pwrite(fd, zeros, sizeof zeros, at);
	if (fd >= 0
	    && (n < 0 || fsync(fd) != 0
		|| renameat(c->dir, ".tmp" FILE_NAME, c->dir, FILE_NAME)
		    != 0)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		unlinkat(c->dir, ".tmp" FILE_NAME, 0);
	c->fd = fd;
}

static void
open_file(struct claims *c)
{
	c->fd = openat(c->dir, FILE_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (c->fd >= 0 && lseek(c->fd, 0, SEEK_END) != CLAIMS_BYTES) {
		close(c->fd);
		c->fd = -1;
	}
	if (c->fd < 0)
		make_file(c);
}

/* The generation that counts, and how many records are of it. */
static void
find_end(struct claims *c)
{
	char record[SPOOL_RECORD_MAX + 1];
	bool has_head = read_record(c, 0, "CLAIMS ", record);

	c->gen = has_head ? spool_number(record, "gen", 0) : 0;
	for (int i = 1; i <= MOST && read_record(c, i, "CLAIM ", record); i++) {
		int64_t gen = spool_number(record, "gen", -1);

		if (!has_head && gen > c->gen)
			c->gen = gen;
		if (gen == c->gen)
			c->count = i;
	}
}

struct claims *
claims_new(int spool_fd, const char *life)
{
	struct claims *c = xcalloc(1, sizeof *c);

	c->dir = spool_fd;
	c->life = spool_crc(life, strlen(life));
	open_file(c);
	find_end(c);
	return c;
}

void
claims_free(struct claims *c)
{
	if (c != NULL && c->fd >= 0)
		close(c->fd);
	free(c);
}

void
claims_each(struct claims *c,
    void (*each)(void *arg, const struct claim *claim), void *arg)
{
	char record[SPOOL_RECORD_MAX + 1], instance[17];
	struct run_row row;

	for (int i = 1; i <= c->count; i++) {
		struct claim claim = { &row, instance, false };

		if (!read_record(c, i, "CLAIM ", record)
		    || spool_number(record, "gen", -1) != c->gen
		    || spool_value(record, "instance", instance,
			   sizeof instance)
			< 1)
			continue;
		read_claim(record, &row);
		claim.same_life = spool_number(record, "life", -1) == c->life;
		each(arg, &claim);
	}
}

int
claims_room(const struct claims *c)
{
	return c->fd < 0 || c->is_in_doubt ? 0 : MOST - c->count;
}

int
claims_add(struct claims *c, const char *instance,
    const struct run_row *rows, int count)
{
	errno = ENOSPC;
	if (count > claims_room(c))
		return -1;
	for (int i = 0; i < count; i++) {
		char bytes[SPOOL_RECORD_MAX] = "";
		off_t at = (off_t)(c->count + 1 + i) * SPOOL_RECORD_MAX;

		put_claim(c, instance, &rows[i], bytes);
		if (pwrite(c->fd, bytes, sizeof bytes, at)
		    != (ssize_t)sizeof bytes)
			c->is_in_doubt = true;
	}
	if (sync_file(c) != 0)
		c->is_in_doubt = true;
	if (c->is_in_doubt)
		return -1;
	c->count += count;
	return 0;
}

int
claims_clear(struct claims *c)
{
	if (c->fd < 0)
		open_file(c);
	if (c->fd < 0)
		return -1;
	c->gen++;
	if (write_head(c) != 0) {
		c->is_in_doubt = true;
		return -1;
	}
	c->count = 0;
	c->is_in_doubt = false;
	return 0;
}
