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
 * out->runs is "" if there is none. A path over CGROUP_DIR_MAX bytes is refused
 * (and that said): a run file's header has to name it, with the run's own part.
 *
 * out->limited is the same directory or another one, and "" if both controllers
 * can be had nowhere; they are switched on there. This process may be in
 * another cgroup then: so it is asked for before there are others.
 */
#define CGROUP_DIR_MAX 160
struct cgroup_dirs {
	char runs[4096];
	char limited[4096]; /* of runs with limits of memory or processes */
};
void cgroup_find(const char *wish, struct cgroup_dirs *out);

/*
 * Removes what is empty below dirs: "<instance>-<run>" of runs that are not
 * live, and what other instances left there ten minutes ago or earlier.
 */
struct cgroup_tidy {
	const struct cgroup_dirs *dirs;
	const char *instance;
	bool (*is_live)(void *arg, int64_t run);
	void *arg;
};
void cgroup_tidy(const struct cgroup_tidy *tidy);

#endif
