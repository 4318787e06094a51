/*
 * Limits, all per uid, so that one user's flood is another user's non-event:
 * connections (conf), bytes of payload being received (PAYLOAD_PER_UID), and
 * turns: users with something to do take turns, one request each, for at most
 * BUDGET_US a loop turn. A connection is not read while it has a full output
 * buffer or a request at hand: the kernel's socket buffer pushes back.
 */
#include "serve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <bsd/sys/queue.h>

#include <bsd/string.h>

#include "commit.h"
#include "conf.h"
#include "loop.h"
#include "self.h"
#include "share/log.h"
#include "share/sock.h"
#include "users.h"

#define BUDGET_US 4000
#define OUT_ENOUGH (256 * 1024) /* more than that waits to be sent first */
#define PAYLOAD_PER_UID (2 * PROTO_PAYLOAD_MAX)
#define FOLLOW_US (SECOND_US / 10) /* waiting verbs are called that often */
#define MOST_CONNECTIONS 8192

struct client {
	struct serve *serve;
	struct account *account;
	struct sock_peer peer;
	struct caller caller;
	int fd;
	struct loop_fd *watch;
	bool greeted, ready, closing, eof;
	bool waiting; /* its request said VERB_LATER */
	struct buf in, out, staged;
	struct buf staged_tags; /* of the requests in staged, a line each */
	bool commit_pending;
	bool has_request;
	struct request request;
	int64_t payload_due; /* bytes of the request's payload to come */
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
	int connections;
	int waiting;
	struct loop_timer tick; /* while somebody waits */
	TAILQ_HEAD(, client) all;
	TAILQ_HEAD(, account) turns;
	SLIST_HEAD(, account) accounts;
};

static struct account *
account_of(struct serve *s, uid_t uid)
{
	struct account *a;

	SLIST_FOREACH(a, &s->accounts, in_serve)
		if (a->uid == uid)
			return a;
	a = xcalloc(1, sizeof *a);
	a->uid = uid;
	TAILQ_INIT(&a->ready);
	SLIST_INSERT_HEAD(&s->accounts, a, in_serve);
	return a;
}

static void
make_ready(struct client *c)
{
	struct account *a = c->account;

	if (c->ready)
		return;
	c->ready = true;
	TAILQ_INSERT_TAIL(&a->ready, c, in_ready);
	if (a->in_turn)
		return;
	a->in_turn = true;
	TAILQ_INSERT_TAIL(&c->serve->turns, a, turn);
}

static void
set_waiting(struct client *c, bool waiting)
{
	c->serve->waiting += (int)waiting - (int)c->waiting;
	c->waiting = waiting;
}

static void
end_request(struct client *c)
{
	c->account->payload_bytes -= (int64_t)c->payload.cap;
	buf_fini(&c->payload);
	request_fini(&c->request);
	c->has_request = false;
	c->payload_due = 0;
	set_waiting(c, false);
}

static void
drop(struct client *c)
{
	struct account *a = c->account;

	if (c->commit_pending) { /* freed when the turn is sealed */
		c->closing = true;
		return;
	}
	if (c->has_request)
		end_request(c);
	set_waiting(c, false);
	loop_unwatch(c->watch);
	close(c->fd);
	if (c->ready)
		TAILQ_REMOVE(&a->ready, c, in_ready);
	TAILQ_REMOVE(&c->serve->all, c, in_all);
	a->connections--;
	c->serve->connections--;
	buf_fini(&c->in);
	buf_fini(&c->out);
	buf_fini(&c->staged);
	buf_fini(&c->staged_tags);
	sock_peer_fini(&c->peer);
	free(c);
}

/* Which events matter now. */
static void
watch_right(struct client *c)
{
	uint32_t events = 0;

	if (c->out.len > 0)
		events |= EPOLLOUT;
	if (!c->eof && c->in.len < PROTO_LINE_MAX && c->out.len < OUT_ENOUGH)
		events |= EPOLLIN;
	loop_change(c->watch, events);
}

/* false: the client is gone. */
static bool
flush(struct client *c)
{
	while (c->out.len > 0) {
		ssize_t n = send(c->fd, c->out.data, c->out.len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			drop(c);
			return false;
		}
		buf_eat(&c->out, (size_t)n);
	}
	if (c->out.len == 0 && c->closing && !c->commit_pending) {
		drop(c);
		return false;
	}
	watch_right(c);
	return true;
}

static void
read_some(struct client *c)
{
	for (int i = 0; i < 4 && c->in.len < PROTO_LINE_MAX; i++) {
		ssize_t n = recv(c->fd, buf_room(&c->in, 16384), 16384,
		    MSG_DONTWAIT);

		if (n > 0) {
			buf_grown(&c->in, (size_t)n);
			continue;
		}
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			c->eof = true;
		break;
	}
}

static void
on_client(void *arg, uint32_t events)
{
	struct client *c = arg;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		read_some(c);
	if ((events & EPOLLERR) || ((events & EPOLLHUP) && c->waiting)) {
		drop(c);
		return;
	}
	make_ready(c);
	if (c->out.len > 0)
		flush(c);
	else
		watch_right(c);
}

/* ---- greeting ---- */

/* false: its name is not known yet. */
static bool
greet(struct client *c)
{
	const struct daemon_parts *p = &c->serve->on.parts;
	const struct user *user
	    = users_find(p->users, c->peer.uid, mono_now());
	struct request r = { .parts = p, .out = &c->out };

	if (user == NULL)
		return false;
	caller_fill(&c->caller, p, &c->peer, user);
	c->greeted = true;
	r.caller = c->caller;
	if (!p->self->system && !c->caller.root) {
		reply_err(&r, ERR_DENIED, "",
		    "this daemon serves uid %ld only", (long)p->self->uid);
		c->closing = true;
	} else if (c->account->connections > p->conf->connections_per_uid) {
		reply_err(&r, ERR_BUSY, "", "more than %lld connections",
		    (long long)p->conf->connections_per_uid);
		c->closing = true;
	} else {
		reply_greeting(&r);
	}
	return true;
}

static void
on_connect(void *arg, uint32_t events)
{
	struct serve *s = arg;

	(void)events;
	for (int i = 0; i < 64; i++) {
		struct client *c;
		int fd = accept4(s->on.listen_fd, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		c = xcalloc(1, sizeof *c);
		c->serve = s;
		c->fd = fd;
		if (s->connections >= MOST_CONNECTIONS
		    || sock_peer_read(fd, &c->peer) != 0) {
			close(fd);
			free(c);
			continue;
		}
		c->account = account_of(s, c->peer.uid);
		c->account->connections++;
		s->connections++;
		TAILQ_INSERT_TAIL(&s->all, c, in_all);
		c->watch = loop_watch(s->on.parts.loop, fd, EPOLLIN,
		    (struct loop_call) { on_client, c });
		if (!greet(c))
			set_waiting(c, true);
		else
			flush(c);
	}
}

/* ---- requests ---- */

/* The turn was undone: every reply that was staged becomes a 507. */
static void
fail_staged(struct client *c)
{
	struct request r = { .parts = &c->serve->on.parts, .out = &c->out };
	char *tag = c->staged_tags.data, *end;

	for (; *tag != '\0'; tag = end + 1) {
		end = strchr(tag, '\n');
		*end = '\0';
		r.line.tag = *tag == '\0' ? NULL : tag;
		reply_busy(&r);
	}
}

static void
on_sealed(void *arg, bool durable)
{
	struct client *c = arg;

	c->commit_pending = false;
	if (durable)
		buf_put(&c->out, c->staged.data, c->staged.len);
	else
		fail_staged(c);
	buf_clear(&c->staged);
	buf_clear(&c->staged_tags);
	make_ready(c);
	flush(c);
}

/* A reply that waits for the commit: its tag, should that fail. */
static void
note_staged(struct client *c)
{
	const char *tag = c->request.line.tag;

	buf_printf(&c->staged_tags, "%s\n", tag == NULL ? "" : tag);
}

static void
fail_line(struct client *c, const struct fault *f)
{
	c->request.out = c->commit_pending ? &c->staged : &c->out;
	if (c->commit_pending)
		note_staged(c);
	reply_fault(&c->request, f);
}

/*
 * A faulty line is answered and the connection goes on; where it announced a
 * payload that is not accepted, what follows cannot be told from requests, so
 * the connection ends.
 */
static void
take_line(struct client *c, size_t len)
{
	struct request *r = &c->request;
	struct fault f;

	memset(r, 0, sizeof *r);
	r->parts = &c->serve->on.parts;
	r->caller = c->caller;
	if (request_parse(r, c->in.data, len, &f) != ERR_NONE) {
		fail_line(c, &f);
		c->closing = c->closing || r->line.payload > 0;
		request_fini(r);
		return;
	}
	c->has_request = true;
	c->payload_due = r->line.payload > 0 ? r->line.payload : 0;
	if (c->account->payload_bytes + c->payload_due > PAYLOAD_PER_UID) {
		fault_set(&f, ERR_BUSY, "", "too many payloads at once");
		fail_line(c, &f);
		end_request(c);
		c->closing = true;
	}
}

/* Takes the next line or payload bytes out of `in`; false: not there yet. */
static bool
take_request(struct client *c)
{
	char *end;

	if (c->has_request && c->payload_due > 0) {
		size_t n = c->in.len < (size_t)c->payload_due
		    ? c->in.len
		    : (size_t)c->payload_due;

		c->account->payload_bytes -= (int64_t)c->payload.cap;
		buf_put(&c->payload, buf_text(&c->in), n);
		c->account->payload_bytes += (int64_t)c->payload.cap;
		buf_eat(&c->in, n);
		c->payload_due -= (int64_t)n;
		return c->payload_due == 0;
	}
	if (c->has_request)
		return true;
	end = c->in.len == 0 ? NULL : memchr(c->in.data, '\n', c->in.len);
	if (end == NULL && c->in.len < PROTO_LINE_MAX)
		return false;
	if (end == NULL) {
		struct fault f;

		fault_set(&f, ERR_TOO_LARGE, "",
		    "a line of more than %d bytes", PROTO_LINE_MAX);
		fail_line(c, &f);
		c->closing = true;
		return false;
	}
	take_line(c, (size_t)(end - c->in.data));
	buf_eat(&c->in, (size_t)(end - c->in.data) + 1);
	return c->has_request && c->payload_due == 0;
}

static void
stage(struct client *c)
{
	note_staged(c);
	if (c->commit_pending)
		return;
	c->commit_pending = true;
	commit_then(c->serve->on.parts.commit, on_sealed, c);
}

/*
 * Calls the verb. Verbs that change something write into `staged`; all but
 * `add` read committed state, so they wait until what this connection asked
 * before them is durable. true: something was done.
 */
static bool
call_verb(struct client *c)
{
	struct request *r = &c->request;
	bool changes
	    = r->row->role == ROLE_EDIT || r->row == verb_row(VERB_run);
	size_t before;

	if (c->commit_pending && r->row != verb_row(VERB_add))
		return false;
	r->out = changes ? &c->staged : &c->out;
	r->now = wall_now();
	r->payload = c->payload.data;
	r->payload_len = c->payload.len;
	before = r->out->len;
	enum verb_status status = c->serve->on.call(r);
	r->payload = NULL;
	r->calls++;
	if (changes && status == VERB_DONE && !c->commit_pending) {
		buf_put(&c->out, c->staged.data + before,
		    c->staged.len - before);
		c->staged.len = before;
	}
	switch (status) {
	case VERB_COMMIT:
		stage(c);
		end_request(c);
		return true;
	case VERB_DONE:
		if (changes && c->commit_pending)
			note_staged(c);
		end_request(c);
		return true;
	case VERB_MORE:
		return true;
	case VERB_LATER:
		set_waiting(c, true);
		return false;
	}
	return false;
}

/* Has so much come already that take_request can go on with it? */
static bool
has_more_input(const struct client *c)
{
	if (c->in.len == 0)
		return false;
	if (c->has_request)
		return c->payload_due > 0;
	return memchr(c->in.data, '\n', c->in.len) != NULL;
}

/* One step of one client; true: it may have more to do at once. */
static bool
step(struct client *c)
{
	bool more = false;

	if (!c->greeted || c->closing)
		return flush(c) && false;
	set_waiting(c, false);
	if (c->out.len < OUT_ENOUGH && take_request(c))
		more = call_verb(c);
	else if (has_more_input(c))
		more = c->out.len < OUT_ENOUGH;
	/* What was asked is answered first; a payload may never be whole. */
	if (c->eof && !more && !c->commit_pending
	    && (!c->has_request || c->payload_due > 0))
		c->closing = true;
	if (!flush(c))
		return false;
	return more && c->out.len < OUT_ENOUGH;
}

bool
serve_turn(struct serve *s)
{
	mono_t until = { mono_now().us + BUDGET_US };
	struct account *a;

	while ((a = TAILQ_FIRST(&s->turns)) != NULL) {
		struct client *c = TAILQ_FIRST(&a->ready);

		TAILQ_REMOVE(&s->turns, a, turn);
		a->in_turn = false;
		if (c != NULL) {
			TAILQ_REMOVE(&a->ready, c, in_ready);
			c->ready = false;
			if (step(c))
				make_ready(c);
		}
		if (!a->in_turn && !TAILQ_EMPTY(&a->ready)) {
			a->in_turn = true;
			TAILQ_INSERT_TAIL(&s->turns, a, turn);
		}
		if (mono_now().us >= until.us)
			break;
	}
	if (s->waiting > 0 && !s->tick.armed)
		loop_timer_set(s->on.parts.loop, &s->tick,
		    (mono_t) { mono_now().us + FOLLOW_US });
	return !TAILQ_EMPTY(&s->turns);
}

void
serve_wake(struct serve *s)
{
	struct client *c, *next;

	if (s->waiting == 0)
		return;
	for (c = TAILQ_FIRST(&s->all); c != NULL; c = next) {
		next = TAILQ_NEXT(c, in_all);
		if (!c->waiting)
			continue;
		if (!c->greeted && greet(c)) {
			set_waiting(c, false);
			if (!flush(c))
				continue;
		}
		make_ready(c);
	}
}

static void
on_tick(void *arg)
{
	serve_wake(arg);
}

struct serve *
serve_new(const struct serve_needs *needs)
{
	struct serve *s = xcalloc(1, sizeof *s);

	s->on = *needs;
	s->tick.fn = on_tick;
	s->tick.arg = s;
	TAILQ_INIT(&s->all);
	TAILQ_INIT(&s->turns);
	SLIST_INIT(&s->accounts);
	s->listen_watch = loop_watch(needs->parts.loop, needs->listen_fd,
	    EPOLLIN, (struct loop_call) { on_connect, s });
	return s;
}

int
serve_connections(const struct serve *s)
{
	return s->connections;
}

void
serve_stop(struct serve *s)
{
	struct client *c;

	loop_unwatch(s->listen_watch);
	while ((c = TAILQ_FIRST(&s->all)) != NULL) {
		c->commit_pending = false;
		c->closing = true;
		if (flush(c))
			drop(c);
	}
}
