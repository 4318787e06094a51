/*
 * lint: findings about files and schedules, for people with the line and a
 * caret, for programs one object each. No daemon is asked. A file is read
 * whatever its name, owner and mode are; that cron would pass it over is a
 * finding of its own.
 */
#include <dirent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bsd/string.h>

#include "caret.h"
#include "json.h"
#include "lint.h"
#include "session.h"
#include "share/buf.h"
#include "share/crontab_file.h"
#include "share/log.h"
#include "tabfile.h"
#include "text.h"

struct linting {
	struct session *s;
	enum dialect dialect;
	bool is_dialect_given;
	char known[256]; /* the last name that was looked up */
	bool has_known;
	size_t files, errors, warnings;
};

/* What findings are about: a file, or a schedule without one. */
struct subject {
	const char *name; /* NULL: the text is a schedule */
	const struct buf *text;
	struct lint_list *list;
	/* Where the last line asked for begins: they are asked for in order. */
	int number;
	size_t start;
};

static const char *
level_word(enum lint_rule rule)
{
	return lint_rule_level(rule) == LINT_IS_ERROR ? "error" : "warning";
}

static bool
has_user(void *arg, const char *name)
{
	struct linting *l = arg;

	if (strcmp(l->known, name) == 0 && name[0] != '\0')
		return l->has_known;
	l->has_known = getpwnam(name) != NULL;
	if (strlcpy(l->known, name, sizeof l->known) >= sizeof l->known)
		l->known[0] = '\0';
	return l->has_known;
}

/* A line by number, from 1; the whole text is that of a schedule. */
static const char *
find_line(struct subject *on, int number, size_t *len)
{
	const char *text = buf_text(on->text), *end = text + on->text->len;
	const char *p, *stop;

	if (on->number < 1 || number < on->number) {
		on->number = 1;
		on->start = 0;
	}
	for (p = text + on->start;; p = stop + 1) {
		stop = memchr(p, '\n', (size_t)(end - p));
		if (on->number >= number || stop == NULL)
			break;
		on->number++;
	}
	on->start = (size_t)(p - text);
	*len = (size_t)((stop == NULL ? end : stop) - p);
	return p;
}

static void
put_visible(struct buf *out, const char *text)
{
	text_visible(out, text, strlen(text), "");
}

static void
put_place(struct buf *out, const struct subject *on,
    const struct lint_finding *found)
{
	if (on->name == NULL)
		return;
	put_visible(out, on->name);
	if (found->line > 0)
		buf_printf(out, ":%d", found->line);
	if (found->line > 0 && found->column > 0)
		buf_printf(out, ":%d", found->column);
	buf_puts(out, ": ");
}

static void
print_finding(struct subject *on, const struct lint_finding *found)
{
	struct buf out = BUF_EMPTY;
	const char *line;
	size_t len;

	put_place(&out, on, found);
	buf_printf(&out, "%s: ", level_word(found->rule));
	put_visible(&out, found->text);
	buf_printf(&out, " [%s]", lint_rule_word(found->rule));
	if (found->line > 0 || on->name == NULL) {
		line = find_line(on, found->line, &len);
		caret_put(&out, line, len, found->column);
	}
	if (found->hint[0] != '\0') {
		buf_puts(&out, "\n  ");
		put_visible(&out, found->hint);
	}
	if (found->fix != NULL) {
		buf_puts(&out, "\n  fix: ");
		put_visible(&out, found->fix);
	}
	printf("%s\n", buf_text(&out));
	buf_fini(&out);
}

static void
print_object(struct subject *on, const struct lint_finding *found)
{
	struct buf out = BUF_EMPTY;
	size_t len;
	const char *line = find_line(on, found->line, &len);

	json_begin(&out);
	json_put_text(&out, "kind", "finding");
	if (on->name != NULL)
		json_put_text(&out, "file", on->name);
	if (found->line > 0)
		json_put_number(&out, "line", found->line);
	if (found->column > 0)
		json_put_number(&out, "column", found->column);
	json_put_text(&out, "level", level_word(found->rule));
	json_put_text(&out, "rule", lint_rule_word(found->rule));
	json_put_text(&out, "text", found->text);
	if (found->hint[0] != '\0')
		json_put_text(&out, "hint", found->hint);
	if (found->fix != NULL)
		json_put_text(&out, "fix", found->fix);
	if (found->line > 0 || on->name == NULL)
		json_put_bytes(&out, "source", line, len);
	json_end(&out);
	fwrite(out.data, 1, out.len, stdout);
	buf_fini(&out);
}

static void
print_file(const struct subject *on, const struct crontab_result *result)
{
	struct buf out = BUF_EMPTY;

	json_begin(&out);
	json_put_text(&out, "kind", "file");
	json_put_text(&out, "file", on->name);
	json_put_text(
	    &out, "verdict", crontab_verdict_word(result->verdict));
	json_put_number(&out, "jobs",
	    result->verdict == CRONTAB_REJECT ? 0 : result->jobs);
	json_put_number(&out, "errors",
	    (int64_t)lint_list_count(on->list, LINT_IS_ERROR));
	json_put_number(&out, "warnings",
	    (int64_t)lint_list_count(on->list, LINT_IS_WARNING));
	json_end(&out);
	fwrite(out.data, 1, out.len, stdout);
	buf_fini(&out);
}

/* Prints and counts; the exit status. */
static int
report(struct linting *l, struct subject *on)
{
	size_t errors = lint_list_count(on->list, LINT_IS_ERROR);

	for (size_t i = 0; i < on->list->count; i++)
		if (l->s->view.json)
			print_object(on, &on->list->found[i]);
		else
			print_finding(on, &on->list->found[i]);
	l->files++;
	l->errors += errors;
	l->warnings += on->list->count - errors;
	return errors > 0 ? err_exit(ERR_BAD_CRONTAB) : 0;
}

static int
lint_schedule_text(struct linting *l, const char *text)
{
	struct lint_list list = { 0 };
	struct buf copy = BUF_EMPTY;
	struct subject on = { .text = &copy, .list = &list };
	int status;

	buf_puts(&copy, text);
	lint_expression(
	    text, l->is_dialect_given ? l->dialect : DIALECT_EXTENDED, &list);
	status = report(l, &on);
	lint_list_fini(&list);
	buf_fini(&copy);
	return status;
}

static int
lint_text(struct linting *l, const struct tabfile *tab,
    const struct crontab_file *file, struct subject *on)
{
	const struct session *s = l->s;
	const struct passwd *pw = getpwnam(tabfile_user(tab, file));
	struct crontab_options options = {
		.dialect = l->dialect,
		.system = tab->system,
		.privileged = pw != NULL && pw->pw_uid == 0,
		.check_users = session_option(s, OPTION_CHECK_USERS) != NULL,
		.has_user = has_user,
		.arg = l,
	};
	struct crontab_result result;
	int status;

	lint_crontab(on->text, &options, on->list, &result);
	status = report(l, on);
	if (s->view.json)
		print_file(on, &result);
	return status;
}

/* Reads it as a file without a place, then looks at it where it lies. */
static int
read_anyway(const struct tabfile *tab, struct crontab_file *file,
    struct buf *text, struct lint_list *list)
{
	enum crontab_place place;
	const char *why = NULL;
	struct fault f;

	tabfile_describe(tab, file);
	place = file->place;
	file->place = PLACE_ANY;
	if (tabfile_read(tab, file, text, &f) != 0) {
		lint_add(list, LINT_NOT_READ, "%s", f.text);
		return f.err == ERR_NOT_FOUND ? err_exit(ERR_NOT_FOUND)
					      : err_exit(ERR_BAD_CRONTAB);
	}
	file->place = place;
	if (strcmp(tab->path, "-") != 0)
		why = crontab_file_check(file);
	if (why != NULL)
		lint_add(list, LINT_NOT_READ, "cron does not read it: %s", why);
	return 0;
}

static int
fail_path(struct linting *l, const char *path, int status, const char *why)
{
	struct fault f;

	fault_set(&f,
	    status == err_exit(ERR_NOT_FOUND) ? ERR_NOT_FOUND
					      : ERR_BAD_CRONTAB,
	    "", "%.150s: %.100s", path, why);
	return session_fail(l->s, &f);
}

static int
lint_file(struct linting *l, const char *path)
{
	struct session *s = l->s;
	struct tabfile tab = { path, l->dialect,
		session_option(s, OPTION_SYSTEM) != NULL
		    || tabfile_is_system(path),
		session_option(s, OPTION_USER) };
	struct lint_list list = { 0 };
	struct buf text = BUF_EMPTY;
	struct subject on = { .name = path, .text = &text, .list = &list };
	struct crontab_file file;
	int status = read_anyway(&tab, &file, &text, &list);

	if (status != 0) {
		status = fail_path(l, path, status, list.found[0].text);
	} else if (tabfile_is_anacrontab(file.name, &text)) {
		lint_add(&list, LINT_NOT_READ,
		    "an anacrontab is not a crontab: nothing in it is read");
		status = report(l, &on);
	} else {
		status = lint_text(l, &tab, &file, &on);
	}
	lint_list_fini(&list);
	buf_fini(&text);
	return status;
}

static int
is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
lint_directory(struct linting *l, const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_shown, alphasort);
	int worst = 0;

	if (count < 0)
		return fail_path(
		    l, path, err_exit(ERR_NOT_FOUND), "cannot be read");
	for (int i = 0; i < count; i++) {
		struct buf file = BUF_EMPTY;
		int status;

		buf_printf(&file, "%s/%s", path, entries[i]->d_name);
		status = lint_file(l, buf_text(&file));
		worst = worst == 0 ? status : worst;
		buf_fini(&file);
		free(entries[i]);
	}
	free(entries);
	return worst;
}

/* A word is a schedule if no file is called so and it looks like one. */
static int
lint_word(struct linting *l, const char *word)
{
	struct stat st;
	bool exists = stat(word, &st) == 0;

	if (exists && S_ISDIR(st.st_mode))
		return lint_directory(l, word);
	if (!exists && strcmp(word, "-") != 0
	    && (strchr(word, ' ') != NULL || word[0] == '@'))
		return lint_schedule_text(l, word);
	return lint_file(l, word);
}

static enum err
read_dialect(struct linting *l, struct fault *f)
{
	const char *word = session_option(l->s, OPTION_DIALECT);

	l->is_dialect_given = word != NULL;
	if (word == NULL || dialect_find(word, &l->dialect))
		return ERR_NONE;
	return fault_set(f, ERR_BAD_VALUE, "dialect",
	    "\"%.40s\" is none of extended debian cronie calendar", word);
}

static void
print_total(const struct linting *l)
{
	if (l->errors + l->warnings == 0)
		printf("nothing found\n");
	else
		printf("%zu error%s, %zu warning%s\n", l->errors,
		    l->errors == 1 ? "" : "s", l->warnings,
		    l->warnings == 1 ? "" : "s");
}

int
command_lint(struct session *s)
{
	struct linting l = { .s = s, .dialect = DIALECT_DEBIAN };
	const char *schedule = session_option(s, OPTION_SCHEDULE);
	struct fault f;
	int worst = 0;

	if (read_dialect(&l, &f) != ERR_NONE)
		return session_fail(s, &f);
	if (schedule == NULL && s->args.word_count == 0) {
		fault_set(&f, ERR_MISSING_KEY, "", "what should be looked at?");
		strlcpy(f.hint,
		    "cronsctl lint FILE... (- is standard input), or"
		    " --schedule '*/7 * * * *'",
		    sizeof f.hint);
		return session_fail(s, &f);
	}
	if (schedule != NULL)
		worst = lint_schedule_text(&l, schedule);
	for (size_t i = 0; i < s->args.word_count; i++) {
		int status = l.dialect == DIALECT_CALENDAR
		    ? lint_schedule_text(&l, s->args.word[i])
		    : lint_word(&l, s->args.word[i]);

		worst = worst == 0 ? status : worst;
	}
	if (!s->view.json && !s->view.quiet && l.files > 0)
		print_total(&l);
	return worst;
}
