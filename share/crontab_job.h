/*
 * crontab_job: from the entries of one crontab to jobs: names, keys, and the
 * fields that make a job behave as under cron. It does not know which of them
 * are stored already.
 */
#ifndef SHARE_CRONTAB_JOB_H
#define SHARE_CRONTAB_JOB_H

#include "crontab.h"

struct crontab_maker;

struct crontab_owner {
	const char *user;
	int64_t uid; /* -1: there is no such user now */
};

struct crontab_made {
	struct job job; /* the caller's, to job_fini */
	struct fault left_out; /* ERR_NONE, or the option that was */
	bool is_read; /* its schedule is as the parser has read it: good */
};

/*
 * One maker per reading of a file: it counts equal entries and knows the
 * names that were given. file is the name of a system crontab without its
 * directory; NULL for a user's.
 */
struct crontab_maker *crontab_maker_new(
    const char *file, enum dialect dialect);
void crontab_maker_free(struct crontab_maker *maker);

/*
 * Makes the job of a JOB line; call it for every one of them, in order. id,
 * rev, source and created_us are left to the caller. source_key is a hash of
 * user, schedule, command as written and a number among equal ones, so editing
 * another line changes no key; the preset name hangs on it too. An option of a
 * #crons: comment that cannot be kept (name taken, not for this user) is left
 * out; left_out says which was the first.
 */
void crontab_maker_make(struct crontab_maker *maker,
    const struct crontab_line *line, const struct crontab_owner *owner,
    struct crontab_made *made);

/* As job_check; a schedule that the parser has read is not read again. */
enum err crontab_made_check(const struct crontab_made *made, struct fault *f);

#endif
