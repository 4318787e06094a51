/*
 * Of a cgroup only a few files matter here. Its processes are killed by the
 * kernel at once (cgroup.kill), which no fork can outrun.
 */
#include "shim_cgroup.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "procs.h"
#include "spool.h"
#include "spool_text.h"

static int
write_in(const char *path, const char *file, const char *word)
{
	char full[SPOOL_HEADER_ROOM + 32];
	struct spool_text text = spool_text(full, sizeof full);

	if (*path == '\0')
		return 0;
	spool_put(&text, path);
	spool_put(&text, "/");
	spool_put(&text, file);
	return procs_write(full, word);
}

int
shim_cgroup_make(const char *path)
{
	if (*path == '\0' || mkdir(path, 0755) == 0 || errno == EEXIST)
		return 0;
	return -1;
}

int
shim_cgroup_limit(const char *path, const char *file, int64_t most)
{
	char number[24];
	struct spool_text text = spool_text(number, sizeof number);

	if (most == 0)
		return 0;
	spool_put_number(&text, most);
	return write_in(path, file, number);
}

int
shim_cgroup_enter(const char *path)
{
	return write_in(path, "cgroup.procs", "0");
}

int
shim_cgroup_kill(const char *path)
{
	return write_in(path, "cgroup.kill", "1");
}

void
shim_cgroup_remove(const char *path)
{
	if (*path != '\0')
		rmdir(path);
}
