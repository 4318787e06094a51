/*
 * crontab_option: comments "#crons: key=value ...", which give the entry below
 * them what stock cron has no place for. A bad one is a warning, never an
 * error: for cron it is a comment. It does not know who may set what.
 */
#ifndef SHARE_CRONTAB_OPTION_H
#define SHARE_CRONTAB_OPTION_H

#include "crontab.h"

struct crontab_option_list {
	struct crontab_option option[CRONTAB_OPTIONS];
	size_t count;
};

/* The text is a comment without its LF; others than ours are no matter. */
void crontab_option_parse(struct crontab_option_list *list, const char *text,
    struct crontab_line *line);

void crontab_option_clear(struct crontab_option_list *list);

#endif
