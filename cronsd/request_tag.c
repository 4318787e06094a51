/* Words that name jobs by a tag. A user's jobs are called by name before the
 * slash, as one job is. */
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "request.h"

#define ALL "all" /* every job, whatever its tags */

static enum verb_status
find_scope(struct request *r, const char *word, struct request_tag *t)
{
	char user[64];
	size_t len = strcspn(word, "@");

	if (len == 0)
		return request_scope(r, &t->uid);
	snprintf(user, sizeof user, "%.*s", (int)len - 1, word);
	if (strcmp(user, r->caller.name) == 0) {
		t->uid = r->caller.uid;
		return VERB_MORE;
	}
	return request_user(r, user, &t->uid);
}

enum verb_status
request_tag(struct request *r, const char *word, struct request_tag *t)
{
	const char *slash = strchr(word, '/'), *at = word;
	enum verb_status status;

	if (slash != NULL && slash[1] == '@')
		at = slash + 1;
	t->is = *at == '@';
	if (!t->is)
		return VERB_MORE;
	strlcpy(t->tag, strcmp(at + 1, ALL) == 0 ? "" : at + 1,
	    sizeof t->tag);
	status = find_scope(r, word, t);
	if (status == VERB_MORE && !request_may(r, r->row->role, t->uid))
		return reply_err(r, ERR_DENIED, "job",
		    "\"%.100s\" are jobs of other users too", word);
	return status;
}
