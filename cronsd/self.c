/* What the process itself has to be, before anything is opened. */
#include "self.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "share/clock.h"

/* A run each may hold a descriptor here: ask for all we can have. */
static void
raise_limits(struct self *self)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		self->files = limit.rlim_cur;
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

void
self_prepare(struct self *self)
{
	gethostname(self->host, sizeof self->host - 1);
	self->start_us = mono_now().us;
	raise_limits(self);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGPIPE, SIG_IGN);
}
