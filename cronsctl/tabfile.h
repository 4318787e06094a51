/*
 * tabfile: the crontab that a path of the command line names: where it lies,
 * whose it is, and its text. It does not know what stands in it.
 */
#ifndef CRONSCTL_TABFILE_H
#define CRONSCTL_TABFILE_H

#include <stdbool.h>

#include "share/crontab_file.h"

struct tabfile {
	const char *path; /* "-": standard input */
	enum dialect dialect; /* not CALENDAR */
	bool system; /* its lines have a user field */
	const char *user; /* whose it is; NULL: as the path says */
};

/*
 * Fills file for tabfile_read or crontab_file_check. Files in a directory
 * cron.d (system crontabs) or cron/crontabs, spool/cron or spool (users',
 * named like them) are what these places make them; others are just files.
 */
void tabfile_describe(const struct tabfile *tab, struct crontab_file *file);

/* Is a file there a system crontab, with a user in each entry? */
bool tabfile_is_system(const char *path);

/* crontab_file_read, of standard input too. */
int tabfile_read(const struct tabfile *tab, struct crontab_file *file,
    struct buf *text, struct fault *f);

/* A file for anacron: called so, or with its kind of jobs and no other. */
bool tabfile_is_anacrontab(const char *name, const struct buf *text);

/* Whose it is; borrowed until the next look at the users. */
const char *tabfile_user(
    const struct tabfile *tab, const struct crontab_file *file);

#endif
