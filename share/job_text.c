/*
 * A row of `rules` is all there is to a text field: how long it may be and
 * the function that looks at it. A check returns NULL, or what is allowed in
 * words; the fault around it is made in one place.
 */
#include "job_text.h"

#include <bsd/string.h>
#include <ctype.h>
#include <limits.h>
#include <linux/ioprio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "event.h"
#include "calendar.h"
#include "line.h"

/* The kernel takes no longer word in an argv or an environment. */
#define WORD_BYTES 131071

#define SHOWN_BYTES 60

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Every byte is a letter, a digit or one of `more`. */
static bool
is_made_of(const char *text, const char *more)
{
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text)
		    && strchr(more, *text) == NULL)
			return false;
	return true;
}

static const char *
check_name(const char *text)
{
	if (*text == '\0')
		return "a name has 1 to 128 bytes";
	if (!is_made_of(text, "_.:@/+-"))
		return "a name is made of letters, digits and _ . : @ / + -";
	if (*text == '@' || *text == '-')
		return "a name does not begin with @ or -";
	if (text[strspn(text, "0123456789")] == '\0')
		return "a name is not a number: that would be an id";
	return NULL;
}

static const char *
check_one_line(const char *text)
{
	for (; *text != '\0'; text++)
		if (is_control(*text))
			return "no line feeds or control bytes are allowed";
	return NULL;
}

static const char *
check_lines(const char *text)
{
	for (; *text != '\0'; text++)
		if (is_control(*text) && *text != '\t' && *text != '\n')
			return "no control bytes but tab and line feed are "
			       "allowed";
	return NULL;
}

static const char *
check_any(const char *text)
{
	(void)text;
	return NULL;
}

static const char *
check_path(const char *text)
{
	if (*text != '\0' && *text != '/')
		return "a path begins with /";
	return check_one_line(text);
}

static const char *
check_zone(const char *text)
{
	if (!is_made_of(text, "_/+-"))
		return "a zone is named like Europe/Berlin or UTC";
	return NULL;
}

static const char *
check_argv(const char *text)
{
	char **words;
	struct fault f;

	if (*text == '\0')
		return NULL;
	if (line_split(text, &words, &f) < 0)
		return "words stand between blanks, or in quotes";
	bool has_program = words[0] != NULL && words[0][0] != '\0';
	free(words);
	return has_program ? NULL : "the first word is a program";
}

static const char *
check_limits(const char *text)
{
	if (*text == '\0' || job_each_limit(text, NULL, NULL))
		return NULL;
	return "limits are like nproc=20,nofile=64,as=1G,cpu=60,fsize=1G,"
	       "core=0,stack=8M,memlock=0,data=1G";
}

/*
 * A name may be anything that the kernel can tell from its value; which names
 * a shell takes is a question of the dialect, and asked later.
 */
static const char *
check_env(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		const char *equals = memchr(text, '=', len);

		if (equals == NULL || equals == text)
			return "every line is NAME=VALUE";
		if (len > WORD_BYTES)
			return "a line has at most 131071 bytes";
		text += len;
		text += *text == '\n';
	}
	return NULL;
}

static const char *
check_tags(const char *text)
{
	if (!is_made_of(text, "_.:-,"))
		return "a tag is made of letters, digits and _ . : -";
	for (const char *p = text; *p != '\0'; p += *p == ',') {
		size_t len = strcspn(p, ",");

		if (len == 0 || len > 64 || strcmp(p + len, ",") == 0)
			return "tags are 1 to 64 bytes, with commas between";
		p += len;
	}
	return NULL;
}

bool
job_next_tag(const char **at, char tag[JOB_TAG_MAX])
{
	size_t len = strcspn(*at, ",");

	if (len == 0 || len >= JOB_TAG_MAX)
		return false;
	memcpy(tag, *at, len);
	tag[len] = '\0';
	*at += len + ((*at)[len] == ',');
	return true;
}

bool
job_has_tag(const struct job *job, const char *tag)
{
	const char *at = JOB_TEXT(job, tags);
	char have[JOB_TAG_MAX];

	while (job_next_tag(&at, have))
		if (strcmp(have, tag) == 0)
			return true;
	return false;
}

/* Classes are numbered from 1; a level is 0 to 7, and idle has none. */
int
job_ioprio(const char *text)
{
	static const char *const classes[]
	    = { "realtime", "best-effort", "idle" };
	size_t len = strcspn(text, ":");
	int level = 4;

	if (*text == '\0')
		return 0;
	if (text[len] == ':') {
		if (text[len + 1] < '0' || text[len + 1] > '7'
		    || text[len + 2] != '\0')
			return -1;
		level = text[len + 1] - '0';
	}
	for (int i = 0; i < 3; i++)
		if (strlen(classes[i]) == len
		    && strncmp(text, classes[i], len) == 0)
			return i == 2 && text[len] == ':'
			    ? -1
			    : (int)IOPRIO_PRIO_VALUE(
				i + 1, i == 2 ? 0 : level);
	return -1;
}

bool
job_ioprio_is_realtime(int ioprio)
{
	return ioprio > 0 && IOPRIO_PRIO_CLASS(ioprio) == IOPRIO_CLASS_RT;
}

static const char *
check_ionice(const char *text)
{
	if (job_ioprio(text) < 0)
		return "idle, best-effort:0 to best-effort:7 (0 first), or "
		       "realtime:0 to realtime:7";
	return NULL;
}

/* "a:ok": without a word behind the last colon it is ok. */
bool
job_next_after(
    const char **at, char name[JOB_NAME_MAX], enum job_want *want)
{
	size_t len = strcspn(*at, ",");
	char *colon;
	int word;

	if (len == 0 || len >= JOB_NAME_MAX)
		return false;
	memcpy(name, *at, len);
	name[len] = '\0';
	*at += len + ((*at)[len] == ',');
	*want = WANT_OK;
	colon = strrchr(name, ':');
	word = colon == NULL ? -1 : word_find("ok fail any", colon + 1);
	if (word >= 0) {
		*want = (enum job_want)word;
		*colon = '\0';
	}
	return true;
}

static const char *
check_after(const char *text)
{
	char name[JOB_NAME_MAX];
	enum job_want want;
	int n = 0;

	for (const char *at = text; *at != '\0'; n++)
		if (!job_next_after(&at, name, &want)
		    || check_name(name) != NULL)
			return "jobs are named like backup:ok,report:any with "
			       "commas between; ok, fail or any";
	return n > 32 ? "it names more than 32 jobs" : NULL;
}

static const char *
check_pool(const char *text)
{
	const char *slash = strchr(text, '/');

	if (!is_made_of(text, "_.:-/") || slash == text
	    || (slash != NULL
		&& (slash[1] == '\0' || strchr(slash + 1, '/') != NULL)))
		return "a pool is NAME, or USER/NAME, of letters, digits and "
		       "_ . : -";
	return NULL;
}

/* "fail,timeout,75": results of a run and exit statuses. */
static const char *
check_results(const char *text)
{
	static const char *const known[]
	    = { "fail", "signal", "timeout", "nostart" };

	while (*text != '\0') {
		size_t len = strcspn(text, ",");
		bool good = len > 0 && len < 4
		    && strspn(text, "0123456789") == len;

		for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
			good |= strlen(known[i]) == len
			    && strncmp(text, known[i], len) == 0;
		if (!good)
			return "fail, signal, timeout, nostart and exit "
			       "statuses, with commas between";
		text += len;
		text += *text == ',';
	}
	return NULL;
}

/* "fail:mail,recovered:mail,did-not-run:ops". */
static const char *
check_notify(const char *text)
{
	char hook[EVENT_HOOK_MAX];
	int event;

	while (*text != '\0') {
		text = event_next(text, &event, hook);
		if (text == NULL)
			return "it is event:hook with commas between; events: "
			       "start ok fail fail-final timeout lost late "
			       "missed did-not-run slow short recovered; a "
			       "hook is a name or an absolute path";
	}
	return NULL;
}

static const struct rule {
	size_t max;
	const char *(*check)(const char *text);
} rules[JOB_FIELD_COUNT] = {
	[JOB_name] = { 128, check_name },
	[JOB_schedule] = { WORD_BYTES, check_one_line },
	[JOB_zone] = { 255, check_zone },
	[JOB_not] = { CALENDAR_BYTES, check_any },
	[JOB_command] = { WORD_BYTES, check_any },
	[JOB_argv] = { WORD_BYTES, check_argv },
	[JOB_stdin] = { 1 << 20, check_any },
	[JOB_cwd] = { PATH_MAX - 1, check_path },
	[JOB_shell] = { PATH_MAX - 1, check_path },
	[JOB_env] = { 1 << 20, check_env },
	[JOB_limits] = { 256, check_limits },
	[JOB_ionice] = { 32, check_ionice },
	[JOB_after] = { 4096, check_after },
	[JOB_pool] = { 128, check_pool },
	[JOB_retry_on] = { 256, check_results },
	[JOB_notify] = { 4096, check_notify },
	[JOB_tags] = { 1024, check_tags },
	[JOB_comment] = { 4096, check_lines },
};

/* For a text field whose row is not above. */
static const struct rule general = { 4096, check_one_line };

enum err
job_text_refuse(struct fault *f, enum job_field field, const char *value,
    const char *why)
{
	const struct job_row *row = job_row(field);
	size_t len = strnlen(value, SHOWN_BYTES);
	struct buf shown = BUF_EMPTY;

	line_put_cell(&shown, value, len);
	fault_set(f, ERR_BAD_VALUE, row->key, "\"%s%s\": %s", buf_text(&shown),
	    value[len] == '\0' ? "" : "...", why);
	strlcpy(f->hint, row->help, sizeof f->hint);
	buf_fini(&shown);
	return f->err;
}

/* On the wire a fault has no line: that is told in words. */
static enum err
check_calendar(const char *text, struct fault *f)
{
	struct fault wrong;
	struct calendar *calendar = calendar_parse(text, &wrong);

	calendar_free(calendar);
	if (calendar != NULL)
		return ERR_NONE;
	fault_set(f, wrong.err, wrong.field, "line %d, column %d: %.200s",
	    wrong.line, wrong.column, wrong.text);
	strlcpy(f->hint, wrong.hint, sizeof f->hint);
	return f->err;
}

enum err
job_text_check(enum job_field field, const char *text, struct fault *f)
{
	const struct rule *rule = &rules[field];
	const char *why;

	if (rule->check == NULL)
		rule = &general;
	if (strlen(text) > rule->max)
		return fault_set(f, ERR_TOO_LARGE, job_row(field)->key,
		    "%zu bytes, and at most %zu are allowed", strlen(text),
		    rule->max);
	if (field == JOB_not)
		return check_calendar(text, f);
	why = rule->check(text);
	return why == NULL ? ERR_NONE : job_text_refuse(f, field, text, why);
}

static size_t
shell_name_len(const char *text)
{
	size_t len = 0;

	if (isdigit((unsigned char)*text))
		return 0;
	while (isalnum((unsigned char)text[len]) || text[len] == '_')
		len++;
	return len;
}

bool
job_text_is_shell_name(const char *name)
{
	size_t len = shell_name_len(name);

	return len > 0 && name[len] == '\0';
}

enum err
job_text_check_command(const char *command, struct fault *f)
{
	const char *why = check_lines(command);

	return why == NULL ? ERR_NONE
			   : job_text_refuse(f, JOB_command, command, why);
}

enum err
job_text_check_names(const char *env, struct fault *f)
{
	while (*env != '\0') {
		size_t len = shell_name_len(env);

		if (len == 0 || env[len] != '=')
			return job_text_refuse(f, JOB_env, env,
			    "a name is letters, digits and _, no digit first");
		env += strcspn(env, "\n");
		env += *env == '\n';
	}
	return ERR_NONE;
}

int
word_find(const char *words, const char *word)
{
	for (int index = 0; *words != '\0'; index++) {
		size_t same = 0;

		while (words[same] != ' ' && words[same] != '\0'
		    && words[same] == word[same])
			same++;
		words += same;
		if (word[same] == '\0' && (*words == ' ' || *words == '\0'))
			return index;
		while (*words != ' ' && *words != '\0')
			words++;
		while (*words == ' ')
			words++;
	}
	return -1;
}

void
word_print(struct buf *out, const char *words, int64_t index)
{
	for (; index > 0 && *words != '\0'; index--) {
		words += strcspn(words, " ");
		words += strspn(words, " ");
	}
	buf_put(out, words, strcspn(words, " "));
}
