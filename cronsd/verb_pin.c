/*
 * pin, unpin: a run that is kept, with its output, whatever the limits say.
 * The pin is a row of main.db; out.db's mark of it follows once that is
 * durable (ingest says what happens if all stops in between).
 */
#include <stdlib.h>

#include "commit.h"
#include "conf.h"
#include "fail.h"
#include "db.h"
#include "ingest.h"
#include "share/log.h"
#include "store_out.h"
#include "store_runs.h"
#include "verb.h"

/* A run whose pin is part of the turn. */
struct marking {
	struct ingest *ingest;
	int64_t run;
};

static void
mark(void *arg, bool durable)
{
	struct marking *m = arg;

	if (durable)
		ingest_look_at_pin(m->ingest, m->run);
	free(m);
}

/* Pins are limited, or a user could keep others from keeping anything. */
static enum verb_status
check_limits(struct request *r, const struct run_row *row)
{
	const struct conf *conf = r->parts->conf;
	struct out_usage usage = { 0 };

	if (runs_count_pins(r->parts->read, row->uid) >= conf->pins_per_uid)
		return reply_err(r, ERR_BUSY, "run",
		    "more than %lld runs cannot be pinned (pins-per-uid);"
		    " unpin one first",
		    (long long)conf->pins_per_uid);
	if (r->parts->out != NULL)
		out_usage(r->parts->out, row->uid, &usage);
	if (usage.pinned >= conf->pinned_bytes_per_uid)
		return reply_err(r, ERR_BUSY, "run",
		    "pinned runs have %lld bytes of output already"
		    " (pinned-bytes-per-uid); unpin one first",
		    (long long)usage.pinned);
	return VERB_MORE;
}

static enum verb_status
change(struct request *r, bool pins)
{
	struct db *db = commit_db(r->parts->commit);
	struct marking *m;
	struct run_row row;
	struct fault f;
	int got;

	if (request_run(r, r->line.word[0], &row, &f) != ERR_NONE)
		return reply_fault(r, &f);
	if (db == NULL)
		return reply_busy(r);
	if (pins && runs_is_pinned(db, row.id) == 0) {
		enum verb_status status = check_limits(r, &row);

		if (status != VERB_MORE)
			return status;
	}
	got = pins ? runs_pin(db, &row, r->now.us) : runs_unpin(db, row.id);
	if (got != 0) {
		commit_spoil(r->parts->commit);
		return reply_busy(r);
	}
	FAIL_POINT(act_pin);
	m = xmalloc(sizeof *m);
	*m = (struct marking) { r->parts->ingest, row.id };
	commit_then(r->parts->commit, mark, m);
	reply_ok(r, 200, "run=%lld", (long long)row.id);
	return VERB_COMMIT;
}

enum verb_status
verb_pin(struct request *r)
{
	return change(r, true);
}

enum verb_status
verb_unpin(struct request *r)
{
	return change(r, false);
}
