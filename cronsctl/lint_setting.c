/*
 * A value is taken as it is written, which is not what a shell does; and some
 * names mean something to cron. A row of the table is a name and what is
 * looked at for it; what concerns all of them is looked at for all.
 */
#include "lint_line.h"

#include <bsd/string.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lint_list.h"
#include "share/buf.h"

/* Where the value begins in the line; behind its quote, if it has one. */
static const char *
value_of(const struct lint_line *l)
{
	const char *p = strchr(l->text, '=');

	if (p == NULL)
		return l->text;
	p++;
	p += strspn(p, " \t");
	return p + (*p == '\'' || *p == '"');
}

static struct lint_finding *
put(const struct lint_line *l, struct lint_finding *found, const char *at)
{
	found->line = l->line->number;
	found->column = (int)(at - l->text) + 1;
	return found;
}

/* The fix is the setting with another value, in quotes. */
static void
put_value(const struct lint_line *l, struct lint_finding *found,
    const char *value)
{
	struct buf fix = BUF_EMPTY;

	buf_printf(&fix, "%s=\"%s\"", l->line->name, value);
	found->fix = buf_take(&fix);
}

/* Is the directory one of the parts between colons? */
static bool
has_part(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	for (;;) {
		size_t part = strcspn(path, ":");

		while (part > 1 && path[part - 1] == '/')
			part--;
		if (part == len && strncmp(path, directory, len) == 0)
			return true;
		path += strcspn(path, ":");
		if (*path == '\0')
			return false;
		path++;
	}
}

/* The first part that is no absolute directory; NULL if all are. */
static const char *
find_relative(const char *path)
{
	for (;;) {
		if (*path != '/' && *path != '$' && *path != '~')
			return path;
		path += strcspn(path, ":");
		if (*path == '\0')
			return NULL;
		path++;
	}
}

/* The parts, each with its colon, without those that a shell would expand. */
static void
put_parts(struct buf *out, const char *path)
{
	while (*path != '\0') {
		size_t len = strcspn(path, ":");

		if (len > 0 && memchr(path, '$', len) == NULL) {
			buf_put(out, path, len);
			buf_putc(out, ':');
		}
		path += len;
		path += *path == ':';
	}
}

static void
check_path(const struct lint_line *l)
{
	const char *value = l->line->value, *relative = find_relative(value);
	struct buf fix = BUF_EMPTY;

	if (relative != NULL)
		strlcpy(put(l,
		    lint_add(l->list, LINT_PATH,
			"PATH has the part \"%.*s\", which is looked for in"
			" the job's working directory",
			(int)strcspn(relative, ":"), relative),
		    value_of(l))
			    ->hint,
		    "name directories from / on", 160);
	if (has_part(value, "/usr/bin") || has_part(value, "/bin"))
		return;
	put_parts(&fix, value);
	buf_puts(&fix, "/usr/bin:/bin");
	put_value(l,
	    put(l,
		lint_add(l->list, LINT_PATH,
		    "PATH has neither /usr/bin nor /bin: commands without a"
		    " directory are not found"),
		value_of(l)),
	    buf_text(&fix));
	buf_fini(&fix);
}

static void
check_shell(const struct lint_line *l)
{
	const char *value = l->line->value;
	struct lint_finding *found;
	struct buf fix = BUF_EMPTY;

	if (value[0] == '/')
		return;
	found = put(l,
	    lint_add(l->list, LINT_SHELL,
		"SHELL is no absolute path: it is not looked for in PATH"),
	    value_of(l));
	if (value[strspn(value, "abcdefghijklmnopqrstuvwxyz")] == '\0'
	    && value[0] != '\0') {
		buf_printf(&fix, "/bin/%s", value);
		put_value(l, found, buf_text(&fix));
	}
	buf_fini(&fix);
}

static void
check_home(const struct lint_line *l)
{
	if (l->line->value[0] != '/')
		put(l,
		    lint_add(l->list, LINT_HOME,
			"HOME is no absolute path: it is where jobs start"),
		    value_of(l));
}

/* cron's own rule: what a mailer could take for an option or a command. */
static bool
is_safe_address(const char *text)
{
	return text[0] == '\0'
	    || (isalnum((unsigned char)text[0])
		&& text[strspn(text,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		       "0123456789@!:%-.,_+=/")]
		    == '\0');
}

static void
check_mailto(const struct lint_line *l)
{
	struct lint_finding *found;
	struct buf fix = BUF_EMPTY;

	if (is_safe_address(l->line->value))
		return;
	found = put(l,
	    lint_add(l->list, LINT_MAILTO,
		"cron takes this for an unsafe address and sends no mail"),
	    value_of(l));
	for (const char *p = l->line->value; *p != '\0'; p++)
		if (*p != ' ' && *p != '\t')
			buf_putc(&fix, *p);
	if (is_safe_address(buf_text(&fix))) {
		strlcpy(found->hint, "no blanks behind the commas",
		    sizeof found->hint);
		put_value(l, found, buf_text(&fix));
	}
	buf_fini(&fix);
}

static void
check_cron_tz(const struct lint_line *l)
{
	struct lint_finding *found;

	if (l->options->dialect != DIALECT_DEBIAN)
		return;
	found = put(l,
	    lint_add(l->list, LINT_ZONE,
		"CRON_TZ is cronie's: in Debian's dialect it is a variable of"
		" the job, and the schedule goes by the system's zone"),
	    l->text + strspn(l->text, " \t"));
	strlcpy(found->hint,
	    "above each entry: #crons: zone=..., or dialect=cronie",
	    sizeof found->hint);
}

static void
check_tz(const struct lint_line *l)
{
	struct lint_finding *found = put(l,
	    lint_add(l->list, LINT_ZONE,
		"TZ changes the clock that the job sees, not when it runs"),
	    l->text + strspn(l->text, " \t"));

	strlcpy(found->hint, "for the schedule: CRON_TZ in cronie's dialect,"
			     " #crons: zone=... in all",
	    sizeof found->hint);
}

static const struct {
	const char *name;
	void (*check)(const struct lint_line *l);
} names[] = {
	{ "PATH", check_path },
	{ "SHELL", check_shell },
	{ "HOME", check_home },
	{ "MAILTO", check_mailto },
	{ "CRON_TZ", check_cron_tz },
	{ "TZ", check_tz },
};

static void
check_expansion(const struct lint_line *l)
{
	const char *value = l->line->value, *p = strpbrk(value, "$`");
	const char *at = value_of(l);
	struct lint_finding *found;

	if (p != NULL && *p == '$' && p[1] != '{' && p[1] != '('
	    && !isalpha((unsigned char)p[1]) && p[1] != '_')
		p = NULL;
	if (p == NULL && strcmp(value, "~") != 0
	    && strncmp(value, "~/", 2) != 0)
		return;
	if (p != NULL && strncmp(at, value, (size_t)(p - value)) == 0)
		at += p - value;
	found = put(l,
	    lint_add(l->list, LINT_UNEXPANDED,
		"nothing is expanded in a value: the job gets it as it stands"
		" here"),
	    at);
	strlcpy(found->hint, "write the value out, or set it in the command",
	    sizeof found->hint);
}

/* "VALUE # comment", "A=1 B=2", "A=1 * * * * command": it is all value. */
static void
check_tail(const struct lint_line *l)
{
	const char *text = value_of(l), *p = text;
	const char *what = NULL;

	for (; what == NULL && *p != '\0'; p++) {
		const char *word = p + strspn(p, " \t");
		size_t name = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

		if (word == p)
			continue;
		if (*word == '#' && text[-1] == '=')
			what = "a comment";
		else if (name > 0 && word[name] == '=')
			what = "a second setting";
		else if (word[0] == '*' && strspn(word, "* \t") > 3)
			what = "an entry";
		p = what == NULL ? word - 1 : word;
		if (what != NULL)
			break;
	}
	if (what != NULL)
		put(l,
		    lint_add(l->list, LINT_VALUE_TAIL,
			"this looks like %s, and is a part of the value",
			what),
		    p);
}

void
lint_setting(const struct lint_line *l)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(l->line->name, names[i].name) == 0)
			names[i].check(l);
	check_expansion(l);
	check_tail(l);
}
