/*
 * crontext: jobs as text of a crontab that cron and cronie read. It does not
 * know where the jobs come from.
 */
#ifndef CRONSCTL_CRONTEXT_H
#define CRONSCTL_CRONTEXT_H

#include <stddef.h>

struct crontext;
struct job;

/* A crontab is one user's: user, or if that is NULL the first job's. */
struct crontext *crontext_new(const char *user);

/*
 * Prints the job's lines on stdout; a comment if this crontab cannot say it or
 * the job is another user's, who would else be made to run it.
 */
void crontext_print(struct crontext *text, const struct job *job);

/* Frees; returns how many jobs could not be said. */
size_t crontext_free(struct crontext *text);

#endif
