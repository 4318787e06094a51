/*
 * There are two ways to make the child.
 *
 * Forked, it has a status pipe that a successful exec closes, and the shim
 * goes on meanwhile. So it can keep the time limit and obey orders while the
 * child hangs in the home directory of a user whose file server is away.
 *
 * Quick, it borrows the shim's memory, and the shim sleeps until the exec, as
 * with vfork: no memory is copied, which is a tenth of the cost of a run. So
 * it is made where nothing can hang: directory and program are known to the
 * kernel and lie on this machine (shim_quick). A run with a cgroup is forked:
 * only a fork can be born inside one. The child must leave that
 * memory as it was: it runs on a stack of its own, maps nothing and hands its
 * fault over in a variable. Nobody may look into it either once it is another
 * user's: the kernel sees to that when the user changes, unless
 * fs.suid_dumpable is 1, and then no child is made in this way.
 */
#include "shim_job.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim_child.h"
#include "shim_quick.h"
#include "shim_spec.h"
#include "spool.h"

#define STACK_BYTES 16384

/* Quick children would be open to their users. */
static bool is_never_quick;

/* The one digit in that file; 0 if there is none. */
static char
read_suid_dumpable(void)
{
	char digit = 0;
	int fd = open("/proc/sys/fs/suid_dumpable", O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return 0;
	if (read(fd, &digit, 1) != 1)
		digit = 0;
	close(fd);
	return digit;
}

void
shim_job_init(void)
{
	char dumpable = read_suid_dumpable();

	is_never_quick = dumpable != '0' && dumpable != '2';
	shim_quick_init();
	shim_child_harden();
}

static void
close_one(int fd)
{
	if (fd != -1)
		close(fd);
}

static void
close_pair(int pair[2])
{
	close_one(pair[0]);
	close_one(pair[1]);
}

static int
open_pipe(int pair[2])
{
	if (pipe2(pair, O_CLOEXEC) == -1)
		return -1;
	return fcntl(pair[0], F_SETFL, O_NONBLOCK);
}

static bool
has_cgroup(const struct spec *spec)
{
	return *shim_spec_text(spec, spec->cgroup_at) != '\0';
}

/*
 * A child that needs to be dumpable to write its own score (set_manners) must
 * not share our memory.
 */
static bool
is_quick(const struct spec *spec)
{
	const char *argv0 = shim_spec_text(spec, spec->argv_at);
	const char *shell = shim_spec_text(spec, spec->shell_at);

#ifdef __SANITIZE_ADDRESS__
	return false; /* it would take the child's stack for ours */
#endif
	return !is_never_quick && !has_cgroup(spec)
	    && (spec->flags & SPEC_HELPER) == 0
	    && shim_child_has_few_words(spec)
	    && (geteuid() == 0 || !shim_child_has_own_score(spec))
	    && shim_quick_path(shim_spec_text(spec, spec->cwd_at))
	    && ((spec->flags & (SPEC_ARGV | SPEC_DIRECT)) == 0
		|| shim_quick_path(argv0))
	    && ((spec->flags & SPEC_ARGV) != 0
		|| (*shell == '/' && shim_quick_path(shell)));
}

static int
be_quick_child(void *child)
{
	shim_child_run(child);
}

static pid_t
start_quick(struct shim_child *child)
{
	_Alignas(16) char stack[STACK_BYTES];

	return clone(be_quick_child, stack + sizeof stack,
	    CLONE_VM | CLONE_VFORK | SIGCHLD, child);
}

/*
 * Forks straight into the cgroup (Linux 5.7). A process that moves itself
 * there waits for all the kernel's readers: 5 to 15 ms, twenty times what the
 * rest of a start takes. -1 where that cannot be had: the child moves itself.
 */
static pid_t
fork_into(const char *cgroup)
{
	struct clone_args how = { .flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD };
	int fd = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
	pid_t pid;

	if (fd == -1)
		return -1;
	how.cgroup = (uint64_t)fd;
	pid = (pid_t)syscall(SYS_clone3, &how, sizeof how);
	close(fd);
	return pid;
}

static pid_t
start_forked(struct shim_child *child)
{
	const char *cgroup
	    = shim_spec_text(child->spec, child->spec->cgroup_at);
	pid_t pid = -1;

	child->in_cgroup = true;
	if (*cgroup != '\0')
		pid = fork_into(cgroup);
	if (pid == -1) {
		child->in_cgroup = false;
		pid = fork();
	}

	if (pid == 0)
		shim_child_run(child);
	return pid;
}

int
shim_job_start(struct shim_job *job, const struct spec *spec)
{
	int status[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
	bool quick = is_quick(spec);
	struct shim_child child = { .spec = spec, .shim = getpid() };

	job->fault = (struct shim_fault) { STAGE_PIPE, 0 };
	if ((!quick && pipe2(status, O_CLOEXEC) == -1) || open_pipe(out) == -1
	    || ((spec->flags & SPEC_MERGE) == 0 && open_pipe(err) == -1))
		goto fail;
	child.out = out[1];
	child.err = err[1];
	child.status = status[1];
	child.fault = &job->fault;
	job->fault.stage = STAGE_NONE;
	job->pid = quick ? start_quick(&child) : start_forked(&child);
	if (job->pid == -1) {
		job->fault.stage = STAGE_FORK;
		goto fail;
	}
	close_one(status[1]);
	close_one(out[1]);
	close_one(err[1]);
	job->status = status[0];
	job->out = out[0];
	job->err = err[0];
	return 0;
fail:
	job->fault.error = errno;
	close_pair(status);
	close_pair(out);
	close_pair(err);
	return -1;
}

bool
shim_job_read_status(struct shim_job *job)
{
	ssize_t n;

	if (job->status == -1)
		return job->fault.stage == STAGE_NONE;
	do
		n = read(job->status, &job->fault, sizeof job->fault);
	while (n == -1 && errno == EINTR);
	close(job->status);
	job->status = -1;
	if (n != (ssize_t)sizeof job->fault)
		job->fault = (struct shim_fault) { STAGE_NONE, 0 };
	return job->fault.stage == STAGE_NONE;
}
