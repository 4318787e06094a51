/*
 * "auto" asks /proc/self/mountinfo for cgroup2 and /proc/self/cgroup for our
 * place in it, and tries. Killing a whole tree needs no controller.
 *
 * Limits do, and the kernel takes no process into a cgroup whose children have
 * them. So a service manager could not start the next daemon in our cgroup
 * while runs of the last one go on below it, and systemd refuses that for good:
 * controllers are never switched on in a cgroup that somebody else starts us
 * in. They are had, in this order: below the directory of all runs, if the one
 * above has them; at the root of the hierarchy, where nobody is started, which
 * in a container is a cgroup like others, so that we leave it for a leaf first;
 * or below a service of their own, crons-limits, that is never started anew.
 */
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

#include "share/log.h"

#define OTHERS_AFTER_S 600

/* What contrib/crons-limits.service prepares. */
#define CGROUP_SERVICE "system.slice/crons-limits.service/runs"
#ifndef CGROUP_CONTROLLERS
#define CGROUP_CONTROLLERS "+memory", "+pids"
#endif

/* Mount point of the first cgroup2; false if there is none. */
static int
find_mount(char *out, size_t room)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096], where[2048];
	int found = 0;

	while (file != NULL && !found
	    && fgets(line, sizeof line, file) != NULL) {
		const char *kind = strstr(line, " - cgroup2 ");

		if (kind != NULL
		    && sscanf(line, "%*s %*s %*s %*s %2047s", where) == 1) {
			strlcpy(out, where, room);
			found = 1;
		}
	}
	if (file != NULL)
		fclose(file);
	return found;
}

/* Our path in the v2 hierarchy ("0::/..."). */
static void
find_place(char *out, size_t room)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[4096];

	out[0] = '\0';
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (strncmp(line, "0::", 3) == 0) {
			line[strcspn(line, "\n")] = '\0';
			strlcpy(out, strcmp(line + 3, "/") == 0 ? "" : line + 3,
			    room);
		}
	if (file != NULL)
		fclose(file);
}

/* A directory in which runs' directories work: tried with one. -1: it cannot
 * be, and that was said. */
static int
try_directory(const char *dir)
{
	char probe[4300], file[4400];
	int good;

	if (strlen(dir) > CGROUP_DIR_MAX) {
		log_warn("cgroup %s: over %d bytes long, more than a run file "
			 "has room for: runs get no cgroup of their own; "
			 "name a shorter one in cronsd.conf",
		    dir, CGROUP_DIR_MAX);
		return -1;
	}
	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		return 0;
	snprintf(probe, sizeof probe, "%s/probe-%ld", dir, (long)getpid());
	if (mkdir(probe, 0755) != 0)
		return 0;
	snprintf(file, sizeof file, "%s/cgroup.kill", probe);
	good = access(file, W_OK) == 0;
	rmdir(probe);
	return good;
}

static void
find_runs(const char *wish, char *out, size_t room)
{
	char mount[2048], place[2048], dir[4110];

	out[0] = '\0';
	if (strcmp(wish, "no") == 0)
		return;
	if (strcmp(wish, "auto") != 0) {
		int got = try_directory(wish);

		if (got == 1)
			strlcpy(out, wish, room);
		else if (got == 0)
			log_warn("cgroup %s cannot be used: %s", wish,
			    strerror(errno));
		return;
	}
	if (!find_mount(mount, sizeof mount))
		return;
	find_place(place, sizeof place);
	snprintf(dir, sizeof dir, "%s%s/crons-runs", mount, place);
	if (try_directory(dir) == 1)
		strlcpy(out, dir, room);
}

static bool
write_word(const char *dir, const char *file, const char *word)
{
	char path[4400];
	bool good;
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	good = fd >= 0 && write(fd, word, strlen(word)) > 0;
	if (fd >= 0)
		close(fd);
	return good;
}

/* All of them, for what is below dir. */
static bool
switch_on(const char *dir)
{
	static const char *const words[] = { CGROUP_CONTROLLERS };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (!write_word(dir, "cgroup.subtree_control", words[i]))
			return false;
	return true;
}

/* The root of the host's hierarchy may have processes; that of a container has
 * a type like any other cgroup. Others that sit there keep us from it. */
static bool
switch_on_root(const char *mount)
{
	char path[4300];

	snprintf(path, sizeof path, "%s/cgroup.type", mount);
	if (access(path, F_OK) == 0) {
		snprintf(path, sizeof path, "%s/crons-daemon", mount);
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			return false;
		write_word(path, "cgroup.procs", "0");
	}
	return switch_on(mount);
}

static void
find_limited(const char *dir, char *out, size_t room)
{
	char mount[2048], place[2048], service[4110];

	out[0] = '\0';
	if (*dir == '\0' || !find_mount(mount, sizeof mount))
		return;
	find_place(place, sizeof place);
	snprintf(service, sizeof service, "%s/" CGROUP_SERVICE, mount);
	if (switch_on(dir)
	    || (*place == '\0' && strncmp(dir, mount, strlen(mount)) == 0
		&& switch_on_root(mount) && switch_on(dir)))
		strlcpy(out, dir, room);
	else if (access(service, F_OK) == 0 && switch_on(service)
	    && try_directory(service) == 1)
		strlcpy(out, service, room);
}

void
cgroup_find(const char *wish, struct cgroup_dirs *out)
{
	find_runs(wish, out->runs, sizeof out->runs);
	find_limited(out->runs, out->limited, sizeof out->limited);
}

/*
 * What the kernel takes for now when it dates a directory; 0: unknown.
 * Our own clock may have been set since, or be a test's: then another daemon's
 * run would lose its cgroup before it is in it.
 */
static int64_t
kernel_now(int dir)
{
	char name[32];
	struct stat st;
	int64_t now = 0;

	snprintf(name, sizeof name, "probe-%ld", (long)getpid());
	if (mkdirat(dir, name, 0755) != 0)
		return now;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		now = st.st_mtime;
	unlinkat(dir, name, AT_REMOVEDIR);
	return now;
}

/* A shim of ours that is about to enter its cgroup must find it there. */
static bool
is_over(const struct cgroup_tidy *tidy, int dir, const char *name, int64_t now)
{
	size_t len = strlen(tidy->instance);
	struct stat st;

	if (strncmp(name, tidy->instance, len) == 0 && name[len] == '-')
		return !tidy->is_live(
		    tidy->arg, strtoll(name + len + 1, NULL, 10));
	return strchr(name, '-') != NULL
	    && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0
	    && st.st_mtime < now - OTHERS_AFTER_S;
}

static void
tidy_one(const struct cgroup_tidy *tidy, const char *path)
{
	DIR *dir = *path == '\0' ? NULL : opendir(path);
	int64_t now = dir == NULL ? 0 : kernel_now(dirfd(dir));
	struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (e->d_type == DT_DIR
		    && is_over(tidy, dirfd(dir), e->d_name, now))
			unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR);
	if (dir != NULL)
		closedir(dir);
}

void
cgroup_tidy(const struct cgroup_tidy *tidy)
{
	tidy_one(tidy, tidy->dirs->runs);
	if (strcmp(tidy->dirs->limited, tidy->dirs->runs) != 0)
		tidy_one(tidy, tidy->dirs->limited);
}
