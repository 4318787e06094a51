/*
 * The text is read once; each line is written as it is visited, and its job
 * is made too, so that what the options of a comment come to is told. Whether
 * the file is accepted is known at the end and stands there.
 */
#include "import_dry.h"

#include <bsd/string.h>
#include <ctype.h>
#include <errno.h>
#include <libgen.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json.h"
#include "share/buf.h"
#include "share/crontab.h"
#include "share/crontab_file.h"
#include "share/crontab_job.h"
#include "share/log.h"

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

/* Does the path end in these whole words? */
static bool
is_below(const char *path, const char *tail)
{
	size_t len = strlen(path), tail_len = strlen(tail);

	return len >= tail_len && strcmp(path + len - tail_len, tail) == 0
	    && (len == tail_len || path[len - tail_len - 1] == '/');
}

static enum crontab_place
place_of(const struct import_dry *dry, const char *directory)
{
	if (dry->system) {
		if (strcmp(dry->path, "/etc/crontab") == 0)
			return PLACE_SYSTEM;
		return is_below(directory, "cron.d") ? PLACE_DROPIN
						     : PLACE_ANY;
	}
	if (is_below(directory, "cron/crontabs")
	    || is_below(directory, "spool/cron")
	    || is_below(directory, "spool"))
		return PLACE_SPOOL;
	return PLACE_ANY;
}

/*
 * The user that a spool file is named after. On a machine without him his
 * file is his if its owner is nobody else here.
 */
static void
find_owner(struct crontab_file *file, const char *path, const char *name)
{
	const struct passwd *pw = getpwnam(name);
	struct stat st;

	file->has_user = pw != NULL;
	if (pw != NULL)
		file->user = pw->pw_uid;
	else if (stat(path, &st) == 0 && getpwuid(st.st_uid) == NULL) {
		file->has_user = true;
		file->user = st.st_uid;
	}
}

static void
describe(const struct import_dry *dry, struct crontab_file *file)
{
	char *copy = xstrdup(dry->path);
	const char *directory = dirname(copy);
	const char *slash = strrchr(dry->path, '/');
	struct stat st;

	memset(file, 0, sizeof *file);
	file->name = slash == NULL ? dry->path : slash + 1;
	file->dialect = dry->dialect;
	file->place = place_of(dry, directory);
	if (file->place != PLACE_SYSTEM && stat(directory, &st) == 0)
		file->root = st.st_uid;
	if (file->place == PLACE_SPOOL)
		find_owner(file, dry->path, file->name);
	free(copy);
}

/* "1 5 cron.daily ..." */
static bool
is_anacron_job(const char *line, const char *end)
{
	char text[128];
	char *rest = text, *word[3];
	size_t len = (size_t)(end - line);

	if (len >= sizeof text)
		len = sizeof text - 1;
	memcpy(text, line, len);
	text[len] = '\0';
	for (int i = 0; i < 3; i++) {
		do
			word[i] = strsep(&rest, " \t");
		while (word[i] != NULL && word[i][0] == '\0');
		if (word[i] == NULL)
			return false;
	}
	return (word[0][0] == '@' || isdigit((unsigned char)word[0][0]))
	    && word[1][strspn(word[1], "0123456789")] == '\0'
	    && (strncmp(word[2], "cron.", 5) == 0);
}

/* A file for anacron: called so, or with its kind of jobs and no other. */
static bool
is_anacrontab(const char *name, const struct buf *text)
{
	static const char tail[] = "anacrontab";
	size_t len = strlen(name);
	const char *p = buf_text(text), *end;
	bool found = false;

	if (len >= sizeof tail - 1
	    && strcmp(name + len - (sizeof tail - 1), tail) == 0)
		return true;
	for (; *p != '\0'; p = end + (*end == '\n')) {
		p += strspn(p, " \t");
		end = p + strcspn(p, "\n");
		if (p == end || *p == '#' || memchr(p, '=', (size_t)(end - p)))
			continue;
		if (!is_anacron_job(p, end))
			return false;
		found = true;
	}
	return found;
}

static const char *
user_of(const struct import_dry *dry, const struct crontab_file *file)
{
	const struct passwd *pw;

	if (dry->user != NULL)
		return dry->user;
	if (file->place == PLACE_SPOOL)
		return file->name;
	pw = getpwuid(geteuid());
	return pw == NULL ? "" : pw->pw_name;
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

static int
read_text(const struct import_dry *dry, struct crontab_file *file,
    struct buf *text, struct fault *f)
{
	int rc;

	if (strcmp(dry->path, "-") == 0)
		return crontab_file_read_fd(
		    STDIN_FILENO, CRONTAB_FILE_BYTES, text, f);
	rc = crontab_file_read(dry->path, file, text, f);
	if (rc != 0 && f->err == ERR_NOT_FOUND)
		fault_set(f, ERR_NOT_FOUND, "", "%.150s: %s", dry->path,
		    strerror(ENOENT));
	return rc;
}

int
import_dry(const struct import_dry *dry, FILE *out, struct fault *f)
{
	struct printer p = { .dry = dry, .out = out };
	struct buf text = BUF_EMPTY;
	struct crontab_file file;
	int status;

	memset(f, 0, sizeof *f);
	describe(dry, &file);
	if (read_text(dry, &file, &text, f) != 0) {
		status = f->err == ERR_NOT_FOUND ? err_exit(f->err)
						 : skip_file(out, f, NULL);
	} else if (is_anacrontab(file.name, &text)) {
		status = skip_file(out, f, "an anacrontab is not a crontab");
	} else {
		p.user = user_of(dry, &file);
		p.maker = crontab_maker_new(
		    dry->system ? file.name : NULL, dry->dialect);
		status = print_text(&p, &file, &text);
	}
	crontab_maker_free(p.maker);
	buf_fini(&p.json);
	buf_fini(&text);
	return status;
}
