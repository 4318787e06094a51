/* The table as arrays, and the one parser of "event:hook,event:hook". */
#include "event.h"

#include <ctype.h>
#include <string.h>

#include <bsd/string.h>

static const struct row {
	const char *word, *sentence;
	enum event_kind kind;
} rows[EVENT_COUNT] = {
	[EVENT_OUTPUT] = { "output", "it printed something", EVENT_EACH },
#define X(name, number, word, kind, sentence) \
	[number] = { word, sentence, EVENT_##kind },
	EVENTS(X)
#undef X
};

const char *
event_word(int event)
{
	return event >= 0 && event < EVENT_COUNT ? rows[event].word : "";
}

const char *
event_sentence(int event)
{
	return event >= 0 && event < EVENT_COUNT ? rows[event].sentence : "";
}

enum event_kind
event_kind(int event)
{
	return rows[event].kind;
}

int
event_find(const char *word, size_t len)
{
	for (int i = EVENT_OUTPUT + 1; i < EVENT_COUNT; i++)
		if (strlen(rows[i].word) == len
		    && memcmp(rows[i].word, word, len) == 0)
			return i;
	return -1;
}

/* A name below the directory of hooks, or the path of the user's own. */
static bool
is_hook(const char *hook)
{
	if (*hook == '/')
		return strstr(hook, "/../") == NULL;
	if (!isalnum((unsigned char)*hook))
		return false;
	for (; *hook != '\0'; hook++)
		if (!isalnum((unsigned char)*hook)
		    && strchr("_-", *hook) == NULL)
			return false;
	return true;
}

const char *
event_next(const char *list, int *event, char hook[EVENT_HOOK_MAX])
{
	size_t len = strcspn(list, ","), word = strcspn(list, ",:");

	*event = event_find(list, word);
	if (*event < 0 || len - word > EVENT_HOOK_MAX)
		return NULL;
	strlcpy(hook, "mail", EVENT_HOOK_MAX);
	if (word < len)
		strlcpy(hook, list + word + 1, len - word);
	if (!is_hook(hook))
		return NULL;
	list += len;
	return *list == ',' ? list + 1 : list;
}
