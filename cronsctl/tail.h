/*
 * tail: the last lines of output. It does not know streams from one another,
 * nor how lines are shown.
 */
#ifndef CRONSCTL_TAIL_H
#define CRONSCTL_TAIL_H

#include <stdbool.h>
#include <stddef.h>

struct frame;
struct tail;

/* Keeps the last `lines` lines; memory is theirs. */
struct tail *tail_new(size_t lines);
void tail_free(struct tail *tail); /* NULL is fine */

/*
 * One more line, or a piece of one, or a note (see lines.h); it is copied. What
 * is no end of a line goes with the line that ends behind it.
 */
void tail_put(struct tail *tail, const struct frame *line, bool is_end);

/* Calls each for every piece kept. */
void tail_each(const struct tail *tail,
    void (*each)(void *arg, const struct frame *frame), void *arg);

#endif
