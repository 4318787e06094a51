/* The texts are cut to what a struct fault holds; places are never lost. */
#include "crontab_fault.h"

#include <bsd/string.h>

struct fault *
crontab_fail(struct crontab_line *line, int column, const char *what,
    const char *why)
{
	struct fault *f = &line->error;

	if (line->kind == CRONTAB_ERROR)
		return f;
	line->kind = CRONTAB_ERROR;
	fault_set(f, ERR_BAD_CRONTAB, "", "%s: %s", what, why);
	f->line = line->number;
	f->column = column;
	return f;
}

struct fault *
crontab_warn(struct crontab_line *line, int column, const char *why)
{
	struct fault *f;

	if (line->warning_count < CRONTAB_WARNINGS)
		line->warning_count++;
	f = &line->warning[line->warning_count - 1];
	fault_set(f, ERR_BAD_CRONTAB, "", "%s", why);
	f->line = line->number;
	f->column = column;
	return f;
}

void
crontab_hint(struct fault *f, const char *hint)
{
	strlcpy(f->hint, hint, sizeof f->hint);
}
