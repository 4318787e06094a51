/*
 * sources: the crontab files as they were read last. A file is a row, its
 * faults are rows below it with the same file. Pages are by path. A user sees
 * the own tab; the system's crontabs are for who sees all jobs.
 */
#include <stdlib.h>

#include "share/log.h"
#include "store_sources.h"
#include "verb.h"

#define PAGE 100
#define BEHIND_ALL "\xff" /* no path is above that */

struct page {
	struct request *request;
	char *after; /* owned */
	int rows;
};

static void
free_page(void *state)
{
	struct page *page = state;

	free(page->after);
	free(page);
}

static bool
may_see(const struct request *r, const struct source *s)
{
	return request_may(
	    r, ROLE_VIEW, s->kind == SOURCE_USER ? s->uid : 0);
}

static void
put_file(struct request *r, const struct source *s)
{
	reply_begin(r);
	reply_text(r, s->path);
	reply_text(r, source_kind_word(s->kind));
	reply_text(r, s->user);
	reply_text(r, source_state_word(s->state));
	reply_number(r, s->jobs);
	reply_number(r, s->checked_us);
	reply_text(r, "");
	reply_text(r, "");
	reply_text(r, "");
	reply_text(r, s->reason);
	reply_end(r);
}

struct fault_row {
	struct request *request;
	const struct source *source;
};

static void
put_fault(void *arg, const struct source_fault *f)
{
	const struct fault_row *row = arg;
	const struct source *s = row->source;
	struct request *r = row->request;

	reply_begin(r);
	reply_text(r, s->path);
	reply_text(r, source_kind_word(s->kind));
	reply_text(r, s->user);
	reply_text(r, source_state_word(s->state));
	reply_text(r, "");
	reply_text(r, "");
	reply_some(r, f->line > 0 ? f->line : -1);
	reply_some(r, f->column > 0 ? f->column : -1);
	reply_text(r, f->is_error ? "error" : "warning");
	reply_text(r, f->text);
	reply_end(r);
}

static void
put_source(struct request *r, const struct source *s)
{
	struct fault_row row = { r, s };

	put_file(r, s);
	sources_each_fault(r->parts->read, s->id, put_fault, &row);
}

static bool
put_of_page(void *arg, const struct source *s)
{
	struct page *page = arg;

	page->rows++;
	free(page->after);
	page->after = xstrdup(s->path);
	if (s->state != SOURCE_IS_GONE && may_see(page->request, s))
		put_source(page->request, s);
	return true;
}

static enum verb_status
put_one(struct request *r, const char *path)
{
	struct source s;
	int got = sources_get(r->parts->read, path, &s);
	bool seen = got == 1 && may_see(r, &s);

	if (seen) {
		reply_names(r);
		put_source(r, &s);
	}
	if (got == 1)
		source_fini(&s);
	if (seen)
		return reply_ok(r, 200, "%s", "");
	return reply_err(r, ERR_NOT_FOUND, "file",
	    "no crontab \"%.150s\" is read that you may see", path);
}

enum verb_status
verb_sources(struct request *r)
{
	struct page *page = r->state;
	struct sources_want want = { .before = BEHIND_ALL, .most = PAGE };

	if (r->line.word_count > 0)
		return put_one(r, r->line.word[0]);
	if (page == NULL) {
		r->state = page = xcalloc(1, sizeof *page);
		r->free_state = free_page;
		page->after = xstrdup("");
		reply_names(r);
	}
	page->request = r;
	page->rows = 0;
	want.after = page->after;
	if (sources_each(r->parts->read, &want, put_of_page, page) != 0)
		return reply_err(r, ERR_INTERNAL, "", "the database failed");
	return page->rows == PAGE ? VERB_MORE : reply_ok(r, 200, "%s", "");
}
