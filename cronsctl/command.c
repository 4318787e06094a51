/* The tables of command.h as arrays, and what can be read from their words. */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "share/nearest.h"

static const struct option_row options[OPTION_COUNT] = {
#define X(ident, name, letter, arg, keys, help) \
	[OPTION_##ident] = { name, letter, arg, keys, help },
	OPTIONS(X)
#undef X
};

static const struct command commands[] = {
#define X(word, verb, words, option_words, act, done) \
	{ word, VERB_##verb, words, option_words, act, done, NULL },
	COMMANDS(X)
#undef X
#define X(word, words, option_words, act, help) \
	{ word, VERB_NONE, words, option_words, act, "", help },
	COMMANDS_LOCAL(X)
#undef X
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

const struct option_row *
option_row(enum option option)
{
	return &options[option];
}

const struct command *
command_row(size_t index)
{
	return index < COMMAND_COUNT ? &commands[index] : NULL;
}

const struct command *
command_find(const char *word)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].word, word) == 0)
			return &commands[i];
	return NULL;
}

const char *
command_nearest(const char *word)
{
	const char *nearest = NULL;
	int least = 1000;

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		int distance = nearest_distance(word, commands[i].word);

		if (distance < least
		    && nearest_is_near(word, commands[i].word)) {
			least = distance;
			nearest = commands[i].word;
		}
	}
	return nearest;
}

const char *
command_sentence(const struct command *command)
{
	return command->help != NULL ? command->help
				     : verb_row(command->verb)->help;
}

/* Is word one of the blank-separated words of list? */
static bool
has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list != '\0') {
		size_t here = strcspn(list, " ");

		if (here == len && strncmp(list, word, len) == 0)
			return true;
		list += here;
		list += strspn(list, " ");
	}
	return false;
}

bool
command_takes(const struct command *command, enum option option)
{
	return option < OPTIONS_COMMON
	    || has_word(command->options, options[option].name);
}

void
command_word_range(const struct command *command, int *least, int *most)
{
	const char *p = command->words;

	*least = *most = 0;
	while (*p != '\0' && strncmp(p + (*p == '['), "--", 2) != 0) {
		size_t len = strcspn(p, " ");

		if (*p != '[')
			++*least;
		if (*most >= 0)
			++*most;
		if (memmem(p, len, "...", 3) != NULL)
			*most = -1;
		p += len;
		p += strspn(p, " ");
	}
}

bool
command_has_rest(const struct command *command)
{
	return strstr(command->words, "-- ") != NULL;
}

const char *
option_key(enum option option, const struct command *command)
{
	static char key[16];
	const struct verb_row *verb;
	const char *p = options[option].keys;

	if (command->verb == VERB_NONE)
		return NULL;
	verb = verb_row(command->verb);
	while (*p != '\0') {
		size_t len = strcspn(p, " ");

		snprintf(key, sizeof key, "%.*s", (int)len, p);
		if (verb_takes_key(verb, key))
			return key;
		p += len;
		p += strspn(p, " ");
	}
	return NULL;
}
