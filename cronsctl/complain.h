/*
 * complain: a fault as a message for people, on stderr: what, where, why and
 * what to do. It does not know who found the fault.
 */
#ifndef CRONSCTL_COMPLAIN_H
#define CRONSCTL_COMPLAIN_H

struct fault;

/* Where a fault belongs; any of these may be NULL. */
struct complaint {
	const char *verb;
	const char *file; /* the fault's line and column are in it */
	const char *text; /* the fault's column is in it, if there is no file */
};

/*
 *	cronsctl: add: minute: "61" is not in 0-59
 *	  61 * * * *
 *	  ^
 *	  hint
 *
 * Returns the exit status that belongs to the fault.
 */
int complain(const struct complaint *about, const struct fault *f);

#endif
