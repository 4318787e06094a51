/*
 * shim_job: from a spec to a running job: the forked child that puts on the
 * job's session, limits, user and directory, one by one, and executes it. It
 * does not know what becomes of the job afterwards.
 */
#ifndef CRONSD_SHIM_JOB_H
#define CRONSD_SHIM_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shim_child.h"

struct spec;

struct shim_job {
	pid_t pid; /* also its session and process group */
	int status; /* readable when it was executed, or could not be; -1: */
	struct shim_fault fault; /* known already */
	int out; /* its standard output, not blocking */
	int err; /* the same; -1 if merged */
};

/*
 * Starts the child. 0, or -1 and job->fault. That the job really runs is known
 * when shim_job_read_status says so: at once if status is -1, else when that
 * is readable.
 */
int shim_job_start(struct shim_job *job, const struct spec *spec);

/*
 * What became of the start. True: it was executed. False: job->fault says why
 * not, and the child is about to end.
 */
bool shim_job_read_status(struct shim_job *job);

/* Said once by the zygote, for all its shims: includes shim_child_harden. */
void shim_job_init(void);

#endif
