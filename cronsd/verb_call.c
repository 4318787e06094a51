/* From a row of the table to its function. */
#include <string.h>

#include "allow.h"
#include "verb.h"
#include "verb_many.h"

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
	    && (verb == VERB_add || verb == VERB_set || verb == VERB_import
		|| verb == VERB_test)
	    && !allow_user(
		r->parts->conf, r->parts->self, r->caller.name);
}

/* Those that do to "@TAG" what they do to each job; others know tags. */
static bool
goes_over_jobs(const struct request *r)
{
	static const enum verb verbs[]
	    = { VERB_run, VERB_skip, VERB_kill, VERB_enable, VERB_disable };

	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (r->row == verb_row(verbs[i]))
			return true;
	return false;
}

static enum verb_status
call(struct request *r, verb_function *fn)
{
	struct request_tag t = { .is = false };
	enum verb_status status = VERB_MORE;

	if (goes_over_jobs(r))
		status = request_tag(r, r->line.word[0], &t);
	if (status != VERB_MORE)
		return status;
	return t.is ? verb_many(r, &t, fn) : fn(r);
}

enum verb_status
verb_call(struct request *r)
{
	static verb_function *const functions[] = {
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
	return call(r, functions[verb_find(r->row->word)]);
}
