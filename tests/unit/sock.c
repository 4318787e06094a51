/* share/sock: paths, connecting, listening, peers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "share/buf.h"
#include "share/sock.h"

static char directory[64];
static char path[128];

static int
make_directory(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "%s/sock.XXXXXX",
	    getenv("TMPDIR") != NULL && strlen(getenv("TMPDIR")) < 40
		? getenv("TMPDIR")
		: "/tmp");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/s", directory);
	return 0;
}

static int
remove_directory(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static void
connecting_reaches_who_listens_and_knows_it(void **state)
{
	struct fault f;
	struct sock_peer peer;
	bool found = false;
	int listener = sock_listen(path, 0600, &f), client, server;
	struct stat st;

	(void)state;
	assert_true(listener >= 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	client = sock_connect(path, &f);
	assert_true(client >= 0);
	server = accept(listener, NULL, NULL);
	assert_true(server >= 0);
	assert_int_equal(sock_peer_read(server, &peer), 0);
	assert_int_equal(peer.uid, getuid());
	assert_int_equal(peer.pid, getpid());
	for (size_t i = 0; i < peer.group_count; i++)
		found = found || peer.groups[i] == getgid();
	assert_true(found);
	sock_peer_fini(&peer);
	close(server);
	close(client);
	close(listener);
}

static void
a_second_listener_is_refused_and_a_stale_socket_replaced(void **state)
{
	struct fault f;
	int first = sock_listen(path, 0666, &f), second;

	(void)state;
	assert_true(first >= 0);
	assert_int_equal(sock_listen(path, 0666, &f), -1);
	assert_int_equal(f.err, ERR_EXISTS);
	close(first);
	assert_int_equal(sock_connect(path, &f), -1);
	assert_int_equal(f.err, ERR_UNREACHABLE);
	second = sock_listen(path, 0666, &f);
	assert_true(second >= 0);
	close(second);
}

static void
a_file_that_is_no_socket_is_left_alone(void **state)
{
	struct fault f;
	int fd;

	(void)state;
	unlink(path);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(sock_listen(path, 0666, &f), -1);
	assert_int_equal(f.err, ERR_EXISTS);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

static void
a_missing_socket_says_what_to_do(void **state)
{
	struct fault f;

	(void)state;
	assert_int_equal(sock_connect("/nowhere/at/all", &f), -1);
	assert_int_equal(f.err, ERR_UNREACHABLE);
	assert_int_equal(err_exit(f.err), 5);
	assert_non_null(strstr(f.text, "/nowhere/at/all"));
	assert_non_null(strstr(f.hint, "CRONS_SOCKET"));
}

static void
a_path_of_108_bytes_is_too_long_and_107_are_not(void **state)
{
	char name[110];
	struct fault f;

	(void)state;
	memset(name, 'x', sizeof name);
	name[0] = '/';
	name[108] = '\0';
	assert_int_equal(sock_connect(name, &f), -1);
	assert_int_equal(f.err, ERR_TOO_LARGE);
	assert_non_null(strstr(f.text, "107"));
	assert_int_equal(sock_listen(name, 0600, &f), -1);
	assert_int_equal(f.err, ERR_TOO_LARGE);
	name[107] = '\0';
	assert_int_equal(sock_connect(name, &f), -1);
	assert_int_equal(f.err, ERR_UNREACHABLE);
}

static void
own_paths_follow_xdg_and_must_be_absolute(void **state)
{
	struct buf b = BUF_EMPTY;

	(void)state;
	setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
	setenv("HOME", "/home/ann", 1);
	sock_own_path(&b);
	assert_string_equal(buf_text(&b), "/run/user/7/crons/cronsd.sock");
	buf_clear(&b);
	setenv("XDG_RUNTIME_DIR", "relative", 1);
	unsetenv("XDG_STATE_HOME");
	sock_own_path(&b);
	assert_string_equal(
	    buf_text(&b), "/home/ann/.local/state/crons/cronsd.sock");
	buf_clear(&b);
	setenv("XDG_STATE_HOME", "/var/state", 1);
	sock_own_path(&b);
	assert_string_equal(buf_text(&b), "/var/state/crons/cronsd.sock");
	buf_clear(&b);
	setenv("CRONS_SOCKET", "/here", 1);
	sock_client_path(&b);
	assert_string_equal(buf_text(&b), "/here");
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connecting_reaches_who_listens_and_knows_it),
		cmocka_unit_test(
		    a_second_listener_is_refused_and_a_stale_socket_replaced),
		cmocka_unit_test(a_file_that_is_no_socket_is_left_alone),
		cmocka_unit_test(a_missing_socket_says_what_to_do),
		cmocka_unit_test(
		    a_path_of_108_bytes_is_too_long_and_107_are_not),
		cmocka_unit_test(own_paths_follow_xdg_and_must_be_absolute),
	};

	return cmocka_run_group_tests(
	    tests, make_directory, remove_directory);
}
