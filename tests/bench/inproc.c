/*
 * inproc: what a scheduler costs that captures output itself, as those do
 * whose runs die with them: per run two pipes, a child by vfork, an epoll loop
 * that copies what comes into a file of the run, and a wait.
 *
 *	inproc DIRECTORY COUNT WINDOW COMMAND
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
	pid_t pid;
	int fd[2]; /* its stdout and stderr, -1 closed */
	int file;
	long run;
};

static const char *directory, *command;
static int epoll_fd;
static long started, ended;

/* vfork is all right: the child only makes system calls. */
static void
execute(const int out[2], const int error[2])
{
	setsid();
	dup2(out[1], STDOUT_FILENO);
	dup2(error[1], STDERR_FILENO);
	execl("/bin/sh", "/bin/sh", "-c", command, (char *)NULL);
	_exit(127);
}

static void
start(struct child *child)
{
	int out[2], error[2];
	char path[512];

	child->run = ++started;
	snprintf(path, sizeof path, "%s/run-%ld", directory, child->run);
	child->file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (child->file == -1 || pipe2(out, O_CLOEXEC) == -1
	    || pipe2(error, O_CLOEXEC) == -1)
		err(1, "%s", path);
	child->pid = vfork();
	if (child->pid == 0)
		execute(out, error);
	close(out[1]);
	close(error[1]);
	child->fd[0] = out[0];
	child->fd[1] = error[0];
	for (int i = 0; i < 2; i++) {
		struct epoll_event event = { .events = EPOLLIN };

		event.data.ptr = child;
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, child->fd[i], &event);
	}
}

/* Reads what there is; both pipes at their end: the run is over. */
static void
read_child(struct child *child)
{
	static char bytes[65536];
	ssize_t n;

	for (int i = 0; i < 2; i++) {
		if (child->fd[i] == -1)
			continue;
		fcntl(child->fd[i], F_SETFL, O_NONBLOCK);
		while ((n = read(child->fd[i], bytes, sizeof bytes)) > 0)
			if (write(child->file, bytes, (size_t)n) != n)
				err(1, "writing");
		if (n == 0) {
			close(child->fd[i]);
			child->fd[i] = -1;
		}
	}
	if (child->fd[0] != -1 || child->fd[1] != -1)
		return;
	close(child->file);
	waitpid(child->pid, NULL, 0);
	child->pid = 0;
	ended++;
}

int
main(int argc, char **argv)
{
	struct epoll_event events[64];
	struct child *children;
	long count, window;

	if (argc != 5)
		errx(2, "usage: see the head of inproc.c");
	directory = argv[1];
	count = atol(argv[2]);
	window = atol(argv[3]);
	command = argv[4];
	children = calloc((size_t)window, sizeof *children);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	while (ended < count) {
		for (long i = 0; i < window && started < count; i++)
			if (children[i].pid == 0)
				start(&children[i]);
		int n = epoll_wait(epoll_fd, events, 64, -1);

		for (int i = 0; i < n; i++) {
			struct child *child = events[i].data.ptr;

			if (child->pid != 0)
				read_child(child);
		}
	}
	free(children);
	return 0;
}
