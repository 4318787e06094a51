/*
 * crontab_fault: what is wrong with a line of a crontab, and how it is said:
 * cron's own words first ("bad minute"), then why. It knows no rule.
 */
#ifndef SHARE_CRONTAB_FAULT_H
#define SHARE_CRONTAB_FAULT_H

#include "crontab.h"

/*
 * The line is an error from now on: "WHAT: WHY" at that column (from 1). Only
 * the first one of a line is kept. Returns its fault, for a hint.
 */
struct fault *crontab_fail(struct crontab_line *line, int column,
    const char *what, const char *why);

/*
 * Adds a warning. Returns it, for a text of one's own or a hint; of more than
 * CRONTAB_WARNINGS the last place is used again.
 */
struct fault *crontab_warn(
    struct crontab_line *line, int column, const char *why);

void crontab_hint(struct fault *f, const char *hint);

#endif
