/*
 * edit: a text in the user's editor, and back. It does not know what the text
 * is. The file has mode 0600 below $TMPDIR; who calls removes it when nothing
 * of the work can be lost any more.
 */
#ifndef CRONSCTL_EDIT_H
#define CRONSCTL_EDIT_H

#include <stdbool.h>

#include "share/buf.h"

struct edit {
	char path[4096]; /* "" until edit_begin */
	struct buf text; /* what the editor left, after edit_run */
};

/* Writes the file. 0, or -1 after a complaint. */
int edit_begin(struct edit *e, const struct buf *text);

/* Lets the user edit it, and reads it. 0, or -1 after a complaint. */
int edit_run(struct edit *e);

/* Removes the file (keep: says where it is instead), and frees. */
void edit_end(struct edit *e, bool keep);

#endif
