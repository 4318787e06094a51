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

struct spec;

struct shim_job {
	pid_t pid; /* also its session and process group */
	int status; /* readable when it was executed, or could not be */
	int out; /* its standard output, not blocking */
	int err; /* the same; -1 if merged */
};

/* Why there is no job: a stage of spool.h and an errno. */
struct shim_fault {
	int32_t stage, error;
};

/*
 * Starts the child. 0, or -1 and the fault. That the job really runs is known
 * when shim_job_read_status says so.
 */
int shim_job_start(
    struct shim_job *job, const struct spec *spec, struct shim_fault *fault);

/*
 * What the status pipe has to say; closes it. True: it was executed. False:
 * the fault, and the child is about to end.
 */
bool shim_job_read_status(struct shim_job *job, struct shim_fault *fault);

/* Signals that the shim ignores and its job must not. */
void shim_job_ignore_signals(void);

#endif
