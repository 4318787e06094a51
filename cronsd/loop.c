/*
 * epoll with a free list: a callback may unwatch a descriptor whose event is
 * still in the batch at hand, so watches are freed only after the batch.
 * Timers are a tree; the wait's time limit is the first one's. The alarm is a
 * timerfd of its own because only CLOCK_REALTIME timers notice a clock that
 * is set (TFD_TIMER_CANCEL_ON_SET).
 */
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <bsd/sys/queue.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "share/log.h"

#define BATCH 128

struct loop_fd {
	struct loop *loop;
	int fd;
	uint32_t events;
	struct loop_call call;
	bool dead;
	LIST_ENTRY(loop_fd) in_all; /* loop.all, until it is dead */
	SLIST_ENTRY(loop_fd) in_dead; /* loop.dead */
};

RB_HEAD(loop_timers, loop_timer);

struct loop {
	int epoll_fd;
	bool stop;
	int64_t wakeups;
	struct loop_timers timers;
	LIST_HEAD(, loop_fd) all;
	SLIST_HEAD(, loop_fd) dead;
	bool (*turn)(void *arg);
	void *turn_arg;
	int alarm_fd;
	void (*alarm)(void *arg, bool stepped);
	void *alarm_arg;
	int signal_fd;
	void (*signal)(void *arg, int signal);
	void *signal_arg;
};

static int
timer_order(const struct loop_timer *a, const struct loop_timer *b)
{
	if (a->at.us != b->at.us)
		return a->at.us < b->at.us ? -1 : 1;
	return a < b ? -1 : a > b;
}

RB_GENERATE_INTERNAL(loop_timers, loop_timer, link, timer_order,
    static __attribute__((unused)))

struct loop *
loop_new(void)
{
	struct loop *loop = xcalloc(1, sizeof *loop);

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		fatal("epoll: %s", strerror(errno));
	loop->alarm_fd = loop->signal_fd = -1;
	RB_INIT(&loop->timers);
	LIST_INIT(&loop->all);
	SLIST_INIT(&loop->dead);
	return loop;
}

static void
bury_dead(struct loop *loop)
{
	struct loop_fd *w;

	while ((w = SLIST_FIRST(&loop->dead)) != NULL) {
		SLIST_REMOVE_HEAD(&loop->dead, in_dead);
		free(w);
	}
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	while (!LIST_EMPTY(&loop->all))
		loop_unwatch(LIST_FIRST(&loop->all));
	bury_dead(loop);
	if (loop->alarm_fd >= 0)
		close(loop->alarm_fd);
	if (loop->signal_fd >= 0)
		close(loop->signal_fd);
	close(loop->epoll_fd);
	free(loop);
}

struct loop_fd *
loop_watch(
    struct loop *loop, int fd, uint32_t events, struct loop_call call)
{
	struct loop_fd *w = xcalloc(1, sizeof *w);
	struct epoll_event e = { .events = events, .data.ptr = w };

	w->loop = loop;
	w->fd = fd;
	w->events = events;
	w->call = call;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &e) != 0)
		fatal("watching descriptor %d: %s", fd, strerror(errno));
	LIST_INSERT_HEAD(&loop->all, w, in_all);
	return w;
}

void
loop_change(struct loop_fd *w, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	if (w->events == events)
		return;
	w->events = events;
	if (epoll_ctl(w->loop->epoll_fd, EPOLL_CTL_MOD, w->fd, &e) != 0)
		fatal("watching descriptor %d: %s", w->fd, strerror(errno));
}

void
loop_unwatch(struct loop_fd *w)
{
	if (w == NULL || w->dead)
		return;
	epoll_ctl(w->loop->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	w->dead = true;
	LIST_REMOVE(w, in_all);
	SLIST_INSERT_HEAD(&w->loop->dead, w, in_dead);
}

void
loop_timer_set(struct loop *loop, struct loop_timer *t, mono_t at)
{
	loop_timer_stop(loop, t);
	t->at = at;
	t->armed = true;
	RB_INSERT(loop_timers, &loop->timers, t);
}

void
loop_timer_stop(struct loop *loop, struct loop_timer *t)
{
	if (!t->armed)
		return;
	RB_REMOVE(loop_timers, &loop->timers, t);
	t->armed = false;
}

static void
on_alarm(void *arg, uint32_t events)
{
	struct loop *loop = arg;
	uint64_t times;
	ssize_t n = read(loop->alarm_fd, &times, sizeof times);

	(void)events;
	if (n < 0 && errno == EAGAIN)
		return; /* it was set anew meanwhile */
	loop->alarm(loop->alarm_arg, n < 0 && errno == ECANCELED);
}

void
loop_alarm_on(
    struct loop *loop, void (*fn)(void *arg, bool stepped), void *arg)
{
	loop->alarm = fn;
	loop->alarm_arg = arg;
	loop->alarm_fd
	    = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (loop->alarm_fd < 0)
		fatal("timerfd: %s", strerror(errno));
	loop_watch(loop, loop->alarm_fd, EPOLLIN,
	    (struct loop_call) { on_alarm, loop });
	loop_alarm_at(loop, WALL_NEVER);
}

/*
 * "Never" is armed too, a lifetime ahead: a disarmed timer would not notice
 * that the clock is set.
 */
void
loop_alarm_at(struct loop *loop, wall_t at)
{
	struct itimerspec t = { 0 };
	int64_t us = at.us < 1 ? 1 : at.us;

	if (us > INT64_C(0x3fffffff00) * SECOND_US / 64)
		us = INT64_C(0x3fffffff00) * SECOND_US / 64;
	t.it_value.tv_sec = us / SECOND_US;
	t.it_value.tv_nsec = us % SECOND_US * 1000;
	if (timerfd_settime(loop->alarm_fd,
		TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &t, NULL)
		!= 0
	    && errno != ECANCELED)
		fatal("timerfd: %s", strerror(errno));
}

static void
on_signal(void *arg, uint32_t events)
{
	struct loop *loop = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(loop->signal_fd, &info, sizeof info) == sizeof info)
		loop->signal(loop->signal_arg, (int)info.ssi_signo);
}

void
loop_signals(struct loop *loop, const int *signals,
    void (*fn)(void *arg, int signal), void *arg)
{
	sigset_t set;

	sigemptyset(&set);
	for (; *signals != 0; signals++)
		sigaddset(&set, *signals);
	sigprocmask(SIG_BLOCK, &set, NULL);
	loop->signal = fn;
	loop->signal_arg = arg;
	loop->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->signal_fd < 0)
		fatal("signalfd: %s", strerror(errno));
	loop_watch(loop, loop->signal_fd, EPOLLIN,
	    (struct loop_call) { on_signal, loop });
}

void
loop_each_turn(struct loop *loop, bool (*fn)(void *arg), void *arg)
{
	loop->turn = fn;
	loop->turn_arg = arg;
}

/* Milliseconds until the first timer, rounded up; -1 for ever. */
static int
patience(struct loop *loop)
{
	const struct loop_timer *t = RB_MIN(loop_timers, &loop->timers);
	int64_t us;

	if (t == NULL)
		return -1;
	us = t->at.us - mono_now().us;
	if (us <= 0)
		return 0;
	return us > INT64_C(3600) * SECOND_US ? 3600000
					      : (int)((us + 999) / 1000);
}

static void
call_timers(struct loop *loop)
{
	mono_t now = mono_now();
	struct loop_timer *t;

	while ((t = RB_MIN(loop_timers, &loop->timers)) != NULL
	    && t->at.us <= now.us) {
		loop_timer_stop(loop, t);
		t->fn(t->arg);
	}
}

void
loop_run(struct loop *loop)
{
	bool again = true; /* the first turn does what start-up left to do */

	while (!loop->stop) {
		struct epoll_event events[BATCH];
		int n = epoll_wait(loop->epoll_fd, events, BATCH,
		    again ? 0 : patience(loop));

		if (n < 0 && errno != EINTR)
			fatal("epoll: %s", strerror(errno));
		loop->wakeups++;
		for (int i = 0; i < n; i++) {
			struct loop_fd *w = events[i].data.ptr;

			if (!w->dead)
				w->call.fn(w->call.arg, events[i].events);
		}
		bury_dead(loop);
		call_timers(loop);
		again = loop->turn != NULL && loop->turn(loop->turn_arg);
		bury_dead(loop);
	}
}

void
loop_stop(struct loop *loop)
{
	loop->stop = true;
}

int64_t
loop_wakeups(const struct loop *loop)
{
	return loop->wakeups;
}
