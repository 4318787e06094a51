/*
 * complain: a fault on stderr, as a message for people (what, where, why and
 * what to do) or as a JSON object. It does not know who found the fault.
 */
#ifndef CRONSCTL_COMPLAIN_H
#define CRONSCTL_COMPLAIN_H

#include <stdbool.h>

struct fault;

/* Where a fault belongs; any of these may be NULL. */
struct complaint {
	const char *verb;
	const char *file; /* the fault's line and column are in it */
	const char *text; /* the fault's column is in it, if there is no file */
	bool json;
};

/*
 *	cronsctl: add: minute: "61" is not in 0-59
 *	  61 * * * *
 *	  ^
 *	  hint
 *
 * As JSON: error (the token), code, exit, message, and as far as they are known
 * verb, field, file, line, column, text, hint. Returns the exit status that
 * belongs to the fault.
 */
int complain(const struct complaint *about, const struct fault *f);

#endif
