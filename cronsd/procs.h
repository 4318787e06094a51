/*
 * procs: processes as /proc shows them, chosen and ended together with all
 * that descends from them. It does not know runs or shims. No stdio, no
 * malloc: the shim links this.
 */
#ifndef CRONSD_PROCS_H
#define CRONSD_PROCS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct proc {
	pid_t pid;
	pid_t parent;
	pid_t session;
	char state; /* as in /proc/PID/stat: R S D T t Z X */
	uint64_t start; /* clock ticks since boot */
};

/*
 * Who is meant: processes for which is_chosen (NULL: none) says so, and all
 * descendants of those and of the process `below` (0: none; it itself is not
 * meant). The caller and its ancestors are never meant.
 */
struct procs_choice {
	bool (*is_chosen)(void *arg, const struct proc *proc);
	void *arg;
	pid_t below;
};

/*
 * Sends the signal to each of them once. Returns how many there are, zombies
 * not counted, or -1 and errno if /proc cannot be read.
 */
int procs_signal(const struct procs_choice *choice, int signal);

/*
 * Stops them all with SIGSTOP, looking again until a look finds no new ones,
 * so that whoever forks faster than we look is caught; then kills them.
 * Returns how many were killed (call again until that is 0), -1 as above.
 * Takes at most some dozens of looks.
 */
int procs_kill(const struct procs_choice *choice);

/* What /proc says of one; false if there is none. */
bool procs_find(pid_t pid, struct proc *proc);

/*
 * One text file of a process ("stat", "environ", "status"), at most cap - 1
 * bytes, NUL-ended. Its length, or -1.
 */
ssize_t procs_read(pid_t pid, const char *file, char *text, size_t cap);

/* Writes a small text to a file of the kernel (/proc, cgroup): 0, or -1. */
int procs_write(const char *path, const char *text);

#endif
