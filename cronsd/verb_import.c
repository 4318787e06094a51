/*
 * import: a crontab's text becomes jobs. An entry is known by its source_key
 * (a hash of user, schedule and command), so a second import of the same text
 * changes nothing, and one edited line leaves the ids and history of the
 * others alone. Of a text with a name it is known which jobs it made: an entry
 * that has another schedule now is still the job it was, and one that vanished
 * is told, or removed where that is asked for. All of a text is one
 * transaction; a rejected one changes nothing at all.
 *
 * The text is read three times: to ask for its users, for the keys of all its
 * entries, and to make jobs of them.
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
#include "share/job_diff.h"
#include "share/log.h"
#include "store_imports.h"
#include "store_jobs.h"
#include "store_sources.h"
#include "users.h"
#include "vanish.h"
#include "verb.h"

struct importing {
	struct request *r;
	struct db *db; /* NULL: only say what would be done */
	struct crontab_maker *maker;
	struct crontab_options options;
	int64_t uid; /* of a user's crontab */
	char user[64];
	bool waiting; /* a user is being looked up */
	bool rejected, failed, prune, origins; /* new ones, of kept jobs */
	struct imports_of of; /* file NULL: the text has no name */
	struct vanish *vanish; /* NULL then */
	int added, updated, kept, removed, gone, errors;
	int64_t room; /* jobs its user may still have; -1: not counted yet */
};

/* The last cells of a row. */
struct said {
	const char *name, *action, *text;
};

static struct db *
db_of(const struct importing *im)
{
	return im->db != NULL ? im->db : im->r->parts->read;
}

/* number 0: the entry is in no line any more. */
static void
put_line(
    struct importing *im, int number, const char *kind, struct said said)
{
	reply_begin(im->r);
	reply_some(im->r, number > 0 ? number : -1);
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

/* The second: what is in the text has not vanished from it. */
static void
note_key(void *arg, const struct crontab_line *line)
{
	struct importing *im = arg;
	struct crontab_owner owner;
	struct crontab_made made;

	if (line->kind != CRONTAB_JOB)
		return;
	owner = owner_of(im, line);
	crontab_maker_make(im->maker, line, &owner, &made);
	vanish_note(im->vanish, made.job.source_key);
	job_fini(&made.job);
}

/* Is that the name of a job that is not this one? */
static bool
is_taken(struct db *db, const struct job *job)
{
	struct job other;
	bool taken;

	if (jobs_get_named(db, job->uid, JOB_TEXT(job, name), &other) != 1)
		return false;
	taken = other.id != job->id;
	job_fini(&other);
	return taken;
}

/* Another job has that name: the key makes it unique, then a number. */
static void
free_name(struct db *db, struct job *job)
{
	char *wanted = xstrdup(JOB_TEXT(job, name));
	struct fault f;

	for (int i = 1; is_taken(db, job); i++) {
		struct buf name = BUF_EMPTY;

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

/* Does a #crons: comment above the entry say that field? */
static bool
has_option(const struct crontab_line *line, enum job_field field)
{
	for (size_t i = 0; i < line->option_count; i++)
		if (line->option[i].field == field)
			return true;
	return false;
}

/*
 * The job keeps what it got elsewhere: its id, a name that the entry does not
 * give it, and that it was disabled.
 */
static void
inherit(struct importing *im, const struct crontab_line *line, struct job *job,
    const struct job *old)
{
	struct fault f;

	job->id = old->id;
	job->rev = old->rev;
	job->created_us = old->created_us;
	if (!has_option(line, JOB_name))
		job_set(job, JOB_name, JOB_TEXT(old, name), &f);
	else
		free_name(db_of(im), job);
	if (!has_option(line, JOB_enabled))
		JOB_NUMBER(job, enabled) = JOB_NUMBER(old, enabled);
}

/* The entry is known: what else of it differs goes to text, as lines. */
static const char *
renew_job(struct importing *im, struct job *job, const struct job *old,
    struct buf *text)
{
	struct jobs_change why
	    = { im->r->now, im->r->caller.name, "imported again" };

	if (jobs_are_same(job, old)
	    && strcmp(job->source_key, old->source_key) == 0) {
		im->kept++;
		return "keep";
	}
	job_diff_print(old, job, text);
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

/* What is odd about an entry that is a job all the same. */
static void
put_warnings(struct importing *im, const struct crontab_line *line,
    const struct crontab_made *made)
{
	const char *name = JOB_TEXT(&made->job, name);

	for (size_t i = 0; i < line->warning_count; i++)
		put_line(im, line->number, "job",
		    (struct said) { name, "warning", line->warning[i].text });
	if (made->left_out.err != ERR_NONE)
		put_line(im, made->left_out.line, "job",
		    (struct said) { name, "warning", made->left_out.text });
}

/* When and what, of a job that comes or goes. */
static void
put_entry(struct buf *text, const struct job *job)
{
	buf_printf(text, "%.200s %.400s", JOB_TEXT(job, schedule),
	    JOB_TEXT(job, command));
}

/* The job that the entry is already: 1 and *old filled, 0, -1. */
static int
find_old(struct importing *im, const struct crontab_line *line,
    const struct job *job, struct job *old)
{
	struct vanish_want want = { job, has_option(line, JOB_name) };
	int got = jobs_get_by_source(db_of(im), job->source_key, old);

	if (got == 0 && im->vanish != NULL)
		got = vanish_take(im->vanish, db_of(im), &want, old);
	return got;
}

/* From now on the job is one of this crontab's. */
static void
note_origin(struct importing *im, const struct job *job, bool is_kept)
{
	if (im->db != NULL && im->vanish != NULL && !im->failed
	    && !vanish_knows(im->vanish, job->id)) {
		im->origins |= is_kept;
		im->failed = imports_put(im->db, job->id, &im->of) != 0;
	}
}

/* Adds or renews the job; what was done, and to what text it comes. */
static void
store_made(struct importing *im, const struct crontab_line *line,
    struct crontab_made *made)
{
	struct job *job = &made->job, old;
	const char *action = "add";
	struct buf text = BUF_EMPTY;
	struct fault f;
	int got;

	if (job_check(job, &f) != ERR_NONE) {
		refuse_made(im, line, job, &f);
		return;
	}
	got = find_old(im, line, job, &old);
	if (got == 1) {
		inherit(im, line, job, &old);
		action = renew_job(im, job, &old, &text);
		job_fini(&old);
	} else if (!may_have_more(im, job, &f)) {
		refuse_made(im, line, job, &f);
		return;
	} else if (got < 0 || add_job(im, job) != 0) {
		im->failed = true;
	}
	note_origin(im, job, strcmp(action, "keep") == 0);
	if (text.len == 0)
		put_entry(&text, job);
	put_line(im, line->number, "job",
	    (struct said) { JOB_TEXT(job, name), action, buf_text(&text) });
	put_warnings(im, line, made);
	buf_fini(&text);
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
	const char *file = request_key(r, "file");
	enum verb_status status;

	im->options.dialect = (enum dialect)r->parts->conf->dialect;
	if (dialect != NULL
	    && (!dialect_find(dialect, &im->options.dialect)
		|| im->options.dialect == DIALECT_CALENDAR))
		return reply_err(r, ERR_BAD_VALUE, "dialect",
		    "\"%.40s\" is not debian, cronie or extended", dialect);
	im->options.system = request_is(r, "system");
	im->prune = request_is(r, "prune");
	im->of.file = file != NULL && strcmp(file, "-") != 0 ? file : NULL;
	if (im->prune && im->of.file == NULL)
		return reply_err(r, ERR_MISSING_KEY, "file",
		    "only of a crontab with a name it is known what was in it");
	im->options.check_users = request_is(r, "check");
	if (im->options.system && !r->caller.root)
		return reply_err(r, ERR_DENIED, "system",
		    "only root may import crontabs with a user field");
	if (is_live(r))
		return reply_err(r, ERR_FROM_FILE, "file",
		    "%.150s is read live: its entries are jobs already",
		    request_key(r, "file"));
	im->options.has_user = has_user;
	im->options.arg = im;
	status = request_owner(r, &im->uid, im->user);
	/* What only root's crontab may say does not depend on who asks. */
	im->options.privileged = im->uid == 0;
	im->of.uid = im->options.system ? -1 : im->uid;
	return status;
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

/* Ends what is due by now, and then the job; what runs is not touched. */
static int
drop_job(struct importing *im, const struct job *job)
{
	struct jobs_change why
	    = { im->r->now, im->r->caller.name, "vanished from its crontab" };
	const struct daemon_parts *parts = im->r->parts;

	if (plan_settle(parts->plan, job->id, im->r->now) != 0)
		return -1;
	plan_release(parts->plan, job->id, im->r->now);
	plan_clock_set(parts->plan);
	return jobs_drop(im->db, job, &why);
}

/*
 * An entry that a mistake hides today must not be lost for it, so nothing is
 * removed while anything in the file is wrong.
 */
static int
take_vanished(void *arg, int64_t id)
{
	struct importing *im = arg;
	bool is_removed = im->prune && im->errors == 0;
	struct buf text = BUF_EMPTY;
	struct job job;
	int got = jobs_get(db_of(im), id, &job);

	if (got != 1)
		return -1;
	im->removed += is_removed;
	im->gone += !is_removed;
	got = is_removed && im->db != NULL ? drop_job(im, &job) : 0;
	put_entry(&text, &job);
	put_line(im, 0, "job",
	    (struct said) { JOB_TEXT(&job, name),
		is_removed ? "remove" : "gone", buf_text(&text) });
	buf_fini(&text);
	job_fini(&job);
	return got;
}

static void
read_text(struct importing *im,
    void (*visit)(void *arg, const struct crontab_line *line),
    struct crontab_result *result)
{
	im->maker = crontab_maker_new(file_name(im), im->options.dialect);
	im->options.visit = visit;
	/* An empty payload is no bytes at all. */
	crontab_parse(im->r->payload != NULL ? im->r->payload : "",
	    im->r->payload_len, &im->options, result);
	crontab_maker_free(im->maker);
	im->maker = NULL;
}

static enum verb_status
import_text(struct importing *im)
{
	struct request *r = im->r;
	struct crontab_result result;

	reply_names(r);
	read_text(im, take_line, &result);
	if (im->vanish != NULL && !im->failed && !im->rejected
	    && vanish_each(im->vanish, take_vanished, im) != 0)
		im->failed = true;
	if (im->failed) {
		if (im->db != NULL)
			commit_spoil(r->parts->commit);
		return reply_busy(r);
	}
	(im->origins ? keep_more_changed : keep_jobs_changed)(r->parts->keep);
	reply_ok(r, 200,
	    "verdict=%s added=%d updated=%d kept=%d removed=%d gone=%d"
	    " errors=%d",
	    crontab_verdict_word(result.verdict), im->added, im->updated,
	    im->kept, im->removed, im->gone, im->errors);
	return im->db == NULL ? VERB_DONE : VERB_COMMIT;
}

/* What earlier imports made of it, and what it holds now. 0 or -1. */
static int
look_back(struct importing *im)
{
	struct crontab_result result;

	if (im->of.file == NULL)
		return 0;
	if ((im->vanish = vanish_new(db_of(im), &im->of)) == NULL)
		return -1;
	if (vanish_is_empty(im->vanish))
		return 0;
	read_text(im, note_key, &result);
	return vanish_settle(im->vanish, db_of(im));
}

/* A limit of the whole file was passed: its lines are not gone through. */
static enum verb_status
refuse_whole(struct importing *im, const struct fault *f)
{
	reply_names(im->r);
	put_line(im, f->line, "error", (struct said) { "", "error", f->text });
	reply_ok(im->r, 200,
	    "verdict=%s added=0 updated=0 kept=0 removed=0 gone=0 errors=1",
	    crontab_verdict_word(CRONTAB_REJECT));
	return VERB_DONE;
}

static void
put_known(void *arg, const char *file)
{
	put_line(arg, 0, "file", (struct said) { file, "known", "" });
}

/* The crontabs below a directory that were imported: some may be gone. */
static enum verb_status
list_known(struct importing *im, const char *directory)
{
	im->of.file = directory;
	reply_names(im->r);
	if (imports_each_file(db_of(im), &im->of, put_known, im) != 0)
		return reply_busy(im->r);
	reply_ok(im->r, 200, "%s", "");
	return VERB_DONE;
}

enum verb_status
verb_import(struct request *r)
{
	struct importing im = { .r = r, .room = -1 };
	struct crontab_result result;
	enum verb_status status = read_keys(&im);

	if (status != VERB_MORE)
		return status;
	if (request_key(r, "under") != NULL)
		return list_known(&im, request_key(r, "under"));
	if (r->line.payload < 0)
		return reply_err(r, ERR_MISSING_KEY, "",
		    "the crontab is the payload: import ... <COUNT");
	read_text(&im, ask_for_user, &result);
	if (im.waiting)
		return VERB_LATER;
	im.rejected = result.verdict == CRONTAB_REJECT;
	if (result.fault.err == ERR_TOO_LARGE)
		return refuse_whole(&im, &result.fault);
	if (!request_is(r, "dry_run") && !im.rejected) {
		im.db = commit_db(r->parts->commit);
		if (im.db == NULL)
			return reply_busy(r);
	}
	if (look_back(&im) != 0)
		im.failed = true;
	status = import_text(&im);
	vanish_free(im.vanish);
	return status;
}
