/*
 * lint_line: what is odd about one line of a crontab: a setting, or the
 * command of an entry. It does not know the lines around it.
 */
#ifndef CRONSCTL_LINT_LINE_H
#define CRONSCTL_LINT_LINE_H

#include "share/crontab.h"

struct lint_list;

struct lint_line {
	struct lint_list *list;
	const struct crontab_options *options;
	const struct crontab_line *line; /* as it was parsed */
	const char *text; /* the physical line, without LF */
};

/* Of a line of kind ENV, of kind JOB, and of any. */
void lint_setting(const struct lint_line *l);
void lint_command(const struct lint_line *l);
void lint_bytes(const struct lint_line *l);

#endif
