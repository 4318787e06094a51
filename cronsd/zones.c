/* A list is enough: a site uses a handful of zones; at most 600 exist. */
#include "zones.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <bsd/sys/queue.h>

#include "share/errs.h"
#include "share/log.h"
#include "share/tz.h"

#define LOOK_AGAIN_US MINUTE_US

struct entry {
	char *name;
	struct tz *zone; /* NULL: could not be read when last tried */
	mono_t looked;
	SLIST_ENTRY(entry) in_zones;
};

struct zones {
	SLIST_HEAD(, entry) entries;
};

struct zones *
zones_new(void)
{
	struct zones *zones = xcalloc(1, sizeof *zones);

	SLIST_INIT(&zones->entries);
	return zones;
}

/* Keeps the old zone where the new file cannot be read. */
static void
read_zone(struct entry *e)
{
	struct fault f;
	struct tz *zone = tz_open(e->name, &f);

	if (zone == NULL) {
		log_warn("time zone \"%s\": %s", e->name, f.text);
		return;
	}
	tz_free(e->zone);
	e->zone = zone;
}

const struct tz *
zones_find(struct zones *zones, const char *name, mono_t now)
{
	struct entry *e;

	SLIST_FOREACH(e, &zones->entries, in_zones)
		if (strcmp(e->name, name) == 0)
			break;
	if (e == NULL) {
		e = xcalloc(1, sizeof *e);
		e->name = xstrdup(name);
		e->looked.us = INT64_MIN / 2;
		SLIST_INSERT_HEAD(&zones->entries, e, in_zones);
	}
	if (now.us - e->looked.us > LOOK_AGAIN_US) {
		e->looked = now;
		if (e->zone == NULL || tz_is_stale(e->zone))
			read_zone(e);
	}
	return e->zone;
}
