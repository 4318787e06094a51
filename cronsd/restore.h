/*
 * restore: gets main.db open whatever state its file is in. It does not know
 * what the daemon does with it.
 *
 * A damaged file is set aside (main.db, -wal and -shm renamed with the time;
 * nothing is ever deleted). The newest backup takes its place, or a fresh file
 * where there is none; the jobs are those of jobs.snapshot. Runs that were not
 * over in the backup are forgotten: if they left run files, these become rows
 * again (recover.c), and nothing is started twice. A new instance name keeps
 * ids and run files of before and after apart. replan.c does the rest.
 *
 * A file that is whole but older than what lies beside it has lost its log,
 * and with it what was committed since a checkpoint. It is treated as a backup
 * would be; what tells is jobs.snapshot or out.db, which know of committed
 * things only.
 */
#ifndef CRONSD_RESTORE_H
#define CRONSD_RESTORE_H

#include <stdbool.h>

struct db;
struct self;

/*
 * main.db of self->state_dir, open for writing; fills self->instance,
 * next_run, restored, and notice if something was wrong. NULL: it cannot be
 * had (logged).
 */
struct db *restore_open(struct self *self);

/*
 * A database proved damaged in the middle: it is set aside and this program
 * executed anew. Runs go on under their shims meanwhile; the new one adopts
 * them. Twice in a moment is for who supervises us: it starts us less often.
 */
_Noreturn void restore_start_over(
    const struct self *self, const char *base, char **argv);

/* Opens out.db once for writing, so that it exists; a damaged one is set
 * aside. Raises next_run above its ids; if main does not know these it has
 * lost its log, and is made what it can be. NULL: it cannot be had now. */
struct db *restore_open_out(
    struct self *self, struct db *main, const char *path);

#endif
