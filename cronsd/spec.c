/*
 * The fixed part is filled with offsets while the blob behind it grows in one
 * buf. The environment is a list in which a later value of a name replaces an
 * earlier one, built in the order that decides: the dialect's defaults, the
 * job's lines, what nobody may override (LOGNAME, CRONS_*).
 */
#include "spec.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "share/buf.h"
#include "share/job.h"
#include "share/line.h"
#include "share/log.h"
#include "spool.h"
#include "store_runs.h"
#include "users.h"

#define MOST_ENV 1024

struct env {
	char *line[MOST_ENV]; /* NAME=VALUE, owned */
	size_t count;
};

struct writer {
	struct spec spec;
	struct buf blob; /* follows the fixed part */
	size_t header_len;
};

static const char *
env_get(const struct env *env, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < env->count; i++)
		if (strncmp(env->line[i], name, len) == 0
		    && env->line[i][len] == '=')
			return env->line[i] + len + 1;
	return NULL;
}

static void
env_put_line(struct env *env, const char *line, size_t len)
{
	const char *equals = memchr(line, '=', len);
	size_t name = equals == NULL ? len : (size_t)(equals - line) + 1;

	for (size_t i = 0; i < env->count; i++)
		if (strncmp(env->line[i], line, name) == 0) {
			free(env->line[i]);
			env->line[i] = xstrndup(line, len);
			return;
		}
	if (env->count < MOST_ENV)
		env->line[env->count++] = xstrndup(line, len);
}

static void __attribute__((format(printf, 2, 3)))
env_put(struct env *env, const char *fmt, ...)
{
	va_list ap;
	char text[4096];
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (len > 0 && (size_t)len < sizeof text)
		env_put_line(env, text, (size_t)len);
}

static void
env_fini(struct env *env)
{
	for (size_t i = 0; i < env->count; i++)
		free(env->line[i]);
}

/* What each dialect gives a job before its own lines (crontab-dialects 3.4). */
static void
put_defaults(struct env *env, const struct spec_input *in)
{
	const struct user *u = in->user;
	int64_t dialect = JOB_NUMBER(in->job, dialect);

	env_put(env, "HOME=%s", u->home);
	env_put(env, "LOGNAME=%s", u->name);
	env_put(env, "SHELL=/bin/sh");
	if (dialect == DIALECT_DEBIAN) {
		env_put(env, "PATH=/usr/bin:/bin");
		return;
	}
	env_put(env, "USER=%s", u->name);
	env_put(env, "PATH=%s",
	    dialect == DIALECT_CRONIE
		? "/usr/bin:/bin:/usr/sbin:/sbin"
		: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
		  "/sbin:/bin");
}

static void
put_own_lines(struct env *env, const char *lines)
{
	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");

		if (len > 0)
			env_put_line(env, lines, len);
		lines += len + (lines[len] == '\n');
	}
}

static void
put_forced(struct env *env, const struct spec_input *in)
{
	const struct run_row *r = in->run;

	env_put(env, "LOGNAME=%s", in->user->name);
	if (JOB_NUMBER(in->job, dialect) == DIALECT_CRONIE)
		env_put(env, "USER=%s", in->user->name);
	env_put(env, "CRONS_JOB=%s", JOB_TEXT(in->job, name));
	env_put(env, "CRONS_RUN=%lld", (long long)r->id);
	env_put(env, "CRONS_INSTANCE=%s", in->instance);
	env_put(env, "CRONS_SLOT=%lld", (long long)(r->slot / 1000000));
	env_put(env, "CRONS_TRY=%lld", (long long)r->attempt);
	env_put(env, "CRONS_SHARD=%lld", (long long)r->shard);
	env_put(env, "CRONS_SHARDS=1");
}

/* Appends text and its NUL; returns its offset from the spec's start. */
static uint32_t
put_string(struct writer *w, const char *text)
{
	uint32_t at = (uint32_t)(sizeof w->spec + w->blob.len);

	buf_put(&w->blob, text, strlen(text) + 1);
	return at;
}

static void
put_groups(struct writer *w, const struct user *user)
{
	while (w->blob.len % 4 != 0)
		buf_putc(&w->blob, '\0');
	w->spec.groups_at = (uint32_t)(sizeof w->spec + w->blob.len);
	for (size_t i = 0; i < user->group_count; i++) {
		uint32_t gid = user->groups[i];

		buf_put(&w->blob, &gid, sizeof gid);
	}
	w->spec.group_count = (uint32_t)user->group_count;
}

bool
spec_is_simple(const char *command)
{
	return *command == '/'
	    && strpbrk(command, "~#=*?[]{}()<>|&;$`\\\"'!\n\r%^") == NULL
	    && strpbrk(command, "\t") == NULL;
}

static uint32_t
put_words(struct writer *w, const char *text, uint32_t *at)
{
	uint32_t count = 0;

	*at = (uint32_t)(sizeof w->spec + w->blob.len);
	while (*(text += strspn(text, " ")) != '\0') {
		size_t len = strcspn(text, " ");

		buf_put(&w->blob, text, len);
		buf_putc(&w->blob, '\0');
		text += len;
		count++;
	}
	return count;
}

/* argv is stored as the words of a request line. */
static uint32_t
put_argv(struct writer *w, const char *argv, uint32_t *at)
{
	struct line line;
	struct fault f;
	struct buf text = BUF_EMPTY;
	uint32_t count = 0;

	buf_printf(&text, "argv %s", argv);
	*at = (uint32_t)(sizeof w->spec + w->blob.len);
	if (line_parse(&line, buf_text(&text), text.len, &f) == ERR_NONE) {
		for (size_t i = 0; i < line.word_count; i++)
			put_string(w, line.word[i]);
		count = (uint32_t)line.word_count;
		line_fini(&line);
	}
	buf_fini(&text);
	return count;
}

/* Debian's cron runs a job whose home cannot be entered, cronie does not. */
static bool
cwd_may_fail(const struct job *job)
{
	return JOB_NUMBER(job, dialect) == DIALECT_DEBIAN
	    && *JOB_TEXT(job, cwd) == '\0';
}

static const char *
shell_of(const struct job *job, const struct env *env)
{
	const char *shell = JOB_TEXT(job, shell);

	return *shell == '\0' ? env_get(env, "SHELL") : shell;
}

static const char *
directory_of(const struct job *job, const struct env *env)
{
	const char *cwd = JOB_TEXT(job, cwd);

	return *cwd == '\0' ? env_get(env, "HOME") : cwd;
}

/*
 * The helper (pam.c) is executed as root, and makes the job itself what the
 * rest of the spec would have made of it; so that is in its words: service,
 * user, uid, gid, whether the directory may be missing, directory, shell, and
 * the command line; or "" and then the job's own words.
 */
static void
put_helper(
    struct writer *w, const struct spec_input *in, const struct env *env)
{
	const struct job *job = in->job;
	bool is_argv = *JOB_TEXT(job, argv) != '\0';
	uint32_t at, more = 0;
	char number[24];

	w->spec.flags |= SPEC_ARGV | SPEC_HELPER;
	w->spec.flags &= ~(uint32_t)(SPEC_DROP | SPEC_DIRECT);
	w->spec.argv_at = put_string(w, in->pam);
	put_string(w, JOB_NUMBER(job, dialect) == DIALECT_CRONIE ? "crond"
								 : "cron");
	put_string(w, in->user->name);
	snprintf(number, sizeof number, "%u", (unsigned)in->user->uid);
	put_string(w, number);
	snprintf(number, sizeof number, "%u", (unsigned)in->user->gid);
	put_string(w, number);
	put_string(w, cwd_may_fail(job) ? "may-fail" : "must-be");
	put_string(w, directory_of(job, env));
	/* A shell without a name is no shell, but nor is it an argv. */
	put_string(w, is_argv			? ""
		: *shell_of(job, env) == '\0' ? " "
					       : shell_of(job, env));
	if (is_argv)
		more = put_argv(w, JOB_TEXT(job, argv), &at);
	else
		put_string(w, JOB_TEXT(job, command));
	w->spec.argv_count = 8 + (is_argv ? more : 1);
}

static void
put_command(
    struct writer *w, const struct spec_input *in, const struct env *env)
{
	const struct job *job = in->job;
	const char *shell = shell_of(job, env);

	w->spec.shell_at = put_string(w, shell);
	w->spec.command_at = put_string(w, JOB_TEXT(job, command));
	w->spec.argv_at = w->spec.command_at;
	if (in->pam != NULL) {
		put_helper(w, in, env);
	} else if (*JOB_TEXT(job, argv) != '\0') {
		w->spec.flags |= SPEC_ARGV;
		w->spec.argv_count
		    = put_argv(w, JOB_TEXT(job, argv), &w->spec.argv_at);
	} else if (in->direct && JOB_NUMBER(job, direct)
	    && strcmp(shell, "/bin/sh") == 0
	    && spec_is_simple(JOB_TEXT(job, command))) {
		w->spec.flags |= SPEC_DIRECT;
		w->spec.argv_count
		    = put_words(w, JOB_TEXT(job, command), &w->spec.argv_at);
	}
}

static void
put_env(struct writer *w, const struct env *env)
{
	w->spec.env_at = (uint32_t)(sizeof w->spec + w->blob.len);
	w->spec.env_count = (uint32_t)env->count;
	for (size_t i = 0; i < env->count; i++)
		put_string(w, env->line[i]);
}

/*
 * The helper is root's, and the job's variables are the user's: LD_PRELOAD
 * must not concern it. So each has a + in front, which the helper takes away;
 * only those by which a lost run's processes are found are there as they are.
 */
static void
put_helper_env(struct writer *w, const struct env *env)
{
	static const char *const own[] = { "CRONS_RUN", "CRONS_INSTANCE" };

	w->spec.env_at = (uint32_t)(sizeof w->spec + w->blob.len);
	w->spec.env_count = (uint32_t)env->count;
	for (size_t i = 0; i < env->count; i++) {
		buf_putc(&w->blob, '+');
		put_string(w, env->line[i]);
	}
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		buf_printf(&w->blob, "%s=", own[i]);
		put_string(w, env_get(env, own[i]));
		w->spec.env_count++;
	}
}

/* Root's shim could raise it: a user's job must not have more than users. */
static void
put_limit(void *arg, int resource, uint64_t value)
{
	struct spec *spec = arg;
	struct rlimit now;

	if (spec->limit_count == SPEC_LIMITS
	    || getrlimit((__rlimit_resource_t)resource, &now) != 0)
		return;
	if (spec->uid != 0 && value > now.rlim_max)
		value = now.rlim_max;
	spec->limit[spec->limit_count++] = (struct spec_limit) {
		.resource = resource, .soft = value, .hard = value
	};
}

/* The daemon has raised its own limit of descriptors: a job gets the old one,
 * as select(2) needs it, and may raise it. */
static void
put_files(struct spec *spec, uint64_t files)
{
	struct rlimit now;

	for (uint32_t i = 0; i < spec->limit_count; i++)
		if (spec->limit[i].resource == RLIMIT_NOFILE)
			return;
	if (files == 0 || spec->limit_count == SPEC_LIMITS
	    || getrlimit(RLIMIT_NOFILE, &now) != 0)
		return;
	spec->limit[spec->limit_count++] = (struct spec_limit) {
		.resource = RLIMIT_NOFILE, .soft = files, .hard = now.rlim_max
	};
}

static int64_t
wall_minus_boot(void)
{
	return wall_now().us - mono_now().us;
}

static void
put_header(struct writer *w, const struct spec_input *in)
{
	const struct run_row *r = in->run;
	struct buf text = BUF_EMPTY;

	buf_printf(&text,
	    "crons=1\nrun=%lld\nfence=%lld\njob=%lld\nuid=%lld\nslot=%lld\n"
	    "lap=%lld\ntry=%lld\nshard=%lld\ncause=%d\nat=%lld\nboot=%s\n"
	    "deadline=%lld\n",
	    (long long)r->id, (long long)r->fence, (long long)r->job,
	    (long long)r->uid, (long long)r->slot, (long long)r->lap,
	    (long long)r->attempt, (long long)r->shard, (int)r->cause,
	    (long long)r->at, in->boot,
	    (long long)JOB_NUMBER(in->job, timeout));
	if (r->slots > 1)
		buf_printf(&text, "to=%lld\nslots=%lld\n",
		    (long long)r->slot_to, (long long)r->slots);
	if (in->pool != 0)
		buf_printf(&text, "pool=%lld\n", (long long)in->pool);
	w->spec.header_at = put_string(w, buf_text(&text));
	w->header_len = text.len;
	buf_fini(&text);
}

static void
put_numbers(struct writer *w, const struct spec_input *in)
{
	const struct job *job = in->job;
	struct spec *s = &w->spec;

	s->magic = SPEC_MAGIC;
	s->run = in->run->id;
	s->fence = (uint32_t)in->run->fence;
	s->uid = in->user->uid;
	s->gid = in->user->gid;
	s->flags = (JOB_NUMBER(job, merge) ? SPEC_MERGE : 0)
	    | (in->drop ? SPEC_DROP : 0)
	    | (cwd_may_fail(job) ? SPEC_CWD_MAY_FAIL : 0);
	s->umask = (uint32_t)JOB_NUMBER(job, umask);
	s->nice = (int32_t)JOB_NUMBER(job, nice);
	s->ioprio = job_ioprio(JOB_TEXT(job, ionice));
	s->memory = JOB_NUMBER(job, memory);
	s->pids = JOB_NUMBER(job, pids);
	s->timeout_us = JOB_NUMBER(job, timeout);
	s->grace_us = JOB_NUMBER(job, grace);
	s->linger_us = JOB_NUMBER(job, linger);
	s->head = JOB_NUMBER(job, output_head);
	s->tail = JOB_NUMBER(job, output_tail);
	s->wall_minus_boot_us = wall_minus_boot();
	job_each_limit(JOB_TEXT(job, limits), put_limit, s);
	put_files(s, in->files);
}

static void
put_paths(
    struct writer *w, const struct spec_input *in, const struct env *env)
{
	const char *text = JOB_TEXT(in->job, stdin);
	char name[SPOOL_NAME_MAX];
	char cgroup[SPOOL_HEADER_ROOM] = "";

	spool_name(name, in->instance, in->run->id, (uint32_t)in->run->fence);
	w->spec.name_at = put_string(w, name);
	w->spec.cwd_at
	    = put_string(w, in->pam != NULL ? "/" : directory_of(in->job, env));
	w->spec.stdin_len = (uint32_t)strlen(text);
	w->spec.stdin_at = put_string(w, text);
	if (in->input != NULL && in->input->len > 0) {
		w->spec.stdin_at = (uint32_t)(sizeof w->spec + w->blob.len);
		w->spec.stdin_len = (uint32_t)in->input->len;
		buf_put(&w->blob, in->input->data, in->input->len);
		buf_putc(&w->blob, '\0');
	}
	if (*in->cgroup != '\0'
	    && snprintf(cgroup, sizeof cgroup, "%s/%s-%lld", in->cgroup,
		   in->instance, (long long)in->run->id)
		> (int)(SPOOL_HEADER_ROOM - w->header_len))
		cgroup[0] = '\0'; /* no room to name it: the run has none */
	w->spec.cgroup_at = put_string(w, cgroup);
}

void
spec_write(const struct spec_input *in, struct buf *out)
{
	struct writer w = { 0 };
	struct env *env = xcalloc(1, sizeof *env);

	put_defaults(env, in);
	put_own_lines(env, JOB_TEXT(in->job, env));
	if (in->env != NULL)
		put_own_lines(env, in->env);
	put_forced(env, in);
	put_numbers(&w, in);
	put_header(&w, in);
	put_paths(&w, in, env);
	put_command(&w, in, env);
	if (in->pam != NULL)
		put_helper_env(&w, env);
	else
		put_env(&w, env);
	put_groups(&w, in->user);
	if (in->pam != NULL)
		w.spec.uid = w.spec.gid = 0;
	w.spec.size = (uint32_t)(sizeof w.spec + w.blob.len);
	buf_put(out, &w.spec, sizeof w.spec);
	buf_put(out, w.blob.data, w.blob.len);
	env_fini(env);
	free(env);
	buf_fini(&w.blob);
}
