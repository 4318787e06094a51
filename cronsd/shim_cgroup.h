/*
 * shim_cgroup: one directory of a cgroup v2 tree for one run. It does not know
 * where such trees are; an empty path means that there is none, and then
 * nothing is done.
 */
#ifndef CRONSD_SHIM_CGROUP_H
#define CRONSD_SHIM_CGROUP_H

#include <stdint.h>

/* 0 or -1 and errno. One that exists already is taken as it is. */
int shim_cgroup_make(const char *path);

/* Sets its "memory.max" or another such file; 0 is no limit, and nothing is
 * done. 0 or -1 and errno. */
int shim_cgroup_limit(const char *path, const char *file, int64_t most);

/* Moves the calling process into it. */
int shim_cgroup_enter(const char *path);

/* Kills all that is in it; -1 if the kernel (before 5.14) cannot. */
int shim_cgroup_kill(const char *path);

/* Removes it if nothing is in it. */
void shim_cgroup_remove(const char *path);

#endif
