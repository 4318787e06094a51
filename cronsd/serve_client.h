/*
 * serve_client: one connection: what came in, the request at hand, what waits
 * to be sent. Private to serve; it does not know how connections come to be
 * or whose turn it is, only that it wants one (client_make_ready).
 */
#ifndef CRONSD_SERVE_CLIENT_H
#define CRONSD_SERVE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <bsd/sys/cdefs.h>
#include <bsd/sys/queue.h>

#include "loop.h"
#include "serve.h"
#include "share/buf.h"
#include "share/sock.h"

struct client {
	struct serve *serve;
	struct account *account;
	struct sock_peer peer;
	struct caller caller;
	int fd;
	struct loop_fd *watch;
	bool greeted, ready, closing, eof;
	bool waiting; /* its request said VERB_LATER or VERB_ASLEEP */
	bool asleep; /* the second */
	struct buf in, out, staged;
	struct buf staged_tags; /* of the requests in staged, a line each */
	bool commit_pending;
	bool has_request;
	struct request request;
	int64_t payload_due; /* bytes of the request's payload to come */
	int64_t skip_due; /* bytes of a refused request's payload to come */
	bool after_payload; /* an LF that comes next belongs to it */
	int64_t payload_held; /* counted in account.payload_bytes */
	struct buf payload;
	TAILQ_ENTRY(client) in_ready; /* account.ready */
	TAILQ_ENTRY(client) in_all; /* serve.all */
};

/* A uid with connections. */
struct account {
	uid_t uid;
	int connections;
	int64_t payload_bytes;
	bool in_turn;
	TAILQ_HEAD(, client) ready;
	TAILQ_ENTRY(account) turn; /* serve.turns */
	SLIST_ENTRY(account) in_serve;
};

struct serve {
	struct serve_needs on;
	struct loop_fd *listen_watch;
	struct loop_timer listen_again;
	int connections, most;
	int waiting, asleep; /* clients; asleep are waiting too */
	struct loop_timer tick; /* while somebody waits */
	TAILQ_HEAD(, client) all;
	TAILQ_HEAD(, account) turns;
	SLIST_HEAD(, account) accounts;
};

/* It may have something to do: asks for a turn. */
void client_make_ready(struct client *c);

/* Its request waits for something to change, or does no more. */
void client_set_waiting(struct client *c, bool waiting);

/* Says who is there, or why not; false: its name is not known yet. */
bool client_greet(struct client *c);

/* Called by the loop; arg is the client. */
void client_on_events(void *arg, uint32_t events);

/* One step in its turn; true: it may have more to do at once. */
bool client_step(struct client *c);

/* Sends what can be sent. false: it is gone. */
bool client_flush(struct client *c);

/* Closes and frees it, after the commit it waits for if there is one. */
void client_drop(struct client *c);

#endif
