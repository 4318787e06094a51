/*
 * mail: whether a run's output is mailed, to whom, and the message with the
 * mailer's arguments, as Debian's cron or cronie writes them. It does not know
 * how a message is delivered or kept until then.
 *
 * WHAT MAY GO WHERE. Addresses come from a crontab, which any user may write.
 * Only an address that begins with a letter or digit and is made of few other
 * characters is given to the mailer, as cron does: so it is no option, no
 * command and no second header. In headers a control byte is shown as ^X, and
 * a line is cut before mail has to (998 bytes).
 */
#ifndef CRONSD_MAIL_H
#define CRONSD_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct job;
struct run_row;
struct transcript_places;

/* The value of a name in lines NAME=VALUE: the last one, yours; NULL. */
char *mail_env(const char *lines, const char *name);

enum mail_address {
	MAIL_SAFE,
	MAIL_NOBODY, /* MAILTO is empty */
	MAIL_UNSAFE /* of nobody's business: nothing is mailed */
};

/* To whom mail about the job goes: MAILTO or its user; *to is yours. */
enum mail_address mail_to(const struct job *job, char **to);

/*
 * Is the end of this run mailed (enum job_mail, not AUTO)? `changed`: it ended
 * otherwise than the run before it; `last`: there is no further try. *quiet:
 * only if there is output. Runs that never were (skipped, missed) are not.
 */
struct mail_end {
	int64_t policy;
	bool changed, last;
};
bool mail_wants(
    const struct run_row *row, const struct mail_end *end, bool *quiet);

/* The policy of a job: its own, or for AUTO what the setting says. */
int64_t mail_policy(const struct job *job, int64_t setting);

/* One message: of a run's output (event 0), or of an event. */
struct mail_input {
	const struct job *job;
	const struct run_row *row; /* NULL: of no run */
	int event;
	const char *sentence; /* what happened */
	const char *host;
	const char *home; /* of its user */
	const char *mailer; /* program */
	const char *charset; /* of output, if the crontab names none */
	int64_t most; /* bytes of output */
	const struct transcript_places *places;
};

/*
 * Appends the message to text and the mailer's words, quoted as on the wire,
 * to argv. 0; -1: the output cannot be read now; 1: nobody is to get it.
 */
int mail_compose(
    const struct mail_input *in, struct buf *argv, struct buf *text);

#endif
