/*
 * lint: everything that is wrong or odd in a crontab's text or in a schedule,
 * with fixes where they can be derived. It is pure but for zone files and the
 * callback that asks for users; it does not know files, nor how findings are
 * shown.
 */
#ifndef CRONSCTL_LINT_H
#define CRONSCTL_LINT_H

#include "lint_list.h"
#include "share/crontab.h"

struct buf;

/*
 * Findings are added to the list, sorted. options.visit is not called; its arg
 * is has_user's. result is as crontab_parse fills it.
 */
void lint_crontab(const struct buf *text,
    const struct crontab_options *options, struct lint_list *list,
    struct crontab_result *result);

/* A schedule in any dialect; its columns count from its first byte. */
void lint_expression(
    const char *text, enum dialect dialect, struct lint_list *list);

#endif
