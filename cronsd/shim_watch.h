/*
 * shim_watch: one run from its published file to its end: starts the job,
 * takes its output, keeps its time, obeys orders, writes the records. It does
 * not know the zygote, nor where the file came from.
 */
#ifndef CRONSD_SHIM_WATCH_H
#define CRONSD_SHIM_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct shim_file;
struct spec;

struct shim_start {
	const struct spec *spec; /* of pages of its own; shim_watch unmaps it */
	struct shim_file *file; /* published; closed by shim_watch */
	int order; /* the daemon's socket; closed by shim_watch */
	int spool;
	int stay; /* the same socket, to have another run; -1: not to */
	int queue; /* where an order for that was waited for; or -1 */
};

/* Microseconds of CLOCK_BOOTTIME. */
int64_t shim_watch_now(void);

/*
 * Returns when the run is over and nobody writes to its pipes any more. True:
 * it was to stay, nothing is left of the run in this process, and the daemon
 * was told. False: our own end is to tell it. A run that does not stay, and one
 * that was too long to, has stay and queue closed.
 */
bool shim_watch(const struct shim_start *start);

#endif
