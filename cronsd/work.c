/*
 * A queue and a thread a lane, started at its first call; one mutex; finished
 * calls come back through an eventfd. Signals are blocked in the threads, so
 * that the loop's signalfd gets them all.
 */
#include "work.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <bsd/sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"
#include "share/log.h"

struct item {
	struct work_call call;
	STAILQ_ENTRY(item) next; /* lane.queue or work.done */
};

STAILQ_HEAD(items, item);

struct work {
	struct loop *loop;
	int event_fd;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool stop;
	int pending;
	struct items done;
	struct lane {
		struct work *work;
		bool started;
		pthread_t thread;
		struct items queue;
	} lane[LANE_COUNT];
};

static void
call_back(void *arg, uint32_t events)
{
	struct work *work = arg;
	struct items done;
	struct item *item;
	uint64_t count;
	ssize_t n = read(work->event_fd, &count, sizeof count);

	(void)events;
	(void)n; /* only a wake-up */
	STAILQ_INIT(&done);
	pthread_mutex_lock(&work->mutex);
	STAILQ_CONCAT(&done, &work->done);
	pthread_mutex_unlock(&work->mutex);
	while ((item = STAILQ_FIRST(&done)) != NULL) {
		STAILQ_REMOVE_HEAD(&done, next);
		if (item->call.done != NULL)
			item->call.done(item->call.arg);
		free(item);
	}
}

struct work *
work_new(struct loop *loop)
{
	struct work *work = xcalloc(1, sizeof *work);

	work->loop = loop;
	work->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (work->event_fd < 0)
		fatal("eventfd: %s", strerror(errno));
	pthread_mutex_init(&work->mutex, NULL);
	pthread_cond_init(&work->changed, NULL);
	STAILQ_INIT(&work->done);
	for (int i = 0; i < LANE_COUNT; i++) {
		work->lane[i].work = work;
		STAILQ_INIT(&work->lane[i].queue);
	}
	loop_watch(loop, work->event_fd, EPOLLIN,
	    (struct loop_call) { call_back, work });
	return work;
}

static void
finish(struct work *work, struct item *item)
{
	uint64_t one = 1;
	ssize_t n;

	pthread_mutex_lock(&work->mutex);
	STAILQ_INSERT_TAIL(&work->done, item, next);
	work->pending--;
	pthread_cond_broadcast(&work->changed);
	pthread_mutex_unlock(&work->mutex);
	n = write(work->event_fd, &one, sizeof one);
	(void)n; /* full means that a wake-up is on its way already */
}

static void *
run_lane(void *arg)
{
	struct lane *lane = arg;
	struct work *work = lane->work;

	for (;;) {
		struct item *item;

		pthread_mutex_lock(&work->mutex);
		while (STAILQ_EMPTY(&lane->queue) && !work->stop)
			pthread_cond_wait(&work->changed, &work->mutex);
		item = STAILQ_FIRST(&lane->queue);
		if (item != NULL)
			STAILQ_REMOVE_HEAD(&lane->queue, next);
		pthread_mutex_unlock(&work->mutex);
		if (item == NULL)
			return NULL;
		item->call.run(item->call.arg);
		finish(work, item);
	}
}

static void
start_lane(struct lane *lane)
{
	sigset_t all, old;
	pthread_attr_t attr;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 512 * 1024);
	err = pthread_create(&lane->thread, &attr, run_lane, lane);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err != 0)
		fatal("starting a thread: %s", strerror(err));
	lane->started = true;
}

void
work_put(struct work *work, enum work_lane lane, struct work_call call)
{
	struct item *item = xcalloc(1, sizeof *item);

	item->call = call;
	if (!work->lane[lane].started)
		start_lane(&work->lane[lane]);
	pthread_mutex_lock(&work->mutex);
	STAILQ_INSERT_TAIL(&work->lane[lane].queue, item, next);
	work->pending++;
	pthread_cond_broadcast(&work->changed);
	pthread_mutex_unlock(&work->mutex);
}

int
work_pending(struct work *work)
{
	int n;

	pthread_mutex_lock(&work->mutex);
	n = work->pending;
	pthread_mutex_unlock(&work->mutex);
	return n;
}

void
work_stop(struct work *work, int seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&work->mutex);
	while (work->pending > 0
	    && pthread_cond_timedwait(&work->changed, &work->mutex, &until)
		== 0)
		;
	work->stop = true;
	pthread_cond_broadcast(&work->changed);
	pthread_mutex_unlock(&work->mutex);
}
