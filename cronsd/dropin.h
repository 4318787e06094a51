/*
 * dropin: crontabs that are read live: /etc/crontab, the files of /etc/cron.d
 * and the users' tabs. The files are the truth: whatever is done to one is
 * seen (inotify), and its entries are jobs soon after; nothing is ever written
 * to one. It does not know how a file is read (dropin_read) or a job stored
 * (dropin_store): it says when.
 *
 * WHAT IS DURABLE WHEN. Each step of a file's way depends on the file and the
 * database alone, so that it can be taken again from the start; the memory of
 * this module holds nothing that has to survive.
 *
 *   noticed (inotify)      nothing. The scan at the next start holds the
 *                          file's stamp (inode, size, mtime, ctime) against
 *                          that of its row: another one, so it is read.
 *   read, compared         nothing. The same. A file that was changed within
 *                          two seconds of being read has no stamp in its row:
 *                          a later change may have left the same one.
 *   stored                 jobs, their revisions and next slots, entries, the
 *                          file's row with its stamp and faults: all in ONE
 *                          transaction of the turn, unless there are more
 *                          changes of it than are taken whole
 *                          (MOST_WHOLE). Then each piece is a
 *                          transaction, every one of them good
 *                          by itself (an entry is a job or it is not),
 *                          and the stamp comes with the last: a crash before
 *                          that means reading it again, and what was stored
 *                          already is found to be the same.
 *   said (log)             an effect of the commit; a crash here loses a line.
 *
 * What is stored never lies between two readings: a job is taken from a file
 * read whole, with the same stamp before and after. A slot that is due when an
 * entry vanishes is settled under the old rule first (plan_settle); a run that
 * was started is not touched. Until the first scan after a start is stored,
 * runs of crontabs' jobs wait (self.crontabs_wait), because their entries may
 * have been removed while nobody looked; at most HOLD_US, should a directory
 * hang. @reboot entries are due once, when that scan is stored: the slots and
 * the note that they were given out (meta: boot_crontabs) are one transaction.
 */
#ifndef CRONSD_DROPIN_H
#define CRONSD_DROPIN_H

#include <stdbool.h>

#include "share/clock.h"

struct commit;
struct conf;
struct dropin;
struct keep;
struct launch;
struct loop;
struct plan;
struct self;
struct work;

struct dropin_needs {
	struct self *self;
	const struct conf *conf;
	struct loop *loop;
	struct work *work;
	struct commit *commit;
	struct plan *plan;
	struct launch *launch;
	struct keep *keep;
	const char *main_path;
};

/* Watches the places and begins with the first scan. */
struct dropin *dropin_new(const struct dropin_needs *needs);

/* The settings may have changed, or somebody wants all looked at again. */
void dropin_reload(struct dropin *d);

/* Stores a bounded piece of what was read; true: turn again. */
bool dropin_turn(struct dropin *d, wall_t now);

/* The daemon ends: the worker leaves off. */
void dropin_stop(struct dropin *d);
/* When the workers have stopped: closes what they had open. */
void dropin_close(struct dropin *d);

#endif
