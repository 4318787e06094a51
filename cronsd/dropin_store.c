/*
 * A job is read fresh before it is changed: whoever disabled it meanwhile is
 * respected. An entry that vanishes leaves a row in `former`; the same entry
 * of the same user takes the job up again: id, history, and that it was
 * disabled. The file's own word on `enabled` (a #crons: comment) counts when
 * it changes, which the lowest bit of the hash tells.
 */
#include "dropin_store.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "dropin_pack.h"
#include "dropin_read.h"
#include "plan.h"
#include "share/buf.h"
#include "share/log.h"
#include "store_jobs.h"
#include "store_runs.h"
#include "store_sources.h"

/* One entry being stored. */
struct storing {
	struct dropin_store *store;
	struct db *db;
	struct dropin_item *item;
	struct entry entry;
	struct job job; /* as the file has it; SET and ADD */
};

void
dropin_store_init(struct dropin_store *store, struct plan *plan)
{
	memset(store, 0, sizeof *store);
	store->plan = plan;
	job_init(&store->preset);
}

/* Whoever owns the file did it, as far as can be told. */
static struct jobs_change
change(const struct storing *s, struct buf *text, const char *what)
{
	const struct source *source = &s->item->source;

	buf_printf(text, "%s %s", what, source->path);
	return (struct jobs_change) { s->store->now,
		source->kind == SOURCE_USER ? source->user : "root",
		buf_text(text) };
}

/* Another job has that name: the key makes it unique. */
static int
free_name(struct storing *s)
{
	struct job *job = &s->job, other;
	struct buf name = BUF_EMPTY;
	struct fault f;
	bool is_taken;
	int got = jobs_get_named(
	    s->db, job->uid, JOB_TEXT(job, name), &other);

	if (got != 1)
		return got;
	is_taken = other.id != job->id;
	job_fini(&other);
	if (!is_taken)
		return 0;
	buf_printf(&name, "%.90s-%s", JOB_TEXT(job, name), job->source_key);
	job_set(job, JOB_name, buf_text(&name), &f);
	buf_fini(&name);
	return 0;
}

static void
set_enabled(struct job *job, bool enabled)
{
	JOB_NUMBER(job, enabled) = enabled;
}

/* The vanished job of the same entry: 1, and the job has what it had. */
static int
take_former(struct storing *s)
{
	struct former f;
	int got;

	if (!s->store->has_formers)
		return 0;
	got = formers_find(s->db, &s->entry, s->job.uid, &f);

	if (got != 1)
		return got;
	if (formers_drop(s->db, f.entry.job) != 0)
		return -1;
	s->job.id = f.entry.job;
	s->job.rev = f.rev;
	s->job.created_us = f.created_us;
	if (((f.entry.hash ^ s->entry.hash) & 1) == 0)
		set_enabled(&s->job, f.enabled);
	return 1;
}

/* Its next slot, and who it is. */
static int
plan_and_note(struct storing *s)
{
	if (plan_job(s->store->plan, &s->job, s->store->now, NULL) != 0)
		return -1;
	s->entry.job = s->job.id;
	s->entry.source = s->item->source.id;
	return entries_put(s->db, &s->entry);
}

/* Names are mostly free: that one is not is told by the try. */
static int
add_fresh(struct storing *s)
{
	struct buf text = BUF_EMPTY;
	struct jobs_change why = change(s, &text, "added from");
	int got = jobs_add(s->db, &s->job, &why);

	if (got == 1)
		got = free_name(s) != 0 ? -1 : jobs_add(s->db, &s->job, &why);
	buf_fini(&text);
	return got;
}

static int
bring_back(struct storing *s)
{
	struct buf text = BUF_EMPTY;
	struct jobs_change why = change(s, &text, "back in");
	int got = free_name(s);

	if (got == 0)
		got = jobs_return(s->db, &s->job, &why);
	if (got == 0)
		got = health_restore(s->db, s->job.id);
	buf_fini(&text);
	return got;
}

static int
add(struct storing *s)
{
	int got;

	s->entry.source = s->item->source.id;
	s->job.created_us = s->store->now.us;
	got = take_former(s);
	if (got >= 0)
		got = got == 0 ? add_fresh(s) : bring_back(s);
	return got != 0 ? -1 : plan_and_note(s);
}

static int
remember(struct storing *s, const struct job *job)
{
	struct former former = {
		.entry = s->entry,
		.uid = job->uid,
		.rev = job->rev + 1,
		.created_us = job->created_us,
		.enabled = JOB_NUMBER(job, enabled) != 0,
		.gone_us = s->store->now.us,
	};

	s->store->has_formers = true;
	return formers_put(s->db, &former);
}

/* What is due by now still counts; what runs is not touched. */
static int
drop_job(struct storing *s, const struct job *job)
{
	struct buf text = BUF_EMPTY;
	struct jobs_change why = change(s, &text, "removed from");
	int got = -1;

	if (plan_settle(s->store->plan, job->id, s->store->now) == 0) {
		plan_release(s->store->plan, job->id, s->store->now);
		plan_clock_set(s->store->plan);
		got = jobs_drop(s->db, job, &why);
	}
	buf_fini(&text);
	return got;
}

/* s->entry is as it was known. */
static int
drop(struct storing *s)
{
	struct job job;
	int got = jobs_get(s->db, s->entry.job, &job);

	if (got == 1) {
		got = remember(s, &job);
		if (got == 0)
			got = drop_job(s, &job);
		job_fini(&job);
	}
	return got != 0 ? -1 : entries_drop(s->db, s->entry.job);
}

/* The job stays the one it is, with what the file says now. */
static int
renew(struct storing *s, const struct job *old)
{
	struct buf text = BUF_EMPTY;
	struct jobs_change why = change(s, &text, "changed in");
	struct entry was;
	int got;

	s->job.id = old->id;
	s->job.rev = old->rev;
	s->job.created_us = old->created_us;
	got = entries_get(s->db, old->id, &was);
	if (got == 1
	    && (was.hash == 0 || ((was.hash ^ s->entry.hash) & 1) == 0))
		set_enabled(&s->job, JOB_NUMBER(old, enabled) != 0);
	got = got < 0 ? -1 : free_name(s);
	if (got == 0 && jobs_are_same(&s->job, old)) {
		s->entry.source = s->item->source.id;
		got = entries_put(s->db, &s->entry);
	} else if (got == 0
	    && (plan_settle(s->store->plan, old->id, s->store->now) != 0
		|| jobs_set(s->db, &s->job, &why) != 0
		|| plan_and_note(s) != 0)) {
		got = -1;
	}
	buf_fini(&text);
	return got;
}

/* Another owner (a name that has another uid now) never gets the history. */
static int
replace(struct storing *s)
{
	struct entry entry = s->entry;

	if (drop(s) != 0)
		return -1;
	s->entry = entry;
	return add(s);
}

static int
set(struct storing *s)
{
	struct job old;
	int got = jobs_get(s->db, s->entry.job, &old);

	if (got < 0)
		return -1;
	if (got == 0)
		return entries_drop(s->db, s->entry.job) != 0 ? -1 : add(s);
	got = old.uid == s->job.uid ? renew(s, &old) : replace(s);
	job_fini(&old);
	return got;
}

static int
carry_out(struct dropin_store *store, struct dropin_item *item,
    const struct dropin_op *op)
{
	struct storing s = { store, store->db, item, op->entry, { 0 } };
	int got = -1;

	if (op->what == DROPIN_ADD || op->what == DROPIN_SET) {
		dropin_pack_take(&s.job, item->packed.data + op->at,
		    &store->preset, op->entry.key);
		s.job.source = item->source.id;
	}
	switch (op->what) {
	case DROPIN_DROP:
		return drop(&s);
	case DROPIN_MOVE:
		return entries_put(s.db, &s.entry);
	case DROPIN_SET:
		got = set(&s);
		break;
	case DROPIN_ADD:
		got = add(&s);
		break;
	}
	job_fini(&s.job);
	return got;
}

static int
put_faults(struct db *db, const struct dropin_item *item)
{
	int64_t id = item->source.id;

	if (sources_drop_faults(db, id) != 0)
		return -1;
	for (int i = 0; i < item->fault_count; i++) {
		const struct dropin_fault *f = &item->fault[i];

		if (sources_put_fault(db, id, i + 1,
			&(struct source_fault) {
			    f->line, f->column, f->is_error, f->text })
		    != 0)
			return -1;
	}
	return 0;
}

/*
 * The row has to be there before the first entry. Until all are stored it says
 * that the file must be read: should the process end here, it will be.
 */
static int
open_source(struct dropin_store *store, struct dropin_item *item)
{
	struct db *db = store->db;
	struct source row;
	int got = sources_get(db, item->path, &row);

	item->source.id = 0;
	store->has_formers = false;
	if (got == 1) {
		item->source.id = row.id;
		source_fini(&row);
		got = formers_has(db, item->source.id);
		store->has_formers = got > 0;
		return got < 0 ? -1 : 0;
	}
	if (got < 0)
		return -1;
	row = item->source;
	memset(&row.stamp, 0, sizeof row.stamp);
	if (sources_put(db, &row) != 0)
		return -1;
	item->source.id = row.id;
	return 0;
}

/* A file that was never a crontab leaves nothing behind. */
static int
close_source(struct db *db, struct dropin_item *item)
{
	struct source *s = &item->source;

	if (s->state == SOURCE_IS_GONE) {
		int got = formers_has(db, s->id);

		if (got <= 0)
			return got < 0 ? -1 : sources_drop(db, s->id);
	}
	if (item->more)
		memset(&s->stamp, 0, sizeof s->stamp);
	return sources_put(db, s) != 0 || put_faults(db, item) != 0 ? -1 : 0;
}

int
dropin_store_item(
    struct dropin_store *store, struct dropin_item *item, size_t *at)
{
	if (open_source(store, item) != 0)
		return -1;
	for (; store->most > 0 && *at < item->op_count; store->most--)
		if (carry_out(store, item, &item->op[(*at)++]) != 0)
			return -1;
	if (*at < item->op_count)
		return 0;
	if (store->most > 0)
		store->most--; /* the row of the file is work too */
	return close_source(store->db, item) != 0 ? -1 : 1;
}

/* ---- what is said ---- */

static void
log_jobs(const struct dropin_item *item)
{
	static const char *const words[] = {
		[DROPIN_DROP] = "removed",
		[DROPIN_SET] = "changed",
		[DROPIN_ADD] = "added",
	};
	size_t count[DROPIN_ADD + 1] = { 0 };
	struct buf text = BUF_EMPTY;

	for (size_t i = 0; i < item->op_count; i++)
		count[item->op[i].what]++;
	count[DROPIN_MOVE] = 0;
	for (int i = 0; i <= DROPIN_ADD; i++)
		if (count[i] > 0)
			buf_printf(&text, ", %zu %s", count[i], words[i]);
	if (text.len > 0 || item->is_news)
		log_info("crontab %s: jobs: %lld%s", item->path,
		    (long long)item->source.jobs, buf_text(&text));
	buf_fini(&text);
}

void
dropin_store_log(const struct dropin_item *item)
{
	const struct source *s = &item->source;

	switch (s->state) {
	case SOURCE_IS_OK:
		log_jobs(item);
		break;
	case SOURCE_IS_PARTIAL:
	case SOURCE_IS_REJECTED:
		if (item->is_news || item->op_count > 0)
			log_warn("crontab %s: %s: %s (cronsctl sources)",
			    item->path,
			    s->state == SOURCE_IS_PARTIAL ? "PARTIAL"
							  : "REJECTED",
			    s->reason);
		break;
	case SOURCE_IS_SKIPPED:
		if (item->is_news && strncmp(s->reason, "BAD NAME", 8) == 0)
			log_debug("%s: %s", item->path, s->reason);
		else if (item->is_news)
			log_warn("crontab %s: SKIPPED: %s", item->path,
			    s->reason);
		break;
	case SOURCE_IS_GONE:
		if (item->had_jobs > 0)
			log_info("crontab %s: gone, jobs removed: %lld",
			    item->path, (long long)item->had_jobs);
		break;
	}
}
