/*
 * batch: `cronsctl next --batch`, schedules in and instants out, a line each.
 * It does not know jobs, the daemon or options.
 */
#ifndef SHARE_BATCH_H
#define SHARE_BATCH_H

#include <stdio.h>

/*
 * Reads lines DIALECT TAB SCHEDULE TAB ZONE TAB AFTER TAB COUNT until the end
 * of `in` and answers each with one line, flushed: the next COUNT instants
 * strictly after AFTER (epoch seconds) separated by commas, NEVER, or "ERR: "
 * and the reason. A bad line never stops it. An empty ZONE is the system's.
 */
void batch_next(FILE *in, FILE *out);

#endif
