/*
 * A list of a few: a draft belongs to the worker from drafts_begin until its
 * call comes back (is_made), and to the loop from then on. What is forgotten
 * meanwhile is freed when it comes back.
 */
#include "draft.h"

#include <stdlib.h>

#include <bsd/sys/queue.h>

#include "db.h"
#include "fail.h"
#include "hook.h"
#include "mail.h"
#include "self.h"
#include "share/log.h"
#include "transcript.h"
#include "work.h"

struct entry {
	struct draft draft;
	struct drafts *drafts;
	bool is_made, is_forgotten; /* the loop's */
	TAILQ_ENTRY(entry) in_list; /* drafts.list */
};

struct drafts {
	struct drafts_needs on;
	TAILQ_HEAD(, entry) list;
	struct db *out; /* the worker's; NULL while it cannot be had */
};

struct drafts *
drafts_new(const struct drafts_needs *needs)
{
	struct drafts *d = xcalloc(1, sizeof *d);

	d->on = *needs;
	d->on.out_path = xstrdup(needs->out_path);
	TAILQ_INIT(&d->list);
	return d;
}

static void
free_entry(struct entry *e)
{
	TAILQ_REMOVE(&e->drafts->list, e, in_list);
	job_fini(&e->draft.in.about);
	free(e->draft.in.program);
	free(e->draft.in.home);
	buf_fini(&e->draft.argv);
	buf_fini(&e->draft.env);
	buf_fini(&e->draft.text);
	free(e);
}

/* ---- in the worker ---- */

static void
compose_mail(struct draft *draft, const struct transcript_places *places)
{
	const struct draft_input *in = &draft->in;
	struct mail_input mail = { .job = &in->about,
		.row = in->of.id == 0 ? NULL : &in->of,
		.event = in->row.event,
		.sentence = in->row.text,
		.host = places->self->host,
		.home = in->home,
		.mailer = in->program,
		.charset = in->charset,
		.most = in->most,
		.places = places };
	int got = mail_compose(&mail, &draft->argv, &draft->text);

	draft->result = got == 0 ? DRAFT_IS_MADE
	    : got == 1		 ? DRAFT_IS_NOBODYS
				 : DRAFT_FAILED;
}

static void
compose_hook(struct draft *draft, const struct transcript_places *places)
{
	const struct draft_input *in = &draft->in;
	struct hook_input hook = { .job = &in->about,
		.notice = &in->row,
		.run = in->of.id == 0 ? NULL : &in->of,
		.host = places->self->host,
		.program = in->program,
		.places = places };

	hook_compose(&hook, &draft->argv, &draft->env, &draft->text);
	draft->result = DRAFT_IS_MADE;
}

static void
compose(void *arg)
{
	struct entry *e = arg;
	struct drafts *d = e->drafts;
	struct transcript_places places = { .self = d->on.self };
	enum db_trouble trouble;

	FAIL_POINT(notice_composing);
	if (d->out == NULL)
		d->out = db_open(d->on.out_path, DB_OUT, true, &trouble);
	places.out = d->out;
	if (e->draft.in.home != NULL)
		compose_mail(&e->draft, &places);
	else
		compose_hook(&e->draft, &places);
}

/* ---- in the loop ---- */

static void
on_composed(void *arg)
{
	struct entry *e = arg;
	struct drafts *d = e->drafts;

	e->is_made = true;
	if (e->is_forgotten)
		free_entry(e);
	else
		d->on.ready(d->on.arg);
}

void
drafts_begin(
    struct drafts *d, int64_t run, const struct draft_input *in)
{
	struct entry *e = xcalloc(1, sizeof *e);

	e->draft.run = run;
	e->draft.in = *in;
	e->drafts = d;
	TAILQ_INSERT_TAIL(&d->list, e, in_list);
	work_put(d->on.work, LANE_NOTICE,
	    (struct work_call) { compose, on_composed, e });
}

static struct entry *
find(const struct drafts *d, int64_t run)
{
	struct entry *e;

	TAILQ_FOREACH(e, &d->list, in_list)
		if (e->draft.run == run && !e->is_forgotten)
			return e;
	return NULL;
}

bool
drafts_has(const struct drafts *d, int64_t run)
{
	return find(d, run) != NULL;
}

const struct draft *
drafts_find(const struct drafts *d, int64_t run)
{
	struct entry *e = find(d, run);

	return e != NULL && e->is_made ? &e->draft : NULL;
}

void
drafts_forget(struct drafts *d, int64_t run)
{
	struct entry *e = find(d, run);

	if (e == NULL)
		return;
	e->is_forgotten = true;
	if (e->is_made)
		free_entry(e);
}

void
drafts_stop(struct drafts *d)
{
	if (work_pending(d->on.work) > 0)
		return; /* a worker hangs: it keeps what is its own */
	db_close(d->out);
	d->out = NULL;
}
