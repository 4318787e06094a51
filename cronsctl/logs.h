/*
 * logs: captured output, frame by frame, put where it belongs: the job's
 * stdout to stdout, its stderr to stderr. It does not know which run it is or
 * how the frames came.
 */
#ifndef CRONSCTL_LOGS_H
#define CRONSCTL_LOGS_H

#include <stdbool.h>

#include "text.h"

struct frame;
struct view;

struct logs {
	const struct view *view;
	bool out, err; /* which streams are shown */
	bool timestamps;
	/* of each stream, 0 is stdout and 1 stderr: */
	struct text_stream stream[2];
	bool inside_line[2];
	bool is_terminal[2];
};

void logs_init(struct logs *logs, const struct view *view);

/* Is the frame of a stream that is shown? Notes always are. */
bool logs_wants(const struct logs *logs, const struct frame *frame);

/* Shows one frame; arg is a struct logs (an on_frame of struct call_sink). */
void logs_frame(void *arg, const struct frame *frame);

#endif
