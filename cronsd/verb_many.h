/*
 * verb_many: a verb for one job, done to all jobs with a tag. It does not know
 * which verb.
 */
#ifndef CRONSD_VERB_MANY_H
#define CRONSD_VERB_MANY_H

#include "request.h"

typedef enum verb_status verb_function(struct request *r);

/* The reply counts: jobs= done= failed=, and runs= of those begun. */
enum verb_status verb_many(
    struct request *r, const struct request_tag *t, verb_function *fn);

#endif
