/*
 * The text is read once; each line is written as it is visited, and its job
 * is made too, so that what the options of a comment come to is told. Whether
 * the file is accepted is known at the end and stands there.
 */
#include "import_dry.h"

#include <bsd/string.h>
#include <pwd.h>
#include <string.h>

#include "json.h"
#include "share/buf.h"
#include "share/crontab.h"
#include "share/crontab_file.h"
#include "share/crontab_job.h"
#include "tabfile.h"

struct printer {
	const struct import_dry *dry;
	FILE *out;
	struct crontab_maker *maker;
	const char *user; /* of a user's tab */
	struct buf json;
	char known[256]; /* the last name that was looked up */
	bool is_known;
	int64_t uid; /* its, or -1 */
};

static void
look_up(struct printer *p, const char *name)
{
	const struct passwd *pw;

	if (p->is_known && strcmp(p->known, name) == 0)
		return;
	pw = getpwnam(name);
	p->uid = pw == NULL ? -1 : (int64_t)pw->pw_uid;
	p->is_known = strlcpy(p->known, name, sizeof p->known)
	    < sizeof p->known;
}

static bool
has_user(void *arg, const char *name)
{
	struct printer *p = arg;

	look_up(p, name);
	return p->uid >= 0;
}

static void
put_member(void *arg, const char *name, const char *value)
{
	struct buf *json = arg;

	if (json->data[json->len - 1] != '{')
		buf_putc(json, ',');
	json_quote(json, name, strlen(name));
	buf_putc(json, ':');
	json_quote(json, value, strlen(value));
}

static void
put_text(struct buf *json, const char *key, const char *text)
{
	if (text == NULL)
		json_put_null(json, key);
	else
		json_put_text(json, key, text);
}

static void
put_fault(struct buf *json, const char *key, const struct fault *f)
{
	json_put_text(json, key, f->text);
	if (f->column > 0)
		json_put_number(json, "column", f->column);
	if (f->hint[0] != '\0')
		json_put_text(json, "hint", f->hint);
}

/* All warnings of a line in one text; an object has no key twice. */
static void
put_warnings(struct buf *json, const struct crontab_line *line,
    const struct fault *option)
{
	struct buf text = BUF_EMPTY;

	for (size_t i = 0; i < line->warning_count; i++) {
		const struct fault *f = &line->warning[i];

		buf_printf(&text, "%s%s", i > 0 ? "; " : "", f->text);
		if (f->hint[0] != '\0')
			buf_printf(&text, " (%s)", f->hint);
	}
	if (option != NULL && option->err != ERR_NONE)
		buf_printf(&text, "%sline %d: %s: %s",
		    text.len > 0 ? "; " : "", option->line, option->field,
		    option->text);
	if (text.len > 0)
		json_put_text(json, "warning", text.data);
	buf_fini(&text);
}

static void
make_job(struct printer *p, const struct crontab_line *line, struct fault *f)
{
	struct crontab_owner owner = { p->user, -1 };
	struct crontab_made made;

	if (line->user != NULL)
		owner.user = line->user;
	look_up(p, owner.user);
	owner.uid = p->uid;
	crontab_maker_make(p->maker, line, &owner, &made);
	*f = made.left_out;
	job_fini(&made.job);
}

static void
put_job(struct printer *p, const struct crontab_line *line)
{
	struct buf *json = &p->json;
	struct fault option;

	json_put_text(json, "schedule", line->schedule);
	put_text(json, "user", line->user);
	json_put_text(
	    json, "command", line->command + strspn(line->command, " \t"));
	put_text(json, "stdin", line->input);
	buf_puts(json, ",\"env\":{");
	crontab_env_each(line->env, put_member, json);
	buf_putc(json, '}');
	if ((line->flags & CRONTAB_NO_LOG) != 0)
		json_put_bool(json, "no_log", true);
	if ((line->flags & CRONTAB_MAIL_ON_FAILURE) != 0)
		json_put_bool(json, "mail_on_failure", true);
	make_job(p, line, &option);
	put_warnings(json, line, &option);
}

static void
print_line(void *arg, const struct crontab_line *line)
{
	struct printer *p = arg;
	struct buf *json = &p->json;

	buf_clear(json);
	json_begin(json);
	json_put_number(json, "line", line->number);
	json_put_text(json, "kind", crontab_kind_word(line->kind));
	if (line->kind == CRONTAB_ENV) {
		json_put_text(json, "name", line->name);
		json_put_text(json, "value", line->value);
	}
	if (line->kind == CRONTAB_ERROR)
		put_fault(json, "error", &line->error);
	if (line->kind == CRONTAB_JOB)
		put_job(p, line);
	else
		put_warnings(json, line, NULL);
	json_end(json);
	fwrite(json->data, 1, json->len, p->out);
}

static void
print_file(FILE *out, enum crontab_verdict verdict, int jobs,
    const struct fault *f)
{
	struct buf json = BUF_EMPTY;

	json_begin(&json);
	json_put_text(&json, "kind", "file");
	json_put_text(&json, "verdict", crontab_verdict_word(verdict));
	json_put_number(&json, "jobs", jobs);
	if (f->err != ERR_NONE) {
		if (f->line > 0)
			json_put_number(&json, "at", f->line);
		put_fault(&json, "error", f);
	}
	json_end(&json);
	fwrite(json.data, 1, json.len, out);
	buf_fini(&json);
}

static int
skip_file(FILE *out, struct fault *f, const char *why)
{
	if (why != NULL)
		fault_set(f, ERR_BAD_CRONTAB, "", "%s", why);
	print_file(out, CRONTAB_SKIP, 0, f);
	return err_exit(ERR_BAD_CRONTAB);
}

static int
print_text(struct printer *p, const struct crontab_file *file,
    const struct buf *text)
{
	const struct import_dry *dry = p->dry;
	struct crontab_options options = {
		.dialect = dry->dialect,
		.system = dry->system,
		.check_users = dry->check_users,
		.has_user = has_user,
		.visit = print_line,
		.arg = p,
	};
	bool is_named = dry->user != NULL || file->place == PLACE_SPOOL;
	struct crontab_result result;

	look_up(p, p->user);
	options.privileged = !is_named || p->uid == 0;
	crontab_parse(buf_text(text), text->len, &options, &result);
	if (!dry->system && is_named && p->uid < 0 && dry->check_users) {
		result.verdict = CRONTAB_REJECT;
		fault_set(&result.fault, ERR_NOT_FOUND, "",
		    "ORPHAN (no passwd entry)");
	}
	print_file(p->out, result.verdict,
	    result.verdict == CRONTAB_REJECT ? 0 : result.jobs, &result.fault);
	return result.verdict == CRONTAB_ACCEPT ? 0
						: err_exit(ERR_BAD_CRONTAB);
}

int
import_dry(const struct import_dry *dry, FILE *out, struct fault *f)
{
	struct tabfile tab
	    = { dry->path, dry->dialect, dry->system, dry->user };
	struct printer p = { .dry = dry, .out = out };
	struct buf text = BUF_EMPTY;
	struct crontab_file file;
	int status;

	memset(f, 0, sizeof *f);
	tabfile_describe(&tab, &file);
	if (tabfile_read(&tab, &file, &text, f) != 0) {
		status = f->err == ERR_NOT_FOUND ? err_exit(f->err)
						 : skip_file(out, f, NULL);
	} else if (tabfile_is_anacrontab(file.name, &text)) {
		status = skip_file(out, f, "an anacrontab is not a crontab");
	} else {
		p.user = tabfile_user(&tab, &file);
		p.maker = crontab_maker_new(
		    dry->system ? file.name : NULL, dry->dialect);
		status = print_text(&p, &file, &text);
	}
	crontab_maker_free(p.maker);
	buf_fini(&p.json);
	buf_fini(&text);
	return status;
}
