/*
 * member: the columns of a reply as members of a JSON object: which are
 * numbers, which yes or no, which instants. It does not know verbs; a column
 * it never heard of is a string.
 */
#ifndef CRONSCTL_MEMBER_H
#define CRONSCTL_MEMBER_H

struct buf;
struct call_answer;
struct row;
struct view;

/*
 * One row as one line on stdout. "x_us" becomes "x" (RFC 3339) and "x_us"
 * (epoch microseconds), both null where there is none; a row with one of
 * "job" and "name" has both; a list of instants ("next" of show) is an array.
 */
void member_print_row(const struct view *view, const struct row *row);

/* The words of an answer as one line on stdout, with "verb" first. */
void member_print_answer(const struct view *view, const char *verb,
    const struct call_answer *answer);

#endif
