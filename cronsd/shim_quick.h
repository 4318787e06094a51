/*
 * shim_quick: can a path be walked without waiting for anybody? It does not
 * know what for.
 */
#ifndef CRONSD_SHIM_QUICK_H
#define CRONSD_SHIM_QUICK_H

#include <stdbool.h>

/* Said once by the zygote: remembers which file system the root is. */
void shim_quick_init(void);

/*
 * True if the kernel has the whole path in memory, and what is there lies on
 * a block device of this machine or on the root's own file system. False if
 * it is on another (NFS, FUSE, a mount yet to be made), is not known, or the
 * kernel (before 5.12) cannot say. Never waits to find out.
 */
bool shim_quick_path(const char *path);

#endif
