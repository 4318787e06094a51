/*
 * tail: the last lines of output that comes frame by frame. It does not know
 * streams from one another, nor how frames are shown.
 */
#ifndef CRONSCTL_TAIL_H
#define CRONSCTL_TAIL_H

#include <stddef.h>

struct frame;
struct tail;

/* Keeps at least the last `lines` lines; memory is theirs. */
struct tail *tail_new(size_t lines);
void tail_free(struct tail *tail);

/* One more frame; it is copied. */
void tail_put(struct tail *tail, const struct frame *frame);

/* Calls each for every frame kept, the first one cut to where the last
 * `lines` lines begin. */
void tail_each(const struct tail *tail,
    void (*each)(void *arg, const struct frame *frame), void *arg);

#endif
