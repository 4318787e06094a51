/*
 * One file after the other: looked at and read (share/crontab_file), parsed,
 * and each entry made into a job and held against what is known (dropin_diff).
 * What costs the whole file is known only at its end.
 *
 * What the machine cannot say at the moment (a disk that fails, users that
 * cannot be looked up) changes nothing: the jobs stay as they are, and the
 * source waits.
 */
#include "dropin_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bsd/string.h>

#include "db.h"
#include "dropin_diff.h"
#include "share/crontab.h"
#include "share/crontab_file.h"
#include "share/crontab_job.h"
#include "share/job.h"
#include "share/log.h"
#include "users.h"

#define READER_VERSION 1 /* raised when the same text means something else */
#define MOST_BYTES (16 << 20) /* of a file */
#define MOST_FAULTS 100 /* kept of a file */
#define BATCH_PACKED (4 << 20) /* bytes of new jobs, after which it ends */
#define BATCH_US (SECOND_US / 4)
#define TRIES 3 /* of reading a file that changes meanwhile */
#define MEMO 64
#define RACY_NS INT64_C(2000000000)

/* What a name's lookup came to: as users_ask. */
struct memo {
	char name[64];
	int got;
	int64_t uid;
};

struct reading {
	struct dropin_batch *batch;
	const struct dropin_rules *rules;
	struct db *db;
	struct dropin_diff diff;
	struct buf text; /* of the file */
	struct memo memo[MEMO];
	int memo_count;

	/* Of the file at hand. */
	struct dropin_item *item;
	enum dropin_place place;
	struct crontab_maker *maker;
	struct crontab_owner owner; /* of a user's tab */
	bool waits; /* for a user */
	bool trouble; /* a lookup failed */
	int left_out;
};

struct db *
dropin_reader_open(struct dropin_reader *reader)
{
	enum db_trouble trouble;

	if (reader->db == NULL)
		reader->db
		    = db_open(reader->main_path, DB_MAIN, true, &trouble);
	return reader->db;
}

void
dropin_reader_close(struct dropin_reader *reader)
{
	db_close(reader->db);
	reader->db = NULL;
}

int64_t
dropin_rules_number(const struct dropin_rules *rules)
{
	return READER_VERSION * 100 + (int64_t)rules->dialect * 10
	    + rules->by_line;
}

enum dropin_place
dropin_place_of(const struct dropin_rules *rules, const char *path)
{
	const char *crontab = rules->place[DROPIN_CRONTAB];
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);

	if (crontab != NULL && strcmp(path, crontab) == 0)
		return DROPIN_CRONTAB;
	for (int i = DROPIN_CRON_D; i < DROPIN_PLACES; i++) {
		const char *dir = rules->place[i];

		if (dir == NULL)
			continue;
		if (strcmp(path, dir) == 0
		    || (strlen(dir) == len && strncmp(path, dir, len) == 0))
			return (enum dropin_place)i;
	}
	return DROPIN_PLACES;
}

static const char *
name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* ---- users ---- */

/* 1 and the uid, 0: there is nobody of that name, -1: it cannot be told. */
static int
find_user(struct reading *r, const char *name, int64_t *uid)
{
	struct memo *m;

	for (int i = 0; i < r->memo_count; i++)
		if (strcmp(r->memo[i].name, name) == 0) {
			*uid = r->memo[i].uid;
			return r->memo[i].got;
		}
	m = &r->memo[r->memo_count < MEMO ? r->memo_count++ : MEMO - 1];
	if (strlcpy(m->name, name, sizeof m->name) >= sizeof m->name) {
		m->name[0] = '\0';
		return 0;
	}
	m->got = users_ask(name, &m->uid);
	*uid = m->uid;
	return m->got;
}

static bool
has_user(void *arg, const char *name)
{
	struct reading *r = arg;
	int64_t uid;
	int got = find_user(r, name, &uid);

	r->trouble |= got < 0;
	r->waits |= got == 0;
	return got != 0;
}

/* ---- what is wrong ---- */

static void
put_fault(struct reading *r, const struct fault *f, bool is_error)
{
	struct dropin_item *item = r->item;
	struct dropin_fault *fault;
	struct buf text = BUF_EMPTY;

	if (is_error)
		item->errors++;
	else
		item->warnings++;
	if (item->fault_count == MOST_FAULTS)
		return;
	if (item->fault == NULL)
		item->fault = xcalloc(MOST_FAULTS, sizeof *item->fault);
	buf_puts(&text, f->text);
	if (f->hint[0] != '\0')
		buf_printf(&text, "; %s", f->hint);
	fault = &item->fault[item->fault_count++];
	*fault = (struct dropin_fault) { f->line, f->column, is_error,
		buf_take(&text) };
}

static void
put_line_fault(struct reading *r, const struct crontab_line *line,
    const struct fault *f, bool is_error)
{
	struct fault own = *f;

	own.line = line->number;
	put_fault(r, &own, is_error);
}

/* ---- entries ---- */

/* -1: the entry cannot be a job now. */
static struct crontab_owner
owner_of(struct reading *r, const struct crontab_line *line)
{
	struct crontab_owner owner = { line->user, -1 };

	if (line->user == NULL)
		return r->owner;
	if (find_user(r, line->user, &owner.uid) != 1)
		owner.uid = -1;
	return owner;
}

/* Is the job one that may be? What is not is left out, and said. */
static bool
is_good(struct reading *r, const struct crontab_line *line,
    const struct crontab_made *made)
{
	const struct job *job = &made->job;
	struct fault f;

	if (job->uid < 0) {
		r->left_out++; /* the parser has said why */
		return false;
	}
	if (!r->rules->system && job->uid != (int64_t)r->rules->uid)
		fault_set(&f, ERR_DENIED, "",
		    "this daemon runs jobs of uid %ld alone",
		    (long)r->rules->uid);
	else if (crontab_made_check(made, &f) == ERR_NONE)
		return true;
	r->left_out++;
	put_line_fault(r, line, &f, true);
	return false;
}

static void
take_line(void *arg, const struct crontab_line *line)
{
	struct reading *r = arg;
	struct crontab_owner owner;
	struct crontab_made made;

	if (line->kind == CRONTAB_ERROR) {
		r->left_out++;
		put_line_fault(r, line, &line->error, true);
	}
	for (size_t i = 0; i < line->warning_count; i++)
		put_line_fault(r, line, &line->warning[i], false);
	if (line->kind != CRONTAB_JOB)
		return;
	owner = owner_of(r, line);
	crontab_maker_make(r->maker, line, &owner, &made);
	if (made.left_out.err != ERR_NONE)
		put_fault(r, &made.left_out, false);
	if (is_good(r, line, &made))
		dropin_diff_put(
		    &r->diff, r->item, &made.job, line->number);
	job_fini(&made.job);
}

/* ---- a file ---- */

static void
end_as(struct reading *r, enum source_state state, const char *why)
{
	dropin_diff_drop_all(&r->diff, r->item);
	r->item->source.state = state;
	strlcpy(r->item->source.reason, why, sizeof r->item->source.reason);
}

/* It cannot be told now what the file says: its jobs stay as they are. */
static void
keep_all(struct reading *r, const char *why)
{
	struct source *s = &r->item->source;

	r->item->op_count = 0;
	r->item->more = false;
	s->waits = true;
	s->jobs = (int64_t)r->diff.count;
	if (s->id == 0)
		s->state = SOURCE_IS_SKIPPED;
	strlcpy(s->reason, why, sizeof s->reason);
	memset(&s->stamp, 0, sizeof s->stamp);
}

static void
judge(struct reading *r, const struct crontab_result *result)
{
	struct source *s = &r->item->source;

	s->waits = r->waits;
	if (r->trouble) {
		keep_all(r, "WAITING: users cannot be looked up now");
	} else if (result->verdict == CRONTAB_REJECT) {
		end_as(r, SOURCE_IS_REJECTED, "");
		snprintf(s->reason, sizeof s->reason,
		    "nothing of it runs: line %d: %s", result->fault.line,
		    result->fault.text);
		if (result->fault.err == ERR_TOO_LARGE)
			put_fault(r, &result->fault, true);
	} else {
		dropin_diff_end(&r->diff, r->item);
		s->state = r->left_out > 0 ? SOURCE_IS_PARTIAL : SOURCE_IS_OK;
		s->reason[0] = '\0';
		if (r->left_out > 0)
			snprintf(s->reason, sizeof s->reason,
			    "%d of its lines left out", r->left_out);
	}
}

static void
parse(struct reading *r)
{
	bool system = r->place != DROPIN_CRONTABS;
	struct crontab_options options = {
		.dialect = r->rules->dialect,
		.system = system,
		.privileged = r->owner.uid == 0,
		.by_line = r->rules->by_line,
		.check_users = true,
		.has_user = has_user,
		.visit = take_line,
		.arg = r,
	};
	struct crontab_result result;

	r->maker = crontab_maker_new(
	    system ? name_of(r->item->path) : NULL, r->rules->dialect);
	crontab_parse(
	    buf_text(&r->text), r->text.len, &options, &result);
	crontab_maker_free(r->maker);
	judge(r, &result);
}

/*
 * A stamp proves that a file is the same only if it could not have changed
 * since with the same time: file systems count as roughly as two seconds.
 */
static void
set_stamp(struct dropin_item *item, const struct crontab_file *file)
{
	int64_t age = wall_now().us * 1000 - file->ctime_ns;

	item->stamp = (struct source_stamp) { file->inode, file->size,
		file->mtime_ns, file->ctime_ns };
	memset(&item->source.stamp, 0, sizeof item->source.stamp);
	if (age > RACY_NS && !file->is_link)
		item->source.stamp = item->stamp;
}

/* 0: the text is read; -1: it is not, and why is settled. */
static int
read_text(struct reading *r, struct crontab_file *file)
{
	struct dropin_item *item = r->item;
	struct fault f = { .err = ERR_NONE };
	int got = -1;

	for (int i = 0; i < TRIES; i++) {
		buf_clear(&r->text);
		got = crontab_file_read(item->path, file, &r->text, &f);
		if (got == 0 ? !file->is_moving : f.err != ERR_CHANGED)
			break;
	}
	item->is_link = file->is_link;
	if (got == 0 && !file->is_moving) {
		set_stamp(item, file);
		return 0;
	}
	memset(&item->source.stamp, 0, sizeof item->source.stamp);
	if (got == 0 || f.err == ERR_CHANGED)
		item->again = true;
	else if (f.err == ERR_NOT_FOUND)
		end_as(r, SOURCE_IS_GONE, "");
	else if (f.err == ERR_INTERNAL)
		keep_all(r, f.text);
	else
		end_as(r, SOURCE_IS_SKIPPED, f.text);
	return -1;
}

/* A user's tab belongs to somebody, or it is nobody's and waits. */
static bool
find_owner(struct reading *r, struct crontab_file *file)
{
	struct source *s = &r->item->source;
	struct stat st;
	char why[128];
	int got;

	if (crontab_file_check_name(file->place, file->dialect, file->name)
	    != NULL)
		return true; /* that is said then */
	strlcpy(s->user, file->name, sizeof s->user);
	s->uid = -1;
	got = find_user(r, file->name, &s->uid);
	if (got == 1) {
		r->owner = (struct crontab_owner) { file->name, s->uid };
		file->has_user = true;
		file->user = (uid_t)s->uid;
		return true;
	}
	if (lstat(r->item->path, &st) != 0)
		return true;
	snprintf(why, sizeof why, "ORPHAN: there is no user %.80s",
	    file->name);
	if (got < 0)
		keep_all(r, "WAITING: its user cannot be looked up now");
	else
		end_as(r, SOURCE_IS_SKIPPED, why);
	s->waits = true;
	return false;
}

static void
read_file(struct reading *r)
{
	static const enum crontab_place places[] = {
		[DROPIN_CRONTAB] = PLACE_SYSTEM,
		[DROPIN_CRON_D] = PLACE_DROPIN,
		[DROPIN_CRONTABS] = PLACE_SPOOL,
	};
	struct source *s = &r->item->source;
	struct crontab_file file = {
		.place = places[r->place],
		.dialect = r->rules->dialect,
		.name = name_of(r->item->path),
		.root = r->rules->system ? 0 : r->rules->uid,
		.most_bytes = MOST_BYTES,
	};

	s->kind = r->place == DROPIN_CRONTABS ? SOURCE_USER : SOURCE_SYSTEM;
	s->rules = dropin_rules_number(r->rules);
	s->waits = false;
	s->jobs = 0;
	if (r->place == DROPIN_CRONTABS && !find_owner(r, &file))
		return;
	if (read_text(r, &file) == 0)
		parse(r);
}

/* What is kept of it already, without the looks that say nothing. */
static bool
is_same(const struct source *now, const struct source *was)
{
	static const struct source_stamp none;

	return was->id != 0 && now->state == was->state
	    && strcmp(now->reason, was->reason) == 0
	    && now->jobs == was->jobs && now->waits == was->waits
	    && now->uid == was->uid && now->rules == was->rules
	    && source_stamp_is_same(&now->stamp, &was->stamp)
	    && (now->state == SOURCE_IS_SKIPPED || now->state == SOURCE_IS_GONE
		|| !source_stamp_is_same(&now->stamp, &none));
}

static void
start_item(struct reading *r, struct dropin_item *item)
{
	r->item = item;
	r->place = dropin_place_of(r->rules, item->path);
	r->waits = r->trouble = false;
	r->left_out = 0;
	r->owner = (struct crontab_owner) { "", -1 };
}

/* 0, or -1: the database failed. */
static int
read_item(struct reading *r, struct dropin_item *item)
{
	struct source was;
	int got;

	start_item(r, item);
	got = sources_get(r->db, item->path, &was);
	if (got == 0)
		was = (struct source) { .path = xstrdup(item->path),
			.uid = -1 };
	if (got < 0 || dropin_diff_start(&r->diff, r->db, was.id) != 0)
		return -1;
	item->source = was;
	item->source.path = xstrdup(was.path);
	if (item->trouble != NULL)
		end_as(r, SOURCE_IS_SKIPPED, item->trouble);
	else if (r->place == DROPIN_PLACES
	    || (r->place != DROPIN_CRONTAB
		&& strcmp(item->path, r->rules->place[r->place]) == 0))
		end_as(r, SOURCE_IS_GONE, "");
	else
		read_file(r);
	item->source.checked_us = wall_now().us;
	item->had_jobs = was.jobs;
	item->is_news = was.id == 0 || item->source.state != was.state
	    || strcmp(item->source.reason, was.reason) != 0;
	item->is_same = !item->again && item->op_count == 0
	    && (is_same(&item->source, &was)
		|| (got == 0 && item->source.state == SOURCE_IS_GONE));
	source_fini(&was);
	return 0;
}

static void
read_items(struct reading *r)
{
	struct dropin_batch *batch = r->batch;
	mono_t begin = mono_now();
	size_t packed = 0;

	for (int i = 0; i < batch->count && !*batch->stop; i++) {
		if (read_item(r, &batch->item[i]) != 0) {
			batch->failed = true;
			break;
		}
		batch->done = i + 1;
		packed += batch->item[i].packed.len;
		if (packed > BATCH_PACKED
		    || mono_now().us - begin.us > BATCH_US)
			break;
	}
	batch->took_us = mono_now().us - begin.us;
}

void
dropin_read(void *arg)
{
	struct dropin_batch *batch = arg;
	struct reading r = { .batch = batch, .rules = &batch->rules };

	r.db = dropin_reader_open(batch->rules.reader);
	if (r.db == NULL) {
		batch->failed = true;
		return;
	}
	dropin_diff_init(&r.diff);
	read_items(&r);
	dropin_diff_fini(&r.diff);
	db_release(r.db);
	if (batch->failed)
		dropin_reader_close(batch->rules.reader);
	buf_fini(&r.text);
}

void
dropin_batch_free(struct dropin_batch *batch)
{
	for (int i = 0; i < batch->count; i++) {
		struct dropin_item *item = &batch->item[i];

		for (int j = 0; j < item->fault_count; j++)
			free(item->fault[j].text);
		free(item->fault);
		free(item->op);
		free(item->path);
		free(item->trouble);
		source_fini(&item->source);
		buf_fini(&item->packed);
	}
	dropin_rules_fini(&batch->rules);
	free(batch);
}

void
dropin_rules_copy(struct dropin_rules *to, const struct dropin_rules *from)
{
	*to = *from;
	for (int i = 0; i < DROPIN_PLACES; i++)
		if (from->place[i] != NULL)
			to->place[i] = xstrdup(from->place[i]);
}

void
dropin_rules_fini(struct dropin_rules *rules)
{
	for (int i = 0; i < DROPIN_PLACES; i++) {
		free(rules->place[i]);
		rules->place[i] = NULL;
	}
}
