/*
 * show: rows as a table for people or as JSON lines. It does not know verbs or
 * connections, nor what a cell means (cronsctl/column).
 */
#ifndef CRONSCTL_SHOW_H
#define CRONSCTL_SHOW_H

#include <stddef.h>
#include <stdio.h>

#include "share/verbs.h"

struct row;
struct show;
struct view;

/*
 * A table of that verb on stdout; view must outlive it. JSON is written row by
 * row. A table is collected, at most SHOW_PAGE rows at a time, so that its
 * columns fit; then the next page begins.
 */
#define SHOW_PAGE 10000
struct show *show_new(const struct view *view, enum verb verb);

/* Names in the column of users that need not be shown: one's own. */
void show_set_me(struct show *show, const char *user);

/* Where to; stdout if nothing is said. It must outlive the table. */
void show_set_stream(struct show *show, FILE *to);

/* One more row; arg is a struct show (it is an on_row of struct call_sink). */
void show_row(void *arg, const struct row *row);

/*
 * Prints what is left, and frees. Returns how many rows there were in all. If
 * there were none, `none` (may be NULL) says so on stderr, for people.
 */
size_t show_end(struct show *show, const char *none);

/* Frees without a word: the reply ended in an error. */
void show_free(struct show *show);

#endif
