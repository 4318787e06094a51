/* Columns are read by name; the words of kinds and states are tables. */
#include "store_sources.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "db.h"
#include "share/log.h"

#define MOST_PRUNED 1000

const char *
source_kind_word(enum source_kind kind)
{
	static const char *const words[] = {
#define X(name, word) [SOURCE_##name] = word,
		SOURCE_KINDS(X)
#undef X
	};

	return words[kind];
}

const char *
source_state_word(enum source_state state)
{
	static const char *const words[] = {
#define X(name, word) [SOURCE_IS_##name] = word,
		SOURCE_STATES(X)
#undef X
	};

	return words[state];
}

bool
source_stamp_is_same(
    const struct source_stamp *a, const struct source_stamp *b)
{
	return a->inode == b->inode && a->size == b->size
	    && a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

void
source_fini(struct source *source)
{
	free(source->path);
	source->path = NULL;
}

static void
read_source(struct sqlite3_stmt *st, struct source *s)
{
	memset(s, 0, sizeof *s);
	s->id = db_int(st, "id");
	s->path = xstrdup(db_text(st, "path"));
	s->kind = (enum source_kind)db_int(st, "kind");
	strlcpy(s->user, db_text(st, "user"), sizeof s->user);
	s->uid = db_int(st, "uid");
	s->state = (enum source_state)db_int(st, "state");
	strlcpy(s->reason, db_text(st, "reason"), sizeof s->reason);
	s->jobs = db_int(st, "jobs");
	s->waits = db_int(st, "waits") != 0;
	s->rules = db_int(st, "rules");
	s->stamp.inode = db_int(st, "inode");
	s->stamp.size = db_int(st, "size");
	s->stamp.mtime_ns = db_int(st, "mtime_ns");
	s->stamp.ctime_ns = db_int(st, "ctime_ns");
	s->checked_us = db_int(st, "checked_us");
}

static int
read_one(struct db *db, struct sqlite3_stmt *st, struct source *source)
{
	int got = db_step(db, st);

	if (got == 1)
		read_source(st, source);
	db_done(st);
	return got;
}

int
sources_get(struct db *db, const char *path, struct source *source)
{
	struct sqlite3_stmt *st = db_get(db, SQL_SOURCE_BY_PATH);

	db_bind_text(st, ":path", path);
	return read_one(db, st, source);
}

int
sources_get_id(struct db *db, int64_t id, struct source *source)
{
	struct sqlite3_stmt *st = db_get(db, SQL_SOURCE_BY_ID);

	db_bind(st, ":id", id);
	return read_one(db, st, source);
}

static void
bind_who(struct sqlite3_stmt *st, const struct source *s)
{
	db_bind_text(st, ":path", s->path);
	db_bind(st, ":kind", s->kind);
	db_bind_text(st, ":user", s->user);
	db_bind(st, ":uid", s->uid);
}

int
sources_put(struct db *db, struct source *s)
{
	struct sqlite3_stmt *st
	    = db_get(db, s->id == 0 ? SQL_SOURCE_ADD : SQL_SOURCE_SET);

	bind_who(st, s);
	db_bind(st, ":state", s->state);
	db_bind_text(st, ":reason", s->reason);
	db_bind(st, ":jobs", s->jobs);
	db_bind(st, ":waits", s->waits);
	db_bind(st, ":rules", s->rules);
	db_bind(st, ":inode", s->stamp.inode);
	db_bind(st, ":size", s->stamp.size);
	db_bind(st, ":mtime_ns", s->stamp.mtime_ns);
	db_bind(st, ":ctime_ns", s->stamp.ctime_ns);
	db_bind(st, ":checked_us", s->checked_us);
	if (s->id != 0)
		db_bind(st, ":id", s->id);
	if (db_run(db, st) != 0)
		return -1;
	if (s->id == 0)
		s->id = db_last_id(db);
	return 0;
}

int
sources_restore(struct db *db, const struct source *source)
{
	struct sqlite3_stmt *st = db_get(db, SQL_SOURCE_RESTORE);

	db_bind(st, ":id", source->id);
	bind_who(st, source);
	return db_run(db, st);
}

int
sources_clear(struct db *db)
{
	return db_do(db, SQL_SOURCES_CLEAR) != 0
		|| db_do(db, SQL_ENTRIES_CLEAR) != 0
		|| db_do(db, SQL_FORMERS_CLEAR) != 0
	    ? -1
	    : 0;
}

int
sources_drop(struct db *db, int64_t id)
{
	struct sqlite3_stmt *st = db_get(db, SQL_SOURCE_DROP);

	db_bind(st, ":id", id);
	return db_run(db, st);
}

int
sources_each(struct db *db, const struct sources_want *want,
    bool (*each)(void *arg, const struct source *source), void *arg)
{
	struct sqlite3_stmt *st = db_get(db,
	    want->before == NULL ? SQL_SOURCES_WAITING : SQL_SOURCES_BETWEEN);
	bool more = true;
	int got = 0;

	if (want->before == NULL) {
		db_bind(st, ":after", want->after_id);
	} else {
		db_bind_text(st, ":after", want->after);
		db_bind_text(st, ":before", want->before);
	}
	db_bind(st, ":n", want->most);
	while (more && (got = db_step(db, st)) == 1) {
		struct source source;

		read_source(st, &source);
		more = each(arg, &source);
		source_fini(&source);
	}
	db_done(st);
	return got < 0 ? -1 : 0;
}

int64_t
sources_count_bad(struct db *db)
{
	return db_number(db, db_get(db, SQL_SOURCES_BAD), 0);
}

bool
sources_has_waiting(struct db *db)
{
	return db_number(db, db_get(db, SQL_SOURCES_WAIT), 0) > 0;
}

int
sources_put_fault(struct db *db, int64_t source, int nth,
    const struct source_fault *fault)
{
	struct sqlite3_stmt *st = db_get(db, SQL_FAULT_PUT);

	db_bind(st, ":source", source);
	db_bind(st, ":nth", nth);
	db_bind(st, ":line", fault->line);
	db_bind(st, ":col", fault->column);
	db_bind(st, ":error", fault->is_error);
	db_bind_text(st, ":text", fault->text);
	return db_run(db, st);
}

int
sources_drop_faults(struct db *db, int64_t source)
{
	struct sqlite3_stmt *st = db_get(db, SQL_FAULTS_DROP);

	db_bind(st, ":source", source);
	return db_run(db, st);
}

int
sources_each_fault(struct db *db, int64_t source,
    void (*each)(void *arg, const struct source_fault *fault), void *arg)
{
	struct sqlite3_stmt *st = db_get(db, SQL_FAULTS_OF);
	int got;

	db_bind(st, ":source", source);
	while ((got = db_step(db, st)) == 1) {
		struct source_fault fault = {
			.line = (int)db_int(st, "line"),
			.column = (int)db_int(st, "col"),
			.is_error = db_int(st, "error") != 0,
			.text = db_text(st, "text"),
		};

		each(arg, &fault);
	}
	return got;
}

static void
bind_entry(struct sqlite3_stmt *st, const struct entry *entry)
{
	db_bind(st, ":job", entry->job);
	db_bind(st, ":source", entry->source);
	db_bind(st, ":key", entry->key);
	db_bind(st, ":hash", entry->hash);
}

static void
read_entry(struct sqlite3_stmt *st, struct entry *entry)
{
	entry->job = db_int(st, "job");
	entry->source = db_int(st, "source");
	entry->key = db_int(st, "key");
	entry->hash = db_int(st, "hash");
	entry->line = (int)db_int(st, "line");
}

int
entries_put(struct db *db, const struct entry *entry)
{
	struct sqlite3_stmt *st = db_get(db, SQL_ENTRY_PUT);

	bind_entry(st, entry);
	db_bind(st, ":line", entry->line);
	return db_run(db, st);
}

int
entries_get(struct db *db, int64_t job, struct entry *entry)
{
	struct sqlite3_stmt *st = db_get(db, SQL_ENTRY_GET);
	int got;

	db_bind(st, ":job", job);
	got = db_step(db, st);
	if (got == 1)
		read_entry(st, entry);
	db_done(st);
	return got;
}

int
entries_drop(struct db *db, int64_t job)
{
	struct sqlite3_stmt *st = db_get(db, SQL_ENTRY_DROP);

	db_bind(st, ":job", job);
	return db_run(db, st);
}

int
entries_each(struct db *db, int64_t source,
    void (*each)(void *arg, const struct entry *entry), void *arg)
{
	struct sqlite3_stmt *st = db_get(db, SQL_ENTRIES_OF);
	int got;

	db_bind(st, ":source", source);
	while ((got = db_step(db, st)) == 1) {
		struct entry entry;

		read_entry(st, &entry);
		each(arg, &entry);
	}
	return got;
}

int
formers_put(struct db *db, const struct former *f)
{
	struct sqlite3_stmt *st = db_get(db, SQL_FORMER_PUT);

	bind_entry(st, &f->entry);
	db_bind(st, ":uid", f->uid);
	db_bind(st, ":rev", f->rev);
	db_bind(st, ":created_us", f->created_us);
	db_bind(st, ":enabled", f->enabled);
	db_bind(st, ":gone_us", f->gone_us);
	return db_run(db, st);
}

int
formers_find(struct db *db, const struct entry *entry, int64_t uid,
    struct former *f)
{
	struct sqlite3_stmt *st = db_get(db, SQL_FORMER_FIND);
	int got;

	db_bind(st, ":source", entry->source);
	db_bind(st, ":key", entry->key);
	db_bind(st, ":uid", uid);
	got = db_step(db, st);
	if (got == 1) {
		memset(f, 0, sizeof *f);
		f->entry = *entry;
		f->entry.job = db_int(st, "job");
		f->entry.hash = db_int(st, "hash");
		f->uid = uid;
		f->rev = db_int(st, "rev");
		f->created_us = db_int(st, "created_us");
		f->enabled = db_int(st, "enabled") != 0;
	}
	db_done(st);
	return got;
}

int
formers_drop(struct db *db, int64_t job)
{
	struct sqlite3_stmt *st = db_get(db, SQL_FORMER_DROP);

	db_bind(st, ":job", job);
	return db_run(db, st);
}

int
formers_has(struct db *db, int64_t source)
{
	struct sqlite3_stmt *st = db_get(db, SQL_FORMER_ANY);
	int got;

	db_bind(st, ":source", source);
	got = db_step(db, st);
	db_done(st);
	return got;
}

int
formers_prune(struct db *db, wall_t before)
{
	struct sqlite3_stmt *st = db_get(db, SQL_FORMERS_PRUNE);

	db_bind(st, ":before", before.us);
	db_bind(st, ":n", MOST_PRUNED);
	if (db_run(db, st) != 0)
		return -1;
	st = db_get(db, SQL_SOURCES_PRUNE);
	db_bind(st, ":before", before.us);
	return db_run(db, st);
}
