/*
 * An entry is known by its source_key (a hash of user, schedule and command),
 * so a second import of the same text changes nothing, and one edited line
 * leaves the ids and history of the others alone. Of a text with a name it is
 * known which jobs it made: an entry that has another schedule now is still the
 * job it was, and one that vanished is told, or removed where that is asked
 * for.
 */
#include "verb_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "conf.h"
#include "keep.h"
#include "plan.h"
#include "share/job_diff.h"
#include "share/log.h"
#include "store_jobs.h"
#include "store_sources.h"
#include "vanish.h"

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

/*
 * The job keeps what it got elsewhere: its id, a name that the entry does not
 * give it, and that it was disabled.
 */
static void
inherit(struct importing *im, const struct intake_entry *entry,
    struct job *job, const struct job *old)
{
	struct fault f;

	job->id = old->id;
	job->rev = old->rev;
	job->created_us = old->created_us;
	if (!entry->has_name)
		job_set(job, JOB_name, JOB_TEXT(old, name), &f);
	else
		free_name(db_of(im), job);
	if (!entry->has_enabled)
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
refuse_job(struct importing *im, const struct intake_entry *entry,
    const struct job *job, const char *why)
{
	im->errors++;
	put_line(im, entry->number, "job",
	    (struct said) { JOB_TEXT(job, name), "error", why });
}

/* What is odd about an entry that is a job all the same. */
static void
put_warnings(struct importing *im, const struct intake_entry *entry,
    const struct job *job)
{
	size_t at = entry->said;
	int line;

	for (int i = 0; i < entry->said_count; i++) {
		const char *text = intake_next_text(&im->in, &at, &line);

		put_line(im, line, "job",
		    (struct said) { JOB_TEXT(job, name), "warning", text });
	}
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
find_old(struct importing *im, const struct intake_entry *entry,
    const struct job *job, struct job *old)
{
	struct vanish_want want = { job, entry->has_name };
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
store_job(struct importing *im, const struct intake_entry *entry,
    struct job *job)
{
	struct job old;
	const char *action = "add";
	struct buf text = BUF_EMPTY;
	struct fault f;
	int got;

	got = find_old(im, entry, job, &old);
	if (got == 1) {
		inherit(im, entry, job, &old);
		action = renew_job(im, job, &old, &text);
		job_fini(&old);
	} else if (!may_have_more(im, job, &f)) {
		refuse_job(im, entry, job, f.text);
		return;
	} else if (got < 0 || add_job(im, job) != 0) {
		im->failed = true;
	}
	note_origin(im, job, strcmp(action, "keep") == 0);
	if (text.len == 0)
		put_entry(&text, job);
	put_line(im, entry->number, "job",
	    (struct said) { JOB_TEXT(job, name), action, buf_text(&text) });
	put_warnings(im, entry, job);
	buf_fini(&text);
}

static void
take_job(struct importing *im, const struct intake_entry *entry)
{
	size_t at = entry->said;
	struct job job;
	int line;

	intake_take_job(&im->in, entry, &job);
	if (entry->is_bad)
		refuse_job(im, entry, &job,
		    intake_next_text(&im->in, &at, &line));
	else
		store_job(im, entry, &job);
	job_fini(&job);
}

static void
take_entry(struct importing *im, const struct intake_entry *entry)
{
	size_t at = entry->said;
	int line;

	if (entry->kind == CRONTAB_ERROR) {
		im->errors++;
		put_line(im, entry->number, "error",
		    (struct said) { "", "error",
			intake_next_text(&im->in, &at, &line) });
	} else if (im->rejected) {
		put_line(im, entry->number, "job",
		    (struct said) { "", "none", "the file is refused" });
	} else {
		take_job(im, entry);
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

enum verb_status
import_read_keys(struct importing *im)
{
	struct request *r = im->r;
	const char *dialect = request_key(r, "dialect");
	const char *file = request_key(r, "file");
	struct crontab_options *options = &im->in.options;
	enum verb_status status;

	options->dialect = (enum dialect)r->parts->conf->dialect;
	if (dialect != NULL
	    && (!dialect_find(dialect, &options->dialect)
		|| options->dialect == DIALECT_CALENDAR))
		return reply_err(r, ERR_BAD_VALUE, "dialect",
		    "\"%.40s\" is not debian, cronie or extended", dialect);
	options->system = request_is(r, "system");
	im->prune = request_is(r, "prune");
	im->of.file = file != NULL && strcmp(file, "-") != 0 ? file : NULL;
	if (im->prune && im->of.file == NULL)
		return reply_err(r, ERR_MISSING_KEY, "file",
		    "only of a crontab with a name it is known what was in it");
	options->check_users = request_is(r, "check");
	if (options->system && !r->caller.root)
		return reply_err(r, ERR_DENIED, "system",
		    "only root may import crontabs with a user field");
	if (is_live(r))
		return reply_err(r, ERR_FROM_FILE, "file",
		    "%.150s is read live: its entries are jobs already",
		    request_key(r, "file"));
	status = request_owner(r, &im->uid, im->user);
	/* What only root's crontab may say does not depend on who asks. */
	options->privileged = im->uid == 0;
	im->of.uid = options->system ? -1 : im->uid;
	im->in.owner = (struct crontab_owner) { im->user, im->uid };
	im->in.file = import_file_name(im);
	return status;
}

const char *
import_file_name(const struct importing *im)
{
	const char *file = request_key(im->r, "file");

	if (!im->in.options.system || file == NULL)
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
take_vanished(struct importing *im, int64_t id)
{
	bool is_removed = im->prune && im->errors == 0;
	struct buf text = BUF_EMPTY;
	struct job job;
	int got = jobs_get(db_of(im), id, &job);

	if (got != 1) /* somebody removed it meanwhile */
		return got;
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

bool
import_judge(struct importing *im)
{
	const struct fault *f = &im->in.result.fault;

	im->rejected = im->in.result.verdict == CRONTAB_REJECT;
	if (f->err != ERR_TOO_LARGE)
		return true;
	reply_names(im->r); /* a limit was passed: no line is gone through */
	put_line(im, f->line, "error", (struct said) { "", "error", f->text });
	reply_ok(im->r, 200,
	    "verdict=%s added=0 updated=0 kept=0 removed=0 gone=0 errors=1",
	    crontab_verdict_word(CRONTAB_REJECT));
	return false;
}

int
import_look_back(struct importing *im)
{
	char key[17];

	reply_names(im->r);
	if (im->of.file == NULL)
		return 0;
	im->vanish = vanish_new(db_of(im), &im->of);
	if (im->vanish == NULL)
		return -1;
	if (vanish_is_empty(im->vanish))
		return 0;
	for (size_t i = 0; i < im->in.count; i++) {
		if (im->in.entry[i].kind != CRONTAB_JOB)
			continue;
		snprintf(key, sizeof key, "%016llx",
		    (unsigned long long)im->in.entry[i].key);
		vanish_note(im->vanish, key);
	}
	return vanish_settle(im->vanish, db_of(im));
}

bool
import_step(struct importing *im)
{
	int64_t id;

	if (im->next < im->in.count) {
		take_entry(im, &im->in.entry[im->next++]);
		return true;
	}
	if (im->vanish == NULL || im->rejected
	    || !vanish_next(im->vanish, &im->gone_at, &id))
		return false;
	if (take_vanished(im, id) != 0)
		im->failed = true;
	return true;
}

void
import_say(struct importing *im)
{
	struct request *r = im->r;

	if (im->db != NULL)
		(im->origins ? keep_more_changed : keep_jobs_changed)(
		    r->parts->keep);
	reply_ok(r, 200,
	    "verdict=%s added=%d updated=%d kept=%d removed=%d gone=%d"
	    " errors=%d",
	    crontab_verdict_word(im->in.result.verdict), im->added,
	    im->updated, im->kept, im->removed, im->gone, im->errors);
}

void
import_fini(struct importing *im)
{
	vanish_free(im->vanish);
	intake_fini(&im->in);
}
