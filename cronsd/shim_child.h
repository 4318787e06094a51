/*
 * shim_child: what the job's process does before it is the job. It does not
 * know how it was made: it may be sharing the memory of the shim.
 */
#ifndef CRONSD_SHIM_CHILD_H
#define CRONSD_SHIM_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct spec;

/* Why there is no job: a stage of spool.h (NONE: there is one) and an errno. */
struct shim_fault {
	int32_t stage, error;
};

struct shim_child {
	const struct spec *spec;
	pid_t shim; /* its parent, without which it does not want to live */
	int out; /* end of a pipe: stdout, and stderr if err is -1 */
	int err; /* the same; or -1 */
	int status; /* a pipe for the fault; -1: it shares the shim's memory */
	struct shim_fault *fault; /* and puts the fault there */
	bool in_cgroup; /* it was born in its cgroup */
};

/*
 * Said once by the zygote: what it and all shims hold back and are
 * protected from, and what each job is freed of again: signals that ask to
 * end, and the kernel's killer for memory (as far as that is allowed).
 */
void shim_child_harden(void);

/* Has it a score for that killer that differs from the shims'? */
bool shim_child_has_own_score(const struct spec *spec);

/* Can it be executed without mapping memory for argv and environment? */
bool shim_child_has_few_words(const struct spec *spec);

/* Becomes the job, or leaves the fault and ends. */
_Noreturn void shim_child_run(const struct shim_child *child);

#endif
