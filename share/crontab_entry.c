/*
 * An entry is read from left to right as both crons do: perhaps a dash, five
 * fields or a macro, in system crontabs a user, perhaps flags, and the rest is
 * the command, which % and backslashes divide. The fields themselves are
 * share/when's; a fault there is brought back to the column of the line and
 * to cron's own words for it.
 */
#include "crontab_entry.h"

#include <string.h>

#include "crontab_fault.h"
#include "crontab_file.h"
#include "crontab_rules.h"
#include "job_text.h"
#include "when.h"

#define FIELDS 5

static const char *const bad_field[FIELDS] = { "bad minute", "bad hour",
	"bad day-of-month", "bad month", "bad day-of-week" };

/* One line being read. */
struct reader {
	struct crontab_entry *entry;
	const struct crontab_rules *rules;
	struct crontab_line *line;
	const char *start, *p;
};

static struct fault *
fail(struct reader *r, const char *what, const char *why)
{
	return crontab_fail(r->line, (int)(r->p - r->start) + 1, what, why);
}

static void
skip_blanks(struct reader *r)
{
	r->p += strspn(r->p, " \t");
}

/* What people do to a first field that is none. */
static const char *
hint_of_start(const struct reader *r)
{
	const char *text = r->start + strspn(r->start, " \t");

	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		return "the file begins with a byte order mark: save it "
		       "without one";
	if (text[0] == '\r')
		return "the lines end in CR LF: save the file with LF only";
	if (text[0] == '-')
		return "a leading - is cronie's, in root's and system "
		       "crontabs";
	if (strncmp(text, "export ", 7) == 0)
		return "crontabs have no export: write NAME=VALUE";
	if (strcspn(text, "=") < strcspn(text, " \t"))
		return "a setting is NAME=VALUE, and a quote closes at its end";
	return "";
}

/*
 * The fields, each where it stands in the line and in the schedule. Missing
 * ones are filled with * so that those before them can be looked at.
 */
struct fields {
	int count, found;
	const char *in_line[FIELDS];
	size_t in_schedule[FIELDS];
};

static void
read_fields(struct reader *r, struct fields *f)
{
	struct buf *out = &r->entry->schedule;

	buf_clear(out);
	for (int i = 0; i < f->count; i++) {
		size_t len = strcspn(r->p, " \t");

		if (i > 0)
			buf_putc(out, ' ');
		f->in_line[i] = r->p;
		f->in_schedule[i] = out->len;
		if (len > 0)
			f->found++;
		if (len > 0)
			buf_put(out, r->p, len);
		else
			buf_putc(out, '*');
		r->p += len;
		skip_blanks(r);
	}
}

/* Brings a fault of the schedule back to the field it is about. */
static void
fail_field(struct reader *r, const struct fields *f, const struct fault *why)
{
	size_t column = why->column > 0 ? (size_t)why->column - 1 : 0;
	const char *hint = why->hint;
	int i = f->count - 1;

	while (i > 0 && f->in_schedule[i] > column)
		i--;
	r->p = f->in_line[i] + (column - f->in_schedule[i]);
	if (i == 0 && hint_of_start(r)[0] != '\0')
		hint = hint_of_start(r);
	crontab_hint(fail(r,
	    f->count < FIELDS ? "bad time specifier" : bad_field[i],
			   why->text),
	    hint);
}

static void
check_schedule(struct reader *r, const struct fields *f)
{
	const char *end = r->p;
	struct when *when = when_parse(buf_text(&r->entry->schedule),
	    r->rules->dialect, 0, (wall_t) { 0 });
	const struct fault *wrong = when_fault(when);

	if (wrong != NULL)
		fail_field(r, f, wrong);
	else if (f->found < f->count)
		crontab_hint(
		    fail(r, bad_field[f->found], "the field is missing"),
		    "minute hour day-of-month month day-of-week, then the "
		    "command");
	else if (when_warning(when) != NULL)
		crontab_warn(r->line, (int)(f->in_line[0] - r->start) + 1,
		    when_warning(when));
	r->p = end;
	when_free(when);
}

/* A macro is one field; in the extended dialect some take a word more. */
static int
count_fields(const struct reader *r)
{
	static const char *const longer[] = { "@every", "@after", "@at" };

	if (*r->p != '@')
		return FIELDS;
	for (size_t i = 0; i < sizeof longer / sizeof longer[0]; i++) {
		size_t len = strlen(longer[i]);

		if (r->rules->dialect == DIALECT_EXTENDED
		    && strncmp(r->p, longer[i], len) == 0
		    && (r->p[len] == ' ' || r->p[len] == '\t'))
			return 2;
	}
	return 1;
}

static void
read_schedule(struct reader *r)
{
	struct fields f = { .count = count_fields(r) };

	read_fields(r, &f);
	check_schedule(r, &f);
	r->line->schedule = buf_text(&r->entry->schedule);
}

static void
read_dash(struct reader *r)
{
	const struct crontab_options *o = r->entry->options;

	if (!r->rules->leading_dash || *r->p != '-')
		return;
	if (!o->system && !o->privileged)
		fail(r, "bad option",
		    "only root's and system crontabs may have a leading -");
	r->line->flags |= CRONTAB_NO_LOG;
	r->p++;
	if (*r->p == ' ' || *r->p == '\t')
		fail(r, bad_field[0], "no blank may follow the leading -");
}

/*
 * Templates that were never filled in ($USER, @USER@) and commands without a
 * user (/bin/x) can be no user on any machine; others may appear.
 */
static void
check_user(struct reader *r, const char *at)
{
	const struct crontab_options *o = r->entry->options;
	const char *name = buf_text(&r->entry->user);
	int column = (int)(at - r->start) + 1;

	bool can_be = crontab_is_user_name(name);

	if (can_be && (o->has_user == NULL || o->has_user(o->arg, name)))
		return;
	if (r->rules->unknown_user_is_bad && (!can_be || o->check_users))
		crontab_hint(crontab_fail(r->line, column, "bad username",
		    can_be ? "there is no such user" : "that is no user"),
		    "in a system crontab the user stands before the command");
	else
		crontab_warn(r->line, column,
		    "there is no such user: it will not run before there is");
}

/* Reads the user, and the blank behind it that belongs to it. */
static void
read_user(struct reader *r)
{
	const char *what
	    = r->rules->unknown_user_is_bad ? "bad username" : "bad command";
	const char *at = r->p;
	size_t len = strcspn(at, " \t");

	buf_clear(&r->entry->user);
	buf_put(&r->entry->user, at, len);
	r->line->user = buf_text(&r->entry->user);
	if (at[len] == '\0') {
		fail(r, what, "a user and a command are expected");
		return;
	}
	if (*at == '*')
		crontab_hint(fail(r, what, "a sixth time field"),
		    "crontabs have five, the first is the minute");
	check_user(r, at);
	r->p += len + 1;
	if (!r->rules->blanks_stay)
		skip_blanks(r);
}

static void
read_flags(struct reader *r)
{
	while (r->rules->flags && *r->p == '-') {
		if (r->p[1] != 'n' || (r->p[2] != ' ' && r->p[2] != '\t')
		    || (r->line->flags & CRONTAB_MAIL_ON_FAILURE) != 0) {
			crontab_hint(fail(r, "bad option", "not -n, once"),
			    "put the command's own dash behind a path or "
			    "quotes");
			return;
		}
		r->line->flags |= CRONTAB_MAIL_ON_FAILURE;
		r->p += 2;
		skip_blanks(r);
	}
}

/* Cuts the command at its first %, undoing the escapes before it. */
static const char *
put_command(struct reader *r, const char *raw)
{
	struct buf *out = &r->entry->command;
	const char *p = raw;

	buf_clear(out);
	while (*p != '\0' && *p != '%') {
		bool is_escape = p[0] == '\\'
		    && (p[1] == '%'
			|| (p[1] == '\\' && r->rules->backslash_pairs));

		if (is_escape)
			buf_putc(out, *++p);
		else if (p[0] == '\\' && p[1] == '\\')
			buf_putc(out, *p++);
		if (!is_escape)
			buf_putc(out, *p);
		p++;
	}
	r->line->command = buf_text(out);
	return p;
}

/*
 * The text behind the first %: \% is %, % is LF, other backslashes stay. A
 * backslash behind another still escapes, as in both crons; the last line is
 * ended unless nothing was written but LF.
 */
static void
put_input(struct reader *r, const char *p)
{
	struct buf *out = &r->entry->input;
	bool escaped = false, needs_end = false;

	buf_clear(out);
	for (; *p != '\0'; p++) {
		char c = *p;

		if (escaped && c != '%')
			buf_putc(out, '\\');
		else if (!escaped && c == '%')
			c = '\n';
		escaped = c == '\\';
		if (!escaped) {
			buf_putc(out, c);
			needs_end = c != '\n';
		}
	}
	if (escaped)
		buf_putc(out, '\\');
	if (needs_end)
		buf_putc(out, '\n');
	r->line->input = out->len == 0 ? NULL : out->data;
}

/* Is one of the command's quotes still open at its end? */
static bool
is_quote_open(const char *command)
{
	char open = '\0';

	for (const char *p = command; *p != '\0'; p++) {
		if (*p == '\\' && open != '\'' && p[1] != '\0')
			p++;
		else if (*p == open)
			open = '\0';
		else if (open == '\0' && (*p == '\'' || *p == '"'))
			open = *p;
	}
	return open != '\0';
}

static void
divide(struct reader *r, const char *raw)
{
	const char *percent = put_command(r, raw);
	int column = (int)(r->p - r->start + (percent - raw)) + 1;

	r->line->input = NULL;
	if (*percent == '\0')
		return;
	put_input(r, percent + 1);
	if (is_quote_open(r->line->command)
	    || (percent > raw && percent[-1] == '+'))
		crontab_hint(crontab_warn(r->line, column,
		    "the command ends at this %, the rest is its input"),
		    "write \\% for a percent sign, quoted or not");
}

static void
read_command(struct reader *r)
{
	size_t len = strlen(r->p), max = r->rules->command_bytes;
	struct buf *raw = &r->entry->raw;
	struct fault f;

	if (len > max && !r->rules->command_is_cut) {
		fail(r, "command too long", "at most 998 bytes");
		return;
	}
	if (len > max) {
		crontab_warn(r->line, (int)(r->p - r->start) + 1,
		    "the command is cut at 131071 bytes");
		len = max;
	}
	buf_clear(raw);
	buf_put(raw, r->p, len);
	r->line->raw = raw->data;
	if (r->rules->is_strict
	    && job_text_check_command(raw->data, &f) != ERR_NONE)
		fail(r, "bad command", "no control bytes but tab are allowed");
	divide(r, raw->data);
	if (r->rules->is_strict && r->line->command[0] == '\0')
		fail(r, "bad command", "there is nothing before the %");
	if (len > 0 && raw->data[len - 1] == '\r')
		crontab_warn(r->line, (int)(r->p - r->start + (int)len),
		    "the line ends in CR LF, and the CR belongs to the "
		    "command");
}

/* What may not stand where the command, or in a system tab the user, does. */
static void
check_rest(struct reader *r)
{
	bool system = r->entry->options->system;

	if (*r->p == '\0' && !r->rules->empty_command)
		fail(r, "bad command", "there is no command");
	if (*r->p == '*' && !(system && r->rules->unknown_user_is_bad))
		crontab_hint(fail(r, "bad command", "a sixth time field"),
		    "crontabs have five, the first is the minute");
}

void
crontab_entry_fini(struct crontab_entry *entry)
{
	buf_fini(&entry->schedule);
	buf_fini(&entry->user);
	buf_fini(&entry->raw);
	buf_fini(&entry->command);
	buf_fini(&entry->input);
}

void
crontab_entry_parse(struct crontab_entry *entry, const char *text,
    struct crontab_line *line)
{
	struct reader r = { entry, entry->rules, line, text, text };

	line->kind = CRONTAB_JOB;
	skip_blanks(&r);
	read_dash(&r);
	if (line->kind == CRONTAB_JOB)
		read_schedule(&r);
	if (line->kind == CRONTAB_JOB)
		check_rest(&r);
	if (line->kind == CRONTAB_JOB && entry->options->system)
		read_user(&r);
	if (line->kind == CRONTAB_JOB)
		read_flags(&r);
	if (line->kind == CRONTAB_JOB && *r.p == '\0')
		check_rest(&r);
	if (line->kind == CRONTAB_JOB)
		read_command(&r);
}
