/* The parser's faults have no rule of their own, so they are told apart by the
 * words of cron that they begin with, or by what the table says of them. */
#include "lint_list.h"

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share/errs.h"
#include "share/log.h"

static const struct rule {
	const char *word;
	enum lint_level level;
	const char *says;
} rules[LINT_RULE_COUNT] = {
#define X(ident, word, level, says, help) { word, LINT_IS_##level, says },
	LINT_RULES(X)
#undef X
};

const char *
lint_rule_word(enum lint_rule rule)
{
	return rules[rule].word;
}

enum lint_level
lint_rule_level(enum lint_rule rule)
{
	return rules[rule].level;
}

enum lint_rule
lint_rule_find(enum lint_level level, const char *text)
{
	for (int i = 0; i < LINT_RULE_COUNT; i++)
		if (rules[i].level == level && rules[i].says[0] != '\0'
		    && strstr(text, rules[i].says) != NULL)
			return (enum lint_rule)i;
	return level == LINT_IS_ERROR ? LINT_ERROR : LINT_OTHER;
}

struct lint_finding *
lint_add(struct lint_list *list, enum lint_rule rule, const char *fmt, ...)
{
	struct lint_finding *found;
	va_list ap;

	if (list->count == list->room) {
		list->room = list->room * 2 + 16;
		list->found = xreallocarray(
		    list->found, list->room, sizeof *list->found);
	}
	found = &list->found[list->count++];
	memset(found, 0, sizeof *found);
	found->rule = rule;
	va_start(ap, fmt);
	vsnprintf(found->text, sizeof found->text, fmt, ap);
	va_end(ap);
	return found;
}

struct lint_finding *
lint_add_fault(
    struct lint_list *list, enum lint_level level, const struct fault *f)
{
	struct lint_finding *found = lint_add(list,
	    lint_rule_find(level, f->text), "%s%s%s", f->field,
	    f->field[0] == '\0' ? "" : ": ", f->text);

	found->line = f->line;
	found->column = f->column;
	strlcpy(found->hint, f->hint, sizeof found->hint);
	if (found->rule == LINT_NEVER)
		strlcpy(found->hint,
		    "February has 28 or 29 days; April, June, September and"
		    " November have 30",
		    sizeof found->hint);
	return found;
}

static int
compare(const void *a, const void *b)
{
	const struct lint_finding *one = a, *two = b;

	if (one->line != two->line)
		return one->line < two->line ? -1 : 1;
	if (one->column != two->column)
		return one->column < two->column ? -1 : 1;
	if (one->rule != two->rule)
		return one->rule < two->rule ? -1 : 1;
	return strcmp(one->text, two->text);
}

void
lint_list_sort(struct lint_list *list)
{
	size_t kept = 0;

	if (list->count > 1)
		qsort(list->found, list->count, sizeof *list->found, compare);
	for (size_t i = 0; i < list->count; i++) {
		if (kept > 0
		    && compare(&list->found[kept - 1], &list->found[i]) == 0)
			free(list->found[i].fix);
		else
			list->found[kept++] = list->found[i];
	}
	list->count = kept;
}

size_t
lint_list_count(const struct lint_list *list, enum lint_level level)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += rules[list->found[i].rule].level == level;
	return count;
}

void
lint_list_fini(struct lint_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->found[i].fix);
	free(list->found);
	memset(list, 0, sizeof *list);
}
