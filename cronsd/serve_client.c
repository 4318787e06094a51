/*
 * A client reads at most a line or a piece of payload ahead. Replies that
 * must not be seen before the turn is durable are staged, with the tags of
 * their requests; when the turn is undone each becomes a 507 of that tag.
 */
#include "serve_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "commit.h"
#include "conf.h"
#include "self.h"
#include "users.h"

#define OUT_ENOUGH (64 * 1024) /* more than that waits to be sent first */
#define PAYLOAD_PER_UID (2 * PROTO_PAYLOAD_MAX)

void
client_make_ready(struct client *c)
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

void
client_set_waiting(struct client *c, bool waiting)
{
	c->serve->waiting += (int)waiting - (int)c->waiting;
	c->serve->asleep -= c->asleep;
	c->waiting = waiting;
	c->asleep = false;
}

static void
end_request(struct client *c)
{
	c->account->payload_bytes -= c->payload_held;
	c->payload_held = 0;
	buf_fini(&c->payload);
	request_fini(&c->request);
	c->has_request = false;
	c->payload_due = 0;
	client_set_waiting(c, false);
}

void
client_drop(struct client *c)
{
	struct account *a = c->account;

	if (c->commit_pending) { /* freed when the turn is sealed */
		c->closing = true;
		return;
	}
	if (c->has_request)
		end_request(c);
	client_set_waiting(c, false);
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

bool
client_flush(struct client *c)
{
	while (c->out.len > 0) {
		ssize_t n = send(c->fd, c->out.data, c->out.len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			client_drop(c);
			return false;
		}
		buf_eat(&c->out, (size_t)n);
	}
	if (c->out.len == 0 && c->closing && !c->commit_pending) {
		client_drop(c);
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

void
client_on_events(void *arg, uint32_t events)
{
	struct client *c = arg;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		read_some(c);
	if ((events & EPOLLERR) || ((events & EPOLLHUP) && c->waiting)) {
		client_drop(c);
		return;
	}
	client_make_ready(c);
	if (c->out.len > 0)
		client_flush(c);
	else
		watch_right(c);
}

/* ---- greeting ---- */

bool
client_greet(struct client *c)
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
	} else {
		reply_greeting(&r);
	}
	return true;
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
	client_make_ready(c);
	client_flush(c);
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

/* What comes cannot be told from requests any more: the connection ends. */
static void
refuse_line(struct client *c, enum err err, const char *why)
{
	struct fault f;

	fault_set(&f, err, "", "%s", why);
	fail_line(c, &f);
	c->closing = true;
}

/* Is a payload announced in a line that was not understood? */
static bool
announces_payload(const struct client *c, size_t len)
{
	const char *line = c->in.data;
	const char *last = memrchr(line, ' ', len);

	return last != NULL && last + 1 < line + len && last[1] == '<';
}

/*
 * A faulty line is answered and the connection goes on, behind the payload if
 * there is one. Where nobody can say how long that is, what follows cannot be
 * told from requests, so the connection ends.
 */
static void
pass_over(struct client *c, size_t len)
{
	int64_t n = c->request.line.payload;

	if (n > PROTO_PAYLOAD_MAX || (n < 0 && announces_payload(c, len)))
		c->closing = true;
	else if (n > 0)
		c->skip_due = n;
}

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
		pass_over(c, len);
		c->after_payload = c->skip_due > 0;
		request_fini(r);
		return;
	}
	c->has_request = true;
	c->after_payload = r->line.payload >= 0;
	c->payload_due = r->line.payload > 0 ? r->line.payload : 0;
	if (c->account->payload_bytes + c->payload_due > PAYLOAD_PER_UID) {
		refuse_line(c, ERR_BUSY, "too many payloads at once");
		end_request(c);
		return;
	}
	c->payload_held = c->payload_due;
	c->account->payload_bytes += c->payload_held;
}

/* What is left of a refused payload goes; false: more of it is to come. */
static bool
pass_payload(struct client *c)
{
	size_t n = c->in.len < (size_t)c->skip_due ? c->in.len
						   : (size_t)c->skip_due;

	buf_eat(&c->in, n);
	c->skip_due -= (int64_t)n;
	return c->skip_due == 0;
}

/* Takes the next line or payload bytes out of `in`; false: not there yet. */
static bool
take_request(struct client *c)
{
	char *end;
	size_t len;

	if (!pass_payload(c))
		return false;
	if (c->has_request && c->payload_due > 0) {
		size_t n = c->in.len < (size_t)c->payload_due
		    ? c->in.len
		    : (size_t)c->payload_due;

		buf_put(&c->payload, buf_text(&c->in), n);
		buf_eat(&c->in, n);
		c->payload_due -= (int64_t)n;
		return c->payload_due == 0;
	}
	if (c->has_request)
		return true;
	if (c->after_payload && c->in.len > 0) {
		buf_eat(&c->in, c->in.data[0] == '\n');
		c->after_payload = false;
	}
	end = c->in.len == 0 ? NULL : memchr(c->in.data, '\n', c->in.len);
	len = end == NULL ? c->in.len : (size_t)(end - c->in.data);
	if (end == NULL && len < PROTO_LINE_MAX)
		return false;
	if (len >= PROTO_LINE_MAX) {
		refuse_line(c, ERR_TOO_LARGE, "a line of more than 64 KiB");
		return false;
	}
	take_line(c, len);
	buf_eat(&c->in, len + 1);
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
	bool changes = r->row->role == ROLE_EDIT || r->row->role == ROLE_ACT;
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
		client_set_waiting(c, true);
		return false;
	case VERB_ASLEEP:
		client_set_waiting(c, true);
		c->asleep = true;
		c->serve->asleep++;
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
	if (c->skip_due > 0)
		return true;
	return memchr(c->in.data, '\n', c->in.len) != NULL;
}

/* Nothing comes any more: is it the end of a request? */
static void
hear_the_end(struct client *c)
{
	if (c->payload_due > 0)
		refuse_line(c, ERR_BAD_REQUEST, "the payload is cut short");
	else if (c->in.len > 0)
		refuse_line(c, ERR_BAD_REQUEST, "the line has no end");
	c->closing = true;
}

bool
client_step(struct client *c)
{
	bool more = false;

	if (!c->greeted || c->closing)
		return client_flush(c) && false;
	client_set_waiting(c, false);
	/* What is too much now may be sent below: then look again at once, no
	 * event will come for it. */
	if (c->out.len >= OUT_ENOUGH)
		more = true;
	else if (take_request(c))
		more = call_verb(c);
	else
		more = has_more_input(c);
	/* What was asked is answered first. */
	if (c->eof && !more && !c->commit_pending && !c->closing
	    && (!c->has_request || c->payload_due > 0))
		hear_the_end(c);
	if (!client_flush(c))
		return false;
	return more && c->out.len < OUT_ENOUGH;
}
