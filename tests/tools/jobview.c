/*
 * jobview: what a job finds itself to be, one line a thing: open descriptors,
 * signals, mask of files, limits, priority, ids, session. It looks without a
 * shell or a library that would change what is looked at.
 *
 *	jobview
 */
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void
view_descriptors(void)
{
	printf("descriptors");
	for (int fd = 0; fd < 4096; fd++) {
		int flags = fcntl(fd, F_GETFL);

		if (flags != -1)
			printf(" %d%s%s", fd,
			    (flags & O_ACCMODE) == O_RDONLY	  ? "r"
				: (flags & O_ACCMODE) == O_WRONLY ? "w"
								  : "rw",
			    (flags & (O_NONBLOCK | O_APPEND)) != 0 ? "!" : "");
	}
	printf("\n");
}

static void
view_signals(void)
{
	struct sigaction action;
	sigset_t mask;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	printf("not default");
	for (int i = 1; i < 65; i++)
		if (sigaction(i, NULL, &action) == 0
		    && (action.sa_handler != SIG_DFL
			|| sigismember(&mask, i) == 1))
			printf(" %d", i);
	printf("\n");
}

static void
view_ids(void)
{
	uid_t uid[3];
	gid_t gid[3], groups[64];
	int count = getgroups(64, groups);

	if (getresuid(&uid[0], &uid[1], &uid[2]) == -1
	    || getresgid(&gid[0], &gid[1], &gid[2]) == -1)
		return;
	printf("uid %u %u %u\ngid %u %u %u\ngroups", uid[0], uid[1], uid[2],
	    gid[0], gid[1], gid[2]);
	for (int i = 0; i < count; i++)
		printf(" %u", groups[i]);
	printf("\n");
}

int
main(void)
{
	struct rlimit files, processes;
	mode_t mask = umask(0);
	int death = 0;

	view_descriptors();
	view_signals();
	view_ids();
	getrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_NPROC, &processes);
	prctl(PR_GET_PDEATHSIG, &death);
	printf("umask %o\nnofile %ld %ld\nnproc %ld\nnice %d\n", mask,
	    (long)files.rlim_cur, (long)files.rlim_max,
	    (long)processes.rlim_cur, getpriority(PRIO_PROCESS, 0));
	printf("own session %s\ndeath signal %d\nno new privileges %d\n",
	    getsid(0) == getpid() && getpgrp() == getpid() ? "yes" : "no",
	    death, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	return 0;
}
