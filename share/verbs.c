/* The table of verbs.h as an array, and words looked up in it. */
#include "verbs.h"

#include <string.h>

#include "job.h"
#include "nearest.h"

static const struct verb_row rows[VERB_COUNT] = {
#define X(ident, role, words, keys, rows, help) \
	[VERB_##ident] = { #ident, ROLE_##role, words, keys, rows, help },
	VERBS(X)
#undef X
};

const struct verb_row *
verb_row(enum verb verb)
{
	return &rows[verb];
}

int
verb_find(const char *word)
{
	for (int i = 0; i < VERB_COUNT; i++)
		if (strcmp(rows[i].word, word) == 0)
			return i;
	return -1;
}

const char *
verb_nearest(const char *word)
{
	for (int i = 0; i < VERB_COUNT; i++)
		if (nearest_is_near(word, rows[i].word))
			return rows[i].word;
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

const char *
verb_key_nearest(const struct verb_row *row, const char *key)
{
	static char found[32];
	const char *p = row->keys;

	while (*p != '\0') {
		size_t len = strcspn(p, " ");

		if (len == 1 && *p == '+')
			return job_field_nearest(key);
		if (len < sizeof found) {
			memcpy(found, p, len);
			found[len] = '\0';
			if (nearest_is_near(key, found))
				return found;
		}
		p += len;
		p += strspn(p, " ");
	}
	return NULL;
}
