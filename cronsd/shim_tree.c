/*
 * The polite end goes to the process group, which is what programs expect;
 * when the job itself has ended, to every descendant that is left, since the
 * number of its group may be a stranger's by then. A stopped process could
 * not act on TERM, so CONT follows.
 *
 * The hard end takes all: with a cgroup the kernel does it, and then, or
 * without one, the descendants are looked for in /proc. That is done again
 * every RETRY_US until the last child was reaped, for LOOK_MAX times; what
 * hangs in the kernel for so long is left behind and said so.
 */
#include "shim_tree.h"

#include <signal.h>
#include <unistd.h>

#include "procs.h"
#include "shim_cgroup.h"
#include "spool.h"

#define RETRY_US 100000
#define LOOK_MAX 100
#define CLOSE_US 5000000 /* for a helper */

static void
signal_group(const struct shim_tree *tree, int number)
{
	/* Before its setsid the child has no group of its own yet. */
	if (kill(-tree->job, number) == -1)
		kill(tree->job, number);
}

void
shim_tree_signal(const struct shim_tree *tree, int number)
{
	if (tree->has_job)
		signal_group(tree, number);
}

void
shim_tree_end(struct shim_tree *tree, int64_t now_us, int64_t grace_us)
{
	struct procs_choice all = { .below = getpid() };

	if (tree->phase == TREE_KILLED)
		return;
	if (tree->phase == TREE_LEFT_ALONE
	    || now_us + grace_us < tree->due_us)
		tree->due_us = now_us + grace_us;
	tree->phase = TREE_TERMINATED;
	if (tree->has_job) {
		signal_group(tree, SIGTERM);
		signal_group(tree, SIGCONT);
	} else {
		procs_signal(&all, SIGTERM);
		procs_signal(&all, SIGCONT);
	}
}

/* True: the helper can do it, and has until due_us. */
static bool
ask_helper(struct shim_tree *tree, int64_t now_us)
{
	union sigval what = { .sival_int = SPOOL_HELPER_KILL };

	if (!tree->has_helper || !tree->has_job || tree->is_asked
	    || sigqueue(tree->job, SPOOL_HELPER_SIGNAL, what) == -1)
		return false;
	kill(tree->job, SIGCONT);
	tree->is_asked = true;
	tree->phase = TREE_TERMINATED;
	tree->due_us = now_us + CLOSE_US;
	return true;
}

void
shim_tree_kill(struct shim_tree *tree, int64_t now_us)
{
	struct procs_choice all = { .below = getpid() };

	if (ask_helper(tree, now_us))
		return;
	if (tree->phase != TREE_KILLED)
		tree->rounds = 0;
	tree->phase = TREE_KILLED;
	tree->due_us = now_us + RETRY_US;
	shim_cgroup_kill(tree->cgroup);
	procs_kill(&all);
	if (++tree->rounds < LOOK_MAX)
		return;
	tree->phase = TREE_LEFT_ALONE;
	tree->has_survivors = true;
}

void
shim_tree_on_job_end(struct shim_tree *tree, int64_t now_us)
{
	tree->has_job = false;
	if (tree->is_asked && tree->phase == TREE_TERMINATED)
		tree->due_us = now_us;
}

void
shim_tree_on_time(struct shim_tree *tree, int64_t now_us)
{
	if (tree->phase != TREE_LEFT_ALONE && now_us >= tree->due_us)
		shim_tree_kill(tree, now_us);
}

void
shim_tree_on_empty(struct shim_tree *tree)
{
	tree->phase = TREE_LEFT_ALONE;
}
