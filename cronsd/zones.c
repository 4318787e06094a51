/*
 * A list is enough: a site uses a handful of zones; at most 600 exist.
 *
 * tzdata is upgraded by renaming new files over old ones, and a host moves by
 * a new link: both names are watched, the one we open and the one that it
 * leads to. A file that is half written is refused by its parser and the old
 * zone is kept; the rest of it is told of again.
 */
#include "zones.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/sys/queue.h>

#include "notify.h"
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
	void (*changed)(void *arg); /* NULL: nobody wants to know */
	void *arg;
	struct notify *notify; /* NULL: nothing is watched */
};

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

/* True: the zone was read again, and is another one now. */
static bool
look_again(struct entry *e)
{
	const struct tz *old = e->zone;

	if (old != NULL && !tz_is_stale(old))
		return false;
	read_zone(e);
	if (old == NULL || e->zone == old)
		return false;
	log_info("time zone \"%s\" has changed", e->name);
	return true;
}

static void
tell(const struct zones *zones)
{
	if (zones->changed != NULL)
		zones->changed(zones->arg);
}

static void
on_file(void *arg, int tag, const char *name, enum notify_kind kind)
{
	struct zones *zones = arg;
	struct entry *e;
	bool has_changed = false;

	(void)tag;
	(void)name;
	if (kind == NOTIFY_BEGUN)
		return;
	SLIST_FOREACH(e, &zones->entries, in_zones)
		if (e->zone != NULL)
			has_changed |= look_again(e);
	if (has_changed)
		tell(zones);
}

struct zones *
zones_new(struct loop *loop)
{
	struct zones *zones = xcalloc(1, sizeof *zones);

	SLIST_INIT(&zones->entries);
	if (loop != NULL)
		zones->notify = notify_new(
		    loop, (struct notify_call) { on_file, zones });
	return zones;
}

void
zones_tell(struct zones *zones, void (*changed)(void *arg), void *arg)
{
	zones->changed = changed;
	zones->arg = arg;
}

/* Where no watch can be had, the minute's look remains. */
static void
watch_file(struct zones *zones, const struct entry *e)
{
	const char *path = e->zone == NULL ? NULL : tz_path(e->zone);
	char *real;

	if (path == NULL || zones->notify == NULL)
		return;
	notify_file(zones->notify, 0, path);
	real = realpath(path, NULL);
	if (real != NULL && strcmp(real, path) != 0)
		notify_file(zones->notify, 0, real);
	free(real);
}

static struct entry *
add_entry(struct zones *zones, const char *name, mono_t now)
{
	struct entry *e = xcalloc(1, sizeof *e);

	e->name = xstrdup(name);
	e->looked = now;
	SLIST_INSERT_HEAD(&zones->entries, e, in_zones);
	read_zone(e);
	watch_file(zones, e);
	return e;
}

const struct tz *
zones_find(struct zones *zones, const char *name, mono_t now)
{
	struct entry *e;

	SLIST_FOREACH(e, &zones->entries, in_zones)
		if (strcmp(e->name, name) == 0)
			break;
	if (e == NULL)
		e = add_entry(zones, name, now);
	if (now.us - e->looked.us > LOOK_AGAIN_US) {
		e->looked = now;
		if (look_again(e))
			tell(zones);
	}
	return e->zone;
}
