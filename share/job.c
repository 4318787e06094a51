/*
 * One table, expanded from JOB_FIELDS, and one function for each kind of
 * value. A value is parsed into a struct job_value first and put into the job
 * only when it is good, so a refusal leaves the job as it was.
 */
#include "job.h"

#include <bsd/string.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "job_text.h"
#include "line.h"
#include "log.h"
#include "nearest.h"
#include "tz.h"

#define YEAR_US (366 * DAY_US)

static char keys[JOB_FIELD_COUNT][24];
static int64_t presets[JOB_FIELD_COUNT]; /* of fields that are numbers */

/* The key is made on first use: the ident with - for _. */
static const struct job_row rows[JOB_FIELD_COUNT] = {
#define X(ident, kind, who, preset, words, help) \
	[JOB_##ident] = { keys[JOB_##ident], #ident, KIND_##kind, \
	    WHO_##who, preset, words, help },
	JOB_FIELDS(X)
#undef X
};

/* What the numbers may be, in the unit they are kept in; both included. */
static const struct bounds {
	int64_t min, max;
} bounds[JOB_FIELD_COUNT] = {
	[JOB_umask] = { 0, 0777 },
	[JOB_nice] = { -20, 19 },
	[JOB_catchup_max] = { 1, 1000 },
	[JOB_catchup_within] = { 0, 10 * YEAR_US },
	[JOB_start_deadline] = { SECOND_US, YEAR_US },
	[JOB_timeout] = { 0, YEAR_US },
	[JOB_grace] = { 0, DAY_US },
	[JOB_linger] = { 0, DAY_US },
	[JOB_queue] = { 1, 1000 },
	[JOB_jitter] = { 0, 7 * DAY_US },
	[JOB_memory] = { 0, INT64_C(1) << 50 },
	[JOB_pids] = { 0, 4194304 },
	[JOB_max_running] = { 0, 100000 },
	[JOB_priority] = { -100, 100 },
	[JOB_retry] = { 0, 100 },
	[JOB_retry_delay] = { 0, 30 * DAY_US },
	[JOB_retry_factor] = { 1, 10 },
	[JOB_output_head] = { 0, INT64_C(1) << 30 },
	[JOB_output_tail] = { 0, INT64_C(1) << 30 },
	[JOB_remind] = { 0, YEAR_US },
	[JOB_late_after] = { 0, YEAR_US },
	[JOB_slow_after] = { 0, YEAR_US },
	[JOB_short_under] = { 0, YEAR_US },
	[JOB_dead_after] = { 0, YEAR_US },
	[JOB_keep_runs] = { 0, 1000000 },
	[JOB_keep_days] = { 0, 36500 },
	[JOB_keep_failed] = { 0, 10000 },
	[JOB_keep_failed_days] = { 0, 36500 },
	[JOB_keep_bytes] = { 0, INT64_C(1) << 50 },
};

static const char size_units[] = "kMGT";

static void
make_keys(void)
{
	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		strlcpy(keys[i], rows[i].column, sizeof keys[i]);
		for (char *p = keys[i]; *p != '\0'; p++)
			if (*p == '_')
				*p = '-';
	}
}

const struct job_row *
job_row(enum job_field field)
{
	return &rows[field];
}

int
job_field_find(const char *key)
{
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		if (strcmp(keys[i], key) == 0
		    || strcmp(rows[i].column, key) == 0)
			return i;
	return -1;
}

const char *
job_field_nearest(const char *key)
{
	const char *best = NULL;

	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		if (nearest_is_near(key, keys[i])
		    && (best == NULL
			|| nearest_distance(key, keys[i])
			    < nearest_distance(key, best)))
			best = keys[i];
	return best;
}

static bool
is_text(enum job_field field)
{
	return rows[field].kind == KIND_TEXT || rows[field].kind == KIND_ENV;
}

void
job_init(struct job *job)
{
	memset(job, 0, sizeof *job);
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		if (is_text(i))
			job->value[i].text = xstrdup(rows[i].preset);
		else
			job->value[i].number = presets[i];
}

void
job_fini(struct job *job)
{
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		free(job->value[i].text);
	free(job->source_key);
	memset(job, 0, sizeof *job);
}

void
job_copy(struct job *to, const struct job *from)
{
	*to = *from;
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		if (from->value[i].text != NULL)
			to->value[i].text = xstrdup(from->value[i].text);
	if (from->source_key != NULL)
		to->source_key = xstrdup(from->source_key);
}

/* Digits of that base and nothing else; no sign, no wrap. */
static bool
parse_digits(const char *text, int base, int64_t *value)
{
	int64_t sum = 0;
	const char *p = text;

	for (; *p >= '0' && *p < '0' + base; p++) {
		if (sum > (INT64_MAX - 9) / base)
			return false;
		sum = sum * base + (*p - '0');
	}
	*value = sum;
	return p > text && *p == '\0';
}

static bool
parse_number(const char *text, int64_t *value)
{
	bool negative = *text == '-';

	if (!parse_digits(text + negative, 10, value))
		return false;
	if (negative)
		*value = -*value;
	return true;
}

static bool
parse_bool(const char *text, int64_t *value)
{
	static const char yes[] = "yes true on 1", no[] = "no false off 0";

	*value = word_find(yes, text) >= 0;
	return *value || word_find(no, text) >= 0;
}

static bool
parse_value(enum job_field field, const char *text, int64_t *value)
{
	switch (rows[field].kind) {
	case KIND_NUMBER:
		return parse_number(text, value);
	case KIND_SIZE:
		return size_parse(text, value) == 0;
	case KIND_DURATION:
		return duration_parse(text, value) == 0;
	case KIND_BOOL:
		return parse_bool(text, value);
	case KIND_WORD:
		*value = word_find(rows[field].words, text);
		return *value >= 0;
	case KIND_OCTAL:
		return parse_digits(text, 8, value);
	case KIND_TEXT:
	case KIND_ENV:
		break;
	}
	fatal("field %s is no number", keys[field]);
}

static void
print_value(enum job_field field, int64_t value, struct buf *out)
{
	switch (rows[field].kind) {
	case KIND_NUMBER:
		buf_printf(out, "%lld", (long long)value);
		return;
	case KIND_SIZE:
		size_print(out, value);
		return;
	case KIND_DURATION:
		duration_print(out, value);
		return;
	case KIND_BOOL:
		buf_puts(out, value ? "yes" : "no");
		return;
	case KIND_WORD:
		word_print(out, rows[field].words, value);
		return;
	case KIND_OCTAL:
		buf_printf(out, "%03llo", (unsigned long long)value);
		return;
	case KIND_TEXT:
	case KIND_ENV:
		break;
	}
	fatal("field %s is no number", keys[field]);
}

/* "from 0s to 1d", "one of allow skip": what a number may be, in words. */
static enum err
refuse_number(struct fault *f, enum job_field field, const char *text)
{
	struct buf why = BUF_EMPTY;

	if (rows[field].kind == KIND_WORD)
		buf_printf(&why, "one of: %s", rows[field].words);
	else if (rows[field].kind == KIND_BOOL)
		buf_puts(&why, "yes or no");
	else {
		buf_puts(&why, "from ");
		print_value(field, bounds[field].min, &why);
		buf_puts(&why, " to ");
		print_value(field, bounds[field].max, &why);
		if (rows[field].kind == KIND_DURATION)
			buf_puts(&why, ", like 90s 10m 1h30m 2d");
		if (rows[field].kind == KIND_SIZE)
			buf_puts(&why, ", like 4096 64k 1M");
	}
	job_text_refuse(f, field, text, why.data);
	buf_fini(&why);
	return f->err;
}

static bool
is_bounded(enum job_field field)
{
	return rows[field].kind != KIND_BOOL && rows[field].kind != KIND_WORD;
}

static enum err
set_number(
    struct job *job, enum job_field field, const char *text, struct fault *f)
{
	int64_t value;

	if (!parse_value(field, text, &value)
	    || (is_bounded(field)
		&& (value < bounds[field].min || value > bounds[field].max)))
		return refuse_number(f, field, text);
	job->value[field].number = value;
	return ERR_NONE;
}

enum err
job_set(
    struct job *job, enum job_field field, const char *text, struct fault *f)
{
	enum err err;
	char *copy;

	if (!is_text(field))
		return set_number(job, field, text, f);
	err = job_text_check(field, text, f);
	if (err != ERR_NONE)
		return err;
	copy = xstrdup(text); /* text may be the value that is freed */
	free(job->value[field].text);
	job->value[field].text = copy;
	return ERR_NONE;
}

/* Before main, so that threads may ask at once. The presets are ours: one that
 * its own field refuses is a bug. */
__attribute__((constructor)) static void
make_tables(void)
{
	struct job job;
	struct fault f;

	make_keys();
	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		if (is_text(i))
			continue;
		if (set_number(&job, i, rows[i].preset, &f) != ERR_NONE)
			fatal("preset of %s: %s", keys[i], f.text);
		presets[i] = job.value[i].number;
	}
}

void
job_print(const struct job *job, enum job_field field, struct buf *out)
{
	if (is_text(field))
		buf_puts(out, job->value[field].text);
	else
		print_value(field, job->value[field].number, out);
}

bool
job_is_preset(const struct job *job, enum job_field field)
{
	if (is_text(field))
		return strcmp(job->value[field].text, rows[field].preset) == 0;
	return job->value[field].number == presets[field];
}

/* name "" is the host's zone, which is there. */
static enum err
check_zone(const char *name, const char *field, struct fault *f)
{
	struct tz *zone;

	if (name[0] == '\0')
		return ERR_NONE;
	zone = tz_open(name, f);
	if (zone == NULL) {
		f->err = ERR_BAD_VALUE;
		strlcpy(f->field, field, sizeof f->field);
		return f->err;
	}
	tz_free(zone);
	return ERR_NONE;
}

/* An OnCalendar text may name a zone, too. */
static enum err
check_schedule(const struct job *job, struct fault *f)
{
	struct when *when = job_when(job);
	const struct fault *wrong = when_fault(when);
	enum err err = ERR_NONE;

	if (wrong != NULL) {
		*f = *wrong;
		err = f->err = ERR_BAD_SCHEDULE;
	} else if (when_zone(when) != NULL) {
		err = check_zone(when_zone(when), "schedule", f);
		if (err != ERR_NONE)
			err = f->err = ERR_BAD_SCHEDULE;
	}
	when_free(when);
	return err;
}

static bool
is_crontab(const struct job *job)
{
	return JOB_NUMBER(job, dialect) == DIALECT_DEBIAN
	    || JOB_NUMBER(job, dialect) == DIALECT_CRONIE;
}

static enum err
check_command(const struct job *job, struct fault *f)
{
	bool has_command = JOB_TEXT(job, command)[0] != '\0';
	bool has_argv = JOB_TEXT(job, argv)[0] != '\0';

	if (JOB_NUMBER(job, ping))
		return has_command || has_argv
		    ? fault_set(f, ERR_BAD_VALUE, "ping",
			"with ping=yes there is no command")
		    : ERR_NONE;
	if (has_command && has_argv)
		return fault_set(f, ERR_BAD_VALUE, "argv",
		    "command and argv are both given");
	if (!has_command && !has_argv && !is_crontab(job))
		return fault_set(f, ERR_MISSING_KEY, "command",
		    "there is nothing to run");
	return ERR_NONE;
}

/* As a line it takes no more: four bytes a byte, and room for each key. */
static size_t
most_bytes(const struct job *job)
{
	size_t len = 0;

	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		len += 64
		    + (is_text(i) ? 4 * strlen(job->value[i].text) : 0);
	return len;
}

/* All of it is a line of a file beside the database, and of replies. */
static enum err
check_size(const struct job *job, struct fault *f)
{
	struct buf line = BUF_EMPTY, value = BUF_EMPTY;
	size_t len;

	if (most_bytes(job) <= JOB_BYTES)
		return ERR_NONE;

	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		if (job_is_preset(job, (enum job_field)i))
			continue;
		buf_clear(&value);
		job_print(job, (enum job_field)i, &value);
		line_put_pair(&line, job_row((enum job_field)i)->key,
		    buf_text(&value));
	}
	len = line.len;
	buf_fini(&line);
	buf_fini(&value);
	if (len <= JOB_BYTES)
		return ERR_NONE;
	return fault_set(f, ERR_TOO_LARGE, "",
	    "the job takes %zu bytes, at most %d are possible", len,
	    JOB_BYTES);
}

/* A user's own pool is for that user's jobs, or others could fill it. */
static enum err
check_pool(const struct job *job, struct fault *f)
{
	const char *pool = JOB_TEXT(job, pool);
	size_t len = strcspn(pool, "/");

	if (pool[len] == '\0' || (strlen(job->user) == len
		&& strncmp(pool, job->user, len) == 0))
		return ERR_NONE;
	return job_text_refuse(f, JOB_pool, pool,
	    "it is another user's; a name without / is everybody's");
}

/* is_read: the schedule is known to parse. */
static enum err
check(const struct job *job, bool is_read, struct fault *f)
{
	enum err err;

	if (JOB_TEXT(job, name)[0] == '\0')
		return fault_set(f, ERR_MISSING_KEY, "name", "no name");
	if (JOB_TEXT(job, schedule)[0] == '\0') {
		fault_set(f, ERR_BAD_SCHEDULE, "schedule", "there is none");
		strlcpy(f->hint, "write one like 0 3 * * *, @daily or @manual",
		    sizeof f->hint);
		return f->err;
	}
	if (JOB_NUMBER(job, nice) < 0 && job->uid != 0)
		return job_text_refuse(f, JOB_nice, "below 0",
		    "only for root's jobs");
	if (job->uid != 0
	    && job_ioprio_is_realtime(job_ioprio(JOB_TEXT(job, ionice))))
		return job_text_refuse(
		    f, JOB_ionice, "realtime", "only for root's jobs");
	err = is_read ? ERR_NONE : check_schedule(job, f);
	if (err == ERR_NONE)
		err = check_zone(JOB_TEXT(job, zone), "zone", f);
	if (err == ERR_NONE)
		err = check_command(job, f);
	if (err == ERR_NONE)
		err = check_pool(job, f);
	if (err == ERR_NONE)
		err = check_size(job, f);
	if (err != ERR_NONE || is_crontab(job))
		return err;
	err = job_text_check_command(JOB_TEXT(job, command), f);
	return err == ERR_NONE
	    ? job_text_check_names(JOB_TEXT(job, env), f)
	    : err;
}

enum err
job_check(const struct job *job, struct fault *f)
{
	return check(job, false, f);
}

enum err
job_check_rest(const struct job *job, struct fault *f)
{
	return check(job, true, f);
}

struct when *
job_when(const struct job *job)
{
	struct when *when = when_parse(JOB_TEXT(job, schedule),
	    (enum dialect)JOB_NUMBER(job, dialect), job_seed(job),
	    (wall_t) { job->created_us });

	if (JOB_TEXT(job, not)[0] != '\0')
		when_set_calendar(when, JOB_TEXT(job, not));
	return when;
}

const char *
job_zone(const struct job *job, const struct when *w)
{
	const char *own = when_zone(w);

	return own != NULL ? own : JOB_TEXT(job, zone);
}

/* FNV-1a, and a finisher so that near names are far apart (splitmix64). */
uint64_t
job_seed(const struct job *job)
{
	const char *part[] = { job->user, ":", JOB_TEXT(job, name) };
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < 3; i++)
		for (const char *p = part[i]; *p != '\0'; p++)
			h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
	return h ^ (h >> 31);
}

int
size_parse(const char *text, int64_t *bytes)
{
	size_t len = strlen(text);
	const char *unit = NULL;
	char digits[24];
	int shift = 0;

	if (len == 0 || len >= sizeof digits)
		return -1;
	strlcpy(digits, text, sizeof digits);
	for (const char *u = size_units; *u != '\0'; u++)
		if (toupper((unsigned char)digits[len - 1])
		    == toupper((unsigned char)*u))
			unit = u;
	if (unit != NULL) {
		digits[len - 1] = '\0';
		shift = 10 * (int)(unit - size_units + 1);
	}
	if (!parse_digits(digits, 10, bytes) || *bytes > INT64_MAX >> shift)
		return -1;
	*bytes <<= shift;
	return 0;
}

void
size_print(struct buf *out, int64_t bytes)
{
	int unit = 0;

	while (unit < 4 && bytes != 0 && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	buf_printf(out, "%lld", (long long)bytes);
	if (unit > 0)
		buf_putc(out, size_units[unit - 1]);
}
