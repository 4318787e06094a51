/*
 * lint_compare: the same text read as Debian's cron and as cronie read it, and
 * the lines where they differ. It does not know which of them counts.
 */
#ifndef CRONSCTL_LINT_COMPARE_H
#define CRONSCTL_LINT_COMPARE_H

#include <stddef.h>

#include "share/crontab.h"

struct lint_list;

/* The text of a crontab; of options all but dialect and visit counts. */
void lint_compare(const char *text, size_t len,
    const struct crontab_options *options, struct lint_list *list);

/* A schedule alone, of a crontab's entry. */
void lint_compare_schedule(const char *text, struct lint_list *list);

#endif
