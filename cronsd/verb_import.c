/*
 * import: a crontab's text becomes jobs: all of it, or nothing at all. A short
 * one is done in this turn, a long one in many (verb_import_long.c). One is
 * done at a time, for the next may be of the same crontab.
 */
#include "commit.h"
#include "share/log.h"
#include "store_imports.h"
#include "users.h"
#include "verb_import.h"
#include "verb_import_long.h"

#define SHORT_BYTES 8192 /* some hundred entries: a few ms */

static void
put_known(void *arg, const char *file)
{
	struct request *r = arg;

	reply_begin(r);
	reply_some(r, -1);
	reply_text(r, "file");
	reply_text(r, file);
	reply_text(r, "known");
	reply_text(r, "");
	reply_end(r);
}

/* The crontabs below a directory that were imported: some may be gone. */
static enum verb_status
list_known(struct importing *im, const char *directory)
{
	im->of.file = directory;
	reply_names(im->r);
	if (imports_each_file(im->r->parts->read, &im->of, put_known, im->r)
	    != 0)
		return reply_busy(im->r);
	reply_ok(im->r, 200, "%s", "");
	return VERB_DONE;
}

static int
find_user(void *arg, const char *name, int64_t *uid)
{
	struct importing *im = arg;
	const struct user *user
	    = users_find_name(im->r->parts->users, name, mono_now());

	if (user == NULL)
		return -1;
	*uid = (int64_t)user->uid;
	return user->known;
}

/* All in this turn, and so in one transaction. */
static enum verb_status
import_short(struct importing *im)
{
	struct request *r = im->r;

	im->in.find_user = find_user;
	im->in.arg = im;
	/* An empty payload is no bytes at all. */
	intake_read(
	    &im->in, r->payload != NULL ? r->payload : "", r->payload_len);
	if (im->in.is_waiting)
		return VERB_LATER;
	if (!import_judge(im))
		return VERB_DONE;
	if (!request_is(r, "dry_run") && !im->rejected) {
		im->db = commit_db(r->parts->commit);
		if (im->db == NULL)
			return reply_busy(r);
	}
	im->failed = import_look_back(im) != 0;
	while (!im->failed && import_step(im))
		;
	if (im->failed) {
		if (im->db != NULL)
			commit_spoil(r->parts->commit);
		return reply_busy(r);
	}
	import_say(im);
	return im->db == NULL ? VERB_DONE : VERB_COMMIT;
}

enum verb_status
verb_import(struct request *r)
{
	struct importing im = { .r = r, .room = -1 };
	enum verb_status status;

	if (r->state != NULL)
		return import_long_ask(r);
	status = import_read_keys(&im);
	if (status != VERB_MORE)
		return status;
	if (request_key(r, "under") != NULL)
		return list_known(&im, request_key(r, "under"));
	if (r->line.payload < 0)
		return reply_err(r, ERR_MISSING_KEY, "",
		    "the crontab is the payload: import ... <COUNT");
	if (import_long_is_busy())
		return VERB_LATER;
	if (r->payload_len > SHORT_BYTES)
		return import_long_begin(r);
	status = import_short(&im);
	import_fini(&im);
	return status;
}
