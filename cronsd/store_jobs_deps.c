/* Rows of dep. */
#include "store_jobs_deps.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "db.h"
#include "share/log.h"
#include "store_jobs.h"

static int
put(struct db *db, const struct job *job, int nth, const struct dep *dep)
{
	struct sqlite3_stmt *st = db_get(db, SQL_DEP_PUT);

	db_bind(st, ":job", job->id);
	db_bind(st, ":nth", nth);
	db_bind_text(st, ":user", dep->user);
	db_bind_text(st, ":name", dep->name);
	db_bind(st, ":want", dep->want);
	return db_run(db, st);
}

static int
drop(struct db *db, int64_t job)
{
	struct sqlite3_stmt *st = db_get(db, SQL_DEPS_DROP);

	db_bind(st, ":job", job);
	return db_run(db, st);
}

/* "alice/backup" is a job of one's own, if there is one; else alice's, for
 * root alone. */
static void
find_owner(struct db *db, const struct job *job, struct dep *dep)
{
	const char *slash = strchr(dep->name, '/');
	char name[JOB_NAME_MAX];
	struct job own;

	strlcpy(dep->user, job->user, sizeof dep->user);
	if (job->uid != 0 || slash == NULL)
		return;
	if (jobs_get_named(db, job->uid, dep->name, &own) == 1) {
		job_fini(&own);
		return;
	}
	strlcpy(name, slash + 1, sizeof name);
	strlcpy(dep->user, dep->name, sizeof dep->user);
	dep->user[strcspn(dep->user, "/")] = '\0';
	strlcpy(dep->name, name, sizeof dep->name);
}

bool
deps_next(struct db *db, const struct job *job, const char **at,
    struct dep *dep)
{
	if (!job_next_after(at, dep->name, &dep->want))
		return false;
	find_owner(db, job, dep);
	return true;
}

static int
read_field(struct db *db, const struct job *job, struct dep *deps)
{
	const char *at = JOB_TEXT(job, after);
	int n = 0;

	while (n < DEPS_MOST && deps_next(db, job, &at, &deps[n]))
		n++;
	return n;
}

static bool
are_equal(const struct dep *a, const struct dep *b, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(a[i].user, b[i].user) != 0
		    || strcmp(a[i].name, b[i].name) != 0
		    || a[i].want != b[i].want)
			return false;
	return true;
}

int
jobs_put_deps(struct db *db, const struct job *job, bool is_new)
{
	struct dep want[DEPS_MOST], have[DEPS_MOST];
	int n = read_field(db, job, want), had = 0, got = 0;

	if (!is_new)
		had = deps_of(db, job->id, have);
	if (had < 0)
		return -1;
	if (had == n && are_equal(want, have, n))
		return n > 0 && !JOB_NUMBER(job, enabled)
		    ? deps_reset(db, job->id)
		    : 0;
	if (had > 0)
		got = drop(db, job->id);
	for (int i = 0; got == 0 && i < n; i++)
		got = put(db, job, i, &want[i]);
	return got;
}

int
deps_of(struct db *db, int64_t job, struct dep deps[DEPS_MOST])
{
	struct sqlite3_stmt *st = db_get(db, SQL_DEPS_OF);
	int n = 0, got;

	db_bind(st, ":job", job);
	while ((got = db_step(db, st)) == 1 && n < DEPS_MOST) {
		struct dep *dep = &deps[n++];

		strlcpy(dep->user, db_text(st, "user"), sizeof dep->user);
		strlcpy(dep->name, db_text(st, "name"), sizeof dep->name);
		dep->want = (enum job_want)db_int(st, "want");
		dep->run = db_int(st, "run");
		if (dep->run < 0)
			dep->run = 0;
		dep->result = (enum run_result)db_int(st, "result");
	}
	db_done(st);
	return got < 0 ? -1 : n;
}

int
deps_on(struct db *db, const char *user, const char *name, int64_t **ids)
{
	struct sqlite3_stmt *st = db_get(db, SQL_DEPS_ON);
	int n = 0, room = 0, got;

	*ids = NULL;
	db_bind_text(st, ":user", user);
	db_bind_text(st, ":name", name);
	while ((got = db_step(db, st)) == 1) {
		if (n == room) {
			room = room == 0 ? 8 : room * 2;
			*ids = xreallocarray(*ids, (size_t)room, sizeof **ids);
		}
		(*ids)[n++] = db_int(st, "job");
	}
	db_done(st);
	return got < 0 ? -1 : n;
}

int64_t
deps_job(struct db *db, const struct dep *dep)
{
	struct sqlite3_stmt *st = db_get(db, SQL_DEP_JOB);

	db_bind_text(st, ":user", dep->user);
	db_bind_text(st, ":name", dep->name);
	return db_number(db, st, 0);
}

int
deps_mark(struct db *db, int64_t job, const struct dep *dep)
{
	struct sqlite3_stmt *st = db_get(db, SQL_DEP_MARK);

	db_bind(st, ":job", job);
	db_bind_text(st, ":user", dep->user);
	db_bind_text(st, ":name", dep->name);
	db_bind(st, ":run", dep->run);
	db_bind(st, ":result", dep->result);
	return db_run(db, st);
}

int
deps_reset(struct db *db, int64_t job)
{
	struct sqlite3_stmt *st = db_get(db, SQL_DEPS_RESET);

	db_bind(st, ":job", job);
	return db_run(db, st);
}
