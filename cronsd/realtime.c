/*
 * RLIMIT_RTTIME is of the whole process and comes along to children: the
 * zygote is given back the limit that we found, before it has orders.
 */
#include "realtime.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static pid_t thread; /* 0: not started */
static struct rlimit found;
static volatile sig_atomic_t is_given_up;

static bool
become(pid_t tid, int policy)
{
	struct sched_param lowest = { 0 };

	if (policy == SCHED_FIFO)
		lowest.sched_priority = sched_get_priority_min(policy);
	return sched_setscheduler(tid, policy | SCHED_RESET_ON_FORK, &lowest)
	    == 0;
}

void
realtime_rest(void)
{
	if (is_given_up || thread == 0)
		return;
	is_given_up = 1;
	become(thread, SCHED_OTHER);
}

/* The signal is the process's: it may come to another thread. */
static void
on_budget(int number)
{
	(void)number;
	realtime_rest();
}

bool
realtime_start(void)
{
	struct sigaction act = { .sa_handler = on_budget,
		.sa_flags = SA_RESTART };
	struct rlimit limit;

	if (getrlimit(RLIMIT_RTTIME, &found) != 0)
		return false;
	limit = found;
	if (limit.rlim_cur > REALTIME_BUDGET_US)
		limit.rlim_cur = REALTIME_BUDGET_US;
	sigaction(SIGXCPU, &act, NULL);
	if (setrlimit(RLIMIT_RTTIME, &limit) != 0)
		return false;
	is_given_up = 0;
	thread = (pid_t)syscall(SYS_gettid);
	if (become(thread, SCHED_FIFO))
		return true;
	realtime_stop();
	return false;
}

void
realtime_stop(void)
{
	if (thread == 0)
		return;
	become(thread, SCHED_OTHER);
	setrlimit(RLIMIT_RTTIME, &found);
	thread = 0;
}

void
realtime_wait(void)
{
	if (!is_given_up || thread == 0)
		return;
	is_given_up = 0;
	become(thread, SCHED_FIFO);
}

void
realtime_lend(pid_t pid)
{
	if (thread == 0)
		return;
	prlimit(pid, RLIMIT_RTTIME, &found, NULL);
	become(pid, SCHED_FIFO);
}
