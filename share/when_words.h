/*
 * when_words: schedules of wall times in plain English, and why a wall time
 * is none of theirs. It does not know instants or zones.
 */
#ifndef SHARE_WHEN_WORDS_H
#define SHARE_WHEN_WORDS_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct when;

/* "at 04:30 on Monday to Friday in March" */
void when_words_describe(const struct when *w, struct buf *out);

/* "minute 7 is not a multiple of 5"; false and nothing if wall is a member. */
bool when_words_why_not(
    const struct when *w, int64_t phase, int64_t wall, struct buf *out);

/* The same of the time of day alone. */
bool when_words_why_not_time(
    const struct when *w, int64_t wall, struct buf *out);

#endif
