/*
 * options: the command line of cronsd, and which settings it names. It does
 * not know what they mean (conf).
 */
#ifndef CRONSD_OPTIONS_H
#define CRONSD_OPTIONS_H

#include <stdbool.h>

struct conf;

struct options {
	bool foreground, verbose;
	const char *state; /* everything below it; NULL: the usual places */
	const char *config; /* NULL: the usual file, which may be missing */
	int ready_fd; /* -1 none */
};

/* Says what is wrong, or the version, and ends the process where asked. */
void options_read(struct options *o, int argc, char **argv);

/* The settings that count, with or without a file; false: it has a mistake
 * (logged). system: as root. */
bool options_conf(const struct options *o, bool system, struct conf *conf);

#endif
