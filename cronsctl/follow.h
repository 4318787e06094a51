/*
 * follow: a run's output over more than one connection: where one breaks, a
 * daemon that is back is asked for the same run from the place of the first
 * frame that is missing. It does not know what becomes of the frames.
 */
#ifndef CRONSCTL_FOLLOW_H
#define CRONSCTL_FOLLOW_H

#include <stdint.h>

#include "call.h"

struct buf;
struct session;

/* Zeroed but for arg and on_frame. */
struct follow {
	void *arg;
	void (*on_frame)(void *arg, const struct frame *frame);
	char run[24]; /* as the daemon said; "" not yet */
	int64_t place; /* of the next frame */
};

/*
 * Sends a request of the verb logs and reads the reply to its end, as often as
 * it takes. The exit status, after a complaint if it is not 0. answer may be
 * NULL.
 */
int follow_ask(struct session *s, struct follow *follow,
    const struct buf *request, struct call_answer *answer);

/* The request for that run's output from the place on that was reached. */
void follow_put_request(const struct follow *follow, struct buf *request);

#endif
