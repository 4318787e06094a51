/*
 * lint_list: what can be found wrong or odd in a crontab or a schedule, one
 * row a rule, and the list of what was found. It does not know how.
 */
#ifndef CRONSCTL_LINT_LIST_H
#define CRONSCTL_LINT_LIST_H

#include <stddef.h>

struct fault;

/*
 * ident, word, level, what the parser's own sentence about it holds ("": the
 * rule is lint's), help. Errors are what a crontab is refused for, whole or by
 * the line; a sentence that no row fits is ERROR's or OTHER's.
 */
/* clang-format off */
#define LINT_RULES(X) \
	X(BAD_MINUTE,   "bad-minute",          ERROR, "bad minute",         "the minute is none") \
	X(BAD_HOUR,     "bad-hour",            ERROR, "bad hour",           "the hour is none") \
	X(BAD_DAY,      "bad-day-of-month",    ERROR, "bad day-of-month",   "the day of the month is none") \
	X(BAD_MONTH,    "bad-month",           ERROR, "bad month",          "the month is none") \
	X(BAD_WEEKDAY,  "bad-day-of-week",     ERROR, "bad day-of-week",    "the weekday is none") \
	X(BAD_MACRO,    "bad-time-specifier",  ERROR, "bad time specifier", "there is no such @word") \
	X(BAD_USER,     "bad-username",        ERROR, "bad username",       "a system crontab's line names no user that can be") \
	X(BAD_COMMAND,  "bad-command",         ERROR, "bad command",        "there is no command, or a time field where it should be") \
	X(BAD_OPTION,   "bad-option",          ERROR, "bad option",         "a dash before the entry or the command that means nothing there") \
	X(TOO_LONG,     "command-too-long",    ERROR, "command too long",   "the command is longer than this cron takes") \
	X(NO_NEWLINE,   "missing-newline",     ERROR, "missing newline",    "the last line does not end") \
	X(BAD_BYTE,     "bad-byte",            ERROR, "bad byte",           "a NUL") \
	X(BAD_NAME,     "bad-name",            ERROR, "bad name",           "extended dialect: a variable's name that no shell takes") \
	X(LIMIT,        "limit",               ERROR, ": at most ",         "the file has more than this cron reads") \
	X(ERROR,        "bad-schedule",        ERROR, "",                   "a schedule that was given as text is none") \
	X(UNKNOWN_ZONE, "unknown-zone",        WARNING, "no such time zone",         "CRON_TZ names no zone") \
	X(BAD_DELAY,    "bad-delay",           WARNING, "value of RANDOM_DELAY",     "RANDOM_DELAY is no number of minutes up to a day") \
	X(CUT,          "cut",                 WARNING, "is cut",                    "the line is longer than is read of it") \
	X(NAMELESS,     "nameless",            WARNING, "a setting without a name",  "=value") \
	X(NO_USER,      "unknown-user",        WARNING, "there is no such user:",    "this machine does not have the user") \
	X(PERCENT,      "percent",             WARNING, "the command ends at this %", "a % that is not \\\\%: the rest is the command's input") \
	X(CRLF,         "crlf",                WARNING, "CR LF",                     "a line ends in CR LF") \
	X(NEVER,        "never",               WARNING, "it never",                  "no date is ever like this") \
	X(STEP_LARGE,   "step-too-large",      WARNING, "a step of",                 "a step that leaves only the first value") \
	X(OPTION,       "option",              WARNING, "",  "a #crons: comment that says nothing for the entry below") \
	X(OTHER,        "odd",                 WARNING, "",  "anything else that the parser remarks") \
	X(NOT_READ,     "not-read",            WARNING, "",  "cron passes the file over: its name, owner, mode or kind") \
	X(STEP_UNEVEN,  "step-uneven",         WARNING, "",  "*/7: the steps do not meet the end of the hour, day or month") \
	X(DAY_OR,       "day-or",              WARNING, "",  "day of month and weekday are both set: either is enough") \
	X(DAY_AND,      "day-and",             WARNING, "",  "one day field begins with a star, so both must fit") \
	X(DAY_ALL,      "day-all",             WARNING, "",  "1-31 or 0-6 beside the other day field: every day") \
	X(MINUTE_STAR,  "minute-star",         WARNING, "",  "* 2 * * *: sixty times an hour") \
	X(SHORT_MONTH,  "short-month",         WARNING, "",  "a day that not every month has") \
	X(SUNDAY,       "sunday-end",          WARNING, "",  "fri-sun, 5-0: Debian's own cron never runs it") \
	X(SIXTH_FIELD,  "sixth-field",         WARNING, "",  "the command begins with what looks like a time field") \
	X(USER_WORD,    "user-word",           WARNING, "",  "a user's crontab, and the command begins with a user's name") \
	X(NO_COMMAND,   "no-command",          WARNING, "",  "there is nothing to run") \
	X(BACKSLASH,    "continuation",        WARNING, "",  "a line ends in a backslash; lines are not joined") \
	X(BASHISM,      "bashism",             WARNING, "",  "&>, [[ or <( under a SHELL that need not have it") \
	X(REDIRECT,     "redirect-order",      WARNING, "",  "2>&1 >FILE: stderr goes where stdout went before") \
	X(HIDDEN,       "hidden-text",         WARNING, "",  "control bytes, or characters that turn text round") \
	X(QUOTES,       "curly-quotes",        WARNING, "",  "quotes or dashes of a word processor in a command") \
	X(DUPLICATE,    "duplicate",           WARNING, "",  "the same entry stands above: it runs twice") \
	X(UNEXPANDED,   "not-expanded",        WARNING, "",  "$, ` or ~ in a value: nothing is expanded there") \
	X(PATH,         "path",                WARNING, "",  "PATH without /usr/bin or /bin, or with a relative part") \
	X(SHELL,        "shell",               WARNING, "",  "SHELL that is no absolute path") \
	X(HOME,         "home",                WARNING, "",  "HOME that is no absolute path") \
	X(MAILTO,       "mailto",              WARNING, "",  "MAILTO with blanks or bytes for which cron sends no mail") \
	X(ZONE,         "zone",                WARNING, "",  "TZ, or CRON_TZ in Debian's dialect: the schedule does not move") \
	X(VALUE_TAIL,   "value-tail",          WARNING, "",  "a comment, a second setting or an entry in a value") \
	X(UNUSED,       "unused-setting",      WARNING, "",  "a setting below the last entry") \
	X(DIALECTS,     "dialects",            WARNING, "",  "Debian's cron and cronie read the line differently")
/* clang-format on */

enum lint_rule {
#define X(ident, word, level, says, help) LINT_##ident,
	LINT_RULES(X)
#undef X
	    LINT_RULE_COUNT
};

enum lint_level { LINT_IS_ERROR, LINT_IS_WARNING };

const char *lint_rule_word(enum lint_rule rule);
enum lint_level lint_rule_level(enum lint_rule rule);

/* The rule of that level whose sentence the parser's text holds. */
enum lint_rule lint_rule_find(enum lint_level level, const char *text);

struct lint_finding {
	enum lint_rule rule;
	int line, column; /* from 1; line 0: the whole file or schedule */
	char text[256]; /* what and why */
	char hint[256]; /* what to do; "" none */
	char *fix; /* owned: the line as it may be meant, or NULL */
};

struct lint_list {
	struct lint_finding *found; /* owned */
	size_t count, room;
};

/* Adds one, to be filled further; borrowed until the next is added. */
struct lint_finding *lint_add(struct lint_list *list, enum lint_rule rule,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same from a fault of the parser, whose level is given. */
struct lint_finding *lint_add_fault(
    struct lint_list *list, enum lint_level level, const struct fault *f);

/* By line, column and rule; equal ones become one. */
void lint_list_sort(struct lint_list *list);
size_t lint_list_count(const struct lint_list *list, enum lint_level level);
void lint_list_fini(struct lint_list *list);

#endif
