/*
 * The end of a run is looked at once, in its transaction. What it is compared
 * with (the run before it) is read from the ledger only where a job asks for
 * it.
 */
#include "alert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "conf.h"
#include "mail.h"
#include "outbox.h"
#include "policy.h"
#include "self.h"
#include "share/job.h"
#include "share/log.h"
#include "store_outbox.h"
#include "store_runs.h"

#define LOOK_BACK 100 /* rows */

struct alert {
	struct alert_needs on;
};

struct alert *
alert_new(const struct alert_needs *needs)
{
	struct alert *a = xcalloc(1, sizeof *a);

	a->on = *needs;
	return a;
}

/* A row about that run of the job, to be told by the hook. */
static int
tell(struct alert *a, struct db *db, const struct job *job,
    struct outbox_row *row)
{
	row->job = job->id;
	row->rev = job->rev;
	row->uid = job->uid;
	strlcpy(row->user, job->user, sizeof row->user);
	row->at = row->made;
	return outbox_put(a->on.outbox, db, row);
}

/* "exit 3", "signal 9", "timeout", and why. */
static void
print_result(const struct run_row *row, char *out, size_t room)
{
	if (row->result == RESULT_FAIL)
		snprintf(out, room, "exit %lld", (long long)row->code);
	else if (row->result == RESULT_SIGNAL)
		snprintf(out, room, "signal %lld", (long long)row->signal);
	else
		snprintf(out, room, "%s%s%s", run_result_word(row->result),
		    row->why[0] == '\0' ? "" : ": ", row->why);
}

/* ---- the mail with its output ---- */

struct before {
	const struct run_row *than;
	bool found, changed;
};

static bool
compare(void *arg, const struct run_row *row)
{
	struct before *b = arg;

	if (row->result == RESULT_NONE || row->result == RESULT_SKIPPED
	    || row->result == RESULT_MISSED || row->id == b->than->id)
		return true;
	b->found = true;
	b->changed = row->result != b->than->result
	    || row->code != b->than->code || row->signal != b->than->signal;
	return false;
}

/* Is it another end than that of the run before? The first one is. */
static bool
has_changed(struct db *db, const struct run_row *row)
{
	struct runs_want want = { .job = row->job, .uid = -1,
		.before = row->id, .before_slot = row->slot,
		.most = LOOK_BACK };
	struct before b = { row, false, false };

	if (runs_each(db, &want, compare, &b) != 0)
		return true;
	return !b.found || b.changed;
}

/* Somebody should know why no mail comes; it is said once a run. */
static bool
has_address(const struct job *job, const struct run_row *row)
{
	char *to;
	enum mail_address address = mail_to(job, &to);
	char shown[80];

	strlcpy(shown, to, sizeof shown);
	free(to);
	if (address == MAIL_UNSAFE)
		log_warn("(%s) UNSAFE MAIL (%s): run %lld of %s is not mailed",
		    job->user, shown, (long long)row->id, JOB_TEXT(job, name));
	return address == MAIL_SAFE;
}

static int
mail_output(struct alert *a, struct db *db, const struct job *job,
    const struct run_row *run)
{
	struct mail_end end
	    = { .policy = mail_policy(job, a->on.conf->mail) };
	struct outbox_row row = { .of = run->id,
		.event = EVENT_OUTPUT,
		.hook = "mail",
		.made = { run->end } };
	wall_t at;

	if (end.policy == MAIL_NEVER)
		return 0;
	end.last = !JOB_NUMBER(job, enabled) || !policy_retries(job, run, &at);
	end.changed
	    = end.policy == MAIL_CHANGE && has_changed(db, run);
	if (!mail_wants(run, &end, &row.quiet) || !has_address(job, run))
		return 0;
	print_result(run, row.text, sizeof row.text);
	return tell(a, db, job, &row);
}

int
alert_ending(struct alert *a, struct db *db, const struct job *job,
    const struct run_row *row)
{
	return mail_output(a, db, job, row);
}
