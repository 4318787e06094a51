/* What the process itself has to be, before anything is opened. */
#include "self.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <bsd/string.h>

#include "share/clock.h"
#include "spool.h"

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

#define FORMER_MAX (sizeof ((struct self *)0)->former / sizeof(char[17]))

void
self_add_former(struct self *self, const char *instance)
{
	size_t i = 0;

	if (strcmp(instance, self->instance) == 0)
		return;
	while (i < FORMER_MAX && self->former[i][0] != '\0'
	    && strcmp(self->former[i], instance) != 0)
		i++;
	if (i < FORMER_MAX)
		strlcpy(self->former[i], instance, sizeof self->former[i]);
}

int
self_open_file(const struct self *self, int64_t run, uint32_t fence)
{
	const char *instance = self->instance;
	char name[SPOOL_NAME_MAX];
	int fd;

	for (size_t i = 0;; i++) {
		spool_name(name, instance, run, fence);
		fd = openat(self->spool_fd, name, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT || i == FORMER_MAX
		    || self->former[i][0] == '\0')
			return fd;
		instance = self->former[i];
	}
}
