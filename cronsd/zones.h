/*
 * zones: time zones that are in use, each read once. It does not know who
 * uses them. A zone file that was replaced is read again: at once where
 * inotify tells, else noticed at most once a minute when the zone is used.
 */
#ifndef CRONSD_ZONES_H
#define CRONSD_ZONES_H

#include "share/clock.h"

struct loop;
struct tz;
struct zones;

/* loop may be NULL: then nothing is watched. */
struct zones *zones_new(struct loop *loop);

/*
 * Calls changed(arg) whenever a zone is not what it was: also from within
 * zones_find, and what was borrowed of it before is gone then.
 */
void zones_tell(
    struct zones *zones, void (*changed)(void *arg), void *arg);

/* Borrowed until the next call; NULL if there is no such zone (it is logged
 * once). "" is the system's. */
const struct tz *zones_find(struct zones *zones, const char *name, mono_t now);

#endif
