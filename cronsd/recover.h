/*
 * recover: the first thing a daemon does: it brings rows and run files
 * together, whatever stopped the one before it. The table of what can be found
 * is in spool.h, launch.h and watch.h; here it is only walked. It does not
 * know schedules.
 */
#ifndef CRONSD_RECOVER_H
#define CRONSD_RECOVER_H

struct commit;
struct live;
struct self;
struct watch;

struct recover_needs {
	struct self *self; /* next_run is raised above every id seen */
	struct commit *commit;
	struct live *live;
	struct watch *watch;
};

/*
 * Before the first turn. Rows that are not over are found out about; files of
 * rows that are over are given to watch; those without a row get one of their
 * header; tombstones of earlier boots go. 0, or -1 if the database failed.
 */
int recover_runs(const struct recover_needs *needs);

#endif
