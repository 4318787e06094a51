/*
 * crontab: the text of a crontab, line by line, as Debian's cron or cronie
 * would read it. It is pure but for zone files (a CRON_TZ is looked at): the
 * text is in memory, users are asked for through a callback. It does not know
 * where the file lies, who may read it, or what becomes of the jobs.
 *
 * Where a dialect is unsafe rather than different we are safe: a NUL is
 * refused everywhere, comments are comments however long, numbers do not wrap
 * (share/when). All errors of a text are found, not only the first.
 */
#ifndef SHARE_CRONTAB_H
#define SHARE_CRONTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "errs.h"
#include "job.h"

struct buf;
struct crontab_env;

#define CRONTAB_WARNINGS 4 /* kept of one line */
#define CRONTAB_OPTIONS 64 /* of #crons: comments above one entry */

/* clang-format off */
#define CRONTAB_KINDS(X) \
	X(BLANK,   "blank") \
	X(COMMENT, "comment") \
	X(ENV,     "env") /* NAME=VALUE, for the entries below it */ \
	X(JOB,     "job") \
	X(ERROR,   "error")

#define CRONTAB_VERDICTS(X) \
	X(ACCEPT,  "accept")  /* all of it */ \
	X(PARTIAL, "partial") /* without the lines that are wrong */ \
	X(REJECT,  "reject")  /* nothing of it */ \
	X(SKIP,    "skip")    /* not read at all */
/* clang-format on */

enum crontab_kind {
#define X(name, word) CRONTAB_##name,
	CRONTAB_KINDS(X)
#undef X
};

enum crontab_verdict {
#define X(name, word) CRONTAB_##name,
	CRONTAB_VERDICTS(X)
#undef X
};

const char *crontab_kind_word(enum crontab_kind kind);
const char *crontab_verdict_word(enum crontab_verdict verdict);

enum crontab_flag {
	CRONTAB_NO_LOG = 1, /* cronie's leading - : no CMD line in the log */
	CRONTAB_MAIL_ON_FAILURE = 2, /* cronie's -n */
};

/* One key=value of a #crons: comment; the value is good for that field. */
struct crontab_option {
	enum job_field field;
	char *text;
	int line, column;
};

/* A line; all that it points to is borrowed until the visit returns. */
struct crontab_line {
	int number; /* from 1 */
	enum crontab_kind kind;
	const char *name, *value; /* ENV */

	/* JOB. The command is what is run: % and backslashes are done. */
	const char *schedule; /* fields with one blank between, or a macro */
	const char *user; /* of the user field; NULL in a user's tab */
	const char *raw; /* the command as written */
	const char *command; /* blanks in front are kept where cron does */
	const char *input; /* text after the first %; NULL: none */
	const char *zone; /* of CRON_TZ where the dialect has it, or "" */
	int delay; /* minutes of RANDOM_DELAY where the dialect has it, or 0 */
	unsigned flags; /* of enum crontab_flag */
	const struct crontab_env *env; /* in force */
	const struct crontab_option *option;
	size_t option_count;

	struct fault error; /* ERROR; line and column are set */
	struct fault warning[CRONTAB_WARNINGS];
	size_t warning_count;
};

struct crontab_options {
	enum dialect dialect; /* not CALENDAR: it has no crontabs */
	bool system; /* lines have a user field */
	bool privileged; /* root's tab; a system tab is always */
	bool by_line; /* a bad line never makes a whole file dead */
	bool check_users; /* an unknown user is what it is for the dialect */
	/* Is there a user of that name? NULL: nobody is asked. */
	bool (*has_user)(void *arg, const char *name);
	/* Called for every line, in order; may be NULL. */
	void (*visit)(void *arg, const struct crontab_line *line);
	void *arg;
};

struct crontab_result {
	enum crontab_verdict verdict; /* never SKIP */
	int lines, jobs, errors, warnings; /* jobs: found, even if rejected */
	struct fault fault; /* the first error, or the limit that was passed */
};

/*
 * Reads the text, visiting its lines. That a file is rejected is known only
 * at the end: who loads jobs asks for the result first.
 */
void crontab_parse(const char *text, size_t len,
    const struct crontab_options *options, struct crontab_result *result);

/* The settings in force, as their names came first: each(arg, name, value). */
void crontab_env_each(const struct crontab_env *env,
    void (*each)(void *arg, const char *name, const char *value), void *arg);

#endif
