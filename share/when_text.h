/*
 * when_text: reading a schedule's text from left to right, with the column
 * and the field at hand when something is wrong. It does not know what is
 * being read.
 */
#ifndef SHARE_WHEN_TEXT_H
#define SHARE_WHEN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct civil;
struct fault;

struct when_text {
	const char *start; /* of the whole schedule: column 1 */
	const char *at, *end; /* what is still to be read of this part */
	const char *field; /* "minute", "schedule" */
	struct fault *fault;
};

/* Fills the fault, with the column of at; returns false, for parsers. */
bool when_text_fail(struct when_text *t, const char *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* What to write instead; after when_text_fail. */
void when_text_hint(struct when_text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

char when_text_peek(const struct when_text *t); /* '\0' at the end */
bool when_text_skip(struct when_text *t, char want);
void when_text_skip_blanks(struct when_text *t);

/* Takes a whole word, any case: "every" but not of "everything". */
bool when_text_skip_word(struct when_text *t, const char *word);

/* The length of the letters (or of all but blanks) at the cursor. */
size_t when_text_letters(const struct when_text *t);
size_t when_text_word(const struct when_text *t);

/*
 * A decimal number; one that is too large for an int is read as -1, so that
 * none wraps into a valid one. False, and nothing read, if there is none.
 */
bool when_text_number(struct when_text *t, int *number);

/* Exactly that many digits, no sign. */
bool when_text_digits(struct when_text *t, int digits, int *number);

/* YYYY-MM-DD of a day that exists; the time of day becomes 00:00:00. */
bool when_text_date(struct when_text *t, struct civil *date);

/*
 * "jan".."dec" as 1..12 and "sun".."sat" as 0..6, any case, exactly three
 * letters (whole names too if long_names); -1 if word is none.
 */
int when_text_month(const char *word, size_t len);
int when_text_weekday(const char *word, size_t len, bool long_names);
const char *when_month_name(int month); /* "January", 1..12 */
const char *when_weekday_name(int weekday); /* "Sunday", 0..6 */

#endif
