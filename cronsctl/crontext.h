/*
 * crontext: jobs as text of a crontab that cron and cronie read. It does not
 * know where the jobs come from.
 */
#ifndef CRONSCTL_CRONTEXT_H
#define CRONSCTL_CRONTEXT_H

#include <stddef.h>

struct crontext;
struct job;

struct crontext *crontext_new(void);

/* Prints the job's lines on stdout; a comment if a crontab cannot say it. */
void crontext_print(struct crontext *text, const struct job *job);

/* Frees; returns how many jobs could not be said. */
size_t crontext_free(struct crontext *text);

#endif
