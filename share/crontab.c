/*
 * The driver: lines are found, told apart (blank, comment, setting, entry)
 * and counted against the limits of the dialect; each is visited once. What a
 * bad line costs is decided at the end. Nothing is kept of a line after its
 * visit but the settings in force, the options above the next entry, and
 * counts, so a file costs time and no memory.
 */
#include "crontab.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "crontab_entry.h"
#include "crontab_env.h"
#include "crontab_fault.h"
#include "crontab_option.h"
#include "crontab_rules.h"
#include "job_text.h"
#include "log.h"
#include "tz.h"

/*
 * The environment of a job must fit through execve with its command, and those
 * of all entries together, each its own copy, into the memory of who loads.
 */
#define ENV_BYTES (1 << 20)
#define ALL_ENV_BYTES (64 << 20)

struct parser {
	const struct crontab_options *options;
	const struct crontab_rules *rules;
	struct crontab_result *result;
	struct crontab_line line;
	struct crontab_entry entry;
	struct crontab_setting setting;
	struct crontab_option_list list;
	struct crontab_env *env;
	struct buf text; /* of the line */
	struct buf zone;
	int delay; /* minutes */
	int entries, settings;
	size_t garbage; /* bytes of comments and blanks in a row */
	size_t env_bytes; /* of all entries' environments */
	bool is_over; /* a limit was passed: the file is rejected */
};

/* Where a line lies in the text. */
struct span {
	const char *start, *first, *end; /* first: that is no blank */
	bool has_newline;
};

const char *
crontab_kind_word(enum crontab_kind kind)
{
	static const char *const words[] = {
#define X(name, word) [CRONTAB_##name] = word,
		CRONTAB_KINDS(X)
#undef X
	};

	return words[kind];
}

const char *
crontab_verdict_word(enum crontab_verdict verdict)
{
	static const char *const words[] = {
#define X(name, word) [CRONTAB_##name] = word,
		CRONTAB_VERDICTS(X)
#undef X
	};

	return words[verdict];
}

/* A limit of the whole file: said once, at the line that passed it. */
static void
pass_limit(struct parser *p, const char *what, size_t limit)
{
	struct fault *f = &p->result->fault;

	if (p->is_over)
		return;
	p->is_over = true;
	fault_set(f, ERR_TOO_LARGE, "", "%s: at most %zu", what, limit);
	f->line = p->line.number;
}

static void
count_entry(struct parser *p)
{
	int max = p->rules->tab_entries;

	p->entries++;
	if (max > 0 && !p->options->system && p->entries > max)
		pass_limit(p, "too many entries", (size_t)max);
	p->env_bytes += crontab_env_bytes(p->env);
	if (p->env_bytes > ALL_ENV_BYTES)
		pass_limit(p, "bytes of settings, times entries",
		    ALL_ENV_BYTES);
}

static void
count_setting(struct parser *p)
{
	int max = p->rules->tab_settings;

	p->settings++;
	if (max > 0 && !p->options->system && p->settings > max)
		pass_limit(p, "too many environment variables", (size_t)max);
}

static void
count_garbage(struct parser *p, size_t bytes)
{
	size_t max = p->rules->tab_garbage;

	p->garbage += bytes;
	if (max > 0 && !p->options->system && p->garbage > max)
		pass_limit(p, "too many garbage characters", max);
}

/* cronie reads a zone it does not know as UTC, and an empty one as its own. */
static void
set_zone(struct parser *p, const char *value)
{
	struct fault f;
	struct tz *zone = NULL;

	buf_clear(&p->zone);
	if (value[0] == '\0')
		return;
	zone = tz_open(value, &f);
	buf_puts(&p->zone, zone == NULL ? "UTC" : value);
	tz_free(zone);
	if (zone == NULL)
		crontab_hint(crontab_warn(&p->line, 1,
		    "no such time zone: the entries below are read in UTC, "
		    "as cronie does"),
		    f.text);
}

/* cronie takes a bad value for none. */
static void
set_delay(struct parser *p, const char *value)
{
	char *end;
	long minutes = strtol(value, &end, 10);

	p->delay = 0;
	if (*end != '\0' || end == value || minutes < 0 || minutes > 24 * 60)
		crontab_warn(&p->line, 1,
		    "bad value of RANDOM_DELAY: 0 to 1440 minutes");
	else
		p->delay = (int)minutes;
}

static void
apply_setting(struct parser *p)
{
	const char *name = buf_text(&p->setting.name);
	const char *value = buf_text(&p->setting.value);

	p->line.kind = CRONTAB_ENV;
	p->line.name = name;
	p->line.value = value;
	count_setting(p);
	if (p->rules->is_strict && !job_text_is_shell_name(name)) {
		crontab_fail(&p->line, 1, "bad name",
		    "a name is letters, digits and _, no digit first");
		return;
	}
	if (p->setting.is_cut)
		crontab_warn(&p->line, 1, "the line is too long, and is cut");
	if (name[0] == '\0')
		crontab_warn(&p->line, 1, "a setting without a name");
	if (crontab_env_bytes(p->env) + p->setting.name.len
	    + p->setting.value.len > ENV_BYTES) {
		pass_limit(p, "bytes of settings", ENV_BYTES);
		return;
	}
	crontab_env_set(p->env, name, value);
	if (p->rules->cron_tz && strcmp(name, "CRON_TZ") == 0)
		set_zone(p, value);
	if (p->rules->random_delay && strcmp(name, "RANDOM_DELAY") == 0)
		set_delay(p, value);
}

static void
read_entry(struct parser *p, bool has_empty_value)
{
	struct crontab_line *line = &p->line;

	line->zone = buf_text(&p->zone);
	line->delay = p->delay;
	line->env = p->env;
	line->option = p->list.option;
	line->option_count = p->list.count;
	count_entry(p);
	crontab_entry_parse(&p->entry, p->text.data, line);
	if (line->kind == CRONTAB_ERROR && has_empty_value)
		crontab_hint(
		    &line->error, "write NAME=\"\" for an empty value");
}

/* A line that is neither blank nor a comment. */
static void
read_line(struct parser *p, const struct span *s)
{
	size_t blanks = (size_t)(s->first - s->start);
	enum crontab_setting_is is;

	count_garbage(p, blanks + 1);
	p->garbage = 0;
	if (!s->has_newline) {
		crontab_hint(crontab_fail(&p->line,
		    (int)(s->end - s->start) + 1, "missing newline before EOF",
		    "the last line does not end"),
		    "end the last line with a newline");
		return;
	}
	is = crontab_setting_parse(
	    &p->setting, p->text.data + blanks, p->rules);
	if (is == SETTING_GOOD)
		apply_setting(p);
	else
		read_entry(p, is == SETTING_EMPTY);
}

static void
read_span(struct parser *p, const struct span *s)
{
	struct crontab_line *line = &p->line;
	size_t len = (size_t)(s->end - s->start);
	const char *nul = memchr(s->start, '\0', len);
	bool is_comment = s->first < s->end && *s->first == '#';

	buf_clear(&p->text);
	buf_put(&p->text, s->start, len);
	if (nul != NULL)
		crontab_hint(crontab_fail(line, (int)(nul - s->start) + 1,
		    "bad byte", "a NUL: this is not a line of text"),
		    "cron would read two lines here, and crontab -l show one");
	else if (s->first == s->end || is_comment) {
		line->kind = is_comment ? CRONTAB_COMMENT : CRONTAB_BLANK;
		count_garbage(p, len + s->has_newline);
		crontab_option_parse(&p->list, p->text.data
			+ (s->first - s->start), line);
	} else
		read_line(p, s);
}

static void
count_line(struct parser *p)
{
	struct crontab_result *result = p->result;
	const struct crontab_line *line = &p->line;

	result->lines++;
	result->jobs += line->kind == CRONTAB_JOB;
	result->errors += line->kind == CRONTAB_ERROR;
	result->warnings += (int)line->warning_count;
	if (line->kind == CRONTAB_ERROR && result->fault.err == ERR_NONE)
		result->fault = line->error;
	if (p->rules->lines > 0 && result->lines > p->rules->lines
	    && line->kind != CRONTAB_BLANK && line->kind != CRONTAB_COMMENT)
		pass_limit(p, "too many lines", (size_t)p->rules->lines);
}

static void
parse_lines(struct parser *p, const char *text, const char *end)
{
	while (text < end) {
		struct span s = { .start = text, .first = text };

		s.end = memchr(text, '\n', (size_t)(end - text));
		s.has_newline = s.end != NULL;
		if (s.end == NULL)
			s.end = end;
		while (s.first < s.end
		    && (*s.first == ' ' || *s.first == '\t'))
			s.first++;
		memset(&p->line, 0, sizeof p->line);
		p->line.number = p->result->lines + 1;
		read_span(p, &s);
		count_line(p);
		if (p->options->visit != NULL)
			p->options->visit(p->options->arg, &p->line);
		if (p->line.option != NULL || p->line.kind == CRONTAB_ERROR)
			crontab_option_clear(&p->list);
		text = s.end + s.has_newline;
	}
}

static enum crontab_verdict
judge(const struct parser *p)
{
	if (p->is_over)
		return CRONTAB_REJECT;
	if (p->result->errors == 0)
		return CRONTAB_ACCEPT;
	return p->rules->whole_file && !p->options->by_line ? CRONTAB_REJECT
							    : CRONTAB_PARTIAL;
}

void
crontab_parse(const char *text, size_t len,
    const struct crontab_options *options, struct crontab_result *result)
{
	struct parser p = {
		.options = options,
		.rules = crontab_rules(options->dialect),
		.result = result,
		.env = crontab_env_new(),
	};

	if (p.rules == NULL)
		fatal("dialect %d has no crontabs", (int)options->dialect);
	memset(result, 0, sizeof *result);
	p.entry.rules = p.rules;
	p.entry.options = options;
	parse_lines(&p, text, text + len);
	result->verdict = judge(&p);
	crontab_option_clear(&p.list);
	crontab_entry_fini(&p.entry);
	crontab_setting_fini(&p.setting);
	crontab_env_free(p.env);
	buf_fini(&p.text);
	buf_fini(&p.zone);
}
