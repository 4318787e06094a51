/*
 * cgroup: finds the directory below which each run gets a cgroup of its own.
 * It does not know runs; shims make and remove theirs.
 */
#ifndef CRONSD_CGROUP_H
#define CRONSD_CGROUP_H

#include <stddef.h>

/*
 * wish: "no", a directory, or "auto": a cgroup v2 hierarchy in which this
 * process may make a directory below its own cgroup and which has cgroup.kill.
 * out is "" if there is none.
 */
void cgroup_find(const char *wish, char *out, size_t room);

#endif
