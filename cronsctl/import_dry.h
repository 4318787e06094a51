/*
 * import_dry: what a crontab file means, as one JSON object for each of its
 * lines and one for the file. Nobody is asked but the machine's user names. It
 * does not know the daemon, nor which jobs there are already.
 */
#ifndef CRONSCTL_IMPORT_DRY_H
#define CRONSCTL_IMPORT_DRY_H

#include <stdbool.h>
#include <stdio.h>

#include "share/when.h"

struct fault;

struct import_dry {
	const char *path; /* "-": standard input */
	enum dialect dialect; /* not CALENDAR */
	bool system; /* lines have a user field */
	bool check_users; /* an unknown user is no mere warning */
	const char *user; /* whose tab it is; NULL: as the path says */
};

/*
 * Where the file lies decides what else is looked at: in a directory cron.d
 * (system crontabs) or cron/crontabs, spool/cron or spool (users', named like
 * them) its name, owner, mode and links are. The owner of that directory
 * stands for root, so that a copy of one may be looked at by anybody.
 *
 * Returns the exit status: 0 if all of it would be accepted, else 8. If there
 * is no such file: that of the fault, and nothing is written.
 */
int import_dry(const struct import_dry *dry, FILE *out, struct fault *f);

#endif
