/*
 * jobview: what a job finds itself to be, one line a thing: open descriptors,
 * signals, mask of files, limits, priority, ids, session. It looks without a
 * shell or a library that would change what is looked at.
 *
 *	jobview			says it on standard output
 *	jobview DIR NAME [WORD...]
 *				leaves it in a new file DIR/NAME.NUMBER,
 *				complete as soon as it is there, together with
 *				its words, input, environment and directory
 */
#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

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

static void
view_limits(void)
{
	struct rlimit files, processes;
	mode_t mask = umask(0);
	int death = 0;

	getrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_NPROC, &processes);
	prctl(PR_GET_PDEATHSIG, &death);
	printf("umask %o\nnofile %ld %ld\nnproc %ld\nnice %d\n", mask,
	    (long)files.rlim_cur, (long)files.rlim_max,
	    (long)processes.rlim_cur, getpriority(PRIO_PROCESS, 0));
	printf("own session %s\ndeath signal %d\nno new privileges %d\n",
	    getsid(0) == getpid() && getpgrp() == getpid() ? "yes" : "no",
	    death, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

/* ---- left in a file ---- */

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
view_environment(void)
{
	size_t count = 0;

	while (environ[count] != NULL)
		count++;
	qsort(environ, count, sizeof *environ, compare);
	for (size_t i = 0; i < count; i++)
		printf("env %s\n", environ[i]);
}

static void
view_input(void)
{
	char bytes[4096];
	size_t len = fread(bytes, 1, sizeof bytes, stdin);

	printf("input ");
	for (size_t i = 0; i < len; i++)
		if (bytes[i] == '\n')
			printf("\\n");
		else
			putchar(bytes[i]);
	printf("\n");
}

/* What the three are, and whether output and errors are one thing. */
static void
view_kinds(void)
{
	struct stat st[3];

	for (int fd = 0; fd < 3; fd++) {
		if (fstat(fd, &st[fd]) == -1)
			err(1, "descriptor %d", fd);
		printf("kind %d %s\n", fd,
		    S_ISFIFO(st[fd].st_mode)	  ? "pipe"
			: S_ISREG(st[fd].st_mode) ? "file"
						  : "device");
	}
	printf("output and errors are %s\n",
	    st[1].st_ino == st[2].st_ino && st[1].st_dev == st[2].st_dev
		? "one"
		: "two");
}

/* A shell may stand between the session's leader and us, or be us. */
static void
view_words(int argc, char **argv)
{
	char here[4096];
	pid_t leader = getsid(0);

	printf("session of the job's %s\n",
	    getpgrp() == leader
		    && (leader == getpid() || leader == getppid())
		? "yes"
		: "no");
	for (int i = 1; i < argc; i++)
		printf("word %s\n", argv[i]);
	printf("directory %s\n", getcwd(here, sizeof here));
}

static void
view_all(int argc, char **argv)
{
	view_words(argc, argv);
	view_environment();
	view_kinds();
	view_input();
	view_descriptors();
	view_signals();
	view_ids();
	view_limits();
}

static void
write_file(const char *path, const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd == -1 || write(fd, bytes, len) != (ssize_t)len
	    || close(fd) == -1)
		err(1, "%s", path);
}

/* What is said is held in memory: an open file would be seen. */
static void
leave(int argc, char **argv)
{
	char hidden[4096], path[4096], *bytes;
	size_t len;
	struct timespec now;

	stdout = open_memstream(&bytes, &len);
	if (stdout == NULL)
		err(1, "memory");
	view_all(argc, argv);
	fclose(stdout);
	clock_gettime(CLOCK_BOOTTIME, &now);
	snprintf(path, sizeof path, "%s/%s.%lld%09ld", argv[1], argv[2],
	    (long long)now.tv_sec, now.tv_nsec);
	snprintf(hidden, sizeof hidden, "%s/.%d.%s", argv[1], getpid(),
	    strrchr(path, '.'));
	write_file(hidden, bytes, len);
	if (rename(hidden, path) == -1)
		err(1, "%s", path);
}

int
main(int argc, char **argv)
{
	if (argc > 2) {
		leave(argc, argv);
		return 0;
	}
	view_descriptors();
	view_signals();
	view_ids();
	view_limits();
	return 0;
}
