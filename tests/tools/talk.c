/*
 * talk: the protocol by hand, as `nc -U` would do it.
 *
 *	talk [-g] [-t SECONDS] SOCKET <requests
 *
 * Sends standard input, then says that it has no more, and copies what comes
 * back until the daemon closes. -g only waits for the greeting and prints it.
 * Exit status 0; 1 if the socket cannot be reached or closes before a
 * greeting; 124 if it took longer than -t (10 seconds).
 */
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
connect_to(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || strlen(path) >= sizeof to.sun_path)
		errx(1, "%s: no socket, or its name is too long", path);
	memcpy(to.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == -1)
		err(1, "%s", path);
	return fd;
}

static int
greeting(int fd)
{
	char line[4096];
	ssize_t n = read(fd, line, sizeof line);

	if (n < 9 || memcmp(line, "200 crons", 9) != 0)
		return 1;
	return write(STDOUT_FILENO, line, (size_t)n) == n ? 0 : 1;
}

/* Moves what there is; false at the end of what `from` has to say. */
static bool
move(int from, int to)
{
	char bytes[65536];
	ssize_t n = read(from, bytes, sizeof bytes);

	for (ssize_t done = 0, sent; done < n; done += sent) {
		sent = write(to, bytes + done, (size_t)(n - done));
		if (sent <= 0)
			return false;
	}
	return n > 0;
}

static void
converse(int fd)
{
	struct pollfd fds[2] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents != 0 && !move(STDIN_FILENO, fd)) {
			fds[0].fd = -1;
			shutdown(fd, SHUT_WR);
		}
		if (fds[1].revents != 0 && !move(fd, STDOUT_FILENO))
			return;
	}
}

static void
on_alarm(int number)
{
	(void)number;
	_exit(124);
}

int
main(int argc, char **argv)
{
	bool only_greeting = false;
	unsigned seconds = 10;
	int option, fd;

	while ((option = getopt(argc, argv, "gt:")) != -1) {
		if (option == 'g')
			only_greeting = true;
		else if (option == 't')
			seconds = (unsigned)atoi(optarg);
		else
			return 2;
	}
	if (optind + 1 != argc)
		errx(2, "usage: talk [-g] [-t SECONDS] SOCKET");
	signal(SIGALRM, on_alarm);
	signal(SIGPIPE, SIG_IGN);
	alarm(seconds);
	fd = connect_to(argv[optind]);
	if (only_greeting)
		return greeting(fd);
	converse(fd);
	return 0;
}
