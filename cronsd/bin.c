/*
 * The names are an array, which a worker is given as it is. A few of them go
 * at once: to wake a worker, and the loop afterwards, costs as much.
 */
#include "bin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#include "self.h"
#include "share/log.h"
#include "spool.h"
#include "work.h"

#define FEW 2
#define MOST_GATHERED 4096 /* a block of the disk each */

struct name {
	char text[SPOOL_NAME_MAX];
};

struct names {
	struct name *at;
	size_t count, room;
};

struct bin {
	const struct self *self;
	struct work *work;
	struct names waiting; /* the loop's */
	bool busy; /* a worker has the others */
	struct names going; /* the worker's while busy */
};

struct bin *
bin_new(const struct self *self, struct work *work)
{
	struct bin *bin = xcalloc(1, sizeof *bin);

	bin->self = self;
	bin->work = work;
	return bin;
}

void
bin_put(struct bin *bin, const char *name)
{
	struct names *names = &bin->waiting;

	if (names->count == names->room) {
		names->room = names->room == 0 ? 16 : names->room * 2;
		names->at = xreallocarray(
		    names->at, names->room, sizeof *names->at);
	}
	strlcpy(names->at[names->count++].text, name,
	    sizeof names->at->text);
}

static void
remove_all(const struct bin *bin, const struct names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->at[i].text;

		if (unlinkat(bin->self->spool_fd, name, 0) != 0
		    && errno != ENOENT)
			log_warn("removing the run file %s: %s", name,
			    strerror(errno));
	}
}

static void
forget(struct names *names)
{
	free(names->at);
	*names = (struct names) { NULL, 0, 0 };
}

static void
run_removal(void *arg)
{
	struct bin *bin = arg;

	remove_all(bin, &bin->going);
}

/* The turn that follows looks at what came meanwhile. */
static void
on_removed(void *arg)
{
	struct bin *bin = arg;

	forget(&bin->going);
	bin->busy = false;
}

void
bin_turn(struct bin *bin, bool later)
{
	size_t count = bin->waiting.count;

	if (count == 0 || bin->busy || (later && count < MOST_GATHERED))
		return;
	if (count <= FEW) {
		remove_all(bin, &bin->waiting);
		bin->waiting.count = 0;
		return;
	}
	bin->busy = true;
	bin->going = bin->waiting;
	bin->waiting = (struct names) { NULL, 0, 0 };
	work_put(bin->work, LANE_STORE,
	    (struct work_call) { run_removal, on_removed, bin });
}

void
bin_free(struct bin *bin)
{
	remove_all(bin, &bin->waiting);
	forget(&bin->waiting);
	if (!bin->busy)
		free(bin);
}
