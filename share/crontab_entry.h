/*
 * crontab_entry: one entry of a crontab: time, perhaps a user, a command, the
 * text for its standard input. It does not know what stands above or below
 * it.
 */
#ifndef SHARE_CRONTAB_ENTRY_H
#define SHARE_CRONTAB_ENTRY_H

#include "buf.h"
#include "crontab.h"

struct crontab_rules;

/* Where the strings of an entry live; used again for the next one. */
struct crontab_entry {
	const struct crontab_rules *rules;
	const struct crontab_options *options;
	struct buf schedule, user, raw, command, input;
};

void crontab_entry_fini(struct crontab_entry *entry);

/*
 * Reads text, a line without its LF, into line (whose strings point into the
 * entry): it becomes a JOB or, with a fault, an ERROR.
 */
void crontab_entry_parse(struct crontab_entry *entry, const char *text,
    struct crontab_line *line);

#endif
