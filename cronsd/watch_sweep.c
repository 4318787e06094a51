/*
 * The processes are looked for in a worker: /proc may be large. A run that is
 * being swept is looked at again when that is done, and only then is it lost:
 * a retry must not meet what is left of the run before it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "self.h"
#include "share/log.h"
#include "spool.h"
#include "sweep.h"
#include "watch.h"
#include "watch_parts.h"
#include "work.h"

/*
 * A dead shim without a result: its processes go first, in a worker. After a
 * reboot nothing of it is left, and what has its numbers are strangers.
 */
struct sweeping {
	struct watch *w;
	int64_t run, fence;
	struct sweep_target target;
};

static void
run_sweep(void *arg)
{
	struct sweeping *s = arg;
	int killed = sweep_run(&s->target);

	if (killed > 0)
		log_info("run %lld: %d processes left behind were killed",
		    (long long)s->run, killed);
}

static void
on_swept(void *arg)
{
	struct sweeping *s = arg;
	struct live_run *run = live_find(s->w->on.live, s->run);

	if (run != NULL && run->row.fence == s->fence) {
		run->swept = true;
		watch_look(s->w, run);
	}
	free(s);
}

void
watch_sweep(
    struct watch *w, struct live_run *run, const struct spool_file *file)
{
	struct sweeping *s = xcalloc(1, sizeof *s);
	char name[SPOOL_NAME_MAX], boot[40] = "";

	watch_name_file(run, name);
	s->w = w;
	s->run = run->row.id;
	s->fence = run->row.fence;
	run->sweeping = true;
	log_warn("run %lld: its supervisor died", (long long)run->row.id);
	spool_value(file->header, "boot", boot, sizeof boot);
	if (strcmp(boot, w->on.self->boot) != 0
	    || !sweep_parse(&s->target, name, file->header)) {
		on_swept(s);
		return;
	}
	work_put(w->on.work, LANE_SWEEP,
	    (struct work_call) { run_sweep, on_swept, s });
}
