/*
 * sweep: ends what a dead supervisor left running. It does not know rows or
 * states: the header of the run file says all it needs.
 */
#ifndef CRONSD_SWEEP_H
#define CRONSD_SWEEP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "spool.h"

/* What is known of a run that its processes can be told by. */
struct sweep_target {
	int64_t run;
	char instance[17];
	uid_t uid; /* of its processes */
	pid_t job; /* its session; 0: not known */
	int64_t start_boot_us; /* nothing older belongs to it */
	char cgroup[SPOOL_HEADER_ROOM + 1]; /* "" none */
};

/*
 * From a run file's name and header: the keys uid (the daemon's), start_boot,
 * job and cgroup (the shim's). False if name, uid or start_boot are missing.
 */
bool sweep_parse(
    struct sweep_target *target, const char *name, const char *header);

/*
 * Kills them, and all that descends from them, and removes the cgroup.
 * Returns how many were killed; -1 if some are still there after two seconds
 * or /proc cannot be read. May take as long as that: run it in a worker.
 *
 * Meant are: all in the run's cgroup (kernels from 5.14 on); and those of the
 * run's uid, started after it, that are of the job's session, or whose
 * environment holds both CRONS_RUN=<run> and CRONS_INSTANCE=<instance>. A
 * session's number counts only while nobody else can have it: if its leader
 * lives, it must have been started when the job was.
 */
int sweep_run(const struct sweep_target *target);

#endif
