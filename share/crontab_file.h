/*
 * crontab_file: which files a cron takes for crontabs: by name, kind, owner,
 * mode and links, as Debian's cron or (in that dialect) cronie does. It does
 * not know what stands in them, nor when they change.
 */
#ifndef SHARE_CRONTAB_FILE_H
#define SHARE_CRONTAB_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "errs.h"
#include "when.h"

struct buf;

#define CRONTAB_FILE_BYTES (64 << 20) /* a larger file is not read */

enum crontab_place {
	PLACE_ANY, /* a file that somebody named: it must be regular */
	PLACE_SYSTEM, /* /etc/crontab */
	PLACE_DROPIN, /* in /etc/cron.d */
	PLACE_SPOOL, /* a user's, named like him */
};

struct crontab_file {
	enum crontab_place place;
	enum dialect dialect;
	const char *name; /* without directory */
	uid_t root; /* who is trusted beside the user: 0, or in tests another */
	int64_t most_bytes; /* 0: CRONTAB_FILE_BYTES */
	bool has_user;
	uid_t user; /* PLACE_SPOOL: uid of the user of that name */

	/* Filled by crontab_file_read, or from elsewhere. */
	bool is_link;
	uid_t link_owner;
	uid_t owner;
	mode_t mode;
	nlink_t links;

	/* The rest is filled by crontab_file_read alone. */
	int64_t inode, size, mtime_ns, ctime_ns; /* before it was read */
	bool is_moving; /* it was changed while it was read */
};

/* Why a file of that name is passed over in silence; NULL: it is not. */
const char *crontab_file_check_name(
    enum crontab_place place, enum dialect dialect, const char *name);

/*
 * Why the file is not read, in cron's words (WRONG FILE OWNER ...); NULL: it
 * is. The name is looked at too.
 */
const char *crontab_file_check(const struct crontab_file *file);

/*
 * Reads the file at path after these checks; never blocks on a FIFO or a
 * device, never follows what the dialect does not. 0, or -1 and a fault whose
 * text begins with the reason; its err is ERR_NOT_FOUND if there is no file,
 * ERR_CHANGED if it was replaced during the look, ERR_INTERNAL if the system
 * may read it another time (its disk fails, it has a lease).
 */
int crontab_file_read(const char *path, struct crontab_file *file,
    struct buf *text, struct fault *f);

/* The same for text from a descriptor, until its end or most_bytes. */
int crontab_file_read_fd(
    int fd, int64_t most_bytes, struct buf *text, struct fault *f);

/* Can there be a user of that name at all? */
bool crontab_is_user_name(const char *name);

#endif
