/*
 * intake: a crontab's text that is to be imported, taken apart once, in a
 * worker or in the loop: its entries as packed jobs, and what is wrong with
 * them. It does not know the database, nor what becomes of an entry.
 */
#ifndef CRONSD_INTAKE_H
#define CRONSD_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share/buf.h"
#include "share/crontab.h"
#include "share/crontab_job.h"
#include "share/job.h"

struct intake_entry {
	int number; /* of its line */
	enum crontab_kind kind; /* JOB or ERROR; others are left out */
	bool is_bad; /* a job that cannot be: the first text says why */
	bool has_name, has_enabled; /* a #crons: comment gives it */
	int64_t key; /* source_key */
	size_t job; /* its place in packed */
	size_t said; /* texts, of an error or of warnings, */
	int said_count; /* each a line's number and text */
};

struct intake {
	/* Filled in before. */
	struct crontab_options options; /* but for its functions */
	struct crontab_owner owner; /* of a user's crontab */
	const char *file; /* name of a system crontab; NULL */
	/* 1 and the uid, 0: nobody, -1: it cannot be told yet. */
	int (*find_user)(void *arg, const char *name, int64_t *uid);
	void *arg;

	/* And by intake_read. */
	struct crontab_result result;
	bool is_waiting; /* for a user: read it again then */
	struct intake_entry *entry;
	size_t count, room;
	struct buf packed, texts;
	struct job preset;
	struct crontab_maker *maker;
};

/* Once for each struct; afterwards intake_fini. */
void intake_read(struct intake *in, const char *text, size_t len);
void intake_fini(struct intake *in); /* of a zeroed one too */

/* The entry's job: yours to job_fini. */
void intake_take_job(
    const struct intake *in, const struct intake_entry *entry, struct job *job);

/* The text at *at, which is moved to the next; *line is its line. */
const char *intake_next_text(const struct intake *in, size_t *at, int *line);

#endif
