/*
 * Both dialects of crontab are read with cronie's grammar minus its silent
 * traps; the dialect only decides which spellings exist. A schedule follows
 * the wall clock ("wildcard") if its minute or hour begins with a star.
 */
#include "when_cron.h"

#include <string.h>

#include "nearest.h"
#include "when_field.h"
#include "when_text.h"

#define FIELDS_MAX 6

static const struct macro {
	const char *word, *fields;
	bool is_extended;
} macros[] = {
	{ "@yearly", "0 0 1 1 *", false },
	{ "@annually", "0 0 1 1 *", false },
	{ "@monthly", "0 0 1 * *", false },
	{ "@weekly", "0 0 * * 0", false },
	{ "@daily", "0 0 * * *", false },
	{ "@midnight", "0 0 * * *", false },
	{ "@hourly", "0 * * * *", false },
	{ "@minutely", "* * * * *", true },
	{ "@secondly", "* * * * * *", true },
};

#define MACROS (sizeof macros / sizeof macros[0])

struct fields {
	struct when_text at[FIELDS_MAX];
	int count; /* may be more than FIELDS_MAX: those are not kept */
};

/* Fields are separated by blanks and tabs, as many as there are. */
static struct fields
split(const struct when_text *t)
{
	struct when_text rest = *t;
	struct fields f = { .count = 0 };

	for (when_text_skip_blanks(&rest); rest.at < rest.end;
	     when_text_skip_blanks(&rest)) {
		struct when_text field = rest;

		field.end = rest.at += when_text_word(&rest);
		if (f.count < FIELDS_MAX)
			f.at[f.count] = field;
		f.count++;
	}
	return f;
}

/* The most common mistake in a schedule: say what belongs there. */
static bool
refuse_count(struct when *w, struct when_text *t, int count)
{
	bool extended = w->dialect == DIALECT_EXTENDED;

	t->field = "schedule";
	when_text_fail(t, t->at, "%d field%s where %s are needed", count,
	    count == 1 ? "" : "s", extended ? "5 or 6" : "5");
	when_text_hint(t, "write %sminute hour day month weekday",
	    extended ? "[second] " : "");
	return false;
}

/* Parses one field of w; its bits and its star are left in f. */
static bool
parse_field(struct when *w, struct when_text *t, struct when_field *f)
{
	bool extended = w->dialect == DIALECT_EXTENDED;

	if (w->normal.len > 0)
		buf_putc(&w->normal, ' ');
	f->is_extended = extended;
	f->has_random = extended || w->dialect == DIALECT_CRONIE;
	f->seed = w->seed;
	f->days = &w->days;
	f->normal = &w->normal;
	f->warning = &w->warning;
	return when_field_parse(t, f);
}

/*
 * cron's own rule: days of month and of week are alternatives, unless one of
 * the fields begins with a star. So a stepped star and a weekday mean both.
 */
static void
use_days(struct when *w, const struct when_field f[WHEN_PART_COUNT])
{
	const struct when_field *day = &f[WHEN_DAY];
	const struct when_field *weekday = &f[WHEN_WEEKDAY];

	w->days.days = (uint32_t)day->bits;
	w->days.weekdays = (uint8_t)weekday->bits;
	w->days.is_either = !day->is_star && !weekday->is_star;
	when_days_shapes(&w->days, w->set.days);
}

/* Five fields, or six with the seconds first where the dialect has them. */
bool
when_cron_parse(struct when *w, struct when_text *t)
{
	struct when_field f[WHEN_PART_COUNT] = { 0 };
	struct fields fields = split(t);
	int most = w->dialect == DIALECT_EXTENDED ? 6 : 5;
	int first = fields.count == 6 ? WHEN_SECOND : WHEN_MINUTE;

	if (fields.count < 5 || fields.count > most)
		return refuse_count(w, t, fields.count);
	for (int part = first; part < WHEN_PART_COUNT; part++) {
		f[part].part = (enum when_part)part;
		if (!parse_field(w, &fields.at[part - first], &f[part]))
			return false;
	}
	w->set.seconds = first == WHEN_SECOND ? f[WHEN_SECOND].bits : 1;
	w->set.minutes = f[WHEN_MINUTE].bits;
	w->set.hours = (uint32_t)f[WHEN_HOUR].bits;
	w->set.months = (uint32_t)f[WHEN_MONTH].bits;
	use_days(w, f);
	w->is_wildcard = f[WHEN_MINUTE].is_star || f[WHEN_HOUR].is_star;
	return true;
}

/* Whatever no other form wants is meant as fields. */
bool
when_cron_claims(const char *text)
{
	return text[0] != '@';
}

bool
when_macro_claims(const char *text)
{
	return text[0] == '@';
}

/* Names the nearest one, as a misspelt macro would otherwise run never. */
static bool
refuse_macro(struct when *w, struct when_text *t)
{
	size_t len = when_text_word(t);
	char word[32] = "";

	when_text_fail(
	    t, t->at, "there is no \"%.*s\"", len > 40 ? 40 : (int)len, t->at);
	when_text_hint(t,
	    "write @yearly @monthly @weekly @daily @hourly%s or"
	    " @reboot",
	    w->dialect == DIALECT_EXTENDED
		? " @minutely @secondly @every @after @at"
		: "");
	if (len < sizeof word)
		memcpy(word, t->at, len);
	for (size_t i = 0; i < MACROS && word[0] != '\0'; i++)
		if (nearest_is_near(word, macros[i].word))
			when_text_hint(t, "did you mean %s?", macros[i].word);
	return false;
}

/* A macro is its fields, but keeps its name, the first of equal ones. */
bool
when_macro_parse(struct when *w, struct when_text *t)
{
	size_t len = (size_t)(t->end - t->at);

	for (size_t i = 0; i < MACROS; i++) {
		const struct macro *m = &macros[i];
		struct when_text fields = *t;

		if (strlen(m->word) != len || memcmp(m->word, t->at, len) != 0
		    || (m->is_extended && w->dialect != DIALECT_EXTENDED))
			continue;
		fields.at = fields.start = m->fields;
		fields.end = m->fields + strlen(m->fields);
		if (!when_cron_parse(w, &fields))
			return false;
		for (; i > 0 && strcmp(macros[i - 1].fields, m->fields) == 0;)
			i--;
		buf_clear(&w->normal);
		buf_puts(&w->normal, macros[i].word);
		return true;
	}
	return refuse_macro(w, t);
}
