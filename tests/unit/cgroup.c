/* Where runs' cgroups are, and whether they can have limits, in a hierarchy of
 * our own as a container has one; the one controller that this machine may have
 * to give stands for memory and pids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>

/* A clock that is years ahead, for whoever asks it. */
#define time(at) ((at) == NULL ? INT64_C(4000000000) : 0)
#define CGROUP_CONTROLLERS "+hugetlb"
#include "../../cronsd/cgroup.c"

#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "share/buf.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char top[2100]; /* the hierarchy of the host */
static char box[2200]; /* the cgroup that is our root */
static char here[] = "/tmp/cgroup-test.XXXXXX"; /* where it is mounted */

static void
remove_below(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	char sub[4400];

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (e->d_type == DT_DIR && e->d_name[0] != '.') {
			snprintf(sub, sizeof sub, "%s/%s", path, e->d_name);
			remove_below(sub);
		}
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

/* In the child: box is the root of the hierarchy, and the only mount of it. */
static bool
enter_box(void)
{
	char mount_point[2048];

	return write_word(box, "cgroup.procs", "0")
	    && unshare(CLONE_NEWNS | CLONE_NEWCGROUP) == 0
	    && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
	    && find_mount(mount_point, sizeof mount_point) == 1
	    && umount2(mount_point, MNT_DETACH) == 0
	    && mount("none", here, "cgroup2", 0, NULL) == 0;
}

enum answer { YES, NO, NO_BOX };

/* Runs fn in a box of its own; what it says. */
static int
in_box(bool (*fn)(void))
{
	int status;
	pid_t pid;

	snprintf(box, sizeof box, "%s/crons-test-%ld", top, (long)getpid());
	if (mkdir(box, 0755) != 0)
		return NO_BOX;
	pid = fork();
	if (pid == 0)
		_exit(!enter_box() ? NO_BOX : fn() ? YES : NO);
	waitpid(pid, &status, 0);
	/* Processes that were killed there are in the way until then. */
	for (int i = 0; i < 1000 && access(box, F_OK) == 0; i++) {
		remove_below(box);
		usleep(10000);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : NO;
}

static bool
read_words(const char *dir, const char *file, char *out, size_t room)
{
	char path[4400];
	int fd;
	ssize_t n;

	snprintf(path, sizeof path, "%s/%s", dir, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, out, room - 1);
	out[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		close(fd);
	return n > 0;
}

/* A run's cgroup in that directory has the controller. */
static bool
has_limits(const char *dir)
{
	char run[4300], words[200] = "";

	snprintf(run, sizeof run, "%s/run", dir);
	if (mkdir(run, 0755) != 0)
		return false;
	read_words(run, "cgroup.controllers", words, sizeof words);
	rmdir(run);
	return strstr(words, "hugetlb") != NULL;
}

static bool
leaves_root_for_a_leaf(void)
{
	struct cgroup_dirs dirs;
	char place[2048];

	cgroup_find("auto", &dirs);
	find_place(place, sizeof place);
	return strcmp(place, "/crons-daemon") == 0
	    && strcmp(dirs.runs, dirs.limited) == 0 && has_limits(dirs.limited)
	    /* This is why it must not be done where others start us: */
	    && !write_word(here, "cgroup.procs", "0");
}

/* Somebody else sits in the root: nothing can be had, and nothing breaks. */
static bool
is_kept_from_it(void)
{
	struct cgroup_dirs dirs;
	pid_t other = fork();

	if (other == 0) {
		pause();
		_exit(0);
	}
	cgroup_find("auto", &dirs);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	return dirs.limited[0] == '\0' && dirs.runs[0] != '\0';
}

/* As systemd starts it, in its own cgroup; and waits until it is ready. */
static void
run_unit(const char *unit)
{
	char file[220], words[200] = "";

	if (fork() == 0) {
		write_word(unit, "cgroup.procs", "0");
		execl("/bin/sh", "sh", "-c", getenv("UNIT_SHELL"), NULL);
		_exit(1);
	}
	snprintf(file, sizeof file, "%s/runs", unit);
	for (int i = 0; i < 1000 && strstr(words, "hugetlb") == NULL; i++) {
		usleep(10000);
		read_words(file, "cgroup.subtree_control", words,
		    sizeof words);
	}
}

/* As under systemd: we are in a service, and runs with limits in another, in
 * which the unit's own shell has made what is needed. */
static bool
finds_service(void)
{
	struct cgroup_dirs dirs;
	char path[200], service[200], words[200];

	snprintf(path, sizeof path, "%s/system.slice", here);
	mkdir(path, 0755);
	snprintf(path, sizeof path, "%s/system.slice/crons-limits.service",
	    here);
	mkdir(path, 0755);
	snprintf(service, sizeof service, "%s/system.slice/cronsd.service",
	    here);
	mkdir(service, 0755);
	write_word(service, "cgroup.procs", "0");
	if (!switch_on(here))
		return false;
	snprintf(words, sizeof words, "%s/system.slice", here);
	if (!switch_on(words))
		return false;
	run_unit(path);
	cgroup_find("auto", &dirs);
	write_word(path, "cgroup.kill", "1");
	read_words(service, "cgroup.subtree_control", words, sizeof words);
	return strcmp(dirs.runs, dirs.limited) != 0 && has_limits(dirs.limited)
	    && strstr(words, "hugetlb") == NULL
	    && write_word(service, "cgroup.procs", "0");
}

/* A unit's command for this hierarchy and its controller. */
static void
put_rewritten(struct buf *out, const char *p)
{
	static const struct {
		const char *from, *to;
	} change[] = { { "/sys/fs/cgroup", here },
		{ "%n", "crons-limits.service" },
		{ "+memory +pids", "+hugetlb" },
		{ "systemd-notify --ready", ":" } };

	while (*p != '\0' && *p != '\n') {
		size_t i = 0, len = 0;

		while (i < COUNT(change) && len == 0) {
			len = strlen(change[i].from);
			if (strncmp(p, change[i++].from, len) != 0)
				len = 0;
		}
		if (len == 0)
			buf_putc(out, *p++);
		else
			buf_puts(out, change[i - 1].to);
		p += len;
	}
}

/* That of contrib/crons-limits.service; systemd has no shell around it. */
static void
set_unit_shell(void)
{
	FILE *file = fopen("contrib/crons-limits.service", "re");
	struct buf out = BUF_EMPTY;
	char line[2000];

	assert_non_null(file);
	buf_puts(&out, "exec ");
	while (fgets(line, sizeof line, file) != NULL)
		if (strncmp(line, "ExecStart=", 10) == 0)
			put_rewritten(&out, line + 10);
	fclose(file);
	setenv("UNIT_SHELL", buf_text(&out), 1);
	buf_fini(&out);
}

static bool
can_do(void)
{
	char words[200];

	return geteuid() == 0 && top[0] != '\0'
	    && read_words(top, "cgroup.controllers", words, sizeof words)
	    && strstr(words, "hugetlb") != NULL && switch_on(top);
}

static void
expect(bool (*fn)(void))
{
	int got = can_do() ? in_box(fn) : NO_BOX;

	if (got == NO_BOX) {
		print_message("# skip: needs root and hugetlb of cgroup v2\n");
		skip();
	}
	assert_int_equal(got, YES);
}

static void
in_a_container_the_daemon_goes_to_a_leaf(void **state)
{
	(void)state;
	expect(leaves_root_for_a_leaf);
}

static void
beside_others_there_are_no_limits(void **state)
{
	(void)state;
	expect(is_kept_from_it);
}

static void
under_systemd_limits_are_in_a_service_of_their_own(void **state)
{
	(void)state;
	set_unit_shell();
	expect(finds_service);
}

static bool
is_live(void *arg, int64_t run)
{
	(void)arg;
	return run == 7;
}

/* What is there of mine-7, mine-8, other-9 and old-10, as bits. */
static int
tidied(void)
{
	static const char *const names[]
	    = { "mine-7", "mine-8", "other-9", "old-10" };
	const struct timespec past[2] = { { 1000, 0 }, { 1000, 0 } };
	struct cgroup_dirs dirs = { .runs = "" };
	char path[4][200];
	int left = 0;

	snprintf(dirs.runs, sizeof dirs.runs, "%s/runs", here);
	assert_int_equal(mkdir(dirs.runs, 0755), 0);
	for (int i = 0; i < 4; i++) {
		snprintf(path[i], sizeof path[i], "%s/runs/%s", here,
		    names[i]);
		assert_int_equal(mkdir(path[i], 0755), 0);
	}
	utimensat(AT_FDCWD, path[3], past, 0);
	cgroup_tidy(&(struct cgroup_tidy) {
	    .dirs = &dirs, .instance = "mine", .is_live = is_live });
	for (int i = 0; i < 4; i++)
		left |= (rmdir(path[i]) == 0) << i;
	assert_int_equal(rmdir(dirs.runs), 0);
	return left;
}

/* Another daemon's run may be about to enter its own. */
static void
others_are_left_for_ten_minutes_whatever_our_clock_says(void **state)
{
	(void)state;
	assert_int_equal(tidied(), 1 << 0 | 1 << 2);
}

static int
make_here(void **state)
{
	(void)state;
	/* The controller of the host's hierarchy is one test's at a time. */
	if (find_mount(top, sizeof top) == 1)
		flock(open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC), LOCK_EX);
	return mkdtemp(here) == NULL ? -1 : 0;
}

static int
remove_here(void **state)
{
	(void)state;
	if (top[0] != '\0')
		write_word(top, "cgroup.subtree_control", "-hugetlb");
	return rmdir(here);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    others_are_left_for_ten_minutes_whatever_our_clock_says),
		cmocka_unit_test(in_a_container_the_daemon_goes_to_a_leaf),
		cmocka_unit_test(beside_others_there_are_no_limits),
		cmocka_unit_test(
		    under_systemd_limits_are_in_a_service_of_their_own),
	};

	return cmocka_run_group_tests(tests, make_here, remove_here);
}
