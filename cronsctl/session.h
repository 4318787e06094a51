/*
 * session: one run of cronsctl: what was asked, how to show it, and the
 * connection, opened when it is first needed. It does not know what the verbs
 * do with it.
 */
#ifndef CRONSCTL_SESSION_H
#define CRONSCTL_SESSION_H

#include "args.h"
#include "call.h"
#include "share/errs.h"
#include "view.h"

struct buf;

struct session {
	struct args args;
	struct view view;
	struct call *call; /* NULL until session_call */
	wall_t at[OPTION_COUNT]; /* of options that are a TIME */
	const char *subject; /* the text a fault's column counts in; NULL */
	const char *file; /* the file a fault's line counts in; NULL */
};

#define EXIT_ANSWER_IS_NO 1 /* also: the job failed */

/* Was the option given? Its value, or NULL. */
const char *session_option(const struct session *s, enum option option);

/* Reads the options that are a TIME, against the zone of the view. */
enum err session_read_times(struct session *s, struct fault *f);

/* Complains about the fault; returns the exit status that belongs to it. */
int session_fail(const struct session *s, const struct fault *f);

/* The connection; NULL after a complaint: *status is the exit status then. */
struct call *session_call(struct session *s, int *status);

/*
 * A request line begins with its verb. Words that name jobs get --user as
 * "user/" in front where the verb has no such key. Options of the command line
 * become the keys that they mean to the verb; so do fields. The rest, behind
 * "--", is a command: one word is command=, several are argv=.
 */
void session_begin(const struct session *s, struct buf *request);
void session_put_job(
    const struct session *s, struct buf *request, const char *word);
void session_put_options(const struct session *s, struct buf *request);
void session_put_rest(const struct session *s, struct buf *request);
void session_put_fields(const struct session *s, struct buf *request);

/* The whole request that the command line means, all words being jobs. */
void session_request(const struct session *s, struct buf *request);

/*
 * Sends the request and reads the reply. Returns the exit status: 0, or after
 * a complaint that of the fault. answer may be NULL.
 */
int session_ask(struct session *s, const struct buf *request,
    const struct call_sink *sink, struct call_answer *answer);

/* The second half alone, for requests that were sent ahead. */
int session_read(struct session *s, const struct call_sink *sink,
    struct call_answer *answer);

/*
 * Says that something was done: the command's sentence with the values of the
 * answer, or the answer as JSON; nothing if quiet. Returns the exit status: of
 * several jobs one may have failed, and the first reason is complained of.
 */
int session_say_done(
    const struct session *s, const struct call_answer *answer);

#endif
