/*
 * crontab1_ask: what crontab(1) asks the daemon, and how answers are said. It
 * does not know options, files or editors.
 */
#ifndef CRONSCTL_CRONTAB1_ASK_H
#define CRONSCTL_CRONTAB1_ASK_H

#include <stdbool.h>

#include "share/errs.h"

struct buf;
struct call;

struct crontab1 {
	struct call *call; /* NULL: not connected */
	bool is_cronie; /* else Debian's words */
	bool is_root;
	const char *user; /* of -u; NULL */
	char own[64], whose[64]; /* who asks; whose crontab it is */
};

/* Connects if that was not done; the greeting fills in the rest. */
enum err crontab1_connect(struct crontab1 *c, struct fault *f);
void crontab1_set_whose(struct crontab1 *c); /* once options were read */
void crontab1_hang_up(struct crontab1 *c);

/* Says the fault on stderr. Returns the exit status, which is 1. */
int crontab1_fail(const struct crontab1 *c, const struct fault *f);

/*
 * The text of the crontab, or of the copy made at its last change; and its
 * fingerprint ("none": there is no crontab, ERR_NOT_FOUND).
 */
#define CRONTAB1_PRINT 64
struct crontab1_text {
	struct buf *text;
	bool kept;
	char print[CRONTAB1_PRINT];
};
enum err crontab1_read(
    struct crontab1 *c, struct crontab1_text *text, struct fault *f);

/*
 * Installs the text, or with is_dry only has it checked. What is wrong with
 * it is said here, line by line; ERR_BAD_CRONTAB needs no crontab1_fail.
 */
struct crontab1_install {
	const struct buf *text;
	const char *name; /* of the file, for messages */
	const char *expected; /* fingerprint; "" whatever is there */
	bool is_dry;
};
enum err crontab1_install(struct crontab1 *c,
    const struct crontab1_install *install, struct fault *f);

enum err crontab1_uninstall(struct crontab1 *c, struct fault *f);

/*
 * Asks on stdout, reads from stdin: does the answer begin with y? If `again`,
 * until it is y or n. The end of stdin is a no.
 */
bool crontab1_confirm(const char *question, bool again);

#endif
