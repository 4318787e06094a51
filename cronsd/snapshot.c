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
#include "store_jobs.h"

#define PAGE 500

struct writing {
	FILE *file;
	struct buf line;
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

long long
snapshot_write(struct db *db, const char *path)
{
	struct writing w = { .count = 0 };
	struct buf name = BUF_EMPTY;
	int bad;

	buf_printf(&name, "%s.new", path);
	w.file = fopen(buf_text(&name), "we");
	bad = w.file == NULL || write_jobs(db, &w) != 0
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
read_job(const char *text, size_t len, struct job *job)
{
	struct line line;
	struct fault f;
	const char *user, *key;
	bool good = true;

	if (line_parse(&line, text, len, &f) != ERR_NONE)
		return false;
	job_init(job);
	job->id = number_of(&line, "id");
	job->rev = number_of(&line, "rev");
	job->uid = number_of(&line, "uid");
	job->created_us = number_of(&line, "created");
	job->source = number_of(&line, "source");
	key = line_find(&line, "source_key");
	job->source_key = key == NULL ? NULL : xstrdup(key);
	user = line_find(&line, "user");
	strlcpy(job->user, user == NULL ? "" : user, sizeof job->user);
	for (size_t i = 0; i < line.pair_count && good; i++) {
		int field = job_field_find(line.pair[i].key);

		if (field >= 0)
			good = job_set(job, (enum job_field)field,
				   line.pair[i].value, &f)
			    == ERR_NONE;
	}
	good = good && job->id > 0 && user != NULL
	    && job_check(job, &f) == ERR_NONE;
	line_fini(&line);
	if (!good)
		job_fini(job);
	return good;
}

static int
add_job(struct db *db, struct job *job)
{
	struct job other;
	int got = jobs_get(db, job->id, &other);

	if (got == 1)
		job_fini(&other);
	if (got == 0)
		got = jobs_restore(db, job) == 0 ? 0 : -1;
	return got < 0 ? -1 : got == 0;
}

static long long
read_lines(struct db *db, FILE *file)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t len;
	long long count = 0;
	int number = 0, got = 0;

	while (got >= 0 && (len = getline(&text, &room, file)) > 0) {
		struct job job;

		number++;
		if (text[len - 1] == '\n')
			len--;
		if (!read_job(text, (size_t)len, &job)) {
			log_warn("jobs.snapshot:%d: not a job", number);
			continue;
		}
		got = add_job(db, &job);
		count += got > 0;
		job_fini(&job);
	}
	free(text);
	return got < 0 ? -1 : count;
}

long long
snapshot_read(struct db *db, const char *path)
{
	FILE *file = fopen(path, "re");
	long long count;

	if (file == NULL)
		return errno == ENOENT ? 0 : -1;
	if (db_do(db, SQL_BEGIN) != 0 || db_do(db, SQL_JOBS_CLEAR) != 0) {
		db_do(db, SQL_ROLLBACK);
		fclose(file);
		return -1;
	}
	count = read_lines(db, file);
	fclose(file);
	if (db_do(db, count < 0 ? SQL_ROLLBACK : SQL_COMMIT) != 0)
		return -1;
	return count;
}
