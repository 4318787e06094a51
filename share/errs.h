/*
 * errs: every error a user can meet, once. A row is: name, protocol code,
 * wire token, exit status of cronsctl, and the sentence for people. Codes
 * follow HTTP; 4xx and 5xx mean that nothing changed. It does not know where
 * an error happened: the struct fault that travels with it says so.
 */
#ifndef SHARE_ERRS_H
#define SHARE_ERRS_H

/* clang-format off */
#define ERRS(X) \
	X(BAD_REQUEST,   400, "bad-request",   2, "the request line is not understood") \
	X(UNKNOWN_VERB,  400, "unknown-verb",  2, "there is no such verb") \
	X(UNKNOWN_KEY,   400, "unknown-key",   2, "there is no such key") \
	X(BAD_VALUE,     422, "bad-value",     2, "the value is not allowed") \
	X(MISSING_KEY,   400, "missing-key",   2, "a key or word is missing") \
	X(DENIED,        403, "denied",        4, "you may not do that") \
	X(NOT_FOUND,     404, "not-found",     3, "there is no such thing") \
	X(AMBIGUOUS,     409, "ambiguous",     3, "the name fits more than one") \
	X(TIMED_OUT,     408, "timed-out",   124, "it did not happen in time") \
	X(EXISTS,        409, "exists",        7, "the name is taken") \
	X(CHANGED,       409, "changed",       7, "it changed meanwhile") \
	X(NOT_RUNNING,   409, "not-running",   1, "it is not running") \
	X(NOT_PAUSED,    409, "not-paused",    1, "it is not paused") \
	X(RUNNING,       409, "running",       1, "it is not over yet") \
	X(HELD,          409, "held",          1, "it is held") \
	X(FROM_FILE,     409, "from-file",     1, "it comes from a crontab: change that") \
	X(GONE,          410, "gone",          3, "it is no longer kept") \
	X(TOO_LARGE,     413, "too-large",     2, "that is too large") \
	X(BAD_SCHEDULE,  422, "bad-schedule",  8, "the schedule is not valid") \
	X(BAD_CRONTAB,   422, "bad-crontab",   8, "the crontab is not valid") \
	X(BUSY,          429, "busy",          1, "too many requests or jobs of this user") \
	X(INTERNAL,      500, "internal",      1, "the daemon failed") \
	X(NOT_LEADER,    503, "not-leader",    6, "another host decides") \
	X(UNREACHABLE,   503, "unreachable",   5, "the daemon does not answer") \
	X(DEGRADED,      507, "disk-full",     1, "the daemon cannot write its database")
/* clang-format on */

enum err {
	ERR_NONE,
#define X(name, code, token, exit_status, sentence) ERR_##name,
	ERRS(X)
#undef X
	    ERR_COUNT
};

/* What went wrong, where, and what to do about it. */
struct fault {
	enum err err; /* ERR_NONE: nothing is wrong */
	int line; /* of a file, from 1; 0: none */
	int column; /* of the text, from 1; 0: none */
	char field[24]; /* "minute", "schedule", "timeout"; "" none */
	char text[256]; /* why, one line: "\"61\" is not in 0-59" */
	char hint[160]; /* what to do instead; "" none */
};

/* Rows by value; ERR_NONE has code 200, token "ok", exit status 0. */
int err_code(enum err err);
const char *err_token(enum err err);
int err_exit(enum err err);
const char *err_sentence(enum err err);

/* The error with that wire token, ERR_INTERNAL if there is none. */
enum err err_find(const char *token);

/* Fills f and returns err, so that a parser can return fault_set(...). */
enum err fault_set(struct fault *f, enum err err, const char *field,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
