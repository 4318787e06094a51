/* stats: a table, and below it how much output is stored. */
#include <stdio.h>
#include <stdlib.h>

#include "column.h"
#include "member.h"
#include "row.h"
#include "session.h"
#include "share/buf.h"
#include "show.h"

/* ", WORDS 12k", if there are any. */
static void
put_part(struct buf *out, const struct call_answer *answer, const char *key,
    const char *words)
{
	long long bytes = atoll(call_answer_get(answer, key));

	if (bytes == 0)
		return;
	buf_puts(out, ", ");
	buf_puts(out, words);
	view_bytes(out, bytes);
}

static void
say_stored(const struct session *s, const struct call_answer *answer)
{
	const char *stored = call_answer_get(answer, "stored_bytes");
	struct buf out = BUF_EMPTY;

	if (stored[0] == '\0')
		return;
	if (s->view.json) {
		member_print_answer(&s->view, "stats", answer);
		return;
	}
	buf_puts(&out, "bytes of output that are stored: ");
	view_bytes(&out, atoll(stored));
	put_part(&out, answer, "pinned_bytes", "pinned ");
	put_part(&out, answer, "quota_bytes", "at most ");
	if (!s->view.quiet)
		printf("%s\n", buf_text(&out));
	buf_fini(&out);
}

int
command_stats(struct session *s)
{
	struct call_answer answer = { 0 };
	struct buf request = BUF_EMPTY;
	struct call_sink sink = { NULL, show_row, NULL };
	int status = 0;

	if (session_call(s, &status) == NULL)
		return status;
	sink.arg = show_new(&s->view, VERB_stats);
	show_set_me(sink.arg, call_greeting(s->call, "user"));
	session_request(s, &request);
	status = session_ask(s, &request, &sink, &answer);
	if (status != 0)
		show_free(sink.arg);
	else {
		show_end(sink.arg, layout_get(VERB_stats)->none);
		say_stored(s, &answer);
	}
	call_answer_fini(&answer);
	buf_fini(&request);
	return status;
}
