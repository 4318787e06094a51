/*
 * when_calendar: systemd's OnCalendar expressions ("Mon..Fri 09:00", "*-*~1",
 * "weekly"), as systemd.time(7) describes them. It does not know systemd.
 */
#ifndef SHARE_WHEN_CALENDAR_H
#define SHARE_WHEN_CALENDAR_H

#include "when_form.h"

/* Everything in the calendar dialect. */
bool when_calendar_claims(const char *text);

/* In the extended dialect only what cannot be anything else. */
bool when_calendar_is_clear(const char *text);

bool when_calendar_parse(struct when *w, struct when_text *t);

#endif
