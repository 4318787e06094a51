/*
 * view: how this run of cronsctl shows things: zone, width, colour, JSON or
 * text; and instants, spans and sizes printed that way. It does not know
 * tables or what an instant belongs to. It asks the clock once, at the start,
 * or when it is told to.
 */
#ifndef CRONSCTL_VIEW_H
#define CRONSCTL_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share/clock.h"
#include "share/errs.h"

struct buf;
struct tz;

struct view {
	struct tz *zone; /* owned */
	wall_t now;
	bool json;
	bool quiet; /* no headings, summaries and confirmations */
	bool terminal; /* stdout is one */
	bool colour;
	size_t width; /* columns a table may use; 0: as many as it needs */
};

/*
 * zone: a name of the zone database, NULL for the user's ($TZ if it is such a
 * name, else the system's). The rest comes from stdout, NO_COLOR and COLUMNS.
 */
enum err view_init(struct view *view, const char *zone, struct fault *f);
void view_fini(struct view *view);

/* The clock and the terminal's width are asked again. */
void view_renew(struct view *view);

/* All append to out; us is epoch microseconds. */

/* As short as is clear from now: "17:20:00", "Sun 02:30", "2026-12-24 02:30" */
void view_time(const struct view *view, struct buf *out, int64_t us);

/* All of it: "Sun 2026-11-22 03:00:00 CET". */
void view_long(const struct view *view, struct buf *out, int64_t us);

/* RFC 3339 with the zone's offset. */
void view_stamp(const struct view *view, struct buf *out, int64_t us);

/* A span by its one or two largest units: "9h12m", "4m10s", "1.2s", "14h". */
void view_span(struct buf *out, int64_t us, int units);

/* "812", "4.1k", "1.0M"; steps of 1024. */
void view_bytes(struct buf *out, int64_t bytes);

#endif
