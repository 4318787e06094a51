/*
 * Reading a setting is a small machine, as in both crons: a name (in quotes or
 * bare), an equals sign, a value (in quotes or bare), nothing more. Quotes hide
 * blanks and are no escapes; what does not fit is no setting but an entry, and
 * gets its error there. The settings in force are a tree by name, so that a
 * file of nothing but settings costs no square of its lines; and a list in the
 * order in which their names came first, which is how both crons keep them: a
 * later value takes the place of the earlier one. It is seen in cron's mail.
 */
#include "crontab_env.h"

#include <stdlib.h>
#include <string.h>
#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include "crontab.h"
#include "crontab_rules.h"
#include "log.h"

struct setting {
	RB_ENTRY(setting) in_tree; /* crontab_env.tree */
	TAILQ_ENTRY(setting) in_list; /* crontab_env.list */
	char *name, *value; /* owned */
};

RB_HEAD(setting_tree, setting);

struct crontab_env {
	struct setting_tree tree;
	TAILQ_HEAD(, setting) list; /* the same, as they came */
	size_t bytes;
};

static int
compare_settings(const struct setting *a, const struct setting *b)
{
	return strcmp(a->name, b->name);
}

RB_GENERATE_INTERNAL(setting_tree, setting, in_tree, compare_settings,
    __attribute__((unused)) static)

/* isspace of the C locale: what both crons skip and trim. */
static bool
is_space(char c)
{
	return c != '\0' && strchr(" \t\n\v\f\r", c) != NULL;
}

/* Text still to be read. */
struct cursor {
	const char *p, *end;
};

static void
skip_spaces(struct cursor *c)
{
	while (c->p < c->end && is_space(*c->p))
		c->p++;
}

/* Reads '...' or "..."; false if the quote is not closed. */
static bool
read_quoted(struct cursor *c, struct buf *out)
{
	char quote = *c->p++;
	const char *close = memchr(c->p, quote, (size_t)(c->end - c->p));

	if (close == NULL)
		return false;
	buf_put(out, c->p, (size_t)(close - c->p));
	c->p = close + 1;
	return true;
}

static bool
is_quote(const struct cursor *c)
{
	return c->p < c->end && (*c->p == '\'' || *c->p == '"');
}

static bool
read_name(struct cursor *c, struct buf *name)
{
	const char *start = c->p;

	if (is_quote(c))
		return read_quoted(c, name)
		    && memchr(name->data, '=', name->len) == NULL;
	while (c->p < c->end && *c->p != '=' && !is_space(*c->p))
		c->p++;
	buf_put(name, start, (size_t)(c->p - start));
	return true;
}

static void
trim(struct buf *value)
{
	while (value->len > 0 && is_space(value->data[value->len - 1]))
		value->data[--value->len] = '\0';
}

static bool
read_value(struct cursor *c, struct buf *value)
{
	if (is_quote(c)) {
		if (!read_quoted(c, value))
			return false;
		skip_spaces(c);
		return c->p == c->end;
	}
	buf_put(value, c->p, (size_t)(c->end - c->p));
	trim(value);
	return true;
}

/* Debian's cron has two layers of code here, and the second trims again. */
static void
trim_twice(struct buf *value)
{
	char first;

	trim(value);
	first = buf_text(value)[0];
	if (value->len >= 2 && (first == '\'' || first == '"')
	    && value->data[value->len - 1] == first) {
		value->data[--value->len] = '\0';
		buf_eat(value, 1);
	}
}

/* What is kept of NAME=VALUE is bounded, whatever was written. */
static void
cut(struct crontab_setting *setting, size_t max)
{
	size_t room = max > setting->name.len ? max - setting->name.len - 1 : 0;

	if (setting->value.len <= room)
		return;
	setting->value.len = room;
	setting->value.data[room] = '\0';
	setting->is_cut = true;
}

void
crontab_setting_fini(struct crontab_setting *setting)
{
	buf_fini(&setting->name);
	buf_fini(&setting->value);
}

enum crontab_setting_is
crontab_setting_parse(struct crontab_setting *setting, const char *text,
    const struct crontab_rules *rules)
{
	size_t len = strlen(text);
	struct cursor c = { text, text + len };

	setting->is_cut = len > rules->setting_line_bytes;
	if (setting->is_cut)
		c.end = text + rules->setting_line_bytes;
	buf_clear(&setting->name);
	buf_clear(&setting->value);
	if (!read_name(&c, &setting->name))
		return SETTING_NONE;
	skip_spaces(&c);
	if (c.p == c.end || *c.p != '=')
		return SETTING_NONE;
	c.p++;
	skip_spaces(&c);
	if (c.p == c.end)
		return rules->empty_value ? SETTING_GOOD : SETTING_EMPTY;
	if (!read_value(&c, &setting->value))
		return SETTING_NONE;
	if (rules->quotes_twice)
		trim_twice(&setting->value);
	cut(setting, rules->setting_bytes);
	return SETTING_GOOD;
}

struct crontab_env *
crontab_env_new(void)
{
	struct crontab_env *env = xcalloc(1, sizeof *env);

	RB_INIT(&env->tree);
	TAILQ_INIT(&env->list);
	return env;
}

void
crontab_env_free(struct crontab_env *env)
{
	struct setting *s;

	if (env == NULL)
		return;
	while ((s = TAILQ_FIRST(&env->list)) != NULL) {
		TAILQ_REMOVE(&env->list, s, in_list);
		free(s->name);
		free(s->value);
		free(s);
	}
	free(env);
}

static struct setting *
find(const struct crontab_env *env, const char *name)
{
	struct setting key = { .name = (char *)name };

	return RB_FIND(
	    setting_tree, (struct setting_tree *)&env->tree, &key);
}

void
crontab_env_set(struct crontab_env *env, const char *name, const char *value)
{
	struct setting *s = find(env, name);

	if (s == NULL) {
		s = xcalloc(1, sizeof *s);
		s->name = xstrdup(name);
		s->value = xstrdup("");
		RB_INSERT(setting_tree, &env->tree, s);
		TAILQ_INSERT_TAIL(&env->list, s, in_list);
		env->bytes += strlen(name) + 2;
	}
	env->bytes += strlen(value) - strlen(s->value);
	free(s->value);
	s->value = xstrdup(value);
}

const char *
crontab_env_find(const struct crontab_env *env, const char *name)
{
	const struct setting *s = find(env, name);

	return s == NULL ? NULL : s->value;
}

size_t
crontab_env_bytes(const struct crontab_env *env)
{
	return env->bytes;
}

void
crontab_env_each(const struct crontab_env *env,
    void (*each)(void *arg, const char *name, const char *value), void *arg)
{
	const struct setting *s;

	TAILQ_FOREACH(s, &env->list, in_list)
		each(arg, s->name, s->value);
}
