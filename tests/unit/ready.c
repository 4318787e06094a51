/* What a supervisor hears from the daemon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cronsd/ready.h"

static char dir[64], path[96];

/* A bound datagram socket; name with @ for an abstract one. */
static int
listen_at(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	memcpy(at.sun_path, name, strlen(name));
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	assert_return_code(bind(fd, (struct sockaddr *)&at,
			       (socklen_t)(offsetof(struct sockaddr_un,
					       sun_path)
				   + strlen(name))),
	    errno);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void
hears(int fd, const char *expected)
{
	char text[512];
	ssize_t n = recv(fd, text, sizeof text - 1, 0);

	assert_return_code(n, errno);
	text[n] = '\0';
	assert_string_equal(text, expected);
}

static void
hears_nothing(int fd)
{
	char text[8];

	assert_int_equal(recv(fd, text, sizeof text, 0), -1);
	assert_int_equal(errno, EAGAIN);
}

static int
make_dir(void **unused)
{
	const char *tmp = getenv("TMPDIR");

	(void)unused;
	snprintf(dir, sizeof dir, "%s/ready.XXXXXX", tmp ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/notify", dir);
	return 0;
}

static int
remove_dir(void **unused)
{
	(void)unused;
	unlink(path);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return rmdir(dir);
}

static void
systemd_hears_each_state(void **unused)
{
	int fd = listen_at(path);
	struct ready *ready = ready_open(-1);

	(void)unused;
	hears_nothing(fd);
	ready_up(ready);
	hears(fd, "READY=1");
	ready_status(ready, "%d jobs\nREADY=0", 3);
	hears(fd, "STATUS=3 jobs READY=0");
	ready_reloading(ready, 1234567);
	hears(fd, "RELOADING=1\nMONOTONIC_USEC=1234567");
	ready_reloaded(ready);
	hears(fd, "READY=1");
	ready_alive(ready);
	hears(fd, "WATCHDOG=1");
	ready_stopping(ready);
	hears(fd, "STOPPING=1");
	ready_close(ready);
	close(fd);
}

static void
the_socket_may_be_abstract(void **unused)
{
	char name[64];
	struct ready *ready;
	int fd;

	(void)unused;
	snprintf(name, sizeof name, "@crons-test-%d", (int)getpid());
	fd = listen_at(name);
	ready = ready_open(-1);
	ready_up(ready);
	hears(fd, "READY=1");
	ready_close(ready);
	close(fd);
}

static void
children_do_not_inherit_the_variables(void **unused)
{
	int fd = listen_at(path);

	(void)unused;
	setenv("WATCHDOG_USEC", "1000000", 1);
	ready_close(ready_open(-1));
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	close(fd);
}

/* Else the newline would go to whatever gets that number later. */
static void
a_descriptor_that_is_not_open_is_left_alone(void **unused)
{
	struct ready *ready;
	int pair[2];
	char byte;

	(void)unused;
	assert_return_code(pipe2(pair, O_NONBLOCK), errno);
	close(pair[1]);
	ready = ready_open(pair[1]);
	assert_int_equal(dup2(pair[0], pair[1]), pair[1]);
	ready_up(ready);
	assert_return_code(fcntl(pair[1], F_GETFD), errno);
	ready_close(ready);
	assert_return_code(fcntl(pair[1], F_GETFD), errno);
	assert_int_equal(read(pair[0], &byte, 1), 0);
	close(pair[0]);
	close(pair[1]);
}

static void
a_long_status_is_cut(void **unused)
{
	int fd = listen_at(path);
	struct ready *ready = ready_open(-1);
	char text[512];

	(void)unused;
	ready_status(ready, "%0400d", 7);
	assert_int_equal(recv(fd, text, sizeof text, 0), 255);
	ready_close(ready);
	close(fd);
}

static void
nobody_listening_does_no_harm(void **unused)
{
	char too_long[200];
	const char *names[]
	    = { "", "@", "relative", "/nonexistent/socket", too_long };

	memset(too_long, '/', sizeof too_long);
	too_long[sizeof too_long - 1] = '\0';
	(void)unused;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct ready *ready;

		setenv("NOTIFY_SOCKET", names[i], 1);
		ready = ready_open(-1);
		ready_up(ready);
		ready_stopping(ready);
		ready_close(ready);
	}
	unsetenv("NOTIFY_SOCKET");
	ready_close(NULL);
}

static void
a_deaf_supervisor_does_not_stop_us(void **unused)
{
	int fd = listen_at(path);
	struct ready *ready = ready_open(-1);

	(void)unused;
	for (int i = 0; i < 5000; i++)
		ready_alive(ready);
	hears(fd, "WATCHDOG=1");
	ready_close(ready);
	close(fd);
}

static void
the_descriptor_gets_one_newline_and_is_closed(void **unused)
{
	int fds[2];
	char text[4];
	struct ready *ready;

	(void)unused;
	assert_return_code(pipe(fds), errno);
	ready = ready_open(fds[1]);
	ready_up(ready);
	ready_up(ready);
	assert_int_equal(read(fds[0], text, sizeof text), 1);
	assert_int_equal(text[0], '\n');
	assert_int_equal(read(fds[0], text, sizeof text), 0);
	assert_int_equal(fcntl(fds[1], F_GETFD), -1);
	ready_close(ready);
	close(fds[0]);
}

static void
a_daemon_that_is_never_ready_closes_the_descriptor(void **unused)
{
	int fds[2];
	char text[4];

	(void)unused;
	assert_return_code(pipe(fds), errno);
	ready_close(ready_open(fds[1]));
	assert_int_equal(read(fds[0], text, sizeof text), 0);
	close(fds[0]);
}

static int64_t
every_with(const char *usec, const char *pid)
{
	struct ready *ready;
	int64_t every;

	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	setenv("WATCHDOG_USEC", usec, 1);
	if (pid != NULL)
		setenv("WATCHDOG_PID", pid, 1);
	ready = ready_open(-1);
	every = ready_alive_every_us(ready);
	ready_close(ready);
	return every;
}

static void
the_watchdog_is_fed_twice_as_often_as_asked(void **unused)
{
	char self[16];

	(void)unused;
	snprintf(self, sizeof self, "%d", (int)getpid());
	assert_int_equal(every_with("30000000", NULL), 15000000);
	assert_int_equal(every_with("30000000", self), 15000000);
	assert_int_equal(every_with("30000000", "1"), 0);
	assert_int_equal(every_with("soon", NULL), 0);
	assert_int_equal(every_with("-5", NULL), 0);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(systemd_hears_each_state),
		IN_DIR(the_socket_may_be_abstract),
		IN_DIR(children_do_not_inherit_the_variables),
		IN_DIR(a_long_status_is_cut),
		IN_DIR(nobody_listening_does_no_harm),
		IN_DIR(a_deaf_supervisor_does_not_stop_us),
		IN_DIR(the_descriptor_gets_one_newline_and_is_closed),
		IN_DIR(a_descriptor_that_is_not_open_is_left_alone),
		IN_DIR(a_daemon_that_is_never_ready_closes_the_descriptor),
		IN_DIR(the_watchdog_is_fed_twice_as_often_as_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
