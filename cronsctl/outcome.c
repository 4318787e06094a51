/* The words are those of share/run.h; a result that we do not know is shown. */
#include "outcome.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "column.h"
#include "member.h"
#include "session.h"
#include "share/buf.h"
#include "share/run.h"

static int
own_status(const struct call_answer *answer)
{
	int exited = atoi(call_answer_get(answer, "exit"));
	int signal = atoi(call_answer_get(answer, "signal"));

	if (signal > 0)
		return 128 + signal;
	return exited > 0 ? exited : EXIT_ANSWER_IS_NO;
}

static void
print_sentence(const struct call_answer *answer, FILE *to)
{
	const char *result = call_answer_get(answer, "result");
	struct buf short_form = BUF_EMPTY;
	enum run_result known;

	column_put_result(&short_form, result,
	    call_answer_get(answer, "exit"), call_answer_get(answer, "signal"));
	fprintf(to, "run %s: %s", call_answer_get(answer, "run"),
	    buf_text(&short_form));
	if (strcmp(result, "ok") != 0 && run_result_find(result, &known))
		fprintf(to, ": %s", run_result_sentence(known));
	if (call_answer_get(answer, "why")[0] != '\0')
		fprintf(to, " (%s)", call_answer_get(answer, "why"));
	fprintf(to, "\n");
	buf_fini(&short_form);
}

int
outcome_say(
    const struct session *s, const struct call_answer *answer, FILE *to)
{
	if (s->view.json)
		member_print_answer(&s->view, s->args.command->word, answer);
	else if (!s->view.quiet)
		print_sentence(answer, to);
	if (strcmp(call_answer_get(answer, "result"), "ok") == 0)
		return 0;
	return session_option(s, OPTION_PROPAGATE) != NULL
	    ? own_status(answer)
	    : EXIT_ANSWER_IS_NO;
}
