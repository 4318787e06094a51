/*
 * lines: output that comes frame by frame as lines, each whole and with the
 * time of its first byte, however the job's writes cut it. It does not know
 * which lines are wanted or how they are shown.
 */
#ifndef CRONSCTL_LINES_H
#define CRONSCTL_LINES_H

#include <stdbool.h>

struct frame;
struct lines;

/*
 * Each line in the order in which they end, with its LF. A note or a gap comes
 * as it is. is_end is false for these, and for a piece of a line that goes on:
 * in front of a gap, and where it is longer than LINES_LONGEST.
 */
#define LINES_LONGEST (1 << 20)
typedef void lines_each(void *arg, const struct frame *line, bool is_end);

struct lines *lines_new(lines_each *each, void *arg);
void lines_free(struct lines *lines);

void lines_put(struct lines *lines, const struct frame *frame);

/* No more comes: what is left of lines that have no LF. */
void lines_end(struct lines *lines);

#endif
