/*
 * The start of process 1 is the 22nd field of its stat, in ticks since the
 * kernel's boot; exec does not change it. Where /proc hides it the boot id has
 * to do. The flag files of other crons say that @reboot jobs were run, but
 * only if they are not left from a life before.
 */
#include "boot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

#include "fail.h"
#include "self.h"
#include "share/clock.h"

static void
read_line_of(const char *path, char *out, size_t room)
{
	FILE *file = fopen(path, "re");

	out[0] = '\0';
	if (file != NULL && fgets(out, (int)room, file) != NULL)
		out[strcspn(out, "\n")] = '\0';
	if (file != NULL)
		fclose(file);
}

/* Ticks from the kernel's boot to the start of process 1; -1: hidden. */
static long long
first_process_start(void)
{
	char stat[1024];
	const char *field;

	read_line_of("/proc/1/stat", stat, sizeof stat);
	field = strrchr(stat, ')'); /* the name may hold anything */
	for (int i = 2; field != NULL && i < 22; i++)
		field = strchr(field + 1, ' ');
	return field == NULL ? -1 : atoll(field + 1);
}

/* Has Debian's cron or cronie run @reboot jobs since that instant? */
static bool
cron_ran_since(int64_t us)
{
	static const char *const flags[]
	    = { "/run/crond.reboot", "/run/cron.reboot" };
	struct stat st;

	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (lstat(flags[i], &st) == 0 && st.st_uid == 0
		    && (int64_t)st.st_ctim.tv_sec * SECOND_US >= us)
			return true;
	return false;
}

void
boot_read(struct self *self)
{
	long long ticks = first_process_start();
	int64_t begin = wall_now().us - mono_now().us;

	read_line_of("/proc/sys/kernel/random/boot_id", self->boot,
	    sizeof self->boot);
	FAIL_BOOT(self->boot, sizeof self->boot);
	snprintf(self->life, sizeof self->life, "%s", self->boot);
	if (ticks >= 0) {
		snprintf(self->life, sizeof self->life, "%s-%lld", self->boot,
		    ticks);
		begin += ticks * SECOND_US / sysconf(_SC_CLK_TCK);
	}
	self->cron_ran = cron_ran_since(begin);
}
