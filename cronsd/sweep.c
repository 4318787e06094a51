/*
 * The job itself dies with its shim (its death signal), so most often its
 * session has no leader here. Its number is then still taken as long as one
 * of the session lives, and a stranger could have it only after the kernel
 * went through all numbers since; the uid and the start time must fit too.
 *
 * Start times are in clock ticks, cut: nothing that belongs to the run can
 * seem older than its start by more than one tick.
 */
#include "sweep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "procs.h"

#define ROUNDS 100
#define ROUND_NS 20000000
#define JOB_STARTS_WITHIN_US 2000000
#define ENVIRON_MAX (256 * 1024)

bool
sweep_parse(
    struct sweep_target *target, const char *name, const char *header)
{
	int64_t uid = spool_number(header, "uid", -1);
	uint32_t fence;

	*target = (struct sweep_target) { 0 };
	target->start_boot_us = spool_number(header, "start_boot", -1);
	target->job = (pid_t)spool_number(header, "job", 0);
	spool_value(header, "cgroup", target->cgroup, sizeof target->cgroup);
	target->uid = (uid_t)uid;
	return uid >= 0 && target->start_boot_us >= 0
	    && spool_parse_name(
		name, target->instance, &target->run, &fence);
}

/* ---- who is meant ---- */

struct look {
	const struct sweep_target *target;
	char *environment; /* ENVIRON_MAX bytes */
	uint64_t from, job_until; /* ticks */
	bool has_session; /* the job's session number is still the job's */
};

/* The real uid: a program that became root is of the run all the same. */
static bool
has_uid(pid_t pid, uid_t uid)
{
	char text[2048];
	const char *at;

	if (procs_read(pid, "status", text, sizeof text) <= 0)
		return false;
	at = strstr(text, "\nUid:");
	return at != NULL && strtoul(at + 5, NULL, 10) == uid;
}

/* Is that NAME=VALUE among the strings? */
static bool
has_word(const char *strings, ssize_t len, const char *word)
{
	const char *at = strings;

	while (at < strings + len) {
		if (strcmp(at, word) == 0)
			return true;
		at += strlen(at) + 1;
	}
	return false;
}

static bool
has_marks(struct look *look, pid_t pid)
{
	char run[48], instance[48];
	ssize_t len = procs_read(
	    pid, "environ", look->environment, ENVIRON_MAX);

	snprintf(run, sizeof run, "CRONS_RUN=%lld",
	    (long long)look->target->run);
	snprintf(instance, sizeof instance, "CRONS_INSTANCE=%s",
	    look->target->instance);
	return len > 0 && has_word(look->environment, len, run)
	    && has_word(look->environment, len, instance);
}

static bool
is_of_run(void *arg, const struct proc *proc)
{
	struct look *look = arg;

	if (proc->start < look->from || !has_uid(proc->pid, look->target->uid))
		return false;
	if (look->has_session && proc->session == look->target->job)
		return true;
	return has_marks(look, proc->pid);
}

/* Asked before each look: a leader that started later is a stranger. */
static bool
is_session_ours(const struct look *look)
{
	pid_t job = look->target->job;
	struct proc leader;

	if (job == 0)
		return false;
	if (!procs_find(job, &leader))
		return true;
	return leader.start >= look->from && leader.start <= look->job_until;
}

/* ---- ending them ---- */

static void
kill_cgroup(const char *cgroup)
{
	char path[SPOOL_HEADER_ROOM + 32];

	if (cgroup[0] == '\0')
		return;
	snprintf(path, sizeof path, "%s/cgroup.kill", cgroup);
	procs_write(path, "1");
}

/* True once it is gone or there is none. */
static bool
remove_cgroup(const char *cgroup)
{
	return cgroup[0] == '\0' || rmdir(cgroup) == 0 || errno == ENOENT;
}

static uint64_t
ticks(int64_t boot_us)
{
	return (uint64_t)boot_us / (1000000 / (uint64_t)sysconf(_SC_CLK_TCK));
}

/*
 * One round kills whoever is found. Rounds go on until one finds nobody and
 * the cgroup is empty: what was killed needs a moment to be gone.
 */
int
sweep_run(const struct sweep_target *target)
{
	struct look look = { .target = target,
		.environment = malloc(ENVIRON_MAX),
		.from = ticks(target->start_boot_us) - 1,
		.job_until
		= ticks(target->start_boot_us + JOB_STARTS_WITHIN_US) };
	struct procs_choice choice = { is_of_run, &look, 0 };
	int count = 0, found = -1;

	if (look.environment == NULL)
		return -1;
	for (int round = 0; round < ROUNDS; round++) {
		struct timespec moment = { 0, ROUND_NS };

		kill_cgroup(target->cgroup);
		look.has_session = is_session_ours(&look);
		found = procs_kill(&choice);
		if (found == -1)
			break;
		count += found;
		if (found == 0 && remove_cgroup(target->cgroup))
			break;
		found = -1;
		nanosleep(&moment, NULL);
	}
	free(look.environment);
	return found == -1 ? -1 : count;
}
