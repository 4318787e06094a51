/*
 * replay: slots of the past run again. How many, and what did not have to,
 * stands in the answer.
 */
#include <stdio.h>
#include <stdlib.h>

#include "session.h"
#include "share/buf.h"

/* One word for each way it can end; counts come from the answer. */
static int
say_done(const struct session *s, const struct call_answer *answer)
{
	int slots = atoi(call_answer_get(answer, "slots"));
	int ran = atoi(call_answer_get(answer, "ran"));
	bool is_dry = session_option(s, OPTION_DRY_RUN) != NULL;

	if (s->view.json || s->view.quiet)
		session_say_done(s, answer);
	else if (slots > 0)
		printf("%d slots %s, one after another", slots,
		    is_dry ? "would run" : "will run");
	else
		printf("nothing to run");
	if (!s->view.json && !s->view.quiet) {
		if (ran > 0 && session_option(s, OPTION_FORCE) != NULL)
			printf("; %d of them ran already", ran);
		else if (ran > 0)
			printf("; %d ran already (--force runs them again)",
			    ran);
		printf("\n");
	}
	return slots > 0 ? 0 : EXIT_ANSWER_IS_NO;
}

int
command_replay(struct session *s)
{
	struct buf request = BUF_EMPTY;
	struct call_answer answer = { 0 };
	int status;

	session_request(s, &request);
	status = session_ask(s, &request, NULL, &answer);
	if (status == 0)
		status = say_done(s, &answer);
	call_answer_fini(&answer);
	buf_fini(&request);
	return status;
}
