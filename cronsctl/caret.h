/*
 * caret: a line of text shown once more with a caret under one of its columns,
 * harmless on a terminal, a long one cut around that place. It does not know
 * what is wrong there.
 */
#ifndef CRONSCTL_CARET_H
#define CRONSCTL_CARET_H

#include <stddef.h>

struct buf;

/*
 * Appends the line and the line with the caret, each after LF and two blanks.
 * column counts bytes from 1; one behind the end is possible, any other adds
 * the line alone for 0 and nothing else. len is the line's, without LF.
 */
void caret_put(struct buf *out, const char *line, size_t len, int column);

#endif
