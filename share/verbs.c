/* The table of verbs.h as an array, and words looked up in it. */
#include "verbs.h"

#include <ctype.h>
#include <string.h>

#include "job.h"
#include "nearest.h"

static char words_lower[VERB_COUNT][16];

static const struct verb_row rows_upper[VERB_COUNT] = {
#define X(ident, role, words, keys, rows, help) \
	[VERB_##ident] = { #ident, ROLE_##role, words, keys, rows, help },
	VERBS(X)
#undef X
};

static struct verb_row rows_made[VERB_COUNT];

/* The wire speaks lower case and the preprocessor cannot: done once here. */
__attribute__((constructor)) static void
make_rows(void)
{
	for (int i = 0; i < VERB_COUNT; i++) {
		const char *from = rows_upper[i].word;

		for (size_t j = 0; from[j] != '\0' && j < 15; j++)
			words_lower[i][j]
			    = (char)tolower((unsigned char)from[j]);
		rows_made[i] = rows_upper[i];
		rows_made[i].word = words_lower[i];
	}
}

const struct verb_row *
verb_row(enum verb verb)
{
	return &rows_made[verb];
}

int
verb_find(const char *word)
{
	for (int i = 0; i < VERB_COUNT; i++)
		if (strcmp(rows_made[i].word, word) == 0)
			return i;
	return -1;
}

const char *
verb_nearest(const char *word)
{
	for (int i = 0; i < VERB_COUNT; i++)
		if (nearest_is_near(word, rows_made[i].word))
			return rows_made[i].word;
	return NULL;
}

/* Compares up to the end of the word in list; - and _ are the same. */
static int
same_key(const char *key, const char *in_list, size_t len)
{
	if (strlen(key) != len)
		return 0;
	for (size_t i = 0; i < len; i++)
		if ((key[i] == '-' ? '_' : key[i]) != in_list[i])
			return 0;
	return 1;
}

int
verb_takes_key(const struct verb_row *row, const char *key)
{
	const char *p = row->keys;

	while (*p != '\0') {
		size_t len = strcspn(p, " ");

		if (len == 1 && *p == '+' && job_field_find(key) >= 0)
			return 1;
		if (same_key(key, p, len))
			return 1;
		p += len;
		p += strspn(p, " ");
	}
	return 0;
}
