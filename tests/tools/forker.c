/*
 * forker: a fork bomb that gives nobody time to look. Every process forks as
 * fast as it can, for ever; some leave the session; TERM is ignored.
 *
 *	forker FILE
 *
 * FILE is made when the limit of processes was hit for the first time. To be
 * run under such a limit only.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct rlimit limit;
	unsigned count = 0;
	pid_t pid;

	if (argc != 2 || getrlimit(RLIMIT_NPROC, &limit) == -1
	    || limit.rlim_cur > 200 || getuid() == 0)
		errx(2, "only under a limit of 200 processes, not as root");
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		pid = fork();
		if (pid == -1)
			close(open(argv[1], O_CREAT | O_WRONLY, 0666));
		if (pid == 0 && ++count % 4 == 0)
			setsid();
		if (pid == 0 && count % 7 == 0)
			_exit(0); /* makes room for others */
	}
}
