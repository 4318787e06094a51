/*
 * serve: connections: who connects, reading requests, fairness between users,
 * back-pressure, replies in order. It does not know what verbs do: it calls
 * the one function it was given.
 *
 * A reply that must not be seen before the turn is durable waits in `staged`
 * until it is; if the turn is undone, each of its requests is answered 507.
 */
#ifndef CRONSD_SERVE_H
#define CRONSD_SERVE_H

#include <stdbool.h>

#include "request.h"

struct serve;

struct serve_needs {
	struct daemon_parts parts;
	int listen_fd;
	enum verb_status (*call)(struct request *r);
};

struct serve *serve_new(const struct serve_needs *needs);

/* Takes connections from this descriptor, not from the last one, which it
 * closes; -1: all stays. */
void serve_listen(struct serve *s, int fd);

/* Answers requests, a few ms at most, users in turn; true: there are more. */
bool serve_turn(struct serve *s);

/* The same, after a commit let clients go on that had waited for it. */
bool serve_has_more(const struct serve *s);

/* Something changed: requests that wait are called again. */
void serve_wake(struct serve *s);

int serve_connections(const struct serve *s);

/* Sends what is written, then closes all. */
void serve_stop(struct serve *s);

#endif
