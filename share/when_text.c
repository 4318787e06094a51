/* A cursor over text that need not end with a NUL, and the calendar's names. */
#include "when_text.h"

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "errs.h"

#define SHORT 3 /* letters of a short name */

static const char *const months[]
    = { "January", "February", "March", "April", "May", "June", "July",
	      "August", "September", "October", "November", "December" };
static const char *const weekdays[] = { "Sunday", "Monday", "Tuesday",
	"Wednesday", "Thursday", "Friday", "Saturday" };

/* The text is formatted before fault_set clears what it may be made of. */
bool
when_text_fail(struct when_text *t, const char *at, const char *fmt, ...)
{
	char why[sizeof t->fault->text];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	fault_set(t->fault, ERR_BAD_SCHEDULE, t->field, "%s", why);
	t->fault->column = (int)(at - t->start) + 1;
	return false;
}

void
when_text_hint(struct when_text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->fault->hint, sizeof t->fault->hint, fmt, ap);
	va_end(ap);
}

char
when_text_peek(const struct when_text *t)
{
	return t->at < t->end ? *t->at : '\0';
}

bool
when_text_skip(struct when_text *t, char want)
{
	if (when_text_peek(t) != want)
		return false;
	t->at++;
	return true;
}

void
when_text_skip_blanks(struct when_text *t)
{
	while (when_text_peek(t) == ' ' || when_text_peek(t) == '\t')
		t->at++;
}

size_t
when_text_letters(const struct when_text *t)
{
	const char *p = t->at;

	while (p < t->end && isalpha((unsigned char)*p))
		p++;
	return (size_t)(p - t->at);
}

size_t
when_text_word(const struct when_text *t)
{
	const char *p = t->at;

	while (p < t->end && *p != ' ' && *p != '\t')
		p++;
	return (size_t)(p - t->at);
}

bool
when_text_skip_word(struct when_text *t, const char *word)
{
	size_t len = when_text_word(t);

	if (len != strlen(word) || strncasecmp(t->at, word, len) != 0)
		return false;
	t->at += len;
	when_text_skip_blanks(t);
	return true;
}

/* Reads on after an overflow, so that the cursor stands behind the number. */
bool
when_text_number(struct when_text *t, int *number)
{
	if (!isdigit((unsigned char)when_text_peek(t)))
		return false;
	for (*number = 0; isdigit((unsigned char)when_text_peek(t)); t->at++) {
		int digit = *t->at - '0';

		if (*number < 0 || *number > (INT_MAX - digit) / 10)
			*number = -1;
		else
			*number = *number * 10 + digit;
	}
	return true;
}

bool
when_text_digits(struct when_text *t, int digits, int *number)
{
	*number = 0;
	for (int i = 0; i < digits; i++, t->at++) {
		if (!isdigit((unsigned char)when_text_peek(t)))
			return false;
		*number = *number * 10 + (*t->at - '0');
	}
	return true;
}

bool
when_text_date(struct when_text *t, struct civil *date)
{
	int year;

	memset(date, 0, sizeof *date);
	if (!when_text_digits(t, 4, &year) || !when_text_skip(t, '-')
	    || !when_text_digits(t, 2, &date->month) || !when_text_skip(t, '-')
	    || !when_text_digits(t, 2, &date->day))
		return false;
	date->year = year;
	return date->month >= 1 && date->month <= 12 && date->day >= 1
	    && date->day <= days_in_month(year, date->month);
}

static bool
is_name(const char *word, size_t len, const char *name, bool long_names)
{
	return (len == SHORT || (long_names && len == strlen(name)))
	    && strncasecmp(word, name, len) == 0;
}

int
when_text_month(const char *word, size_t len)
{
	for (int i = 0; i < 12; i++)
		if (is_name(word, len, months[i], false))
			return i + 1;
	return -1;
}

int
when_text_weekday(const char *word, size_t len, bool long_names)
{
	for (int i = 0; i < 7; i++)
		if (is_name(word, len, weekdays[i], long_names))
			return i;
	return -1;
}

const char *
when_month_name(int month)
{
	return months[month - 1];
}

const char *
when_weekday_name(int weekday)
{
	return weekdays[weekday];
}
