/*
 * The child goes through the steps of a table, in an order that matters:
 *
 * The cgroup comes first, so that nothing the job does lies outside of it.
 * What needs root (limits, priority, protection from the out-of-memory
 * killer) comes before the user is changed; groups before the group, the
 * group before the user, because each step takes away the right to do the
 * next. Then it is tried whether one can go back: if root, or its group, can
 * be had again, nothing is executed. The death signal is set after that,
 * since the kernel forgets it when the user changes. The directory is entered
 * as the user: root could enter what the user must not, and an NFS server may
 * know the user only. Descriptors are closed last.
 *
 * The first step that fails ends the child, and its number in enum stage and
 * its errno are handed to the shim: through the status pipe, or, if the child
 * borrows the shim's memory (shim_job), in a variable of the shim.
 */
#include "shim_child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "procs.h"
#include "shim_cgroup.h"
#include "shim_spec.h"
#include "spool.h"
#include "spool_text.h"

#define FEW_WORDS 126 /* of argv and environment, on the stack */
#define STATUS_FD 3 /* in the child, just before exec */

/*
 * Held back, not ignored: one call of the child frees the job of all, and who
 * asks a child to end that is not yet the job is obeyed by the job.
 */
static const int held[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM,
	SIGTERM, SIGUSR2, SIGXFSZ, SIGXCPU, SIGTSTP, SIGTTIN, SIGTTOU };

#define HELD_COUNT (sizeof held / sizeof held[0])

/* Of this process, and so of each child before it sets its own. */
static int64_t own_oom_score_adj;

void
shim_child_harden(void)
{
	char number[16], key[20] = "n=";
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < HELD_COUNT; i++)
		sigaddset(&set, held[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	procs_write("/proc/self/oom_score_adj", "-1000");
	procs_read(getpid(), "oom_score_adj", number, sizeof number);
	memcpy(key + 2, number, sizeof number);
	own_oom_score_adj = spool_number(key, "n", 0);
}

bool
shim_child_has_own_score(const struct spec *spec)
{
	return spec->oom_score_adj != own_oom_score_adj;
}

/* ---- the steps; each returns 0, or -1 and errno ---- */

static int
enter_cgroup(const struct shim_child *child)
{
	const char *cgroup
	    = shim_spec_text(child->spec, child->spec->cgroup_at);

	return child->in_cgroup ? 0 : shim_cgroup_enter(cgroup);
}

static int
start_session(const struct shim_child *child)
{
	(void)child;
	return setsid() == -1 ? -1 : 0;
}

/* The same bytes behind a description of its own that cannot write. */
static int
reopen_to_read(int fd)
{
	char path[40];
	struct spool_text text = spool_text(path, sizeof path);

	spool_put(&text, "/proc/self/fd/");
	spool_put_number(&text, fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Standard input with the text: in memory, sealed, so no feeder process. */
static int
make_input(const char *bytes, size_t len)
{
	int fd = (int)syscall(SYS_memfd_create, "stdin",
	    MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t done = 0;
	ssize_t n;

	if (fd == -1)
		return -1;
	while (done < len) {
		n = pwrite(fd, bytes + done, len - done, (off_t)done);
		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	if (fcntl(fd, F_ADD_SEALS,
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)
	    == -1)
		return -1;
	return reopen_to_read(fd);
}

static int
open_input(const struct shim_child *child)
{
	const struct spec *spec = child->spec;
	int fd;

	if (spec->stdin_len == 0)
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	else
		fd = make_input(shim_spec_text(spec, spec->stdin_at),
		    spec->stdin_len);
	return fd == -1 ? -1 : dup2(fd, STDIN_FILENO);
}

static int
connect_output(const struct shim_child *child)
{
	if (dup2(child->out, STDOUT_FILENO) == -1
	    || dup2(child->err == -1 ? child->out : child->err, STDERR_FILENO)
		== -1)
		return -1;
	return 0;
}

static int
set_limits(const struct shim_child *child)
{
	const struct spec *spec = child->spec;

	for (uint32_t i = 0; i < spec->limit_count; i++) {
		struct rlimit limit = { spec->limit[i].soft,
			spec->limit[i].hard };

		if (setrlimit(spec->limit[i].resource, &limit) == -1)
			return -1;
	}
	return 0;
}

/*
 * Priorities, mask of new files, and how gladly the kernel kills it for memory;
 * the last as far as it is allowed: no reason not to run. (A process that
 * cannot be dumped may not write its own files in /proc unless it is root.)
 */
static int
set_manners(const struct shim_child *child)
{
	char number[8];
	struct spool_text text = spool_text(number, sizeof number);
	int nice;

	umask(child->spec->umask);
	if (shim_child_has_own_score(child->spec)) {
		if (child->status != -1)
			prctl(PR_SET_DUMPABLE, 1);
		spool_put_number(&text, child->spec->oom_score_adj);
		procs_write("/proc/self/oom_score_adj", number);
	}
	if (child->spec->ioprio != 0
	    && syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
		   child->spec->ioprio)
		== -1)
		return -1;
	if (child->spec->nice == 0)
		return 0;
	errno = 0;
	nice = getpriority(PRIO_PROCESS, 0);
	if (nice == -1 && errno != 0)
		return -1;
	return setpriority(PRIO_PROCESS, 0, nice + child->spec->nice);
}

static int
set_groups(const struct shim_child *child)
{
	const struct spec *spec = child->spec;

	if ((spec->flags & SPEC_DROP) == 0)
		return 0;
	return (int)syscall(SYS_setgroups, spec->group_count,
	    shim_spec_text(spec, spec->groups_at));
}

static int
set_group(const struct shim_child *child)
{
	uint32_t gid = child->spec->gid;

	if ((child->spec->flags & SPEC_DROP) == 0)
		return 0;
	return (int)syscall(SYS_setresgid, gid, gid, gid);
}

static int
set_user(const struct shim_child *child)
{
	uint32_t uid = child->spec->uid;

	if ((child->spec->flags & SPEC_DROP) == 0)
		return 0;
	return (int)syscall(SYS_setresuid, uid, uid, uid);
}

/* Are all three ids what they should be? */
static bool
are_ids(const struct spec *spec)
{
	uid_t uid[3];
	gid_t gid[3];

	if (getresuid(&uid[0], &uid[1], &uid[2]) == -1
	    || getresgid(&gid[0], &gid[1], &gid[2]) == -1)
		return false;
	for (int i = 0; i < 3; i++)
		if (uid[i] != spec->uid || gid[i] != spec->gid)
			return false;
	return true;
}

/* Fails if privileges can be had again: then the drop was none. */
static int
check_regain(const struct shim_child *child)
{
	const struct spec *spec = child->spec;

	if ((spec->flags & SPEC_DROP) == 0)
		return 0;
	errno = EPERM;
	if (!are_ids(spec))
		return -1;
	if (spec->uid == 0)
		return 0;
	if (syscall(SYS_setresuid, -1, 0, -1) == 0
	    || syscall(SYS_setuid, 0) == 0
	    || (spec->gid != 0 && syscall(SYS_setresgid, -1, 0, -1) == 0)
	    || syscall(SYS_setgroups, 0, NULL) == 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

/* If the shim is gone already, nobody would ever send the death signal. */
static int
bind_to_shim(const struct shim_child *child)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		return -1;
	if (getppid() != child->shim)
		_exit(1);
	if ((child->spec->flags & SPEC_NO_NEW_PRIVS) != 0)
		return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return 0;
}

static int
enter_directory(const struct shim_child *child)
{
	if (chdir(shim_spec_text(child->spec, child->spec->cwd_at)) == 0
	    || (child->spec->flags & SPEC_CWD_MAY_FAIL) != 0)
		return 0;
	return -1;
}

static int
free_signals(const struct shim_child *child)
{
	sigset_t none;

	(void)child;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* ---- exec ---- */

/* As execvp does, with PATH from the job's own environment. */
static void
exec_searched(char **argv, char **env)
{
	char path[4096];
	const char *dirs = "/usr/bin:/bin", *end;

	for (char **at = env; *at != NULL; at++)
		if (strncmp(*at, "PATH=", 5) == 0)
			dirs = *at + 5;
	for (;; dirs = end + 1) {
		struct spool_text text = spool_text(path, sizeof path);
		size_t len;

		end = strchrnul(dirs, ':');
		len = (size_t)(end - dirs);
		if (len > 0 && len < sizeof path / 2) {
			memcpy(path, dirs, len);
			text.len = len;
			path[len] = '\0';
			spool_put(&text, "/");
			spool_put(&text, argv[0]);
			execve(path, argv, env);
			if (errno != ENOENT && errno != ENOTDIR
			    && errno != EACCES)
				return;
		}
		if (*end == '\0')
			return;
	}
}

static void
exec_shell(const struct spec *spec, char **env)
{
	const char *shell = shim_spec_text(spec, spec->shell_at);
	const char *command = shim_spec_text(spec, spec->command_at);
	char dash_c[] = "-c";
	char *argv[] = { (char *)(uintptr_t)shell, dash_c,
		(char *)(uintptr_t)command, NULL };

	execve(shell, argv, env);
}

static bool
is_for_the_shell(int error)
{
	return error == ENOENT || error == EACCES || error == ENOEXEC;
}

/* Returns only if nothing could be executed, with errno. */
static void
exec_words(const struct spec *spec, char **argv)
{
	char **env = argv + spec->argv_count + 1;

	shim_spec_words(spec, spec->argv_at, spec->argv_count, argv);
	shim_spec_words(spec, spec->env_at, spec->env_count, env);
	if ((spec->flags & (SPEC_ARGV | SPEC_DIRECT)) != 0) {
		if (strchr(argv[0], '/') == NULL)
			exec_searched(argv, env);
		else
			execve(argv[0], argv, env);
		if ((spec->flags & SPEC_ARGV) != 0
		    || !is_for_the_shell(errno))
			return;
	}
	exec_shell(spec, env);
}

bool
shim_child_has_few_words(const struct spec *spec)
{
	return (uint64_t)spec->argv_count + spec->env_count <= FEW_WORDS;
}

static void
execute(const struct spec *spec)
{
	size_t count = (size_t)spec->argv_count + spec->env_count + 2;
	char *few[FEW_WORDS + 2], **many;

	if (shim_child_has_few_words(spec)) {
		exec_words(spec, few);
		return;
	}
	many = mmap(NULL, count * sizeof *many, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (many != MAP_FAILED)
		exec_words(spec, many);
}

/* ---- the child ---- */

static _Noreturn void
give_up(const struct shim_child *child, int status_fd, struct shim_fault fault)
{
	ssize_t ignored_result;

	if (child->status == -1)
		*child->fault = fault;
	else {
		ignored_result = write(status_fd, &fault, sizeof fault);
		(void)ignored_result; /* then it seems to have ended at once */
	}
	_exit(1);
}

/* A helper closes it when it has executed the job, and may say why not. */
static int
cloexec(const struct spec *spec)
{
	return (spec->flags & SPEC_HELPER) != 0 ? 0 : O_CLOEXEC;
}

void
shim_child_run(const struct shim_child *child)
{
	static const struct {
		int (*take)(const struct shim_child *child);
		enum stage stage;
	} steps[] = {
		{ enter_cgroup, STAGE_CGROUP },
		{ start_session, STAGE_SETSID },
		{ open_input, STAGE_STDIN },
		{ connect_output, STAGE_PIPE },
		{ set_limits, STAGE_LIMITS },
		{ set_manners, STAGE_NICE },
		{ set_groups, STAGE_GROUPS },
		{ set_group, STAGE_GID },
		{ set_user, STAGE_UID },
		{ check_regain, STAGE_REGAIN },
		{ bind_to_shim, STAGE_SIGNALS },
		{ enter_directory, STAGE_CHDIR },
		{ free_signals, STAGE_SIGNALS },
	};

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (steps[i].take(child) == -1)
			give_up(child, child->status,
			    (struct shim_fault) { steps[i].stage, errno });
	/* Older kernels have no close_range: all of ours are close-on-exec. */
	if (child->status != -1)
		dup3(child->status, STATUS_FD, cloexec(child->spec));
	syscall(SYS_close_range,
	    child->status == -1 ? STATUS_FD : STATUS_FD + 1, ~0u, 0);
	execute(child->spec);
	give_up(child, STATUS_FD, (struct shim_fault) { STAGE_EXEC, errno });
}

