/*
 * dropin_scan: which crontab files should be looked at: it compares the
 * directories with the rows of the sources. It runs in a worker and reads
 * only names and stamps, no file.
 */
#ifndef CRONSD_DROPIN_SCAN_H
#define CRONSD_DROPIN_SCAN_H

#include "dropin_read.h"

#define DROPIN_MOST_FILES 100000 /* of a directory */

enum dropin_scan_mode {
	DROPIN_SCAN_ALL,
	DROPIN_SCAN_USERS, /* tabs whose user came or went; and: */
	DROPIN_SCAN_WAITING, /* sources that wait for something */
};

struct dropin_found {
	char *path; /* owned */
	char *trouble; /* owned or NULL */
	bool by_news;
};

struct dropin_scan {
	struct dropin_rules rules; /* owned copy */
	enum dropin_scan_mode mode;
	struct dropin_found *found;
	size_t count, room;
	bool failed;
	const _Atomic bool *stop; /* the daemon ends: leave off */
	void *owner; /* who gave it out; not used here */
};

void dropin_scan(void *scan);

void dropin_scan_free(struct dropin_scan *scan);

#endif
