/*
 * match: an extended regular expression against one line. It does not know
 * where the line came from. It works in the client: an expression that takes
 * for ever takes its user's own time, and nobody else's.
 */
#ifndef CRONSCTL_MATCH_H
#define CRONSCTL_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "share/errs.h"

struct match;

/* NULL and a fault with the reason if the text is no expression. */
struct match *match_new(const char *text, struct fault *f);
void match_free(struct match *match); /* NULL is fine */

/* The bytes may hold anything; a last LF is not part of the line. */
bool match_has(const struct match *match, const char *bytes, size_t len);

#endif
