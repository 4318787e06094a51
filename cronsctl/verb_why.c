/* why: what became of an instant. One line an outcome, no table: it is read. */
#include <stdio.h>
#include <string.h>

#include "member.h"
#include "row.h"
#include "session.h"
#include "share/buf.h"
#include "share/line.h"
#include "text.h"
#include "timeword.h"

struct answers {
	const struct view *view;
	size_t count;
};

static void
on_row(void *arg, const struct row *row)
{
	struct answers *answers = arg;
	const char *sentence = row_text(row, "sentence", NULL);
	struct buf out = BUF_EMPTY;

	answers->count++;
	if (answers->view->json) {
		member_print_row(answers->view, row);
		return;
	}
	if (row_has(row, "slot_us"))
		view_long(
		    answers->view, &out, row_number(row, "slot_us", 0));
	if (sentence[0] == '\0')
		sentence = row_text(row, "result", NULL);
	buf_puts(&out, out.len > 0 ? ": " : "");
	text_visible(&out, sentence, strlen(sentence), "");
	if (row_has(row, "run"))
		buf_printf(&out, " [run %s]", row_text(row, "run", NULL));
	printf("%s\n", buf_text(&out));
	buf_fini(&out);
}

int
command_why(struct session *s)
{
	struct answers answers = { &s->view, 0 };
	struct call_sink sink = { &answers, on_row, NULL };
	struct timeword_base base = { s->view.zone, s->view.now };
	struct buf request = BUF_EMPTY, at = BUF_EMPTY;
	struct fault f;
	wall_t instant;
	int status;

	session_begin(s, &request);
	session_put_job(s, &request, s->args.word[0]);
	if (s->args.word_count > 1) {
		status = 0;
		if (timeword_parse(s->args.word[1], &base, &instant, &f)
		    != ERR_NONE) {
			status = session_fail(s, &f);
			goto out;
		}
		rfc3339_print(&at, instant, 0);
		line_put_pair(&request, "at", buf_text(&at));
	}
	session_put_options(s, &request);
	status = session_ask(s, &request, &sink, NULL);
	if (status == 0 && answers.count == 0)
		status = EXIT_ANSWER_IS_NO;
out:
	buf_fini(&at);
	buf_fini(&request);
	return status;
}
