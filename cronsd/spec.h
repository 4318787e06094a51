/*
 * spec: what a shim needs to know to start one run, written from a job, its
 * owner and the run's row (format: spool.h). It does not know how it is sent or
 * what becomes of it.
 */
#ifndef CRONSD_SPEC_H
#define CRONSD_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "share/errs.h"

struct buf;
struct job;
struct run_row;
struct user;

struct spec_input {
	const struct job *job;
	const struct user *user;
	const struct buf *input; /* its standard input; NULL or empty: job's */
	const struct run_row *run;
	int64_t pool; /* pool_key, for the header; 0 none */
	const char *instance; /* of the database */
	const char *boot; /* boot id */
	const char *cgroup; /* directory for runs; "" none */
	bool drop; /* give up privileges: system mode */
	bool direct; /* commands may be executed without a shell */
	const char *pam; /* the helper that opens a PAM session; NULL: none */
	char *env; /* lines that this run alone gets; NULL none */
	uint64_t files; /* soft limit of descriptors; 0: the zygote's */
};

/* Appends its bytes. */
void spec_write(const struct spec_input *in, struct buf *out);

/*
 * May a command line be executed without a shell: no metacharacter, first
 * word an absolute path? (DESIGN: ~ # = and globs count as such.)
 */
bool spec_is_simple(const char *command);

#endif
