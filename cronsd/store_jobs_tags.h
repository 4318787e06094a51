/*
 * store_jobs_tags: the tags of jobs as rows of their own, for store_jobs, which
 * writes them with the job. It does not know what a tag is used for.
 */
#ifndef CRONSD_STORE_JOBS_TAGS_H
#define CRONSD_STORE_JOBS_TAGS_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct job;

/* The rows of a job's tags become what its field says; is_new: it had none. */
int jobs_put_tags(struct db *db, const struct job *job, bool is_new);

/* Every tag of that user's jobs (-1: of all), and how many have it. 0 or -1. */
int tags_each(struct db *db, int64_t uid,
    void (*each)(void *arg, const char *tag, int64_t jobs), void *arg);

#endif
