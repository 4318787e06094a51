/*
 * when_every: "every 2 weeks on mon,thu at 09:00" and its like: days, weeks
 * and months counted from an anchor date, which no crontab field can do. It
 * does not know fixed rates: those are share/when_at's.
 */
#ifndef SHARE_WHEN_EVERY_H
#define SHARE_WHEN_EVERY_H

#include "when_form.h"

bool when_every_claims(const char *text);
bool when_every_parse(struct when *w, struct when_text *t);

#endif
