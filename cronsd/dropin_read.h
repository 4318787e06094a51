/*
 * dropin_read: what crontab files mean now, and what of that differs from the
 * jobs that are known. It runs in a worker, with a database connection of its
 * own that it only reads. It does not know when files are looked at, and
 * changes nothing: dropin_store carries out what it finds.
 */
#ifndef CRONSD_DROPIN_READ_H
#define CRONSD_DROPIN_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "share/buf.h"
#include "share/when.h"
#include "store_sources.h"

/* Where crontabs lie; NULL: not read. */
enum dropin_place {
	DROPIN_CRONTAB, /* a file */
	DROPIN_CRON_D, /* a directory of files with a user field */
	DROPIN_CRONTABS, /* a directory of users' tabs, named like them */
	DROPIN_PLACES
};

/* The worker's connection, which it only reads from. To open one costs more
 * than to read a file of a hundred lines, so it is kept. */
struct dropin_reader {
	const char *main_path;
	struct db *db; /* NULL: none is open */
};

/* NULL on trouble (logged). close: after trouble, and at the end. */
struct db *dropin_reader_open(struct dropin_reader *reader);
void dropin_reader_close(struct dropin_reader *reader);

/* The settings, as they were when the work was given out. */
struct dropin_rules {
	char *place[DROPIN_PLACES]; /* owned */
	enum dialect dialect;
	bool by_line;
	bool system; /* else only entries of uid are taken */
	uid_t uid; /* the daemon's */
	struct dropin_reader *reader; /* the worker's */
};

/* As one number, kept with a source: another one means to read it again. */
int64_t dropin_rules_number(const struct dropin_rules *rules);

/* The place of a path; DROPIN_PLACES if it belongs to none. */
enum dropin_place dropin_place_of(
    const struct dropin_rules *rules, const char *path);

enum dropin_what {
	DROPIN_DROP, /* the entry vanished */
	DROPIN_SET, /* something of it changed */
	DROPIN_MOVE, /* only its line's number did */
	DROPIN_ADD,
};

struct dropin_op {
	enum dropin_what what;
	struct entry entry; /* job and source: where they are known */
	size_t at; /* its job in packed: ADD, SET */
};

struct dropin_fault {
	int line, column;
	bool is_error;
	char *text; /* owned */
};

/* A file to look at, and what was found. */
struct dropin_item {
	char *path; /* owned */
	bool by_news; /* whatever its stamp says */
	char *trouble; /* owned: a directory that cannot be read; NULL */

	bool is_same; /* nothing is to be stored */
	bool again; /* it changes at the moment: look again soon */
	bool more; /* not all that is new is in ops: read it once more then */
	bool is_link;
	struct source source; /* how its row should be; id 0: a new one */
	bool is_news; /* state or reason are not as they were */
	int64_t had_jobs;
	struct source_stamp stamp; /* as it was, even if the row has none */
	struct dropin_op *op;
	size_t op_count, op_room;
	struct buf packed;
	struct dropin_fault *fault;
	int fault_count, errors, warnings;
};

#define DROPIN_BATCH 64

struct dropin_batch {
	struct dropin_rules rules; /* owned copy */
	struct dropin_item item[DROPIN_BATCH];
	int count;
	int done; /* the others were not looked at: too much at once */
	bool failed; /* the database could not be read: none was looked at */
	const _Atomic bool *stop; /* the daemon ends: leave off */
	void *owner; /* who gave it out; not used here */
	int64_t took_us;
};

/* In the worker. Fills items up to `done`. */
void dropin_read(void *batch);

void dropin_batch_free(struct dropin_batch *batch);
void dropin_rules_copy(
    struct dropin_rules *to, const struct dropin_rules *from);
void dropin_rules_fini(struct dropin_rules *rules);

#endif
