/* Words to jobs, runs and users; and the lines of a reply. */
#include "request.h"

#include <errno.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

#include "commit.h"
#include "conf.h"
#include "share/job.h"
#include "share/sock.h"
#include "self.h"
#include "store_jobs.h"
#include "store_runs.h"
#include "users.h"

static bool
is_in_group(const struct sock_peer *peer, int64_t gid)
{
	for (size_t i = 0; i < peer->group_count; i++)
		if ((int64_t)peer->groups[i] == gid)
			return true;
	return false;
}

void
caller_fill(struct caller *caller, const struct daemon_parts *parts,
    const struct sock_peer *peer, const struct user *user)
{
	const struct self *self = parts->self;

	caller->uid = peer->uid;
	caller->is_nameless = !user->known;
	if (user->known)
		strlcpy(caller->name, user->name, sizeof caller->name);
	else
		snprintf(caller->name, sizeof caller->name, "#%ld",
		    (long)peer->uid);
	caller->root
	    = peer->uid == 0 || (!self->system && peer->uid == self->uid);
	caller->admin = is_in_group(peer, self->admin_gid);
	caller->view = is_in_group(peer, self->view_gid);
}

/* Keys that say yes or no. A third word may not pass for either: who writes
 * dry_run=on does not want to see it done. */
static const char *const flags[] = { "all_users", "check", "dry_run", "failed",
	"follow", "force", "kept", "pause", "prune", "remove", "system" };

static bool
is_key(const char *have, const char *key)
{
	while (*have != '\0' && (*have == '-' ? '_' : *have) == *key) {
		have++;
		key++;
	}
	return *have == '\0' && *key == '\0';
}

static enum err
check_flag(const char *key, const char *value, struct fault *f)
{
	static const char *const words[]
	    = { "yes", "no", "1", "0", "true", "false" };
	bool is_flag = false;

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		is_flag |= is_key(key, flags[i]);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!is_flag || strcmp(value, words[i]) == 0)
			return ERR_NONE;
	fault_set(f, ERR_BAD_VALUE, key, "\"%.80s\" is not yes or no", value);
	return f->err;
}

/* Checks that every key is one of the verb's; names the nearest. */
static enum err
check_keys(const struct request *r, struct fault *f)
{
	for (size_t i = 0; i < r->line.pair_count; i++) {
		const char *key = r->line.pair[i].key, *near;

		if (verb_takes_key(r->row, key)) {
			if (check_flag(key, r->line.pair[i].value, f)
			    != ERR_NONE)
				return f->err;
			continue;
		}
		fault_set(f, ERR_UNKNOWN_KEY, "", "%s has no key \"%.80s\"",
		    r->row->word, key);
		near = verb_key_nearest(r->row, key);
		if (near != NULL)
			snprintf(f->hint, sizeof f->hint,
			    "did you mean %s?", near);
		return f->err;
	}
	return ERR_NONE;
}

static enum err
check_line(struct request *r, struct fault *f)
{
	int verb = verb_find(r->line.verb);
	const char *near;

	if (verb < 0) {
		fault_set(f, ERR_UNKNOWN_VERB, "", "there is no verb \"%.80s\"",
		    r->line.verb);
		near = verb_nearest(r->line.verb);
		snprintf(f->hint, sizeof f->hint,
		    near != NULL ? "did you mean %s?" : "ask: help", near);
		return f->err;
	}
	r->row = verb_row((enum verb)verb);
	if (r->line.payload > PROTO_PAYLOAD_MAX)
		return fault_set(f, ERR_TOO_LARGE, "",
		    "a payload of more than %d bytes", PROTO_PAYLOAD_MAX);
	if (r->line.payload >= 0 && verb != VERB_import
	    && verb != VERB_install)
		return fault_set(f, ERR_BAD_REQUEST, "",
		    "%s takes no payload", r->row->word);
	return check_keys(r, f);
}

enum err
request_parse(
    struct request *r, const char *bytes, size_t len, struct fault *f)
{
	if (line_parse(&r->line, bytes, len, f) != ERR_NONE)
		return f->err;
	return check_line(r, f);
}

void
request_fini(struct request *r)
{
	if (r->free_state != NULL)
		r->free_state(r->state);
	r->free_state = NULL;
	if (r->line.text != NULL)
		line_fini(&r->line);
	r->line.text = NULL;
	r->row = NULL;
	free(r->payload);
	r->payload = NULL;
}

static void
put_tag(struct request *r)
{
	if (r->line.tag != NULL)
		buf_printf(r->out, "@%s ", r->line.tag);
}

enum verb_status
reply_ok(struct request *r, int code, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	put_tag(r);
	buf_printf(r->out, "%d%s%s\n", code, *text == '\0' ? "" : " ", text);
	return VERB_DONE;
}

enum verb_status
reply_fault(struct request *r, const struct fault *f)
{
	put_tag(r);
	buf_printf(r->out, "%d %s", err_code(f->err), err_token(f->err));
	if (f->line > 0)
		buf_printf(r->out, " line=%d", f->line);
	if (f->column > 0)
		buf_printf(r->out, " at=%d", f->column);
	if (f->field[0] != '\0')
		line_put_pair(r->out, "field", f->field);
	if (f->hint[0] != '\0')
		line_put_pair(r->out, "hint", f->hint);
	buf_putc(r->out, ' ');
	line_put_cell(r->out, f->text, strlen(f->text));
	buf_putc(r->out, '\n');
	return VERB_DONE;
}

enum verb_status
reply_err(struct request *r, enum err err, const char *field,
    const char *fmt, ...)
{
	struct fault f;
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	fault_set(&f, err, field, "%s", text);
	return reply_fault(r, &f);
}

enum verb_status
reply_busy(struct request *r)
{
	struct fault f;

	fault_set(&f, ERR_DEGRADED, "",
	    "the database cannot be written now; nothing was changed");
	snprintf(f.hint, sizeof f.hint, "make room at %s; status says more",
	    r->parts->self->state_dir);
	return reply_fault(r, &f);
}

static const char *
role_word(const struct caller *c)
{
	if (c->root)
		return "root";
	return c->admin ? "admin" : c->view ? "view" : "user";
}

enum verb_status
reply_greeting(struct request *r)
{
	const struct daemon_parts *p = r->parts;

	return reply_ok(r, 200,
	    "crons proto=%d version=%s host=%s uid=%ld user=%s role=%s "
	    "state=%s dialect=%s",
	    PROTO_VERSION, CRONS_VERSION, p->self->host,
	    (long)r->caller.uid, r->caller.name, role_word(&r->caller),
	    commit_trouble(p->commit) == NULL ? "ok" : "degraded",
	    dialect_name((enum dialect)p->conf->dialect));
}

void
reply_names(struct request *r)
{
	const char *p = r->row->rows;

	buf_putc(r->out, '#');
	while (*p != '\0') {
		size_t len = strcspn(p, " ");

		if (len == 1 && *p == '+') {
			for (int i = 0; i < JOB_FIELD_COUNT; i++)
				buf_printf(r->out, "\t%s",
				    job_row((enum job_field)i)->column);
		} else {
			buf_putc(r->out, '\t');
			buf_put(r->out, p, len);
		}
		p += len;
		p += strspn(p, " ");
	}
	buf_putc(r->out, '\n');
}

void
reply_begin(struct request *r)
{
	buf_putc(r->out, '*');
}

void
reply_text(struct request *r, const char *cell)
{
	buf_putc(r->out, '\t');
	line_put_cell(r->out, cell, strlen(cell));
}

void
reply_number(struct request *r, int64_t cell)
{
	buf_printf(r->out, "\t%lld", (long long)cell);
}

void
reply_some(struct request *r, int64_t cell)
{
	if (cell < 0)
		buf_putc(r->out, '\t');
	else
		reply_number(r, cell);
}

void
reply_end(struct request *r)
{
	buf_putc(r->out, '\n');
}

const char *
request_key(const struct request *r, const char *key)
{
	for (size_t i = 0; i < r->line.pair_count; i++)
		if (is_key(r->line.pair[i].key, key))
			return r->line.pair[i].value;
	return NULL;
}

bool
request_is(const struct request *r, const char *key)
{
	const char *value = request_key(r, key);

	return value != NULL
	    && (strcmp(value, "yes") == 0 || strcmp(value, "1") == 0
		|| strcmp(value, "true") == 0);
}

enum err
request_number(const struct request *r, const char *key, int64_t *value,
    struct fault *f)
{
	const char *text = request_key(r, key), *why;
	int64_t n;

	if (text == NULL)
		return ERR_NONE;
	n = strtonum(text, 0, INT64_MAX, &why);
	if (why != NULL)
		return fault_set(f, ERR_BAD_VALUE, key,
		    "\"%.80s\" is %s; a whole number is wanted, 0 or more",
		    text, why);
	*value = n;
	return ERR_NONE;
}

enum err
request_time(const struct request *r, const char *key, wall_t *value,
    struct fault *f)
{
	const char *text = request_key(r, key);
	char *rest;
	int64_t us;

	if (text == NULL || rfc3339_parse(text, value) == 0)
		return ERR_NONE;
	errno = 0;
	us = strtoll(text, &rest, 10);
	if (*text == '\0' || *rest != '\0' || errno != 0)
		return fault_set(f, ERR_BAD_VALUE, key,
		    "\"%.60s\" is no time like 2026-11-22T03:00:00+01:00",
		    text);
	value->us = us;
	return ERR_NONE;
}

enum err
request_duration(const struct request *r, const char *key, int64_t *value,
    struct fault *f)
{
	const char *text = request_key(r, key);

	if (text == NULL || duration_parse(text, value) == 0)
		return ERR_NONE;
	return fault_set(f, ERR_BAD_VALUE, key,
	    "\"%.80s\" is no duration like 90s or 1h30m", text);
}

bool
request_may(const struct request *r, enum verb_role role, int64_t owner)
{
	const struct caller *c = &r->caller;

	if (c->root || (int64_t)c->uid == owner)
		return true;
	switch (role) {
	case ROLE_ANY:
		return true;
	case ROLE_VIEW:
		return c->view || c->admin;
	case ROLE_ACT:
		return c->admin;
	case ROLE_EDIT:
		return false;
	}
	return false;
}

static bool
is_number(const char *word)
{
	return *word != '\0' && strspn(word, "0123456789") == strlen(word)
	    && strlen(word) < 18;
}

struct search {
	struct request *r;
	const char *word;
	struct job *job;
	int found;
};

static bool
take_match(void *arg, const struct job *job)
{
	struct search *s = arg;

	if (!request_may(s->r, ROLE_VIEW, job->uid))
		return true;
	if (s->found++ == 0)
		job_copy(s->job, job);
	return s->found < 2;
}

/* user/name: the user part is compared with the job's stored user name. */
static bool
take_user_match(void *arg, const struct job *job)
{
	struct search *s = arg;
	size_t len = strcspn(s->word, "/");

	if (strlen(job->user) != len
	    || strncmp(job->user, s->word, len) != 0)
		return true;
	return take_match(arg, job);
}

static void
search_by(struct search *s, struct db *db, const struct jobs_want *want,
    bool (*take)(void *arg, const struct job *job))
{
	if (s->found == 0 && jobs_each(db, want, take, s) != 0)
		s->found = -1;
}

/* Exact names before beginnings, one's own before others'. */
static void
search(struct search *s, struct db *db)
{
	const char *slash = strchr(s->word, '/');

	if (is_number(s->word))
		s->found = jobs_get(db, atoll(s->word), s->job);
	if (s->found > 0 && !request_may(s->r, ROLE_VIEW, s->job->uid)) {
		job_fini(s->job); /* one's own may have it for a name */
		s->found = 0;
	}
	if (s->found == 0)
		s->found = jobs_get_named(
		    db, s->r->caller.uid, s->word, s->job);
	search_by(s, db,
	    &(struct jobs_want) { .what = JOBS_NAMED, .name = s->word },
	    take_match);
	if (slash != NULL)
		search_by(s, db,
		    &(struct jobs_want) {
			.what = JOBS_NAMED, .name = slash + 1 },
		    take_user_match);
	search_by(s, db,
	    &(struct jobs_want) { .what = JOBS_PREFIXED, .name = s->word },
	    take_match);
}

enum err
request_job(
    struct request *r, const char *word, struct job *job, struct fault *f)
{
	struct search s = { .r = r, .word = word, .job = job };
	struct db *db = r->parts->read;

	if (word[0] != '\0') /* nothing is no beginning of a name */
		search(&s, db);
	if (s.found < 0)
		return fault_set(f, ERR_INTERNAL, "", "the database failed");
	if (s.found == 0) {
		fault_set(f, ERR_NOT_FOUND, "job",
		    "no job of yours is called \"%.100s\"", word);
		strlcpy(f->hint, "cronsctl list shows names and ids",
		    sizeof f->hint);
		return f->err;
	}
	if (s.found > 1) {
		job_fini(job);
		fault_set(f, ERR_AMBIGUOUS, "job",
		    "\"%.100s\" fits more than one job", word);
		strlcpy(f->hint, "use its id or user/name", sizeof f->hint);
		return f->err;
	}
	if (!request_may(r, r->row->role, job->uid)) {
		job_fini(job);
		return fault_set(f, ERR_DENIED, "job",
		    "\"%.100s\" belongs to another user", word);
	}
	return ERR_NONE;
}

enum err
request_run(struct request *r, const char *word, struct run_row *row,
    struct fault *f)
{
	struct job job;

	if (is_number(word) && runs_get(r->parts->read, atoll(word), row) == 1
	    && request_may(r, ROLE_VIEW, row->uid)) {
		if (request_may(r, r->row->role, row->uid))
			return ERR_NONE;
		return fault_set(f, ERR_DENIED, "run",
		    "run %s belongs to another user", word);
	}
	if (request_job(r, word, &job, f) != ERR_NONE) {
		if (f->err == ERR_NOT_FOUND)
			fault_set(f, ERR_NOT_FOUND, "run",
			    "no run or job of yours is \"%.100s\"", word);
		return f->err;
	}
	int got = runs_get_newest(r->parts->read, job.id, row);
	job_fini(&job);
	if (got == 1)
		return ERR_NONE;
	return fault_set(
	    f, ERR_NOT_FOUND, "run", "\"%.100s\" never ran", word);
}

enum verb_status
request_user(struct request *r, const char *name, int64_t *uid)
{
	const struct user *user
	    = users_find_name(r->parts->users, name, mono_now());

	if (user == NULL)
		return VERB_LATER;
	if (!user->known)
		return reply_err(r, ERR_NOT_FOUND, "user",
		    "there is no user \"%.60s\" on this host", name);
	*uid = user->uid;
	return VERB_MORE;
}

enum verb_status
request_scope(struct request *r, int64_t *uid)
{
	const char *name = request_key(r, "user");
	bool sees_all = r->caller.root || r->caller.view || r->caller.admin;

	*uid = r->caller.uid;
	if (name != NULL && strcmp(name, r->caller.name) != 0) {
		if (!sees_all)
			return reply_err(r, ERR_DENIED, "user",
			    "you may see your own jobs only");
		return request_user(r, name, uid);
	}
	if (name == NULL && sees_all
	    && (r->caller.root || request_is(r, "all_users")))
		*uid = -1;
	return VERB_MORE;
}

enum verb_status
request_owner(struct request *r, int64_t *uid, char name[64])
{
	const char *wanted = request_key(r, "user");
	enum verb_status got;

	*uid = r->caller.uid;
	strlcpy(name, r->caller.name, 64);
	if (!r->parts->self->system && *uid != r->parts->self->uid)
		return reply_err(r, ERR_DENIED, "user",
		    "this daemon runs the jobs of uid %ld only",
		    (long)r->parts->self->uid);
	if (wanted == NULL && r->caller.is_nameless)
		return reply_err(r, ERR_DENIED, "user",
		    "jobs belong to users with a name, and uid %ld has none "
		    "that can be found now (try: getent passwd %ld)",
		    (long)*uid, (long)*uid);
	if (wanted == NULL || strcmp(wanted, r->caller.name) == 0)
		return VERB_MORE;
	if (!r->caller.root || !r->parts->self->system)
		return reply_err(r, ERR_DENIED, "user",
		    "only root may add jobs for other users");
	got = request_user(r, wanted, uid);
	strlcpy(name, wanted, 64);
	return got;
}
