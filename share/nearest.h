/*
 * nearest: which known word was meant by a misspelt one. It does not know what
 * the words are for.
 */
#ifndef SHARE_NEAREST_H
#define SHARE_NEAREST_H

/*
 * Number of insertions, deletions, changes and swaps of neighbours between two
 * words (optimal string alignment), for words under 64 bytes; else 64.
 */
int nearest_distance(const char *a, const char *b);

/* Is word near enough to known that a person may have meant it? */
int nearest_is_near(const char *word, const char *known);

#endif
