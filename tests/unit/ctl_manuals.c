/*
 * The manual pages have every row of the tables: verbs, keys, columns, errors,
 * results and states in crons-protocol(5); verbs, options, fields, lint's rules
 * and exit statuses in cronsctl(1). Run from the top of the source tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cronsctl/command.h"
#include "cronsctl/lint_list.h"
#include "share/buf.h"
#include "share/errs.h"
#include "share/job.h"
#include "share/run.h"

static char *protocol, *client;

static char *
read_page(const char *path)
{
	char bytes[4096];
	struct buf text = BUF_EMPTY;
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		fail_msg("%s cannot be opened", path);
	while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
		buf_put(&text, bytes, n);
	fclose(f);
	return buf_take(&text);
}

static int
read_pages(void **state)
{
	(void)state;
	protocol = read_page("man/crons-protocol.5");
	client = read_page("man/cronsctl.1");
	return 0;
}

static int
free_pages(void **state)
{
	(void)state;
	free(protocol);
	free(client);
	return 0;
}

/* The place of "start word" in the page, word ending there; NULL if none. */
static const char *
find(const char *page, const char *start, const char *word)
{
	struct buf both = BUF_EMPTY;
	const char *at;

	buf_printf(&both, "%s%s", start, word);
	for (at = strstr(page, buf_text(&both)); at != NULL;
	     at = strstr(at + 1, buf_text(&both))) {
		char behind = at[both.len];

		if (!isalnum((unsigned char)behind) && behind != '_'
		    && behind != '-')
			break;
	}
	buf_fini(&both);
	return at;
}

static void
assert_there(const char *page, const char *start, const char *word)
{
	if (find(page, start, word) == NULL)
		fail_msg("\"%s%s\" is not in the page", start, word);
}

/* Each of the blank-separated words, behind start, in the text. */
static void
assert_all(const char *text, const char *start, const char *words)
{
	char word[64];

	while (*words != '\0') {
		size_t len = strcspn(words, " ");

		snprintf(word, sizeof word, "%.*s", (int)len, words);
		if (strcmp(word, "+") != 0)
			assert_there(text, start, word);
		words += len;
		words += strspn(words, " ");
	}
}

static void
the_protocol_has_every_verb_with_its_keys_and_columns(void **state)
{
	(void)state;
	for (int v = 0; v < VERB_COUNT; v++) {
		const struct verb_row *row = verb_row((enum verb)v);
		const char *at = find(protocol, "\n.It Ic ", row->word), *end;
		char *item;

		if (at == NULL)
			fail_msg("no verb %s", row->word);
		end = strstr(at + 1, "\n.It Ic ");
		item = end != NULL ? strndup(at, (size_t)(end - at))
				   : strdup(at);
		assert_all(item, "\n.It Cm ", row->keys);
		assert_all(item, "\n.Va ", row->rows);
		free(item);
	}
}

static void
the_protocol_has_every_error(void **state)
{
	char row[128];

	(void)state;
	for (int e = ERR_NONE + 1; e < ERR_COUNT; e++) {
		snprintf(row, sizeof row, "\n.It %d Ta Cm %s Ta %d Ta ",
		    err_code((enum err)e), err_token((enum err)e),
		    err_exit((enum err)e));
		assert_there(protocol, row, err_sentence((enum err)e));
	}
}

static void
the_protocol_has_every_result_state_and_cause(void **state)
{
	(void)state;
	for (int i = RESULT_OK; i <= RESULT_LOST; i++)
		assert_there(protocol, "\n.It Cm ",
		    run_result_word((enum run_result)i));
	for (int i = 0; i < RUN_STATE_COUNT; i++)
		assert_there(protocol, "\n.It Cm ",
		    run_state_word((enum run_state)i));
	for (int i = CAUSE_SLOT; i <= CAUSE_AFTER; i++)
		assert_there(protocol, "\n.It Cm ",
		    run_cause_word((enum run_cause)i));
}

static void
both_pages_have_every_field(void **state)
{
	char item[128];

	(void)state;
	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		const struct job_row *row = job_row((enum job_field)i);

		assert_there(protocol, "\n.Cm ", row->key);
		if (row->preset[0] == '\0') {
			assert_there(client, "\n.It Cm ", row->key);
			continue;
		}
		snprintf(item, sizeof item, "\n.It Cm %s Bq ", row->key);
		assert_there(client, item, row->preset);
	}
}

static void
the_client_has_every_verb_and_option(void **state)
{
	char item[64];

	(void)state;
	for (size_t i = 0; command_row(i) != NULL; i++)
		assert_there(client, "\n.It Ic ", command_row(i)->word);
	for (int i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = option_row((enum option)i);

		if (row->letter != 0)
			snprintf(item, sizeof item, "\n.It Fl %c , Fl -",
			    row->letter);
		else
			snprintf(item, sizeof item, "\n.It Fl -");
		assert_there(client, item, row->name);
	}
}

static void
the_client_has_every_rule_of_lint(void **state)
{
	(void)state;
	for (int i = 0; i < LINT_RULE_COUNT; i++)
		assert_there(client, "\n.It Cm ",
		    lint_rule_word((enum lint_rule)i));
}

static void
the_client_has_every_exit_status(void **state)
{
	char number[16];

	(void)state;
	for (int e = ERR_NONE; e < ERR_COUNT; e++) {
		snprintf(number, sizeof number, "%d", err_exit((enum err)e));
		assert_there(client, "\n.It ", number);
	}
	assert_there(client, "\n.It ", "130");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_protocol_has_every_verb_with_its_keys_and_columns),
		cmocka_unit_test(the_protocol_has_every_error),
		cmocka_unit_test(
		    the_protocol_has_every_result_state_and_cause),
		cmocka_unit_test(both_pages_have_every_field),
		cmocka_unit_test(the_client_has_every_verb_and_option),
		cmocka_unit_test(the_client_has_every_rule_of_lint),
		cmocka_unit_test(the_client_has_every_exit_status),
	};

	return cmocka_run_group_tests(tests, read_pages, free_pages);
}
