/*
 * run, wait and test: the verbs that stay with a run until its end, which
 * decides the exit status. Ctrl-C ends only cronsctl, and says that the run
 * goes on; but a test is in the foreground: it ends as if it had been started
 * from the terminal, first politely, then at once.
 */
#include <stdio.h>
#include <string.h>

#include "follow.h"
#include "interrupt.h"
#include "logs.h"
#include "outcome.h"
#include "session.h"
#include "share/buf.h"
#include "share/line.h"

#define EXIT_INTERRUPTED 130

static void
note_interrupt(const char *run)
{
	char note[128];

	snprintf(note, sizeof note,
	    "\ncronsctl: run %.20s goes on; to end it: cronsctl kill %.20s",
	    run, run);
	interrupt_set_note(note);
}

/* Asks and says how the run ended; the request is freed. */
static int
ask_outcome(struct session *s, struct buf *request, FILE *to)
{
	struct call_answer answer = { 0 };
	int status = session_ask(s, request, NULL, &answer);

	if (status == 0)
		status = outcome_say(s, &answer, to);
	call_answer_fini(&answer);
	buf_fini(request);
	return status;
}

static int
wait_for(struct session *s, const char *run, FILE *to)
{
	const char *timeout = session_option(s, OPTION_TIMEOUT);
	struct buf request = BUF_EMPTY;

	buf_puts(&request, "wait ");
	line_put_word(&request, run);
	if (timeout != NULL)
		line_put_pair(&request, "timeout", timeout);
	return ask_outcome(s, &request, to);
}

/* Output while it comes; the end of it is the end of the run. */
static int
show_output(struct session *s, const char *run)
{
	struct logs logs;
	struct follow sink = { .arg = &logs, .on_frame = logs_frame };
	struct buf request = BUF_EMPTY;
	int status;

	logs_init(&logs, &s->view);
	buf_puts(&request, "logs ");
	line_put_word(&request, run);
	line_put_pair(&request, "follow", "yes");
	status = follow_ask(s, &sink, &request, NULL);
	buf_fini(&request);
	return status;
}

static int
follow(struct session *s, const char *run)
{
	int status = show_output(s, run);

	/* stdout is the job's alone. */
	return status != 0 ? status : wait_for(s, run, stderr);
}

/* Of a tag's jobs: each in turn; the status of the first that failed. */
static int
wait_for_all(struct session *s, const char *runs)
{
	char run[24];
	int status = 0;

	while (*runs != '\0') {
		size_t len = strcspn(runs, ",");
		int one;

		snprintf(run, sizeof run, "%.*s", (int)len, runs);
		one = wait_for(s, run, stdout);
		status = status != 0 ? status : one;
		runs += len + (runs[len] == ',');
	}
	return status;
}

int
command_run(struct session *s)
{
	bool stays = session_option(s, OPTION_WAIT) != NULL
	    || session_option(s, OPTION_TIMEOUT) != NULL
	    || session_option(s, OPTION_PROPAGATE) != NULL;
	bool follows = session_option(s, OPTION_FOLLOW) != NULL;
	struct call_answer answer = { 0 };
	struct buf request = BUF_EMPTY;
	const char *run;
	int status;

	session_request(s, &request);
	status = session_ask(s, &request, NULL, &answer);
	run = call_answer_get(&answer, "run");
	note_interrupt(run);
	if (status == 0 && *run == '\0' && (stays || follows))
		status = wait_for_all(s, call_answer_get(&answer, "runs"));
	else if (status == 0 && follows)
		status = follow(s, run);
	else if (status == 0 && stays)
		status = wait_for(s, run, stdout);
	else if (status == 0)
		status = session_say_done(s, &answer);
	call_answer_fini(&answer);
	buf_fini(&request);
	return status;
}

int
command_wait(struct session *s)
{
	struct buf request = BUF_EMPTY;

	session_request(s, &request);
	return ask_outcome(s, &request, stdout);
}

/* ---- test ---- */

static bool
is_pair(const char *word)
{
	return strchr(word, '=') != NULL;
}

/* The words: a job, then fields. The request, or a complaint's status. */
static int
put_test(struct session *s, struct buf *request)
{
	struct args *a = &s->args;
	size_t job = a->word_count > 0 && !is_pair(a->word[0]);
	struct fault f;

	for (size_t i = job; i < a->word_count; i++)
		if (args_put_pair(a, a->word[i], &f) != ERR_NONE)
			return session_fail(s, &f);
	if (a->rest_count > 0
	    && (a->field[JOB_command] != NULL || a->field[JOB_argv] != NULL)) {
		fault_set(&f, ERR_BAD_VALUE, "command",
		    "it is given behind -- and as an option too");
		return session_fail(s, &f);
	}
	session_begin(s, request);
	if (job != 0)
		session_put_job(s, request, a->word[0]);
	session_put_rest(s, request);
	session_put_fields(s, request);
	session_put_options(s, request);
	return 0;
}

/* As a shell does, it says nothing of a command that ended well. */
static int
follow_quietly(struct session *s, const char *run)
{
	struct call_answer answer = { 0 };
	struct buf request = BUF_EMPTY;
	int status = show_output(s, run);

	buf_puts(&request, "wait ");
	line_put_word(&request, run);
	if (status == 0)
		status = session_ask(s, &request, NULL, &answer);
	if (status == 0
	    && strcmp(call_answer_get(&answer, "result"), "ok") != 0)
		status = outcome_say(s, &answer, stderr);
	call_answer_fini(&answer);
	buf_fini(&request);
	return status;
}

/* The end of cronsctl is the end of the run. */
static struct call *
tie_to(const char *run)
{
	char politely[64], at_once[64];
	struct fault f;
	struct call *call = call_open(&f);

	snprintf(politely, sizeof politely, "kill %.20s\n", run);
	snprintf(at_once, sizeof at_once, "kill %.20s grace=0s\n", run);
	if (call != NULL)
		interrupt_ask(call_fd(call),
		    (const char *const[]) { politely, at_once });
	return call;
}

int
command_test(struct session *s)
{
	struct call_answer answer = { 0 };
	struct buf request = BUF_EMPTY;
	struct call *tie = NULL;
	int status = put_test(s, &request);

	s->args.option[OPTION_PROPAGATE] = "yes";
	if (status == 0)
		status = session_ask(s, &request, NULL, &answer);
	if (status == 0) {
		note_interrupt(call_answer_get(&answer, "run"));
		tie = tie_to(call_answer_get(&answer, "run"));
		status = follow_quietly(s, call_answer_get(&answer, "run"));
	}
	call_free(tie);
	call_answer_fini(&answer);
	buf_fini(&request);
	return interrupt_asked() ? EXIT_INTERRUPTED : status;
}
