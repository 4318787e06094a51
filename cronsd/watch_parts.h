/*
 * watch_parts: the inside of watch, for the watch_*.c files only. watch.c
 * follows the runs, watch_sweep.c ends what a dead supervisor left behind.
 */
#ifndef CRONSD_WATCH_PARTS_H
#define CRONSD_WATCH_PARTS_H

#include "live.h"
#include "loop.h"
#include "spool.h"
#include "watch.h"

TAILQ_HEAD(watch_runs, live_run);

struct watch {
	struct watch_needs on;
	int news_fd;
	struct watch_runs look; /* runs to look at */
	struct loop_timer gathered; /* then they are, whatever else */
	struct watch_runs later; /* runs that could not be looked at */
	struct loop_timer again; /* for those */
};

void watch_name_file(const struct live_run *run, char name[SPOOL_NAME_MAX]);

/* Its shim is dead and left no result: looked at again once its processes,
 * those of this boot, are gone. */
void watch_sweep(
    struct watch *w, struct live_run *run, const struct spool_file *file);

#endif
