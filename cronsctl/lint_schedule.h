/*
 * lint_schedule: what is odd about the time of an entry, though it parses:
 * that it means another thing than people think. It does not know what runs
 * then.
 */
#ifndef CRONSCTL_LINT_SCHEDULE_H
#define CRONSCTL_LINT_SCHEDULE_H

#include <stddef.h>

#include "share/when.h"

struct lint_list;

/* A schedule where it stands: fixes are of the whole line. */
struct lint_schedule {
	struct lint_list *list;
	enum dialect dialect;
	int number; /* of the line; 0: the schedule is all there is */
	const char *line;
	size_t start, len; /* the schedule's bytes in it */
};

/* The schedule has to parse; forms that are no five or six fields are fine. */
void lint_schedule(const struct lint_schedule *s);

#endif
