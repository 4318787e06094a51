/*
 * A run's output is read where it lies when it is told, not copied into the
 * outbox: a mail of a megabyte costs a row of a hundred bytes while it waits.
 * It is read in a worker (draft), begun when launch asks for the order first;
 * launch is woken when it is there, and asks again.
 * The job is read fresh, so that a change of its MAILTO counts at once; of one
 * that was removed the revision is read that it had.
 */
#include "notice.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#include "commit.h"
#include "conf.h"
#include "draft.h"
#include "hook.h"
#include "launch.h"
#include "self.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/log.h"
#include "store_jobs.h"
#include "store_outbox.h"
#include "store_runs.h"
#include "transcript.h"
#include "users.h"

#define MAILER "/usr/sbin/sendmail"

struct notice {
	struct notice_needs on;
	struct drafts *drafts;
	bool no_mailer;
	char warning[256];
	char charset[32]; /* of the output of jobs, as far as we know */
};

/*
 * cron says the charset of its locale. Where that is none (a service has
 * seldom one) it says US-ASCII, which is then mostly wrong: we say UTF-8, of
 * which that is a part.
 */
static void
find_charset(struct notice *n)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	const char *name = "UTF-8";

	if (locale != (locale_t)0)
		name = nl_langinfo_l(CODESET, locale);
	if (strncmp(name, "ANSI_", 5) == 0)
		name = "UTF-8";
	strlcpy(n->charset, name, sizeof n->charset);
	if (locale != (locale_t)0)
		freelocale(locale);
}

struct notice *
notice_new(const struct notice_needs *needs)
{
	struct notice *n = xcalloc(1, sizeof *n);

	n->on = *needs;
	n->drafts = drafts_new(&(struct drafts_needs) { .self = needs->self,
	    .work = needs->work,
	    .out_path = needs->out_path,
	    .ready = needs->ready,
	    .arg = needs->arg });
	find_charset(n);
	return n;
}

static bool
is_mail(const struct outbox_row *row)
{
	return strcmp(row->hook, "mail") == 0;
}

static const char *
mailer_of(const struct notice *n)
{
	return *n->on.conf->mailer == '\0' ? MAILER : n->on.conf->mailer;
}

/* Is there a program that takes mail? That there is none is said once. */
static bool
has_mailer(struct notice *n)
{
	const char *mailer = mailer_of(n);
	bool is_off = strcmp(mailer, "no") == 0;
	bool has = !is_off && access(mailer, X_OK) == 0;

	if (!has && !is_off && !n->no_mailer) {
		snprintf(n->warning, sizeof n->warning,
		    "mail is not sent: %.100s: %s; output is in the history "
		    "(cronsctl logs); see mailer in cronsd.conf(5)",
		    mailer, strerror(errno));
		log_warn("%s", n->warning);
	}
	n->no_mailer = !has && !is_off;
	return has;
}

const char *
notice_warning(const struct notice *n)
{
	return n->no_mailer ? n->warning : NULL;
}

const char *
notice_obstacle(struct notice *n, const struct outbox_row *row)
{
	static char why[OUTBOX_TEXT_MAX];
	char *program;
	bool has;

	if (is_mail(row))
		return has_mailer(n) ? NULL : "there is no mailer";
	if (*row->hook == '/')
		return NULL; /* its user may see it, or not */
	program = hook_program(n->on.conf->hooks, row->hook);
	has = access(program, X_OK) == 0;
	snprintf(why, sizeof why, "there is no hook %.200s: %s", program,
	    strerror(errno));
	free(program);
	if (!has)
		log_warn("run %lld: %s is not told: %s", (long long)row->of,
		    event_word(row->event), why);
	return has ? NULL : why;
}

int64_t
notice_owner(const struct notice *n, const struct outbox_row *row)
{
	bool is_others = !is_mail(row) && *row->hook != '/'
	    && *n->on.conf->hook_user != '\0' && n->on.self->system;

	return is_others ? 0 : row->uid;
}

int
notice_has_output(struct notice *n, const struct outbox_row *row)
{
	struct transcript_places places = { n->on.self, n->on.out };
	struct buf text = BUF_EMPTY;
	struct run_row run;
	int got = runs_get(commit_read_db(n->on.commit), row->of, &run);

	if (got != 1)
		return got;
	if (run.out_bytes > 0 || run.err_bytes > 0)
		return 1;
	got = transcript_read(&places, &run, 1, &text);
	got = got < 0 ? -1 : text.len > 0;
	buf_fini(&text);
	return got;
}

/* The job as it is; of one that was removed, as it was. */
static int
get_job(struct notice *n, const struct outbox_row *row, struct job *job)
{
	struct db *db = commit_read_db(n->on.commit);
	const int64_t id_rev[2] = { row->job, row->rev };
	int got = jobs_get(db, row->job, job);

	if (got == 0)
		got = jobs_get_rev(db, id_rev, job, NULL);
	if (got != 1)
		return got;
	job->uid = row->uid;
	strlcpy(job->user, row->user, sizeof job->user);
	return 1;
}

/* A clean environment: nothing of the job's, which may be meant to harm. */
static void
begin_order(struct notice *n, const struct outbox_row *row,
    const struct job *about, struct launch_order *order)
{
	struct job *job = &order->job;
	struct fault f;

	job_init(job);
	job->uid = row->uid;
	strlcpy(job->user, row->user, sizeof job->user);
	if (job_set(job, JOB_name, JOB_TEXT(about, name), &f) != ERR_NONE)
		log_warn("notice %lld: %s", (long long)row->id, f.text);
	JOB_NUMBER(job, dialect) = DIALECT_DEBIAN;
	JOB_NUMBER(job, merge) = 1;
	JOB_NUMBER(job, timeout) = n->on.conf->delivery_timeout;
}

static void
put_env(struct launch_order *order, const char *more)
{
	struct buf env = BUF_EMPTY;

	buf_printf(&env,
	    "USER=%s\nPATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
	    order->job.user);
	if (*more != '\0')
		buf_printf(&env, "\n%s", more);
	free(JOB_TEXT(&order->job, env));
	JOB_TEXT(&order->job, env) = buf_take(&env);
}

/* Who runs a hook of the system: 1; 0: he is being looked up, -1: nobody. */
static int
find_hook_user(struct notice *n, struct launch_order *order)
{
	const char *name = n->on.conf->hook_user;
	const struct user *user;

	if (*name == '\0' || !n->on.self->system)
		return 1;
	user = users_find_name(n->on.users, name, mono_now());
	if (user == NULL)
		return 0;
	if (!user->known) {
		snprintf(order->why, sizeof order->why,
		    "there is no user %.100s (hook-user)", name);
		return -1;
	}
	order->job.uid = user->uid;
	strlcpy(order->job.user, user->name, sizeof order->job.user);
	return 1;
}

/* ---- composing ---- */

/* What the draft is made of. 1; 0: its user is being looked up; -1. */
static int
gather(struct notice *n, const struct outbox_row *row,
    struct launch_order *order, struct draft_input *in)
{
	const struct user *user;
	int got;

	if (is_mail(row)) {
		user = users_find(n->on.users, (uid_t)row->uid, mono_now());
		if (user == NULL)
			return 0;
		in->home = xstrdup(user->known ? user->home : "/");
		in->program = xstrdup(mailer_of(n));
		in->most = n->on.conf->mail_limit;
		strlcpy(in->charset, n->charset, sizeof in->charset);
		return 1;
	}
	got = *row->hook == '/' ? 1 : find_hook_user(n, order);
	if (got == 1)
		in->program = *row->hook == '/'
		    ? xstrdup(row->hook)
		    : hook_program(n->on.conf->hooks, row->hook);
	return got;
}

/* 0: it is being made; -1: it cannot be. */
static int
begin_draft(struct notice *n, const struct outbox_row *row,
    struct launch_order *order)
{
	struct draft_input in = { .row = *row };
	int got = get_job(n, row, &in.about);

	if (got == 0)
		strlcpy(order->why, "its job is not known any more",
		    sizeof order->why);
	if (got != 1)
		return got < 0 ? 0 : -1;
	got = gather(n, row, order, &in);
	if (got != 1) {
		job_fini(&in.about);
		return got;
	}
	if (row->of <= 0
	    || runs_get(commit_read_db(n->on.commit), row->of, &in.of) != 1)
		in.of.id = 0;
	drafts_begin(n->drafts, row->sent, &in);
	return 0;
}

static char *
text_of(const struct buf *from)
{
	return xstrndup(from->len > 0 ? from->data : "", from->len);
}

/* A user's own hook has the job's environment too: that is his. */
static int
use_draft(struct notice *n, const struct draft *draft,
    struct launch_order *order)
{
	const struct outbox_row *row = &draft->in.row;
	const struct job *about = &draft->in.about;
	struct buf env = BUF_EMPTY;
	int got;

	begin_order(n, row, about, order);
	got = is_mail(row) || *row->hook == '/' ? 1 : find_hook_user(n, order);
	if (got != 1) {
		job_fini(&order->job);
		return got;
	}
	if (draft->env.len > 0)
		buf_put(&env, draft->env.data, draft->env.len);
	if (*row->hook == '/' && *JOB_TEXT(about, env) != '\0')
		buf_printf(&env, "\n%s", JOB_TEXT(about, env));
	put_env(order, buf_text(&env));
	buf_fini(&env);
	free(JOB_TEXT(&order->job, argv));
	JOB_TEXT(&order->job, argv) = text_of(&draft->argv);
	if (draft->text.len > 0)
		buf_put(&order->input, draft->text.data, draft->text.len);
	return 1;
}

int
notice_order(struct notice *n, const struct outbox_row *row,
    struct launch_order *order)
{
	const struct draft *draft = drafts_find(n->drafts, row->sent);
	int got = 0;

	if (draft == NULL)
		return drafts_has(n->drafts, row->sent)
		    ? 0
		    : begin_draft(n, row, order);
	switch (draft->result) {
	case DRAFT_IS_MADE:
		got = use_draft(n, draft, order);
		if (got == 0)
			return 0; /* it is kept until that is known */
		break;
	case DRAFT_IS_NOBODYS:
		strlcpy(order->why, "nobody is to get it any more",
		    sizeof order->why);
		got = -1;
		break;
	case DRAFT_FAILED:
		break;
	}
	drafts_forget(n->drafts, row->sent);
	return got;
}

void
notice_forget(struct notice *n, int64_t run)
{
	drafts_forget(n->drafts, run);
}

void
notice_stop(struct notice *n)
{
	drafts_stop(n->drafts);
}
