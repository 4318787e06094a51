/*
 * The file is handed to inih line by line by a reader of our own. That gives
 * us the line number, which inih keeps to itself, and closes three of its
 * traps: a line over its buffer would be cut and its rest taken for another
 * line (refused here before inih sees it), a line with blanks in front would
 * continue the value above it (blanks are dropped), and a NUL would end a line
 * early (refused). Of several mistakes the first in the file is reported.
 */
#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <ini.h>

#include "share/buf.h"
#include "share/clock.h"
#include "share/job.h"
#include "share/log.h"
#include "share/nearest.h"
#include "share/tz.h"

#define FILE_BYTES_MAX (256 * 1024)

static const struct conf_row rows[SETTING_COUNT] = {
#define X(ident, section, kind, preset, allowed, when, reader, help) \
	[SETTING_##ident] = { #ident, #section, CONF_##kind, preset, allowed, \
		CONF_##when, reader, help, offsetof(struct conf, ident) },
	SETTINGS(X)
#undef X
};

/* What the handler and the reader of inih share. */
struct reading {
	const char *at, *end; /* what is left of the file */
	int line; /* the one read last, from 1 */
	struct conf *conf;
	int line_of[SETTING_COUNT]; /* where it was set; 0 not yet */
	struct fault fault; /* the first */
};

/* ---- rows ---- */

/* Keys are idents with - for _: made once, for messages and for looking up. */
static const char *
key_of(enum setting setting)
{
	static char keys[SETTING_COUNT][32];
	char *key = keys[setting];

	if (key[0] == '\0') {
		strlcpy(key, rows[setting].key, sizeof keys[setting]);
		for (char *c = key; *c != '\0'; c++)
			if (*c == '_')
				*c = '-';
	}
	return key;
}

const struct conf_row *
conf_row(enum setting setting)
{
	static struct conf_row with_keys[SETTING_COUNT];

	if (with_keys[setting].key == NULL) {
		with_keys[setting] = rows[setting];
		with_keys[setting].key = key_of(setting);
	}
	return &with_keys[setting];
}

static bool
is_text(enum setting setting)
{
	return rows[setting].kind == CONF_TEXT
	    || rows[setting].kind == CONF_ZONE
	    || rows[setting].kind == CONF_PATH;
}

static char **
text_of(const struct conf *conf, enum setting setting)
{
	return (char **)((char *)conf + rows[setting].offset);
}

static int64_t *
number_of(const struct conf *conf, enum setting setting)
{
	return (int64_t *)((char *)conf + rows[setting].offset);
}

/* ---- values ---- */

static int
parse_number(enum conf_kind kind, const char *text, int64_t *value)
{
	const char *why;

	if (kind == CONF_SIZE)
		return size_parse(text, value);
	if (kind == CONF_DURATION)
		return duration_parse(text, value);
	*value = strtonum(text, INT64_MIN, INT64_MAX, &why);
	return why == NULL ? 0 : -1;
}

/* "least .. most" of a row. */
static void
range_of(const struct conf_row *row, int64_t *least, int64_t *most)
{
	char text[64];
	char *dots;

	strlcpy(text, row->allowed, sizeof text);
	dots = strstr(text, " .. ");
	if (dots == NULL)
		fatal("setting %s: no range", row->key);
	*dots = '\0';
	if (parse_number(row->kind, text, least) == -1
	    || parse_number(row->kind, dots + 4, most) == -1)
		fatal("setting %s: bad range", row->key);
}

static const char *
kind_in_words(enum conf_kind kind)
{
	switch (kind) {
	case CONF_SIZE:
		return "a size like 64k, 1M or 2G";
	case CONF_DURATION:
		return "a duration like 100ms, 90s or 1h30m";
	case CONF_NUMBER:
		return "a whole number";
	case CONF_TEXT:
	case CONF_ZONE:
	case CONF_PATH:
	case CONF_WORD:
	case CONF_BOOL:
		break;
	}
	fatal("kind %d is no number", (int)kind);
}

static enum err
bad_value(struct fault *f, enum setting setting, const char *text,
    const char *wanted)
{
	fault_set(f, ERR_BAD_VALUE, key_of(setting), "\"%.60s\" is not %s",
	    text, wanted);
	if (strchr(text, '#') != NULL)
		strlcpy(f->hint, "put a comment on a line of its own",
		    sizeof f->hint);
	return ERR_BAD_VALUE;
}

static enum err
set_number(struct conf *conf, enum setting setting, const char *text,
    struct fault *f)
{
	const struct conf_row *row = &rows[setting];
	int64_t value, least, most;

	if (parse_number(row->kind, text, &value) == -1)
		return bad_value(f, setting, text, kind_in_words(row->kind));
	range_of(row, &least, &most);
	if (value < least || value > most) {
		fault_set(f, ERR_BAD_VALUE, key_of(setting),
		    "%.60s is not in %s", text, row->allowed);
		return ERR_BAD_VALUE;
	}
	*number_of(conf, setting) = value;
	return ERR_NONE;
}

static enum err
set_word(struct conf *conf, enum setting setting, const char *text,
    struct fault *f)
{
	const char *words = rows[setting].kind == CONF_BOOL
	    ? "no yes"
	    : rows[setting].allowed;
	int index = word_find(words, text);

	if (index == -1) {
		bad_value(f, setting, text, "one of the words it may be");
		if (f->hint[0] == '\0') {
			strlcpy(f->hint, "say one of: ", sizeof f->hint);
			strlcat(f->hint, words, sizeof f->hint);
		}
		return ERR_BAD_VALUE;
	}
	*number_of(conf, setting) = index;
	return ERR_NONE;
}

static enum err
bad_path(enum setting setting, const char *text, struct fault *f)
{
	const char *words = rows[setting].allowed;

	bad_value(f, setting, text, "an absolute path");
	if (f->hint[0] == '\0' && words[0] != '\0') {
		strlcpy(f->hint, "or say: ", sizeof f->hint);
		strlcat(f->hint, words, sizeof f->hint);
	}
	return ERR_BAD_VALUE;
}

/* One that is not there would stop every job that names none. */
static enum err
check_zone(enum setting setting, const char *text, struct fault *f)
{
	struct fault why;
	struct tz *zone;

	if (text[0] == '\0')
		return ERR_NONE;
	zone = tz_open(text, &why);
	if (zone == NULL) {
		fault_set(f, ERR_BAD_VALUE, key_of(setting), "%s", why.text);
		strlcpy(f->hint, "say one like Europe/Berlin, or none",
		    sizeof f->hint);
		return ERR_BAD_VALUE;
	}
	tz_free(zone);
	return ERR_NONE;
}

enum err
conf_set(struct conf *conf, enum setting setting, const char *text,
    struct fault *f)
{
	char **old;

	switch (rows[setting].kind) {
	case CONF_NUMBER:
	case CONF_SIZE:
	case CONF_DURATION:
		return set_number(conf, setting, text, f);
	case CONF_WORD:
	case CONF_BOOL:
		return set_word(conf, setting, text, f);
	case CONF_PATH:
		if (text[0] != '\0' && text[0] != '/'
		    && word_find(rows[setting].allowed, text) < 0)
			return bad_path(setting, text, f);
		break;
	case CONF_ZONE:
		if (check_zone(setting, text, f) != ERR_NONE)
			return f->err;
		break;
	case CONF_TEXT:
		break;
	}
	old = text_of(conf, setting);
	free(*old);
	*old = xstrdup(text);
	return ERR_NONE;
}

void
conf_init(struct conf *conf)
{
	struct fault f;

	memset(conf, 0, sizeof *conf);
	for (int i = 0; i < SETTING_COUNT; i++)
		if (conf_set(conf, (enum setting)i, rows[i].preset, &f)
		    != ERR_NONE)
			fatal("setting %s: bad default: %s", rows[i].key,
			    f.text);
}

void
conf_fini(struct conf *conf)
{
	for (int i = 0; i < SETTING_COUNT; i++)
		if (is_text((enum setting)i))
			free(*text_of(conf, (enum setting)i));
	memset(conf, 0, sizeof *conf);
}

bool
conf_differs(const struct conf *a, const struct conf *b, enum setting setting)
{
	if (is_text(setting))
		return strcmp(*text_of(a, setting), *text_of(b, setting)) != 0;
	return *number_of(a, setting) != *number_of(b, setting);
}

void
conf_print_waiting(
    const struct conf *a, const struct conf *b, struct buf *out)
{
	for (enum setting s = 0; s < SETTING_COUNT; s++)
		if (conf_row(s)->when == CONF_START && conf_differs(a, b, s))
			buf_printf(out, " %s", key_of(s));
}

/* ---- a key of the file ---- */

/* A key or section is looked for among the rows; nearest only if misspelt. */
static int
find_key(const char *key)
{
	for (int i = 0; i < SETTING_COUNT; i++)
		if (strcmp(key_of((enum setting)i), key) == 0)
			return i;
	return -1;
}

static bool
is_section(const char *section)
{
	for (int i = 0; i < SETTING_COUNT; i++)
		if (strcmp(rows[i].section, section) == 0)
			return true;
	return false;
}

/* "did you mean X?" with the nearest of what `name` says of the rows. */
static void
hint_nearest(
    struct fault *f, const char *word, const char *(*name)(enum setting))
{
	const char *best = NULL;

	for (int i = 0; i < SETTING_COUNT; i++) {
		const char *known = name((enum setting)i);

		if (nearest_is_near(word, known)
		    && (best == NULL
			|| nearest_distance(word, known)
			    < nearest_distance(word, best)))
			best = known;
	}
	strlcpy(f->hint, best != NULL ? "did you mean " : "see cronsd.conf(5)",
	    sizeof f->hint);
	if (best != NULL) {
		strlcat(f->hint, best, sizeof f->hint);
		strlcat(f->hint, "?", sizeof f->hint);
	}
}

static const char *
section_of(enum setting setting)
{
	return rows[setting].section;
}

/* The setting that a key in a section means; -1 and a fault if it is none. */
static int
resolve(const char *section, const char *key, struct fault *f)
{
	int setting = find_key(key);

	if (setting == -1) {
		fault_set(f, ERR_UNKNOWN_KEY, key, "there is no such setting");
		hint_nearest(f, key, key_of);
		return -1;
	}
	if (strcmp(section, rows[setting].section) == 0)
		return setting;
	if (section[0] == '\0' || is_section(section)) {
		fault_set(f, ERR_UNKNOWN_KEY, key, "it is not in its section");
		strlcpy(f->hint, "put it below [", sizeof f->hint);
		strlcat(f->hint, rows[setting].section, sizeof f->hint);
		strlcat(f->hint, "]", sizeof f->hint);
		return -1;
	}
	fault_set(f, ERR_UNKNOWN_KEY, key, "there is no section [%.50s]",
	    section);
	hint_nearest(f, section, section_of);
	return -1;
}

/* For inih: 1 is well, 0 a mistake. Only the first mistake is kept. */
static int
on_pair(void *arg, const char *section, const char *key, const char *value)
{
	struct reading *r = arg;
	struct fault f;
	int setting = resolve(section, key, &f);

	if (setting >= 0 && r->line_of[setting] != 0) {
		fault_set(&f, ERR_EXISTS, key, "it was set in line %d",
		    r->line_of[setting]);
		strlcpy(f.hint, "remove one of them", sizeof f.hint);
	} else if (setting >= 0
	    && conf_set(r->conf, (enum setting)setting, value, &f)
		== ERR_NONE) {
		r->line_of[setting] = r->line;
		return 1;
	}
	if (r->fault.err == ERR_NONE) {
		r->fault = f;
		r->fault.line = r->line;
	}
	return 0;
}

/* ---- lines ---- */

static char *
refuse_line(struct reading *r, const char *why, const char *hint)
{
	r->at = r->end;
	if (r->fault.err == ERR_NONE) {
		fault_set(&r->fault, ERR_BAD_VALUE, "", "%s", why);
		strlcpy(r->fault.hint, hint, sizeof r->fault.hint);
		r->fault.line = r->line;
	}
	return NULL;
}

/* Reads like fgets(3) for inih: the next line into text of `size` bytes. */
static char *
read_line(char *text, int size, void *arg)
{
	struct reading *r = arg;
	const char *newline;
	size_t len;

	if (r->at == r->end)
		return NULL;
	r->line++;
	newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
	len = (size_t)((newline == NULL ? r->end : newline) - r->at);
	if (len + 2 > (size_t)size)
		return refuse_line(r, "the line is too long",
		    "make it shorter than 199 bytes");
	if (memchr(r->at, '\0', len) != NULL)
		return refuse_line(r, "there is a NUL byte in the line",
		    "remove it");
	memcpy(text, r->at, len);
	text[len] = '\0';
	memmove(text, text + strspn(text, " \t"),
	    len + 1 - strspn(text, " \t"));
	r->at = newline == NULL ? r->end : newline + 1;
	return text;
}

enum err
conf_parse(const char *bytes, size_t len, struct conf *out, struct fault *f)
{
	struct conf conf;
	struct reading r
	    = { .at = bytes, .end = bytes + len, .conf = &conf };
	int bad_line;

	conf_init(&conf);
	bad_line = ini_parse_stream(read_line, &r, on_pair, &r);
	/* What inih itself does not understand it tells only by the line. */
	if (bad_line > 0
	    && (r.fault.err == ERR_NONE || bad_line < r.fault.line)) {
		fault_set(&r.fault, ERR_BAD_VALUE, "",
		    "the line is no setting");
		strlcpy(r.fault.hint, "write [section] or key = value",
		    sizeof r.fault.hint);
		r.fault.line = bad_line;
	} else if (bad_line < 0)
		fatal("no memory to read settings");
	if (r.fault.err != ERR_NONE) {
		conf_fini(&conf);
		*f = r.fault;
		return f->err;
	}
	*out = conf;
	return ERR_NONE;
}

/* ---- the file ---- */

static enum err
check_file(int fd, struct fault *f)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return fault_set(f, ERR_DENIED, "", "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fault_set(f, ERR_DENIED, "", "it is no regular file");
	if (st.st_size > FILE_BYTES_MAX)
		return fault_set(f, ERR_TOO_LARGE, "", "it is too large");
	if (geteuid() == 0 && (st.st_uid != 0 || (st.st_mode & 022) != 0)) {
		fault_set(f, ERR_DENIED, "", "others than root can change it");
		strlcpy(f->hint, "chown root and chmod go-w it",
		    sizeof f->hint);
		return f->err;
	}
	return ERR_NONE;
}

static enum err
read_all(int fd, struct buf *text, struct fault *f)
{
	ssize_t n;

	do {
		n = read(fd, buf_room(text, 4096), 4096);
		if (n == -1)
			return fault_set(
			    f, ERR_DENIED, "", "%s", strerror(errno));
		buf_grown(text, (size_t)n);
	} while (n > 0 && text->len <= FILE_BYTES_MAX);
	return ERR_NONE;
}

enum err
conf_read(const char *path, struct conf *out, struct fault *f)
{
	struct buf text = BUF_EMPTY;
	enum err err;
	/* A pipe must not hold up the daemon: it is opened, then refused. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1) {
		err = errno == ENOENT ? ERR_NOT_FOUND : ERR_DENIED;
		return fault_set(f, err, "", "%s", strerror(errno));
	}
	err = check_file(fd, f);
	if (err == ERR_NONE)
		err = read_all(fd, &text, f);
	close(fd);
	if (err == ERR_NONE)
		err = conf_parse(buf_text(&text), text.len, out, f);
	buf_fini(&text);
	return err;
}

void
conf_print_fault(const char *path, const struct fault *f, struct buf *out)
{
	buf_puts(out, path);
	if (f->line > 0)
		buf_printf(out, ":%d", f->line);
	if (f->field[0] != '\0')
		buf_printf(out, ": %s", f->field);
	buf_printf(out, ": %s", f->text);
	if (f->hint[0] != '\0')
		buf_printf(out, "; %s", f->hint);
}
