/*
 * shimlook: the daemon's eyes and hands on run files.
 *
 *	shimlook show FILE [records|frames|out|err]
 *	shimlook alive FILE
 *	shimlook kill FILE SIGNAL GRACE-SECONDS
 *	shimlook sweep FILE
 *	shimlook bury SPOOL NAME
 *	shimlook pool SPOOL
 *
 * show prints a run file through the daemon's reader, alive says alive or
 * dead by its lock, kill sends an order to its shim, sweep ends what a dead
 * shim left and prints how many, bury puts a tombstone, pool fills the pool.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cronsd/spool.h"
#include "cronsd/sweep.h"

static int
open_file(const char *path, struct spool_file *file)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1 || spool_read(fd, file) == -1)
		err(1, "%s", path);
	return fd;
}

static void
show_frame(const struct spool_frame *frame, const char *what)
{
	bool wanted = (strcmp(what, "out") == 0 && frame->kind == 'o')
	    || (strcmp(what, "err") == 0 && frame->kind == 'e');

	if (strcmp(what, "frames") == 0)
		printf("%c %lld %u %lld %.*s\n", frame->kind,
		    (long long)frame->at_us, frame->len,
		    (long long)frame->offset,
		    strchr("cg", frame->kind) != NULL ? (int)frame->len : 0,
		    frame->data);
	else if (wanted)
		fwrite(frame->data, 1, frame->len, stdout);
}

static int
show(const char *path, const char *what)
{
	struct spool_reader reader;
	struct spool_frame frame;
	struct spool_file file;
	int fd = open_file(path, &file), found;

	if (strcmp(what, "records") == 0) {
		printf("%s%s\n%s\n", file.header, file.exit, file.end);
		return 0;
	}
	spool_reader_init(&reader, fd);
	while ((found = spool_next(&reader, &frame)) == 1)
		show_frame(&frame, what);
	if (found == -1)
		warn("%s at %lld", path, (long long)reader.offset);
	spool_reader_fini(&reader);
	return found == 0 ? 0 : 1;
}

static int
kill_run(const char *path, int number, int grace_s)
{
	const char *name = strrchr(path, '/');
	struct spool_file file;
	siginfo_t info = { 0 };
	char instance[17];
	uint32_t fence;
	int64_t run;
	int pidfd;

	open_file(path, &file);
	if (!spool_parse_name(name == NULL ? path : name + 1, instance, &run,
		&fence))
		errx(1, "%s: is no run file's name", path);
	info.si_code = SI_QUEUE;
	info.si_signo = SPOOL_KILL_SIGNAL;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_ptr
	    = (void *)SPOOL_KILL_VALUE(run, number, grace_s);
	pidfd = (int)syscall(SYS_pidfd_open,
	    (pid_t)spool_number(file.header, "shim", -1), 0);
	if (pidfd == -1
	    || syscall(SYS_pidfd_send_signal, pidfd, SPOOL_KILL_SIGNAL, &info,
		   0)
		== -1)
		err(1, "kill");
	return 0;
}

static int
sweep(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct sweep_target target;
	struct spool_file file;

	open_file(path, &file);
	if (!sweep_parse(
		&target, slash == NULL ? path : slash + 1, file.header))
		errx(1, "%s: the header does not say who", path);
	printf("%d\n", sweep_run(&target));
	return 0;
}

static int
open_spool(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		err(1, "%s", path);
	return fd;
}

static int
say_alive(const char *path)
{
	struct spool_file file;

	puts(spool_is_alive(open_file(path, &file)) ? "alive" : "dead");
	return 0;
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[1] : "";

	if (strcmp(verb, "show") == 0)
		return show(argv[2], argc > 3 ? argv[3] : "records");
	if (strcmp(verb, "alive") == 0)
		return say_alive(argv[2]);
	if (strcmp(verb, "sweep") == 0)
		return sweep(argv[2]);
	if (strcmp(verb, "kill") == 0 && argc == 5)
		return kill_run(argv[2], atoi(argv[3]), atoi(argv[4]));
	if (strcmp(verb, "bury") == 0 && argc == 4)
		return spool_bury(open_spool(argv[2]), argv[3]) == 0 ? 0 : 1;
	if (strcmp(verb, "pool") != 0)
		errx(2, "usage: see the head of shimlook.c");
	spool_fill_pool(open_spool(argv[2]));
	return 0;
}
