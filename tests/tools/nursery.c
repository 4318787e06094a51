/*
 * nursery: runs a command and lets none of its descendants outlive it.
 *
 *	nursery LEFT-FILE COMMAND...
 *
 * Whatever the command started comes to us when its parent ends, however it
 * ran away (we are a subreaper). What still lives three seconds after the
 * command is written to LEFT-FILE, a command line each, and killed. The exit
 * status is the command's; 128 and the number if a signal ended it. TERM and
 * INT are passed on to the command.
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

#define PAUSE_US 20000
#define PAUSES (3 * 1000000 / PAUSE_US)

static pid_t command;

static void
on_signal(int number)
{
	kill(command, number);
}

/* The next of our children, among them all orphans below us; 0 none. */
static pid_t
first_child(void)
{
	FILE *list = fopen("/proc/thread-self/children", "re");
	int pid = 0;

	if (list == NULL)
		err(1, "/proc/thread-self/children");
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

/* Children of a killed one come to us and are next. */
static void
end_the_rest(const char *path)
{
	FILE *left = NULL;
	pid_t pid;

	for (int i = 0; i < PAUSES && first_child() != 0; i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		usleep(PAUSE_US);
	}
	while ((pid = first_child()) != 0) {
		if (left == NULL && (left = fopen(path, "we")) == NULL)
			err(1, "%s", path);
		tell(left, pid);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	if (left != NULL)
		fclose(left);
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
