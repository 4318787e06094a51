/* Paged by key and written through stdio: memory stays flat with a million
 * jobs. */
#include <stdlib.h>

#include "db.h"
#include "share/job.h"
#include "share/line.h"
#include "share/log.h"
#include "snapshot_parts.h"
#include "store_events.h"
#include "store_imports.h"
#include "store_jobs.h"
#include "store_pauses.h"
#include "store_pools.h"
#include "store_runs.h"
#include "store_sources.h"

#define PAGE 500

static void
end_line(struct snapshot_out *w)
{
	buf_putc(&w->line, '\n');
	fwrite(w->line.data, 1, w->line.len, w->file);
}

void
snapshot_put_job(struct snapshot_out *w, const struct job *job)
{
	buf_clear(&w->line);
	buf_printf(&w->line,
	    "job id=%lld rev=%lld uid=%lld created=%lld source=%lld",
	    (long long)job->id, (long long)job->rev, (long long)job->uid,
	    (long long)job->created_us, (long long)job->source);
	line_put_pair(&w->line, "user", job->user);
	if (job->source_key != NULL)
		line_put_pair(&w->line, "source_key", job->source_key);
	jobs_print_spec(job, &w->line);
	end_line(w);
}

static bool
write_job(void *arg, const struct job *job)
{
	struct snapshot_out *w = arg;

	snapshot_put_job(w, job);
	w->last = job->id;
	w->count++;
	w->page++;
	return true;
}

void
snapshot_put_source(struct snapshot_out *w, const struct source *source)
{
	buf_clear(&w->line);
	buf_printf(&w->line, "source id=%lld uid=%lld kind=%d",
	    (long long)source->id, (long long)source->uid,
	    (int)source->kind);
	line_put_pair(&w->line, "path", source->path);
	line_put_pair(&w->line, "user", source->user);
	end_line(w);
}

static bool
write_source(void *arg, const struct source *source)
{
	struct snapshot_out *w = arg;

	snapshot_put_source(w, source);
	free(w->path);
	w->path = xstrdup(source->path);
	w->page++;
	return true;
}

/* What the jobs' sources are called: they are read again after a restore. */
static int
write_sources(struct db *db, struct snapshot_out *w)
{
	do {
		struct sources_want want = { .after = w->path,
			.before = "\xff",
			.most = PAGE };

		if (want.after == NULL)
			want.after = "";
		w->page = 0;
		if (sources_each(db, &want, write_source, w) != 0)
			return -1;
	} while (w->page == PAGE);
	return 0;
}

/* Those that are over too: they are few, and how late it is we do not ask. */
static void
write_pause(void *arg, const struct pause *p)
{
	struct snapshot_out *w = arg;

	buf_clear(&w->line);
	buf_printf(&w->line,
	    "pause job=%lld uid=%lld since=%lld until=%lld firm=%d",
	    (long long)p->job, (long long)p->uid, (long long)p->since.us,
	    (long long)p->until.us, p->firm);
	line_put_pair(&w->line, "tag", p->tag);
	line_put_pair(&w->line, "by", p->by);
	line_put_pair(&w->line, "why", p->why);
	end_line(w);
}

static bool
write_pool(void *arg, const struct pool *p)
{
	struct snapshot_out *w = arg;

	buf_clear(&w->line);
	buf_printf(&w->line, "pool slots=%lld per_uid=%lld paused=%d",
	    (long long)p->slots, (long long)p->per_uid, p->paused);
	line_put_pair(&w->line, "name", p->name);
	buf_putc(&w->line, '\n');
	fwrite(w->line.data, 1, w->line.len, w->file);
	return true;
}

/* Written before all else: what follows may be newer, not older. */
void
snapshot_put_head(
    struct snapshot_out *w, struct db *db, int64_t newest_change)
{
	char *instance = meta_get(db, "instance");

	fprintf(w->file, "runs highest=%lld events=%lld instance=%s rev=%lld\n",
	    (long long)runs_max_id(db), (long long)events_newest(db),
	    instance == NULL ? "none" : instance, (long long)newest_change);
	free(instance);
}

static int
write_jobs(struct db *db, struct snapshot_out *w)
{
	do {
		struct jobs_want want = { .what = JOBS_ALL,
			.after_id = w->last,
			.most = PAGE };

		w->page = 0;
		if (jobs_each(db, &want, write_job, w) != 0)
			return -1;
		if (w->between != NULL)
			w->between(w->arg);
	} while (w->page == PAGE);
	return 0;
}

static void
write_import(void *arg, int64_t job, const struct imports_of *of)
{
	struct snapshot_out *w = arg;

	buf_clear(&w->line);
	buf_printf(&w->line, "import job=%lld uid=%lld", (long long)job,
	    (long long)of->uid);
	line_put_pair(&w->line, "file", of->file);
	end_line(w);
	w->last = job;
	w->page++;
}

/* The one job that is meant, and not the next. */
struct one {
	struct snapshot_out *out;
	int64_t job;
};

static void
write_import_of(void *arg, int64_t job, const struct imports_of *of)
{
	struct one *one = arg;

	if (job == one->job)
		write_import(one->out, job, of);
}

/* Behind the jobs: from which crontab each was imported. */
static int
write_imports(struct db *db, struct snapshot_out *w)
{
	w->last = 0;
	do {
		struct imports_want want = { w->last, PAGE };

		w->page = 0;
		if (imports_each_job(db, &want, write_import, w) != 0)
			return -1;
	} while (w->page == PAGE);
	return 0;
}

int
snapshot_put_import(struct snapshot_out *w, struct db *db, int64_t job)
{
	struct imports_want want = { job - 1, 1 };

	return imports_each_job(db, &want, write_import_of, &(struct one) {
	    w, job });
}

int
snapshot_put_rest(struct snapshot_out *w, struct db *db)
{
	return pauses_each(db, (wall_t) { 0 }, write_pause, w) != 0
	    ? -1
	    : pools_each(db, write_pool, w);
}

int
snapshot_put_all(struct snapshot_out *w, struct db *db)
{
	return write_sources(db, w) != 0 || write_jobs(db, w) != 0
		|| write_imports(db, w) != 0 || snapshot_put_rest(w, db) != 0
	    ? -1
	    : 0;
}
