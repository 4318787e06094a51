/*
 * when_cron: crontab's own forms, five fields (six with seconds in the
 * extended dialect) and the macros that stand for them. It does not know the
 * command after them.
 */
#ifndef SHARE_WHEN_CRON_H
#define SHARE_WHEN_CRON_H

#include "when_form.h"

bool when_macro_claims(const char *text);
bool when_macro_parse(struct when *w, struct when_text *t);

bool when_cron_claims(const char *text);
bool when_cron_parse(struct when *w, struct when_text *t);

#endif
