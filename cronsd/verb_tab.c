/*
 * tab, install, uninstall: what crontab(1) asks for. The file is the truth:
 * these verbs read and write it, and whoever watches the directory makes jobs
 * of it, as cron itself would. Files are touched in a worker; a request waits
 * for its worker as it waits for a user to be looked up (VERB_LATER), and a
 * client that went away leaves the work to end by itself.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bsd/string.h>

#include "allow.h"
#include "conf.h"
#include "share/crontab.h"
#include "share/log.h"
#include "share/when.h"
#include "tabs.h"
#include "verb.h"
#include "work.h"

#define FRAME_BYTES 65536

struct tab {
	struct tabs_place place;
	enum verb verb;
	bool kept; /* an earlier copy is meant */
	struct buf text; /* read, or to be written */
	char expected[TABS_PRINT];
	struct buf copy; /* where the text before it was put */
	struct fault fault;
	bool running, abandoned;
	void (*wake)(void *arg);
	void *wake_arg;
};

static void
tab_free(struct tab *tab)
{
	tabs_place_fini(&tab->place);
	buf_fini(&tab->text);
	buf_fini(&tab->copy);
	free(tab);
}

/* In the worker. */
static void
touch_files(void *arg)
{
	struct tab *tab = arg;
	struct tabs_change change = { .expected = tab->expected,
		.kept = &tab->copy };

	if (tab->verb == VERB_install)
		change.text = &tab->text;
	if (tab->verb != VERB_tab)
		tabs_put(&tab->place, &change, &tab->fault);
	else if (tab->kept)
		tabs_read_kept(&tab->place, &tab->text, &tab->fault);
	else
		tabs_read(&tab->place, &tab->text, &tab->fault);
}

static void
on_touched(void *arg)
{
	struct tab *tab = arg;

	tab->running = false;
	if (tab->abandoned)
		tab_free(tab);
	else
		tab->wake(tab->wake_arg);
}

/* The request is over, perhaps before its worker is. */
static void
let_go(void *state)
{
	struct tab *tab = state;

	tab->abandoned = true;
	if (!tab->running)
		tab_free(tab);
}

static void
begin_work(struct request *r, struct tab *tab)
{
	tab->verb = (enum verb)verb_find(r->row->word);
	tab->running = true;
	tab->wake = r->parts->wake;
	tab->wake_arg = r->parts->wake_arg;
	r->state = tab;
	r->free_state = let_go;
	work_put(r->parts->work, LANE_TABS,
	    (struct work_call) { touch_files, on_touched, tab });
}

/*
 * Debian's crontab(1) asks whether the user whose crontab it is may have one,
 * even if root asks; cronie's asks about who asks. Root may always.
 */
static bool
is_allowed(const struct request *r, int64_t owner, const char *name)
{
	const struct daemon_parts *p = r->parts;

	if (p->conf->dialect == DIALECT_CRONIE)
		return r->caller.root
		    || allow_user(p->conf, p->self, r->caller.name);
	return owner == 0 || (r->caller.root && owner == r->caller.uid)
	    || allow_user(p->conf, p->self, name);
}

/* Whose crontab, and may it be? VERB_MORE: go on with a new *tab. */
static enum verb_status
find_tab(struct request *r, struct tab **tab)
{
	int64_t uid;
	char name[64];
	enum verb_status status = request_owner(r, &uid, name);

	if (status != VERB_MORE)
		return status;
	if (!tabs_is_name(name))
		return reply_err(r, ERR_DENIED, "user",
		    "your UID has no name in the passwd file that a crontab"
		    " can have");
	if (!is_allowed(r, uid, name)) {
		struct fault f;

		fault_set(&f, ERR_DENIED, "",
		    "You (%s) are not allowed to use this program (crontab)",
		    name);
		strlcpy(f.hint, "See crontab(1) for more information",
		    sizeof f.hint);
		return reply_fault(r, &f);
	}
	*tab = xcalloc(1, sizeof **tab);
	tabs_place_init(
	    &(*tab)->place, r->parts->self, r->parts->conf, name);
	(*tab)->place.uid = (uid_t)uid;
	if (request_key(r, "if") != NULL)
		strlcpy((*tab)->expected, request_key(r, "if"), TABS_PRINT);
	return VERB_MORE;
}

static enum verb_status
reply_done(struct request *r, const struct tab *tab)
{
	struct buf said = BUF_EMPTY;
	char print[TABS_PRINT];

	line_put_pair(&said, "user", tab->place.user);
	tabs_fingerprint(
	    tab->verb == VERB_uninstall ? NULL : &tab->text, print);
	line_put_pair(&said, "fingerprint", print);
	if (tab->copy.len > 0)
		line_put_pair(&said, "kept", buf_text(&tab->copy));
	reply_ok(r, 200, "%s", buf_text(&said) + 1);
	buf_fini(&said);
	return VERB_DONE;
}

static void
put_frames(struct request *r, const struct buf *text)
{
	for (size_t at = 0; at < text->len; at += FRAME_BYTES) {
		size_t len = text->len - at < FRAME_BYTES ? text->len - at
							  : FRAME_BYTES;

		buf_printf(r->out, "o %lld %zu\n", (long long)r->now.us, len);
		buf_put(r->out, text->data + at, len);
		buf_putc(r->out, '\n');
	}
}

enum verb_status
verb_tab(struct request *r)
{
	struct tab *tab = r->state;
	enum verb_status status;

	if (tab == NULL) {
		status = find_tab(r, &tab);
		if (status != VERB_MORE)
			return status;
		tab->kept = request_is(r, "kept");
		begin_work(r, tab);
	}
	if (tab->running)
		return VERB_LATER;
	if (tab->fault.err != ERR_NONE)
		return reply_fault(r, &tab->fault);
	put_frames(r, &tab->text);
	return reply_done(r, tab);
}

/* The end of a change: what was done, for the log, and the reply. */
static enum verb_status
end_change(struct request *r, const struct tab *tab, const char *done)
{
	if (tab->running)
		return VERB_LATER;
	if (tab->fault.err != ERR_NONE)
		return reply_fault(r, &tab->fault);
	log_info("crontab of %s: %s by %s", tab->place.user, done,
	    r->caller.name);
	return reply_done(r, tab);
}

enum verb_status
verb_uninstall(struct request *r)
{
	struct tab *tab = r->state;
	enum verb_status status;

	if (tab == NULL) {
		status = find_tab(r, &tab);
		if (status != VERB_MORE)
			return status;
		begin_work(r, tab);
	}
	return end_change(r, tab, "removed");
}

static void
put_fault(struct request *r, const char *kind, const struct fault *f)
{
	reply_begin(r);
	reply_number(r, f->line);
	reply_some(r, f->column > 0 ? f->column : -1);
	reply_text(r, kind);
	reply_text(r, f->text);
	reply_text(r, f->hint);
	reply_end(r);
}

static void
say_line(void *arg, const struct crontab_line *line)
{
	struct request *r = arg;

	if (line->kind == CRONTAB_ERROR)
		put_fault(r, "error", &line->error);
	for (size_t i = 0; i < line->warning_count; i++) {
		struct fault f = line->warning[i];

		f.line = line->number;
		put_fault(r, "warning", &f);
	}
}

/* The payload; NULL stands for one of no bytes. */
static const char *
text_of(const struct request *r)
{
	return r->payload != NULL ? r->payload : "";
}

/*
 * Is the text good? One that is not, or that was only to be looked at, is
 * read a second time to say what is wrong with it. VERB_MORE: install it.
 */
static enum verb_status
check_text(struct request *r, const struct tab *tab)
{
	struct crontab_result result;
	struct crontab_options options = {
		.dialect = (enum dialect)r->parts->conf->dialect,
		.privileged = tab->place.uid == 0,
		.arg = r,
	};
	bool is_bad, is_dry = request_is(r, "dry_run");

	crontab_parse(text_of(r), r->payload_len, &options, &result);
	is_bad = result.errors > 0 || result.verdict == CRONTAB_REJECT;
	if (!is_bad && !is_dry)
		return VERB_MORE;
	reply_names(r);
	options.visit = say_line;
	crontab_parse(text_of(r), r->payload_len, &options, &result);
	if (is_bad && result.errors == 0)
		put_fault(r, "error", &result.fault);
	if (is_bad)
		return reply_err(r, ERR_BAD_CRONTAB, "",
		    "the crontab of %s was not changed", tab->place.user);
	return reply_ok(r, 200, "jobs=%d warnings=%d", result.jobs,
	    result.warnings);
}

/* Debian's header: three lines that crontab -l leaves out. */
static void
put_header(struct request *r, struct buf *text)
{
	const char *file = request_key(r, "file");
	time_t now = (time_t)(r->now.us / SECOND_US);
	char at[32];

	if (file == NULL)
		file = "-";
	buf_puts(text,
	    "# DO NOT EDIT THIS FILE - edit the master and reinstall.\n# (");
	for (size_t i = 0; file[i] != '\0' && i < 100; i++)
		buf_putc(text, iscntrl((unsigned char)file[i]) ? '?' : file[i]);
	if (ctime_r(&now, at) == NULL)
		at[0] = '\0';
	buf_printf(text, " installed on %.24s)\n# (Cron version -- crons %s)\n",
	    at, CRONS_VERSION);
}

static enum verb_status
begin_install(struct request *r)
{
	struct tab *tab;
	enum verb_status status = find_tab(r, &tab);

	if (status != VERB_MORE)
		return status;
	status = check_text(r, tab);
	if (status != VERB_MORE) {
		tab_free(tab);
		return status;
	}
	if (r->parts->conf->dialect == DIALECT_DEBIAN)
		put_header(r, &tab->text);
	buf_put(&tab->text, text_of(r), r->payload_len);
	begin_work(r, tab);
	return VERB_LATER;
}

enum verb_status
verb_install(struct request *r)
{
	if (r->state != NULL)
		return end_change(r, r->state, "replaced");
	if (r->line.payload < 0)
		return reply_err(r, ERR_MISSING_KEY, "",
		    "the crontab is the payload: install ... <COUNT");
	return begin_install(r);
}
