/*
 * lint over any bytes, as a crontab in all dialects and as a schedule: nothing
 * may crash, every finding has a place in the text, and a fix of an error is a
 * line that parses.
 *
 * seeds: ../shared/corpus/wild/user ../shared/corpus/wild/system
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../cronsctl/lint.h"
#include "../../share/buf.h"

int fuzz_lint(const uint8_t *data, size_t len);

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
check_fix(const char *fix, const struct crontab_options *options)
{
	struct crontab_result result;
	struct buf line = BUF_EMPTY;

	buf_printf(&line, "%s\n", fix);
	crontab_parse(line.data, line.len, options, &result);
	must(result.errors == 0);
	buf_fini(&line);
}

static void
check_text(const struct buf *text, const struct crontab_options *options)
{
	struct lint_list list = { 0 };
	struct crontab_result result;
	int line = 0;

	lint_crontab(text, options, &list, &result);
	for (size_t i = 0; i < list.count; i++) {
		const struct lint_finding *found = &list.found[i];

		must(found->line >= line && found->line <= result.lines);
		must(found->text[0] != '\0' && found->column >= 0);
		line = found->line;
		if (found->fix != NULL
		    && lint_rule_level(found->rule) == LINT_IS_ERROR)
			check_fix(found->fix, options);
	}
	if (result.errors > 0)
		must(lint_list_count(&list, LINT_IS_ERROR) > 0);
	lint_list_fini(&list);
}

static void
check_schedule(const char *text, enum dialect dialect)
{
	struct lint_list list = { 0 };

	lint_expression(text, dialect, &list);
	for (size_t i = 0; i < list.count; i++)
		must((size_t)list.found[i].column <= strlen(text) + 1);
	lint_list_fini(&list);
}

/* The first byte says how the rest is read. */
int
fuzz_lint(const uint8_t *data, size_t len)
{
	struct crontab_options options = { .dialect = DIALECT_DEBIAN };
	struct buf text = BUF_EMPTY;

	if (len == 0)
		return 0;
	if (data[0] % 3 == 1)
		options.dialect = DIALECT_CRONIE;
	if (data[0] % 3 == 2)
		options.dialect = DIALECT_EXTENDED;
	options.system = (data[0] & 64) != 0;
	options.privileged = (data[0] & 128) != 0;
	buf_put(&text, data + 1, len - 1);
	check_text(&text, &options);
	check_schedule(buf_text(&text), options.dialect);
	buf_fini(&text);
	return 0;
}
