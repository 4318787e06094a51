/*
 * bin: run files that are needed no more, and go when there is time for it. It
 * does not know what was in them, nor why nobody needs them.
 *
 * While more is due than can be started, they are gathered: shims make files
 * in the same directory, and each change of it waits for all others. A file
 * that is still there after a crash belongs to a run whose result is durable:
 * recovery hands it over again.
 */
#ifndef CRONSD_BIN_H
#define CRONSD_BIN_H

#include <stdbool.h>

struct bin;
struct self;
struct work;

struct bin *bin_new(const struct self *self, struct work *work);

/* At the end of a process, when the workers have stopped: all of them go. */
void bin_free(struct bin *bin);

void bin_put(struct bin *bin, const char *name);

/* At the end of each turn; later: not now, unless there are too many. Nothing
 * wakes the loop for what is left: another turn must be sure to come. */
void bin_turn(struct bin *bin, bool later);

#endif
