/*
 * crons(7) has every result, state and cause of a run, and cronsctl(1) every
 * word that a field of a job may be: a row that is added to a table is a row
 * that somebody will look up. Run from the top of the source tree.
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

#include "share/buf.h"
#include "share/job.h"
#include "share/run.h"

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

static void
has_item(const char *page, const char *word)
{
	char item[64];

	snprintf(item, sizeof item, "\n.It Cm %s\n", word);
	if (strstr(page, item) == NULL)
		fail_msg("crons(7) has no item for \"%s\"", word);
}

static void
crons_has_every_result_state_and_cause(void **unused)
{
	char *page = read_page("man/crons.7");

	(void)unused;
#define X(name, number, word, sentence) \
	if (RESULT_##name != RESULT_NONE) \
		has_item(page, word);
	RUN_RESULTS(X)
#undef X
#define X(name, word) has_item(page, word);
	RUN_STATES(X)
#undef X
#define X(name, number, word) has_item(page, word);
	RUN_CAUSES(X)
#undef X
	free(page);
}

/* Is the word in the text, with nothing of a word at either side? */
static bool
has_word(const char *text, const char *word, size_t len)
{
	for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
		if ((at == text || !isalnum((unsigned char)at[-1]))
		    && !isalnum((unsigned char)at[len]))
			return true;
	return false;
}

/* The item of a field, cut out of the page; yours. */
static char *
item_of(const char *page, const char *key)
{
	char start[64];
	const char *at, *end;
	size_t len;

	snprintf(start, sizeof start, "\n.It Cm %s", key);
	len = strlen(start);
	at = strstr(page, start);
	while (at != NULL && !isspace((unsigned char)at[len]))
		at = strstr(at + 1, start);
	if (at == NULL)
		fail_msg("cronsctl(1) has no item for \"%s\"", key);
	end = strstr(at + 1, "\n.It ");
	return end == NULL ? strdup(at) : strndup(at, (size_t)(end - at));
}

static void
the_client_has_every_word_of_a_field(void **unused)
{
	char *page = read_page("man/cronsctl.1");

	(void)unused;
	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		const struct job_row *row = job_row((enum job_field)i);
		char *item = item_of(page, row->key);
		char word[64];

		for (const char *w = row->words; *w != '\0';) {
			size_t len = strcspn(w, " ");

			snprintf(word, sizeof word, "%.*s", (int)len, w);
			if (!has_word(item, word, len))
				fail_msg("%s: \"%s\" is not in cronsctl(1)",
				    row->key, word);
			w += len;
			w += strspn(w, " ");
		}
		free(item);
	}
	free(page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crons_has_every_result_state_and_cause),
		cmocka_unit_test(the_client_has_every_word_of_a_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
