/*
 * nursery: runs a command and lets none of its descendants outlive it.
 *
 *	nursery LEFT-FILE COMMAND...
 *
 * Whatever the command started comes to us when its parent ends, however it
 * ran away (we are a subreaper). What still lives three seconds after the
 * command is written to LEFT-FILE, a command line each, and killed, also if it
 * forks faster than it can be looked at. The exit status is the command's; 128
 * and the number if a signal ended it. TERM and INT are passed on to the
 * command.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cronsd/procs.h"

#define PAUSE_US 20000
#define PAUSES (3 * 1000000 / PAUSE_US)
#define MOST_AT_ONCE 1000 /* dead ones; a fork bomb has always another */
#define MOST_KILLS 1000

static pid_t command;

static void
on_signal(int number)
{
	kill(command, number);
}

static FILE *
open_children(void)
{
	FILE *list = fopen("/proc/thread-self/children", "re");

	if (list == NULL)
		err(1, "/proc/thread-self/children");
	return list;
}

/* The next of our children, among them all orphans below us; 0 none. */
static pid_t
first_child(void)
{
	FILE *list = open_children();
	int pid = 0;

	if (fscanf(list, "%d", &pid) != 1)
		pid = 0;
	fclose(list);
	return pid;
}

static void
tell(FILE *left, pid_t pid)
{
	char path[64], line[4096];
	size_t len;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return;
	len = fread(line, 1, sizeof line - 1, file);
	fclose(file);
	for (size_t i = 0; i < len; i++)
		if (line[i] == '\0')
			line[i] = ' ';
	line[len] = '\0';
	if (len > 0) /* else it is dead already */
		fprintf(left, "%s\n", line);
}

static void
tell_all(FILE *left)
{
	FILE *list = open_children();
	int pid;

	while (fscanf(list, "%d", &pid) == 1)
		tell(left, pid);
	fclose(list);
}

static void
reap(void)
{
	for (int i = 0; i < MOST_AT_ONCE && waitpid(-1, NULL, WNOHANG) > 0; i++)
		continue;
}

/* Kills what there is, and what that left to us, until nothing is left. */
static void
kill_all(void)
{
	struct procs_choice all = { .below = getpid() };

	for (int i = 0; i < MOST_KILLS && first_child() != 0; i++) {
		procs_kill(&all);
		reap();
	}
}

static void
end_the_rest(const char *path)
{
	FILE *left;

	for (int i = 0; i < PAUSES && first_child() != 0; i++) {
		reap();
		usleep(PAUSE_US);
	}
	if (first_child() == 0)
		return;
	left = fopen(path, "we");
	if (left == NULL)
		err(1, "%s", path);
	tell_all(left);
	fclose(left);
	kill_all();
}

int
main(int argc, char **argv)
{
	int status = 0;
	pid_t pid;

	if (argc < 3)
		errx(2, "usage: nursery LEFT-FILE COMMAND...");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	command = fork();
	if (command == -1)
		err(1, "fork");
	if (command == 0) {
		execvp(argv[2], argv + 2);
		err(127, "%s", argv[2]);
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	do
		pid = waitpid(-1, &status, 0);
	while (pid != command && (pid != -1 || errno == EINTR));
	end_the_rest(argv[1]);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}
