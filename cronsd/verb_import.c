/*
 * import: a crontab's text becomes jobs. An entry is known by its source_key
 * (a hash of user, schedule and command), so a second import of the same text
 * changes nothing, and one edited line leaves the ids and history of the
 * others alone. All of a text is one transaction; a rejected one changes
 * nothing at all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "commit.h"
#include "conf.h"
#include "keep.h"
#include "plan.h"
#include "share/crontab.h"
#include "share/crontab_job.h"
#include "share/job.h"
#include "share/log.h"
#include "store_jobs.h"
#include "store_sources.h"
#include "users.h"
#include "verb.h"

struct importing {
	struct request *r;
	struct db *db; /* NULL: only say what would be done */
	struct crontab_maker *maker;
	struct crontab_options options;
	int64_t uid; /* of a user's crontab */
	char user[64];
	bool waiting; /* a user is being looked up */
	bool rejected, failed;
	int added, updated, kept, errors;
	int64_t room; /* jobs its user may still have; -1: not counted yet */
};

/* The last cells of a row. */
struct said {
	const char *name, *action, *text;
};

static void
put_line(
    struct importing *im, int number, const char *kind, struct said said)
{
	reply_begin(im->r);
	reply_number(im->r, number);
	reply_text(im->r, kind);
	reply_text(im->r, said.name);
	reply_text(im->r, said.action);
	reply_text(im->r, said.text);
	reply_end(im->r);
}

static bool
has_user(void *arg, const char *name)
{
	struct importing *im = arg;
	const struct user *user
	    = users_find_name(im->r->parts->users, name, mono_now());

	im->waiting |= user == NULL;
	return user == NULL || user->known;
}

/* The first pass: who is meant, and is the text good? */
static void
ask_for_user(void *arg, const struct crontab_line *line)
{
	if (line->kind == CRONTAB_JOB && line->user != NULL)
		has_user(arg, line->user);
}

static struct crontab_owner
owner_of(struct importing *im, const struct crontab_line *line)
{
	struct crontab_owner owner = { im->user, im->uid };
	const struct user *user;

	if (line->user == NULL)
		return owner;
	user = users_find_name(im->r->parts->users, line->user, mono_now());
	owner.user = line->user;
	owner.uid = user != NULL && user->known ? (int64_t)user->uid : -1;
	return owner;
}

/* Another job has that name: the key makes it unique, then a number. */
static void
free_name(struct db *db, struct job *job)
{
	char *wanted = xstrdup(JOB_TEXT(job, name));
	struct job other;
	struct fault f;

	for (int i = 1; jobs_get_named(
			    db, job->uid, JOB_TEXT(job, name), &other)
	     == 1;
	     i++) {
		struct buf name = BUF_EMPTY;

		job_fini(&other);
		buf_printf(&name, "%.80s-%s", wanted, job->source_key);
		if (i > 1)
			buf_printf(&name, "-%d", i);
		job_set(job, JOB_name, buf_text(&name), &f);
		buf_fini(&name);
	}
	free(wanted);
}

static int
add_job(struct importing *im, struct job *job)
{
	struct jobs_change why
	    = { im->r->now, im->r->caller.name, "imported" };

	im->added++;
	if (im->db == NULL)
		return 0;
	job->created_us = im->r->now.us;
	free_name(im->db, job);
	return jobs_add(im->db, job, &why) != 0
	    || plan_job(im->r->parts->plan, job, im->r->now, NULL) != 0;
}

static bool
is_same(const struct job *a, const struct job *b)
{
	struct buf one = BUF_EMPTY, two = BUF_EMPTY;
	bool same;

	jobs_print_spec(a, &one);
	jobs_print_spec(b, &two);
	same = strcmp(buf_text(&one), buf_text(&two)) == 0;
	buf_fini(&one);
	buf_fini(&two);
	return same;
}

/* The entry is known: does anything else of it differ (its environment)? */
static const char *
renew_job(struct importing *im, struct job *job, const struct job *old)
{
	struct jobs_change why
	    = { im->r->now, im->r->caller.name, "imported again" };
	struct fault f;

	job->id = old->id;
	job->rev = old->rev;
	job->created_us = old->created_us;
	job_set(job, JOB_name, JOB_TEXT(old, name), &f);
	if (is_same(job, old)) {
		im->kept++;
		return "keep";
	}
	im->updated++;
	if (im->db != NULL
	    && (plan_settle(im->r->parts->plan, job->id, im->r->now) != 0
		|| jobs_set(im->db, job, &why) != 0
		|| plan_job(im->r->parts->plan, job, im->r->now, NULL) != 0))
		im->failed = true;
	return "update";
}

/* Jobs of one user have a limit, which root's imports may pass. */
static bool
may_have_more(struct importing *im, const struct job *job, struct fault *f)
{
	int64_t most = im->r->parts->conf->jobs_per_uid;

	if (im->r->caller.root)
		return true;
	if (im->room < 0)
		im->room = most - jobs_count_of(im->r->parts->read, job->uid);
	if (im->added < im->room)
		return true;
	fault_set(f, ERR_BUSY, "", "more than %lld jobs", (long long)most);
	return false;
}

/* A fault of the text must never look like one of the database. */
static void
refuse_made(struct importing *im, const struct crontab_line *line,
    const struct job *job, const struct fault *f)
{
	im->errors++;
	put_line(im, line->number, "job",
	    (struct said) { JOB_TEXT(job, name), "error", f->text });
}

/* Adds or renews the job; what was done, and to what text it comes. */
static void
store_made(struct importing *im, const struct crontab_line *line,
    struct crontab_made *made)
{
	struct db *db = im->db != NULL ? im->db : im->r->parts->read;
	struct job *job = &made->job, old;
	const char *action = "add", *text = JOB_TEXT(job, schedule);
	struct fault f;

	if (job_check(job, &f) != ERR_NONE) {
		refuse_made(im, line, job, &f);
		return;
	}
	if (jobs_get_by_source(db, job->source_key, &old) == 1) {
		action = renew_job(im, job, &old);
		job_fini(&old);
	} else if (!may_have_more(im, job, &f)) {
		refuse_made(im, line, job, &f);
		return;
	} else if (add_job(im, job) != 0) {
		im->failed = true;
	}
	if (line->warning_count > 0)
		text = line->warning[0].text;
	if (made->left_out.err != ERR_NONE)
		text = made->left_out.text;
	put_line(im, line->number, "job",
	    (struct said) { JOB_TEXT(job, name), action, text });
}

static void
take_job(struct importing *im, const struct crontab_line *line)
{
	struct crontab_owner owner = owner_of(im, line);
	struct crontab_made made;
	char text[120];

	crontab_maker_make(im->maker, line, &owner, &made);
	made.job.uid = owner.uid;
	strlcpy(made.job.user, owner.user, sizeof made.job.user);
	if (owner.uid >= 0) {
		store_made(im, line, &made);
	} else {
		snprintf(text, sizeof text,
		    "there is no user \"%.60s\" on this host", owner.user);
		im->errors++;
		put_line(im, line->number, "job",
		    (struct said) {
			JOB_TEXT(&made.job, name), "error", text });
	}
	job_fini(&made.job);
}

static void
take_line(void *arg, const struct crontab_line *line)
{
	struct importing *im = arg;

	if (line->kind == CRONTAB_ERROR) {
		im->errors++;
		put_line(im, line->number, "error",
		    (struct said) { "", "error", line->error.text });
	} else if (line->kind == CRONTAB_JOB && im->rejected) {
		put_line(im, line->number, "job",
		    (struct said) { "", "none", "the file is refused" });
	} else if (line->kind == CRONTAB_JOB && !im->failed) {
		take_job(im, line);
	}
}

/* Is it a crontab that the daemon reads by itself? Each entry would run twice.
 */
static bool
is_live(const struct request *r)
{
	const char *file = request_key(r, "file");
	struct source source;
	bool live;

	if (file == NULL || request_is(r, "dry_run")
	    || sources_get(r->parts->read, file, &source) != 1)
		return false;
	live = source.state == SOURCE_IS_OK
	    || source.state == SOURCE_IS_PARTIAL
	    || source.state == SOURCE_IS_REJECTED;
	source_fini(&source);
	return live;
}

/* dialect=, system=, user=, file=: VERB_MORE if all is well. */
static enum verb_status
read_keys(struct importing *im)
{
	struct request *r = im->r;
	const char *dialect = request_key(r, "dialect");

	im->options.dialect = (enum dialect)r->parts->conf->dialect;
	if (dialect != NULL
	    && (!dialect_find(dialect, &im->options.dialect)
		|| im->options.dialect == DIALECT_CALENDAR))
		return reply_err(r, ERR_BAD_VALUE, "dialect",
		    "\"%.40s\" is not debian, cronie or extended", dialect);
	im->options.system = request_is(r, "system");
	im->options.check_users = request_is(r, "check");
	if (im->options.system && !r->caller.root)
		return reply_err(r, ERR_DENIED, "system",
		    "only root may import crontabs with a user field");
	if (is_live(r))
		return reply_err(r, ERR_FROM_FILE, "file",
		    "%.150s is read live: its entries are jobs already",
		    request_key(r, "file"));
	im->options.privileged = r->caller.root;
	im->options.has_user = has_user;
	im->options.arg = im;
	return request_owner(r, &im->uid, im->user);
}

/* A system crontab's jobs are named after the file; a user's are not. */
static const char *
file_name(const struct importing *im)
{
	const char *file = request_key(im->r, "file");

	if (!im->options.system || file == NULL)
		return NULL;
	return strrchr(file, '/') == NULL ? file : strrchr(file, '/') + 1;
}

static enum verb_status
import_text(struct importing *im)
{
	struct request *r = im->r;
	struct crontab_result result;

	reply_names(r);
	im->maker
	    = crontab_maker_new(file_name(im), im->options.dialect);
	im->options.visit = take_line;
	crontab_parse(r->payload, r->payload_len, &im->options, &result);
	crontab_maker_free(im->maker);
	if (im->failed) {
		commit_spoil(r->parts->commit);
		return reply_busy(r);
	}
	keep_jobs_changed(r->parts->keep);
	reply_ok(r, 200, "verdict=%s added=%d updated=%d kept=%d errors=%d",
	    crontab_verdict_word(result.verdict), im->added, im->updated,
	    im->kept, im->errors);
	return im->db == NULL ? VERB_DONE : VERB_COMMIT;
}

enum verb_status
verb_import(struct request *r)
{
	struct importing im = { .r = r, .room = -1 };
	struct crontab_result result;
	enum verb_status status = read_keys(&im);

	if (status != VERB_MORE)
		return status;
	if (r->payload == NULL)
		return reply_err(r, ERR_MISSING_KEY, "",
		    "the crontab is the payload: import ... <COUNT");
	im.options.visit = ask_for_user;
	crontab_parse(r->payload, r->payload_len, &im.options, &result);
	if (im.waiting)
		return VERB_LATER;
	im.rejected = result.verdict == CRONTAB_REJECT;
	if (!request_is(r, "dry_run") && !im.rejected) {
		im.db = commit_db(r->parts->commit);
		if (im.db == NULL)
			return reply_busy(r);
	}
	return import_text(&im);
}
