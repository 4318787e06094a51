/*
 * restore: gets main.db open whatever state its file is in. It does not know
 * what the daemon does with it.
 *
 * A damaged file is set aside (main.db, -wal and -shm renamed with the time;
 * nothing is ever deleted), a fresh one gets the jobs of jobs.snapshot, and a
 * new instance name, so that ids and run files of before and after cannot be
 * mixed up. Run files left in the spool become rows again (recover.c). History
 * before that is in the file set aside.
 */
#ifndef CRONSD_RESTORE_H
#define CRONSD_RESTORE_H

#include <stdbool.h>

struct db;
struct self;

/*
 * main.db of self->state_dir, open for writing; fills self->instance, and
 * notice if something was wrong. NULL: it cannot be had (logged).
 */
struct db *restore_open(struct self *self);

/* The database proved damaged while running: sets it aside for the restart. */
void restore_set_aside(const struct self *self, const char *base);

/* Opens out.db once for writing, so that it exists; a damaged one is set
 * aside. NULL: it cannot be had now. */
struct db *restore_open_out(const struct self *self, const char *path);

#endif
