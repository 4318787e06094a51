/*
 * witness: a job that tells what really happened, apart from what the daemon
 * says. Each run appends one line to a file at its start and one at its end,
 * each by a single write:
 *
 *	S|E JOB RUN SLOT TRY usec pid
 *
 * where the words are those of the run's environment and usec is the wall
 * clock. What lies between is said by the arguments:
 *
 *	witness FILE			nothing
 *	witness FILE sleep FROM TO	sleeps FROM to TO ms, by the run's id
 *	witness FILE exit N		ends with that status
 *	witness FILE signal N		ends by that signal (no E line)
 *	witness FILE print LINES	so many lines of known content on
 *					stdout, and a tenth of it on stderr
 *	witness FILE linger MS		ends at once; a child of it prints a
 *					line after MS ms
 *	witness FILE escape MS		a grandchild in a session of its own
 *					sleeps for so long; so does the job
 *	witness FILE bomb		forks as long as it may; all of them do,
 *					each in a session of its own
 *
 * A line of output is "RUN o|e NUMBER" and, so that frames are cut anywhere,
 * as many x as the number modulo 61.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *file;

static const char *
word(const char *name)
{
	const char *value = getenv(name);

	return value == NULL ? "-" : value;
}

static void
say(char what)
{
	char line[512];
	struct timespec now;
	int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	int len;

	clock_gettime(CLOCK_REALTIME, &now);
	len = snprintf(line, sizeof line, "%c %s %s %s %s %lld %d\n", what,
	    word("CRONS_JOB"), word("CRONS_RUN"), word("CRONS_SLOT"),
	    word("CRONS_TRY"),
	    (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000, getpid());
	if (fd == -1 || write(fd, line, (size_t)len) != len)
		err(99, "%s", file);
	close(fd);
}

static void
nap(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) == -1)
		;
}

static void
print_line(FILE *to, char stream, long number)
{
	static const char xs[]
	    = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

	fprintf(to, "%s %c %ld %.*s\n", word("CRONS_RUN"), stream, number,
	    (int)(number % 61), xs);
}

static void
print(long lines)
{
	for (long i = 0; i < lines; i++) {
		print_line(stdout, 'o', i);
		if (i % 10 == 0)
			print_line(stderr, 'e', i);
	}
	if (fflush(stdout) != 0 || fflush(stderr) != 0)
		err(98, "standard output");
}

static void
linger(long ms)
{
	if (fork() != 0)
		return;
	nap(ms);
	print(1);
	_exit(0);
}

/* The process between ends, so that nobody knows the other's parent. */
static void
escape(long ms)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0)
			nap(ms);
		_exit(0);
	}
	nap(ms);
}

/* A pause after each fork: it is to outrun those who look, not the machine. */
static void
bomb(void)
{
	for (;;) {
		if (fork() == 0)
			setsid();
		nap(5);
	}
}

int
main(int argc, char **argv)
{
	const char *kind = argc > 2 ? argv[2] : "nothing";
	long n = argc > 3 ? atol(argv[3]) : 0;
	long to = argc > 4 ? atol(argv[4]) : n;

	if (argc < 2)
		errx(97, "which file?");
	file = argv[1];
	say('S');
	if (strcmp(kind, "sleep") == 0)
		nap(n + atol(word("CRONS_RUN")) * 7919 % (to - n + 1));
	else if (strcmp(kind, "print") == 0)
		print(n);
	else if (strcmp(kind, "linger") == 0)
		linger(n);
	else if (strcmp(kind, "escape") == 0)
		escape(n);
	else if (strcmp(kind, "bomb") == 0)
		bomb();
	else if (strcmp(kind, "signal") == 0)
		raise((int)n);
	say('E');
	return strcmp(kind, "exit") == 0 ? (int)n : 0;
}
