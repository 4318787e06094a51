/*
 * zones: time zones that are in use, each read once. It does not know who
 * uses them. A zone file that was replaced is read again, noticed at most
 * once a minute.
 */
#ifndef CRONSD_ZONES_H
#define CRONSD_ZONES_H

#include "share/clock.h"

struct tz;
struct zones;

struct zones *zones_new(void);

/* Borrowed until the next call; NULL if there is no such zone (it is logged
 * once). "" is the system's. */
const struct tz *zones_find(struct zones *zones, const char *name, mono_t now);

#endif
