/*
 * plan_alone_parts: what memory has while the database cannot be written, for
 * plan_alone.c, which decides and claims, and plan_alone_settle.c, which writes
 * it down later, reads what the last daemon left, and tells of it.
 */
#ifndef CRONSD_PLAN_ALONE_PARTS_H
#define CRONSD_PLAN_ALONE_PARTS_H

#include <bsd/sys/cdefs.h>
#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include "plan_parts.h"

struct claims;

/* A slot, or a range of them, that passed without a run. */
struct alone_note {
	struct run_row row; /* without id */
	STAILQ_ENTRY(alone_note) next; /* alone_job.notes, by slot */
};

struct alone_job {
	struct due due; /* what comes next */
	STAILQ_HEAD(alone_notes, alone_note) notes;
	RB_ENTRY(alone_job) by_job; /* plan_alone.jobs */
	RB_ENTRY(alone_job) by_at; /* plan_alone.queue */
};

RB_HEAD(alone_jobs, alone_job);
RB_HEAD(alone_queue, alone_job);

struct plan_alone {
	struct claims *claims;
	struct alone_jobs jobs;
	struct alone_queue queue;
	struct due seen; /* due rows up to here were looked at */
	int runs; /* claimed so, in live and no rows yet */
	bool is_held; /* claims cannot be written either */
	bool is_settling; /* rows are in the transaction of this turn */
};

/* All due rows of the database are to be looked at. */
void alone_look_from_the_first(struct plan_alone *a);

/* Borrowed; NULL: there is none. Jobs are in order of their ids. */
struct alone_job *alone_find_job(struct plan_alone *a, int64_t job);
struct alone_job *alone_first_job(struct plan_alone *a);
struct alone_job *alone_next_job(struct alone_job *e);

struct alone_job *alone_add_job(struct plan_alone *a, const struct due *due);
void alone_drop_job(struct plan_alone *a, struct alone_job *e);
/* Its due row is that one now. */
void alone_move_job(
    struct plan_alone *a, struct alone_job *e, const struct due *due);

/* The slots of the range have the outcome of `said`: its result and why. */
void alone_put_note(struct alone_job *e, const struct plan_lateness *l,
    const struct plan_range *r, const struct run_row *said);

/* Adds to a row's why how it was started. */
void alone_say_why(struct run_row *row);

#endif
