/*
 * call: a conversation with cronsd: requests go out, replies come back row by
 * row and frame by frame, in order. It does not know verbs, nor what becomes
 * of what it reads; a reply of any size needs the memory of its longest line.
 */
#ifndef CRONSCTL_CALL_H
#define CRONSCTL_CALL_H

#include <stddef.h>
#include <stdint.h>

#include "share/errs.h"
#include "share/line.h"

struct buf;
struct call;
struct row;

/* Connects and reads the greeting; NULL and a filled fault if it cannot. */
struct call *call_open(struct fault *f);
void call_free(struct call *call);

/* Its socket, for signal handlers: a request may be written to one of which
 * nothing else is asked. */
int call_fd(const struct call *call);

/* A word of the greeting ("user", "version", "role"); "" if it is not there. */
const char *call_greeting(const struct call *call, const char *key);

/* Output of a job, as captured: kind is one of o e c g; or '!': a line of its
 * own in the reply, such as "gap 12", without a time. */
struct frame {
	char kind;
	int64_t us; /* epoch microseconds when it was read */
	const char *bytes; /* borrowed until the callback returns */
	size_t len;
	size_t head; /* length of the line before the bytes, with its LF */
};

/* Who is told of what a reply holds; either may be NULL (then it is lost). */
struct call_sink {
	void *arg;
	void (*on_row)(void *arg, const struct row *row);
	void (*on_frame)(void *arg, const struct frame *frame);
};

/* The last line of a reply. Zeroed is empty; call_answer_fini frees it. */
struct call_answer {
	int code; /* 200, 422; 0 if the connection broke */
	struct fault fault; /* err ERR_NONE if the code is 2xx */
	struct line words; /* key=value of the answer; text NULL: none */
};

void call_answer_fini(struct call_answer *answer);

/* The value of that key in the answer; "" if it is not there. */
const char *call_answer_get(
    const struct call_answer *answer, const char *key);

/*
 * Sends one request line (no LF, no payload count: both are added here) and
 * its payload, NULL for none. Several may be sent before their replies are
 * read, as long as they are small. 0, or -1 and a filled fault.
 */
int call_send(struct call *call, const struct buf *request,
    const struct buf *payload, struct fault *f);

/*
 * Reads one reply to its end; the answer is replaced. Returns what is in
 * answer->fault.err: ERR_UNREACHABLE if the connection broke on the way.
 */
enum err call_read(struct call *call, const struct call_sink *sink,
    struct call_answer *answer);

/* Takes the last line of a reply apart (for call_read, and for tests). */
void call_answer_parse(
    struct call_answer *answer, const char *text, size_t len);

#endif
