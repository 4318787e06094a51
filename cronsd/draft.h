/*
 * draft: the words, environment and standard input of a mailer or hook, made
 * in a worker: the output they quote may be long, and the disk slow. It does
 * not know who runs them, or when something is told.
 *
 * A draft is of one run of a mailer or hook. It is nothing durable: it is made
 * anew by the next daemon, and wherever it was taken and could not be used.
 * There are no more of them than runs that the outbox has under way.
 */
#ifndef CRONSD_DRAFT_H
#define CRONSD_DRAFT_H

#include <stdint.h>

#include "share/buf.h"
#include "share/job.h"
#include "store_outbox.h"
#include "store_runs.h"

struct drafts;
struct self;
struct work;

/* What a draft is made of; all of it is the draft's own. */
struct draft_input {
	struct job about;
	struct outbox_row row;
	struct run_row of; /* its id is 0: of no run */
	char *program; /* the mailer, or the hook */
	char *home; /* mail: of its user; NULL: this is a hook's */
	char charset[32]; /* mail */
	int64_t most; /* mail: bytes of output */
};

enum draft_result {
	DRAFT_IS_MADE,
	DRAFT_FAILED, /* its output cannot be read now */
	DRAFT_IS_NOBODYS, /* nobody is to get it */
};

/* argv is quoted as on the wire, env are lines. */
struct draft {
	int64_t run;
	struct draft_input in;
	enum draft_result result;
	struct buf argv, env, text;
};

struct drafts_needs {
	const struct self *self;
	struct work *work;
	const char *out_path; /* opened in the worker */
	void (*ready)(void *arg); /* in the loop: one was made */
	void *arg;
};

struct drafts *drafts_new(const struct drafts_needs *needs);

/* Begins the draft of that run of a mailer or hook; takes what is in `in`. */
void drafts_begin(
    struct drafts *drafts, int64_t run, const struct draft_input *in);

/* Was it begun, and neither taken nor forgotten? */
bool drafts_has(const struct drafts *drafts, int64_t run);

/* It, if it is made: until drafts_forget; else NULL. */
const struct draft *drafts_find(const struct drafts *drafts, int64_t run);

/* It was used, or its run is over: also one that is still being made. */
void drafts_forget(struct drafts *drafts, int64_t run);

/* When the workers have stopped. */
void drafts_stop(struct drafts *drafts);

#endif
