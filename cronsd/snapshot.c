/* Paged by key and written through stdio: memory stays flat with a million
 * jobs. */
#include "snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#include "db.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/line.h"
#include "share/log.h"
#include "store_events.h"
#include "store_imports.h"
#include "store_jobs.h"
#include "store_pauses.h"
#include "store_pools.h"
#include "store_sources.h"
#include "store_runs.h"

#define PAGE 500

struct writing {
	FILE *file;
	struct buf line;
	char *path; /* of the source written last */
	int64_t last, count;
	int page;
};

static bool
write_job(void *arg, const struct job *job)
{
	struct writing *w = arg;

	buf_clear(&w->line);
	buf_printf(&w->line,
	    "job id=%lld rev=%lld uid=%lld created=%lld source=%lld",
	    (long long)job->id, (long long)job->rev, (long long)job->uid,
	    (long long)job->created_us, (long long)job->source);
	line_put_pair(&w->line, "user", job->user);
	if (job->source_key != NULL)
		line_put_pair(&w->line, "source_key", job->source_key);
	jobs_print_spec(job, &w->line);
	buf_putc(&w->line, '\n');
	fwrite(w->line.data, 1, w->line.len, w->file);
	w->last = job->id;
	w->count++;
	w->page++;
	return true;
}

static bool
write_source(void *arg, const struct source *source)
{
	struct writing *w = arg;

	buf_clear(&w->line);
	buf_printf(&w->line, "source id=%lld uid=%lld kind=%d",
	    (long long)source->id, (long long)source->uid,
	    (int)source->kind);
	line_put_pair(&w->line, "path", source->path);
	line_put_pair(&w->line, "user", source->user);
	buf_putc(&w->line, '\n');
	fwrite(w->line.data, 1, w->line.len, w->file);
	free(w->path);
	w->path = xstrdup(source->path);
	w->page++;
	return true;
}

/* What the jobs' sources are called: they are read again after a restore. */
static int
write_sources(struct db *db, struct writing *w)
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
	struct writing *w = arg;

	buf_clear(&w->line);
	buf_printf(&w->line,
	    "pause job=%lld uid=%lld since=%lld until=%lld firm=%d",
	    (long long)p->job, (long long)p->uid, (long long)p->since.us,
	    (long long)p->until.us, p->firm);
	line_put_pair(&w->line, "tag", p->tag);
	line_put_pair(&w->line, "by", p->by);
	line_put_pair(&w->line, "why", p->why);
	buf_putc(&w->line, '\n');
	fwrite(w->line.data, 1, w->line.len, w->file);
}

static bool
write_pool(void *arg, const struct pool *p)
{
	struct writing *w = arg;

	buf_clear(&w->line);
	buf_printf(&w->line, "pool slots=%lld per_uid=%lld paused=%d",
	    (long long)p->slots, (long long)p->per_uid, p->paused);
	line_put_pair(&w->line, "name", p->name);
	buf_putc(&w->line, '\n');
	fwrite(w->line.data, 1, w->line.len, w->file);
	return true;
}

/* Read before all else: what follows may be newer, not older. */
static int
write_head(struct db *db, struct writing *w)
{
	char *instance = meta_get(db, "instance");

	fprintf(w->file, "runs highest=%lld events=%lld instance=%s\n",
	    (long long)runs_max_id(db), (long long)events_newest(db),
	    instance == NULL ? "none" : instance);
	free(instance);
	return 0;
}

static int
write_jobs(struct db *db, struct writing *w)
{
	do {
		struct jobs_want want = { .what = JOBS_ALL,
			.after_id = w->last,
			.most = PAGE };

		w->page = 0;
		if (jobs_each(db, &want, write_job, w) != 0)
			return -1;
	} while (w->page == PAGE);
	return 0;
}

static void
write_import(void *arg, int64_t job, const struct imports_of *of)
{
	struct writing *w = arg;

	buf_clear(&w->line);
	buf_printf(&w->line, "import job=%lld uid=%lld", (long long)job,
	    (long long)of->uid);
	line_put_pair(&w->line, "file", of->file);
	buf_putc(&w->line, '\n');
	fwrite(w->line.data, 1, w->line.len, w->file);
	w->last = job;
	w->page++;
}

/* Behind the jobs: from which crontab each was imported. */
static int
write_imports(struct db *db, struct writing *w)
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

long long
snapshot_write(struct db *db, const char *path)
{
	struct writing w = { .count = 0 };
	struct buf name = BUF_EMPTY;
	int bad;

	buf_printf(&name, "%s.new", path);
	w.file = fopen(buf_text(&name), "we");
	bad = w.file == NULL || write_head(db, &w) != 0
	    || write_sources(db, &w) != 0 || write_jobs(db, &w) != 0
	    || write_imports(db, &w) != 0
	    || pauses_each(db, (wall_t) { 0 }, write_pause, &w) != 0
	    || pools_each(db, write_pool, &w) != 0
	    || fflush(w.file) != 0 || fsync(fileno(w.file)) != 0;
	if (w.file != NULL)
		bad |= fclose(w.file) != 0;
	if (!bad)
		bad = rename(buf_text(&name), path) != 0;
	if (bad) {
		log_warn("%s: %s", path, strerror(errno));
		unlink(buf_text(&name));
	}
	buf_fini(&name);
	buf_fini(&w.line);
	free(w.path);
	return bad ? -1 : w.count;
}

static int64_t
number_of(const struct line *line, const char *key)
{
	const char *text = line_find(line, key);

	return text == NULL ? 0 : atoll(text);
}

/* false: the line is no job that can be trusted. */
static bool
read_job(const struct line *line, struct job *job)
{
	struct fault f;
	const char *user = line_find(line, "user");
	const char *key = line_find(line, "source_key");
	bool good = true;

	job_init(job);
	job->id = number_of(line, "id");
	job->rev = number_of(line, "rev");
	job->uid = number_of(line, "uid");
	job->created_us = number_of(line, "created");
	job->source = number_of(line, "source");
	job->source_key = key == NULL ? NULL : xstrdup(key);
	strlcpy(job->user, user == NULL ? "" : user, sizeof job->user);
	for (size_t i = 0; i < line->pair_count && good; i++) {
		int field = job_field_find(line->pair[i].key);

		if (field >= 0)
			good = job_set(job, (enum job_field)field,
				   line->pair[i].value, &f)
			    == ERR_NONE;
	}
	good = good && job->id > 0 && user != NULL
	    && job_check(job, &f) == ERR_NONE;
	if (!good)
		job_fini(job);
	return good;
}

/* Without a hash: that of the next reading is another one in any case. */
static int
add_entry(struct db *db, const struct job *job)
{
	if (job->source == 0 || job->source_key == NULL)
		return 0;
	return entries_put(db,
	    &(struct entry) { .job = job->id,
		.source = job->source,
		.key = (int64_t)strtoull(job->source_key, NULL, 16) });
}

static int
add_job(struct db *db, struct job *job)
{
	struct job other;
	int got = jobs_get(db, job->id, &other);

	if (got == 1)
		job_fini(&other);
	if (got == 0)
		got = jobs_restore(db, job) == 0 ? add_entry(db, job) : -1;
	return got < 0 ? -1 : got == 0;
}

static int
add_source(struct db *db, const struct line *line)
{
	const char *path = line_find(line, "path");
	const char *user = line_find(line, "user");
	struct source source = { .id = number_of(line, "id"),
		.uid = number_of(line, "uid") };

	if (path == NULL || user == NULL || source.id <= 0)
		return 0;
	source.kind = number_of(line, "kind") == SOURCE_USER ? SOURCE_USER
							     : SOURCE_SYSTEM;
	strlcpy(source.user, user, sizeof source.user);
	source.path = xstrdup(path);
	int got = sources_restore(db, &source);
	source_fini(&source);
	return got;
}

static int
add_pause(struct db *db, const struct line *line)
{
	const char *tag = line_find(line, "tag"), *by = line_find(line, "by");
	const char *why = line_find(line, "why");
	struct pause p = { .job = number_of(line, "job"),
		.uid = number_of(line, "uid"),
		.since = { number_of(line, "since") },
		.until = { number_of(line, "until") },
		.firm = number_of(line, "firm") != 0 };

	if (tag == NULL || by == NULL || why == NULL)
		return 0;
	strlcpy(p.tag, tag, sizeof p.tag);
	strlcpy(p.by, by, sizeof p.by);
	strlcpy(p.why, why, sizeof p.why);
	return pauses_add(db, &p);
}

static int
add_pool(struct db *db, const struct line *line)
{
	const char *name = line_find(line, "name");
	struct pool p;

	if (name == NULL)
		return 0;
	pool_init(&p, name);
	if (number_of(line, "slots") > 0)
		p.slots = number_of(line, "slots");
	p.per_uid = number_of(line, "per_uid");
	p.paused = number_of(line, "paused") != 0;
	return pools_put(db, &p);
}

/* Of a job that could not be read there is no source either. */
static int
add_import(struct db *db, const struct line *line)
{
	struct imports_of of
	    = { line_find(line, "file"), number_of(line, "uid") };
	int64_t id = number_of(line, "job");
	struct job job;
	int got = jobs_get(db, id, &job);

	if (got == 1)
		job_fini(&job);
	if (got != 1 || of.file == NULL)
		return got < 0 ? -1 : 0;
	return imports_put(db, id, &of);
}

/* 0; -1 if the database failed. */
static int
take_line(struct db *db, const struct line *line, struct snapshot_found *found)
{
	struct job job;
	int got;

	if (strcmp(line->verb, "runs") == 0) {
		found->highest_run = number_of(line, "highest");
		return 0;
	}
	if (strcmp(line->verb, "source") == 0)
		return add_source(db, line);
	if (strcmp(line->verb, "pause") == 0)
		return add_pause(db, line);
	if (strcmp(line->verb, "pool") == 0)
		return add_pool(db, line);
	if (strcmp(line->verb, "import") == 0)
		return add_import(db, line);
	if (strcmp(line->verb, "job") != 0 || !read_job(line, &job)) {
		log_warn("jobs.snapshot: job %lld cannot be read",
		    (long long)number_of(line, "id"));
		return 0;
	}
	got = add_job(db, &job);
	found->jobs += got > 0;
	job_fini(&job);
	return got < 0 ? -1 : 0;
}

static int
read_lines(struct db *db, FILE *file, struct snapshot_found *found)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t len;
	int number = 0, got = 0;

	while (got == 0 && (len = getline(&text, &room, file)) > 0) {
		struct line line;
		struct fault f;

		number++;
		if (text[len - 1] == '\n')
			len--;
		if (line_parse_any(&line, text, (size_t)len, &f)
		    != ERR_NONE) {
			log_warn("jobs.snapshot:%d: %s", number, f.text);
			continue;
		}
		got = take_line(db, &line, found);
		line_fini(&line);
	}
	free(text);
	return got;
}

int
snapshot_read(struct db *db, const char *path, struct snapshot_found *found)
{
	FILE *file = fopen(path, "re");
	int got;

	*found = (struct snapshot_found) { 0, 0 };
	if (file == NULL)
		return errno == ENOENT ? 0 : -1;
	if (db_do(db, SQL_BEGIN) != 0 || db_do(db, SQL_JOBS_CLEAR) != 0
	    || db_do(db, SQL_PAUSES_CLEAR) != 0 || sources_clear(db) != 0) {
		db_do(db, SQL_ROLLBACK);
		fclose(file);
		return -1;
	}
	got = read_lines(db, file, found);
	fclose(file);
	if (got != 0)
		db_do(db, SQL_ROLLBACK);
	else
		got = db_do(db, SQL_COMMIT);
	if (got != 0)
		*found = (struct snapshot_found) { 0, 0 };
	return got;
}

int64_t
snapshot_events(const char *path, const char *instance)
{
	FILE *file = fopen(path, "re");
	char text[256];
	int64_t events = 0;
	struct line line;
	struct fault f;

	if (file == NULL)
		return 0;
	if (fgets(text, sizeof text, file) != NULL
	    && line_parse_any(&line, text, strcspn(text, "\n"), &f)
		== ERR_NONE) {
		const char *of = line_find(&line, "instance");

		if (strcmp(line.verb, "runs") == 0 && of != NULL
		    && strcmp(of, instance) == 0)
			events = number_of(&line, "events");
		line_fini(&line);
	}
	fclose(file);
	return events;
}
