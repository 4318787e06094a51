/* From a row of the table to its function. */
#include <string.h>

#include "allow.h"
#include "verb.h"

/* How many words "[JOB...]" or "JOB" allows: the least, and the most. */
static void
count_words(const char *usage, size_t *least, size_t *most)
{
	*least = *most = 0;
	while (*usage != '\0') {
		size_t len = strcspn(usage, " ");
		bool optional = *usage == '[';
		bool repeats = len > 3
		    && memmem(usage, len, "...", 3) != NULL;

		*least += !optional;
		*most += repeats ? LINE_WORDS : 1;
		usage += len;
		usage += strspn(usage, " ");
	}
}

/* cron.allow and cron.deny stand in front of jobs too, or they meant little. */
static bool
is_kept_out(const struct request *r)
{
	enum verb verb = (enum verb)verb_find(r->row->word);

	return !r->caller.root && r->calls == 0
	    && (verb == VERB_add || verb == VERB_set || verb == VERB_import)
	    && !allow_user(
		r->parts->conf, r->parts->self, r->caller.name);
}

enum verb_status
verb_call(struct request *r)
{
	static enum verb_status (*const functions[])(struct request *) = {
#define X(ident, role, words, keys, rows, help) \
	[VERB_##ident] = verb_##ident,
		VERBS(X)
#undef X
	};
	size_t least, most;

	count_words(r->row->words, &least, &most);
	if (r->line.word_count < least)
		return reply_err(r, ERR_MISSING_KEY, "",
		    "usage: %s %s", r->row->word, r->row->words);
	if (r->line.word_count > most)
		return reply_err(r, ERR_BAD_REQUEST, "",
		    "too many words; usage: %s %s", r->row->word,
		    r->row->words);
	if (is_kept_out(r))
		return reply_err(r, ERR_DENIED, "",
		    "You (%s) are not allowed to use this program (%s):"
		    " see cron.allow in crontab(1)",
		    r->caller.name, "cronsctl");
	return functions[verb_find(r->row->word)](r);
}
