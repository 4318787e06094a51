/*
 * A snapshot of a million jobs is hundreds of MB, and one changed job must not
 * cost to write them all again. So there are two files: the snapshot, and
 * behind it its changes, to which the jobs that changed since are appended, in
 * parts. When the changes have grown as long as the snapshot (and FEW_BYTES),
 * all is written anew: so every byte is written about twice, however large it
 * is. Which jobs changed is known from job_rev (store_jobs_changes.h), so that
 * nothing has to be remembered, and a change is never overlooked.
 *
 * A part is read from one state of the database, and ends with a line "end";
 * what stands behind the last one does not count. Each of its jobs is as it is
 * then, with its revision: what is applied to something newer changes nothing.
 *
 *   durable                     a crash there
 *   half a part                 is not read; the next part is put in its place
 *   the part, with its end      counts
 *   .new of the snapshot        is not read, and is overwritten
 *   renamed: a new snapshot     the old changes are applied to it: they tell
 *                               of nothing newer, and so do no harm
 *   the new changes renamed     begin with what happened meanwhile
 *
 * While a long snapshot is written, what changes still goes to the old changes
 * every few seconds, for the promise is that no change is lost for longer.
 */
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

#include "db.h"
#include "share/clock.h"
#include "share/job.h"
#include "share/log.h"
#include "snapshot_parts.h"
#include "store_events.h"
#include "store_jobs.h"
#include "store_jobs_changes.h"
#include "store_runs.h"
#include "store_sources.h"

#define FEW_BYTES (256 << 10) /* of changes */
#define A_CHANGE 300 /* bytes, about */
#define BETWEEN_US (4 * SECOND_US) /* parts, while all is written */

struct snapshot {
	char *path, *changes;
	bool looked; /* at what an earlier daemon left */
	char life[SNAPSHOT_LIFE]; /* of the database; "" there is no base */
	int64_t rev; /* changes up to this one are written */
	int64_t all_bytes, changes_bytes;
	uint64_t rest; /* hash of the pauses and pools written last */
	struct db *db; /* of this call */
	mono_t at; /* of the last part */
};

struct snapshot *
snapshot_new(const char *path)
{
	struct snapshot *s = xcalloc(1, sizeof *s);

	s->path = xstrdup(path);
	s->changes = snapshot_changes_path(path);
	return s;
}

void
snapshot_free(struct snapshot *s)
{
	if (s == NULL)
		return;
	free(s->path);
	free(s->changes);
	free(s);
}

static int64_t
size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

/* What an earlier daemon wrote goes on, if it is of the same database. */
static void
look(struct snapshot *s)
{
	struct snapshot_end head, end;

	s->looked = true;
	if (!snapshot_read_head(s->path, s->life, &head)) {
		s->life[0] = '\0';
		return;
	}
	snapshot_find_end(s->changes, s->life, &end);
	s->rev = end.rev > head.rev ? end.rev : head.rev;
	s->all_bytes = size_of(s->path);
	s->changes_bytes = end.bytes;
	if (head.rev < 0) /* of an earlier version, which wrote no changes */
		s->life[0] = '\0';
}

static bool
is_of_this_life(const struct snapshot *s, struct db *db)
{
	char *instance = meta_get(db, "instance");
	bool is = instance != NULL && strcmp(instance, s->life) == 0;

	free(instance);
	return is;
}

/* ---- a part ---- */

struct part {
	struct snapshot *snapshot;
	struct snapshot_out out;
	int64_t rev; /* of its last change */
	int64_t source; /* written last */
	uint64_t rest;
};

static int
put_source_of(struct part *part, const struct job *job)
{
	struct source source;
	int got;

	if (job->source == 0 || job->source == part->source)
		return 0;
	part->source = job->source;
	got = sources_get_id(part->snapshot->db, job->source, &source);
	if (got == 1) {
		snapshot_put_source(&part->out, &source);
		source_fini(&source);
	}
	return got < 0 ? -1 : 0;
}

static int
put_change(void *arg, const struct change *change)
{
	struct part *part = arg;
	struct db *db = part->snapshot->db;
	struct job job;
	int got = jobs_get(db, change->job, &job);

	part->rev = change->number;
	if (got == 0)
		fprintf(part->out.file, "gone id=%lld rev=%lld\n",
		    (long long)change->job, (long long)change->rev);
	if (got != 1)
		return got;
	got = put_source_of(part, &job);
	snapshot_put_job(&part->out, &job);
	job_fini(&job);
	return got != 0 ? -1
			: snapshot_put_import(&part->out, db, change->job);
}

static uint64_t
hash_bytes(const char *bytes, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* Pauses and pools, if they are not as they were: "rest", and all of them. */
static int
put_rest(struct part *part)
{
	FILE *file = part->out.file;
	char *text = NULL;
	size_t len = 0;
	int got;

	part->out.file = open_memstream(&text, &len);
	if (part->out.file == NULL)
		fatal("out of memory");
	got = snapshot_put_rest(&part->out, part->snapshot->db);
	fclose(part->out.file);
	part->out.file = file;
	part->rest = hash_bytes(text, len);
	if (got == 0 && part->rest != part->snapshot->rest)
		fprintf(file, "rest\n%s", text);
	free(text);
	return got;
}

static int
put_part(struct part *part)
{
	struct snapshot *s = part->snapshot;
	struct db *db = s->db;
	int got;

	if (db_do(db, SQL_BEGIN_READ) != 0)
		return -1;
	got = changes_each(db, s->rev, put_change, part);
	if (got == 0)
		got = put_rest(part);
	fprintf(part->out.file, "end rev=%lld highest=%lld events=%lld\n",
	    (long long)part->rev, (long long)runs_max_id(db),
	    (long long)events_newest(db));
	return db_do(db, SQL_COMMIT) != 0 ? -1 : got;
}

/* Behind what is whole of the file, or as a fresh one, which has to be renamed:
 * durable when it returns 0. */
static int
write_part(struct snapshot *s, const char *path, int64_t from)
{
	struct part part = { .snapshot = s, .rev = s->rev };
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int got = -1;

	if (fd >= 0 && ftruncate(fd, from) == 0
	    && lseek(fd, from, SEEK_SET) == from)
		part.out.file = fdopen(fd, "w");
	if (part.out.file == NULL) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (from == 0)
		snapshot_put_head(&part.out, s->db, s->rev);
	got = put_part(&part);
	if (fflush(part.out.file) != 0 || fdatasync(fd) != 0)
		got = -1;
	if (fclose(part.out.file) != 0)
		got = -1;
	buf_fini(&part.out.line);
	if (got != 0)
		return -1;
	s->rev = part.rev;
	s->rest = part.rest;
	s->at = mono_now();
	s->changes_bytes = size_of(path);
	return 0;
}

static int
append(struct snapshot *s)
{
	int64_t from = s->changes_bytes;

	if (write_part(s, s->changes, from) == 0)
		return 0;
	log_warn("%s: %s", s->changes, strerror(errno));
	if (truncate(s->changes, from) != 0 && errno != ENOENT)
		s->life[0] = '\0'; /* all is written next time */
	return -1;
}

/* ---- all ---- */

/* A failure is met again at the end, by the changes that follow. */
static void
append_meanwhile(void *arg)
{
	struct snapshot *s = arg;

	if (s->life[0] != '\0' && mono_now().us - s->at.us > BETWEEN_US)
		append(s);
}

/* By way of a temporary file; how many jobs, or -1 and the old one stays. */
static long long
put_file(struct snapshot_out *out, struct db *db, const char *path)
{
	struct buf name = BUF_EMPTY;
	int bad = -1;

	buf_printf(&name, "%s.new", path);
	out->file = fopen(buf_text(&name), "we");
	if (out->file != NULL) {
		snapshot_put_head(out, db, changes_newest(db));
		bad = snapshot_put_all(out, db) != 0
		    || fflush(out->file) != 0 || fsync(fileno(out->file)) != 0;
		bad |= fclose(out->file) != 0;
	}
	if (!bad)
		bad = rename(buf_text(&name), path) != 0;
	if (bad) {
		log_warn("%s: %s", path, strerror(errno));
		unlink(buf_text(&name));
	}
	buf_fini(&name);
	buf_fini(&out->line);
	free(out->path);
	return bad ? -1 : out->count;
}

long long
snapshot_write(struct db *db, const char *path)
{
	return put_file(&(struct snapshot_out) { 0 }, db, path);
}

/* The changes begin anew, with those that came while all was written. */
static int
begin_changes(struct snapshot *s)
{
	struct buf name = BUF_EMPTY;
	int got;

	buf_printf(&name, "%s.new", s->changes);
	s->rest = 0;
	got = write_part(s, buf_text(&name), 0);
	if (got == 0)
		got = rename(buf_text(&name), s->changes);
	if (got != 0) {
		log_warn("%s: %s", s->changes, strerror(errno));
		unlink(buf_text(&name));
	}
	buf_fini(&name);
	return got;
}

static int
write_all(struct snapshot *s)
{
	struct snapshot_out out
	    = { .between = append_meanwhile, .arg = s };
	int64_t newest = changes_newest(s->db);
	char *instance = meta_get(s->db, "instance");

	s->at = mono_now();
	if (instance == NULL || put_file(&out, s->db, s->path) < 0) {
		free(instance);
		return -1;
	}
	strlcpy(s->life, instance, sizeof s->life);
	free(instance);
	s->rev = newest;
	s->all_bytes = size_of(s->path);
	if (begin_changes(s) == 0)
		return 0;
	s->life[0] = '\0';
	return -1;
}

/* Would the changes be longer than all is? */
static bool
is_long(const struct snapshot *s)
{
	int64_t most
	    = s->all_bytes > FEW_BYTES ? s->all_bytes : FEW_BYTES;

	return s->changes_bytes
	    + (changes_newest(s->db) - s->rev) * A_CHANGE
	    > most;
}

int
snapshot_keep(struct snapshot *s, struct db *db, bool all)
{
	s->db = db;
	if (!s->looked)
		look(s);
	if (all || s->life[0] == '\0' || !is_of_this_life(s, db)
	    || is_long(s)) {
		if (!is_of_this_life(s, db))
			s->life[0] = '\0';
		return write_all(s);
	}
	return append(s);
}
