/*
 * Limits, all per uid, so that one user's flood is another user's non-event:
 * connections (conf), bytes of payload announced (serve_client), and
 * turns: users with something to do take turns, one request each, for at most
 * BUDGET_US a loop turn. A connection is not read while it has a full output
 * buffer or a request at hand: the kernel's socket buffer pushes back.
 */
#include "serve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf.h"
#include "loop.h"
#include "serve_client.h"
#include "share/log.h"
#include "share/sock.h"

#define BUDGET_US 4000
#define FOLLOW_US (SECOND_US / 10) /* waiting verbs are called that often */
#define MOST_CONNECTIONS 8192 /* and half of the descriptors there are */

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

/* Is there room for one more of that uid? If not, it is told so. */
static bool
has_room(struct serve *s, const struct account *a, int fd)
{
	int64_t most = s->on.parts.conf->connections_per_uid;
	struct buf text = BUF_EMPTY;
	struct request r = { .parts = &s->on.parts, .out = &text };

	if (a->connections < most && s->connections < s->most)
		return true;
	if (a->connections >= most)
		reply_err(&r, ERR_BUSY, "", "more than %lld connections",
		    (long long)most);
	else
		reply_err(&r, ERR_BUSY, "", "too many connections in all");
	send(fd, text.data, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	buf_fini(&text);
	return false;
}

static void
admit(struct serve *s, int fd)
{
	struct client *c = xcalloc(1, sizeof *c);

	if (sock_peer_read(fd, &c->peer) == 0)
		c->account = account_of(s, c->peer.uid);
	if (c->account == NULL || !has_room(s, c->account, fd)) {
		sock_peer_fini(&c->peer);
		close(fd);
		free(c);
		return;
	}
	c->serve = s;
	c->fd = fd;
	c->account->connections++;
	s->connections++;
	TAILQ_INSERT_TAIL(&s->all, c, in_all);
	c->watch = loop_watch(s->on.parts.loop, fd, EPOLLIN,
	    (struct loop_call) { client_on_events, c });
	if (!client_greet(c))
		client_set_waiting(c, true);
	else
		client_flush(c);
}

/*
 * Without a descriptor for it a connection stays in the queue, and the socket
 * readable: we look away for a moment.
 */
static void
on_connect(void *arg, uint32_t events)
{
	struct serve *s = arg;

	(void)events;
	for (int i = 0; i < 64; i++) {
		int fd = accept4(s->on.listen_fd, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			admit(s, fd);
			continue;
		}
		if (errno == EAGAIN || errno == EINTR
		    || errno == ECONNABORTED)
			return;
		log_warn("accepting a connection: %s", strerror(errno));
		loop_change(s->listen_watch, 0);
		loop_timer_set(s->on.parts.loop, &s->listen_again,
		    (mono_t) { mono_now().us + SECOND_US });
		return;
	}
}

void
serve_listen(struct serve *s, int fd)
{
	if (fd < 0)
		return;
	loop_unwatch(s->listen_watch);
	if (s->on.listen_fd >= 0)
		close(s->on.listen_fd);
	s->on.listen_fd = fd;
	s->listen_watch = loop_watch(s->on.parts.loop, fd, EPOLLIN,
	    (struct loop_call) { on_connect, s });
}

static void
on_listen_again(void *arg)
{
	struct serve *s = arg;

	loop_change(s->listen_watch, EPOLLIN);
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
			if (client_step(c))
				client_make_ready(c);
		}
		if (!a->in_turn && !TAILQ_EMPTY(&a->ready)) {
			a->in_turn = true;
			TAILQ_INSERT_TAIL(&s->turns, a, turn);
		}
		if (mono_now().us >= until.us)
			break;
	}
	if (s->waiting > s->asleep && !s->tick.armed)
		loop_timer_set(s->on.parts.loop, &s->tick,
		    (mono_t) { mono_now().us + FOLLOW_US });
	return serve_has_more(s);
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
		if (!c->greeted && client_greet(c)) {
			client_set_waiting(c, false);
			if (!client_flush(c))
				continue;
		}
		client_make_ready(c);
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
	s->most = sysconf(_SC_OPEN_MAX) / 2 < MOST_CONNECTIONS
	    ? (int)sysconf(_SC_OPEN_MAX) / 2
	    : MOST_CONNECTIONS;
	s->tick.fn = on_tick;
	s->listen_again.fn = on_listen_again;
	s->tick.arg = s->listen_again.arg = s;
	TAILQ_INIT(&s->all);
	TAILQ_INIT(&s->turns);
	SLIST_INIT(&s->accounts);
	s->on.listen_fd = -1;
	serve_listen(s, needs->listen_fd);
	return s;
}

bool
serve_has_more(const struct serve *s)
{
	return !TAILQ_EMPTY(&s->turns);
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
		if (client_flush(c))
			client_drop(c);
	}
}
