/*
 * cgroup: finds the directory below which each run gets a cgroup of its own.
 * It does not know runs; shims make and remove theirs.
 *
 * A shim cannot remove a cgroup that is not empty: children that outlive
 * their run are still in it, or the shim itself was killed. What stays behind
 * is tidied later.
 */
#ifndef CRONSD_CGROUP_H
#define CRONSD_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * wish: "no", a directory, or "auto": a cgroup v2 hierarchy in which this
 * process may make a directory below its own cgroup and which has cgroup.kill.
 * out is "" if there is none. A path over CGROUP_DIR_MAX bytes is refused (and
 * that said): a run file's header has to name it, with the run's own part.
 */
#define CGROUP_DIR_MAX 160
void cgroup_find(const char *wish, char *out, size_t room);

/* Have runs' cgroups below dir limits of memory and processes? Only where both
 * controllers are delegated to it; they are switched on then. */
bool cgroup_has_limits(const char *dir);

/*
 * Removes what is empty below dir: "<instance>-<run>" of runs that are not
 * live, and what other instances left there ten minutes ago or earlier.
 */
struct cgroup_tidy {
	const char *dir, *instance;
	bool (*is_live)(void *arg, int64_t run);
	void *arg;
};
void cgroup_tidy(const struct cgroup_tidy *tidy);

#endif
