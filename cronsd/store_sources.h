/*
 * store_sources: the crontab files that are read live, what is wrong in them,
 * and which job an entry of theirs is, as rows. It does not know how files are
 * found, read or turned into jobs. Functions that change rows are called
 * inside the turn's transaction (commit.h) and return -1 on trouble of the
 * database, which spoils the turn.
 */
#ifndef CRONSD_STORE_SOURCES_H
#define CRONSD_STORE_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "share/clock.h"

struct db;

/* The numbers are those of the rows: new ones are added at the end. */
/* clang-format off */
#define SOURCE_KINDS(X) \
	X(SYSTEM, "system") /* with a user field: /etc/crontab, /etc/cron.d */ \
	X(USER,   "user")   /* a user's tab */

#define SOURCE_STATES(X) \
	X(OK,       "ok")       /* all its entries are jobs */ \
	X(PARTIAL,  "partial")  /* without those that are wrong */ \
	X(REJECTED, "rejected") /* something is wrong: none is a job */ \
	X(SKIPPED,  "skipped")  /* not read: name, owner, mode, kind, links */ \
	X(GONE,     "gone")     /* removed; kept for its entries' return */
/* clang-format on */

enum source_kind {
#define X(name, word) SOURCE_##name,
	SOURCE_KINDS(X)
#undef X
};

enum source_state {
#define X(name, word) SOURCE_IS_##name,
	SOURCE_STATES(X)
#undef X
};

const char *source_kind_word(enum source_kind kind);
const char *source_state_word(enum source_state state);

/* A file as it was when it was read; all 0: it must be read again. */
struct source_stamp {
	int64_t inode, size, mtime_ns, ctime_ns;
};

bool source_stamp_is_same(
    const struct source_stamp *a, const struct source_stamp *b);

struct source {
	int64_t id;
	char *path; /* owned */
	enum source_kind kind;
	char user[64];
	int64_t uid;
	enum source_state state;
	char reason[320];
	int64_t jobs;
	bool waits;
	int64_t rules;
	struct source_stamp stamp;
	int64_t checked_us;
};

void source_fini(struct source *source);

/* 1 and *source filled (source_fini it), 0: there is none, -1: trouble. */
int sources_get(struct db *db, const char *path, struct source *source);
int sources_get_id(struct db *db, int64_t id, struct source *source);

/* Adds it if its id is 0 (and sets that), else replaces the one it names. */
int sources_put(struct db *db, struct source *source);

/* Puts back that id, path, kind and user (snapshot): to be read again. */
int sources_restore(struct db *db, const struct source *source);

/* Forgets all of them, their entries and former entries (snapshot). */
int sources_clear(struct db *db);

/* With its faults. It has no entries any more. */
int sources_drop(struct db *db, int64_t id);

/*
 * Calls each, in order of their paths, for the sources with after < path <
 * before; in order of their ids for those that wait, id > after_id. At most
 * `most`; each returns false to stop. 0 or -1.
 */
struct sources_want {
	const char *after, *before; /* NULL before: those that wait */
	int64_t after_id;
	int most;
};
int sources_each(struct db *db, const struct sources_want *want,
    bool (*each)(void *arg, const struct source *source), void *arg);

int64_t sources_count_bad(struct db *db); /* partial or rejected */
bool sources_has_waiting(struct db *db);

struct source_fault {
	int line, column;
	bool is_error;
	const char *text;
};
int sources_put_fault(struct db *db, int64_t source, int nth,
    const struct source_fault *fault);
int sources_drop_faults(struct db *db, int64_t source);
int sources_each_fault(struct db *db, int64_t source,
    void (*each)(void *arg, const struct source_fault *fault), void *arg);

/* An entry that is a job now. */
struct entry {
	int64_t job, source, key, hash;
	int line;
};
int entries_put(struct db *db, const struct entry *entry);
int entries_get(struct db *db, int64_t job, struct entry *entry); /* 1 0 -1 */
int entries_drop(struct db *db, int64_t job);
/* Those of a source, by rising key. */
int entries_each(struct db *db, int64_t source,
    void (*each)(void *arg, const struct entry *entry), void *arg);

/* An entry that was a job once, and would be the same one again. */
struct former {
	struct entry entry;
	int64_t uid, rev, created_us;
	bool enabled;
	int64_t gone_us;
};
int formers_put(struct db *db, const struct former *former);
/* By source, key and uid: 1 and *former filled (gone_us not), 0, -1. */
int formers_find(struct db *db, const struct entry *entry, int64_t uid,
    struct former *former);
int formers_drop(struct db *db, int64_t job);
int formers_has(struct db *db, int64_t source); /* 1: there is one, 0, -1 */

/*
 * Forgets former entries from before that instant, at most 1,000 of them, and
 * sources that are gone since then and have none left.
 */
int formers_prune(struct db *db, wall_t before);

#endif
