/*
 * replan: after the database was restored, what is due is no longer known:
 * every job is planned again from now, and what may have happened since the
 * last row that is left is accounted for as one missed row. It does not know
 * how slots are claimed.
 */
#ifndef CRONSD_REPLAN_H
#define CRONSD_REPLAN_H

#include "share/clock.h"

struct commit;
struct plan;
struct self;

/* In the turn's transaction; 0 or -1. */
int replan_all(struct plan *plan, struct self *self, struct commit *commit,
    wall_t now);

#endif
