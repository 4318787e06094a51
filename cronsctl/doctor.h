/*
 * doctor: is this machine fit for cronsd, and is it alone? One row of CHECKS a
 * check; each looks for itself, most of them without a daemon. It repairs
 * nothing: it says what was found and what to do.
 */
#ifndef CRONSCTL_DOCTOR_H
#define CRONSCTL_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "share/buf.h"

struct session;

/* ident (its word in small letters), what is looked at. */
/* clang-format off */
#define CHECKS(X) \
	X(SOCKET,      "socket",      "can the daemon be reached?") \
	X(DAEMON,      "daemon",      "is it well, and of this version?") \
	X(CRONTABS,    "crontabs",    "are all crontabs read as they are?") \
	X(CLOCK,       "clock",       "is it set, does it follow a time server?") \
	X(ZONE,        "zone",        "is the system's time zone one, do all names of it agree?") \
	X(PERMISSIONS, "permissions", "can others change what root will run?") \
	X(DATABASE,    "database",    "are there databases where they should be?") \
	X(DISK,        "disk",        "is there room for database and output?") \
	X(MAILER,      "mailer",      "can mail be sent?") \
	X(CRON,        "cron",        "does another cron run, or will it at the next boot?") \
	X(RUN_PARTS,   "run-parts",   "does a crontab run what run-parts runs too?") \
	X(CRONTAB,     "crontab",     "whose is the command crontab?") \
	X(ALLOW,       "cron.allow",  "do the lists of who may have crontabs say what is meant?")
/* clang-format on */

enum check {
#define X(ident, word, asks) CHECK_##ident,
	CHECKS(X)
#undef X
	    CHECK_COUNT
};

/* How it stands: NOTE is worth knowing, WRONG makes the exit status 1. */
enum finding { FINDING_OK, FINDING_NOTE, FINDING_WRONG };

/* What a check came to: the worst of what it found. */
struct diagnosis {
	enum finding finding;
	struct buf text; /* what was found, sentences without a full stop */
	struct buf advice; /* what to do; "" nothing */
};

/* What the checks share. Texts are owned. */
struct doctor {
	struct session *s;
	bool is_reached; /* a daemon answers */
	bool is_system; /* it is root's, or would be */
	bool reads_system; /* it reads crontabs that cron reads */
	char *state_dir; /* NULL: not known */
	char *daemon; /* "state warning" of its status */
	struct buf commands; /* of all jobs that may be seen, each NUL-ended */
};

/* Adds a finding; the texts of several are joined by "; ". */
void __attribute__((format(printf, 3, 4))) doctor_say(
    struct diagnosis *d, enum finding finding, const char *fmt, ...);
void __attribute__((format(printf, 2, 3))) doctor_advise(
    struct diagnosis *d, const char *fmt, ...);

/* Each fills its diagnosis; one for each row of CHECKS. */
#define X(ident, word, asks) \
	void doctor_check_##ident(struct doctor *doc, struct diagnosis *d);
CHECKS(X)
#undef X

#endif
