/*
 * lint_fix: from a line that is wrong to one that may be meant. It knows what
 * people write by mistake, but not what is right: that is asked for.
 */
#ifndef CRONSCTL_LINT_FIX_H
#define CRONSCTL_LINT_FIX_H

#include <stdbool.h>

struct fault;

struct lint_judge {
	/* Is the line right? If not, f says why and at which column. */
	bool (*is_right)(void *arg, const char *line, struct fault *f);
	void *arg;
};

/*
 * A right line that is near to this wrong one, yours to free; NULL if none is
 * known. Mistakes are mended from left to right.
 */
char *lint_fix(const struct lint_judge *judge, const char *line);

#endif
