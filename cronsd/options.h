/*
 * options: the command line of cronsd. It does not know settings (conf).
 */
#ifndef CRONSD_OPTIONS_H
#define CRONSD_OPTIONS_H

#include <stdbool.h>

struct options {
	bool foreground, verbose;
	const char *state; /* everything below it; NULL: the usual places */
	const char *config; /* NULL: the usual file, which may be missing */
	int ready_fd; /* -1 none */
};

/* Says what is wrong, or the version, and ends the process where asked. */
void options_read(struct options *o, int argc, char **argv);

#endif
