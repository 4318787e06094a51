/*
 * Is anything of another cron still there? What runs is looked for in /proc by
 * the names that crons have; what will run at the next boot, in the places
 * where systemd and sysvinit keep that. All are only read.
 */
#include "doctor.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const crons[]
    = { "cron", "crond", "fcron", "bcron-sched", "dcron" };

#define CRON_COUNT (sizeof crons / sizeof crons[0])

/* Reads a file of /proc to its end or the buffer's; "" if it cannot. */
static void
read_file(const char *path, char *out, size_t room)
{
	FILE *file = fopen(path, "re");
	size_t len = file == NULL ? 0 : fread(out, 1, room - 1, file);

	out[len] = '\0';
	if (file != NULL)
		fclose(file);
}

/* ---- another daemon ---- */

/* "cron.service" out of /proc/PID/cgroup; "" if it is not in one. */
static void
find_unit(const char *pid, char *unit, size_t room)
{
	char path[64], text[4096], *end, *begin;

	unit[0] = '\0';
	snprintf(path, sizeof path, "/proc/%.20s/cgroup", pid);
	read_file(path, text, sizeof text);
	end = strstr(text, ".service");
	if (end == NULL)
		return;
	for (begin = end; begin > text && strchr("/\n", begin[-1]) == NULL;)
		begin--;
	end += strlen(".service");
	if ((size_t)(end - begin) < room)
		snprintf(unit, room, "%.*s", (int)(end - begin), begin);
}

static bool
is_cron(const char *pid)
{
	char path[64], name[64];

	snprintf(path, sizeof path, "/proc/%.20s/comm", pid);
	read_file(path, name, sizeof name);
	name[strcspn(name, "\n")] = '\0';
	for (size_t i = 0; i < CRON_COUNT; i++)
		if (strcmp(name, crons[i]) == 0)
			return true;
	return false;
}

/* Its children have its name until they become a job: only it counts. */
static bool
is_child_of_cron(const char *pid)
{
	char path[64], stat[1024], parent[24];
	const char *at;

	snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
	read_file(path, stat, sizeof stat);
	at = strrchr(stat, ')');
	if (at == NULL || strlen(at) < 4)
		return false;
	snprintf(parent, sizeof parent, "%d", atoi(at + 4));
	return is_cron(parent);
}

static void
say_running(struct diagnosis *d, const char *pid, bool is_wrong)
{
	char unit[256];

	find_unit(pid, unit, sizeof unit);
	doctor_say(d, is_wrong ? FINDING_WRONG : FINDING_NOTE,
	    "cron runs as pid %s%s%s", pid, unit[0] == '\0' ? "" : " of ",
	    unit);
	if (!is_wrong)
		return;
	if (unit[0] != '\0')
		doctor_advise(d,
		    "every job runs twice: systemctl disable --now %s, or "
		    "contrib/switch-from-cron",
		    unit);
	else
		doctor_advise(d,
		    "every job runs twice: service cron stop, or kill %s", pid);
}

/* The links by which an init starts a cron; those that are there. */
static void
look_at_boot(struct diagnosis *d, bool is_wrong)
{
	static const char *const wants[] = {
		"/etc/systemd/system/multi-user.target.wants/cron.service",
		"/etc/systemd/system/multi-user.target.wants/crond.service",
		"/etc/systemd/system/multi-user.target.wants/cronie.service",
		"/etc/rc2.d/S01cron",
		"/etc/rc2.d/S01cronie",
	};

	for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++) {
		char target[PATH_MAX];
		ssize_t len = readlink(wants[i], target, sizeof target);

		if (len < 0)
			continue;
		doctor_say(d, is_wrong ? FINDING_WRONG : FINDING_NOTE,
		    "%s starts cron at the next boot", wants[i]);
		if (is_wrong)
			doctor_advise(d, "contrib/switch-from-cron takes it "
					 "away, and back if asked to");
	}
}

void
doctor_check_CRON(struct doctor *doc, struct diagnosis *d)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc != NULL && (entry = readdir(proc)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0])
		    && is_cron(entry->d_name)
		    && !is_child_of_cron(entry->d_name))
			say_running(d, entry->d_name, doc->reads_system);
	if (proc != NULL)
		closedir(proc);
	look_at_boot(d, doc->reads_system);
	if (d->text.len == 0)
		doctor_say(d, FINDING_OK, "no other cron");
}

/* ---- run-parts ---- */

/* run-parts takes names of these bytes only. */
static bool
is_part(const char *name)
{
	return name[0] != '\0'
	    && name[strspn(name,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		   "0123456789_-")]
	    == '\0';
}

/* How many commands have the path in them, not as the start of a longer. */
static int
count_commands(const struct doctor *doc, const char *path)
{
	const char *at = doc->commands.data, *found;
	size_t len = strlen(path), left = doc->commands.len;
	int count = 0;

	for (; left > 0; left -= strlen(at) + 1, at += strlen(at) + 1) {
		found = strstr(at, path);
		if (found != NULL && strchr("/_-.", found[len]) == NULL)
			count++;
		else if (found != NULL && found[len] == '\0')
			count++;
	}
	return count;
}

static void
look_at_parts(
    const struct doctor *doc, struct diagnosis *d, const char *directory)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	char path[PATH_MAX];
	int times = count_commands(doc, directory);

	if (times > 1) {
		doctor_say(d, FINDING_WRONG, "%d crontab entries run %s",
		    times, directory);
		doctor_advise(d, "keep one of them");
	}
	while (dir != NULL && times > 0 && (entry = readdir(dir)) != NULL) {
		snprintf(
		    path, sizeof path, "%s/%s", directory, entry->d_name);
		if (!is_part(entry->d_name) || access(path, X_OK) != 0
		    || count_commands(doc, path) == 0)
			continue;
		doctor_say(d, FINDING_WRONG,
		    "%s is run by run-parts and by a job of its own", path);
		doctor_advise(d, "remove one of the two");
	}
	if (dir != NULL)
		closedir(dir);
}

void
doctor_check_RUN_PARTS(struct doctor *doc, struct diagnosis *d)
{
	static const char *const directories[] = { "/etc/cron.hourly",
		"/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly",
		"/etc/cron.yearly" };

	if (!doc->is_reached) {
		doctor_say(d, FINDING_NOTE, "not asked: see socket");
		return;
	}
	for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
		look_at_parts(doc, d, directories[i]);
	if (d->text.len == 0)
		doctor_say(d, FINDING_OK, "nothing is run twice");
}

/* ---- crontab(1) ---- */

/* The first of that name along PATH: true and where it leads in the end. */
static bool
find_program(const char *name, char *resolved)
{
	const char *dirs = getenv("PATH");
	char path[PATH_MAX];

	if (dirs == NULL)
		dirs = "/usr/local/bin:/usr/bin:/bin";
	while (*dirs != '\0') {
		size_t len = strcspn(dirs, ":");

		snprintf(path, sizeof path, "%.*s/%s", (int)len, dirs, name);
		if (len > 0 && access(path, X_OK) == 0)
			return realpath(path, resolved) != NULL;
		dirs += len + (dirs[len] == ':');
	}
	return false;
}

void
doctor_check_CRONTAB(struct doctor *doc, struct diagnosis *d)
{
	char path[PATH_MAX];
	const char *base;

	if (!find_program("crontab", path)) {
		doctor_say(d, FINDING_NOTE, "there is no command crontab");
		doctor_advise(d, "make install CRONTAB_LINK=yes, or a link "
				 "of that name to cronsctl");
		return;
	}
	base = strrchr(path, '/') + 1;
	if (strncmp(base, "cronsctl", 8) == 0
	    || strncmp(base, "crontab", 7) != 0) {
		doctor_say(d, FINDING_OK, "it is %s", path);
		return;
	}
	doctor_say(d, FINDING_NOTE, "%s is another cron's", path);
	doctor_advise(d, "%s", doc->reads_system
		? "what it writes is read, but only crontab(1) of ours "
		  "checks it first: contrib/switch-from-cron"
		: "it does not reach this daemon");
}

/* ---- cron.allow ---- */

/* Names on the list whom nobody knows. */
static void
look_for_strangers(struct diagnosis *d, const char *path, FILE *file)
{
	char line[1024];

	while (fgets(line, sizeof line, file) != NULL) {
		char *name = line + strspn(line, " \t");

		name[strcspn(name, " \t\r\n")] = '\0';
		if (*name == '\0' || *name == '#' || getpwnam(name) != NULL)
			continue;
		doctor_say(
		    d, FINDING_NOTE, "%s: there is no user %.64s", path, name);
	}
}

/* Is the list there? */
static bool
look_at_list(struct diagnosis *d, const char *path)
{
	FILE *file = fopen(path, "re");

	if (file == NULL && errno == ENOENT)
		return false;
	if (file == NULL) {
		doctor_say(d, geteuid() == 0 ? FINDING_WRONG : FINDING_NOTE,
		    "%s: %s", path, strerror(errno));
		if (geteuid() == 0)
			doctor_advise(d, "nobody may have a crontab while it "
					 "cannot be read");
		return true;
	}
	doctor_say(d, FINDING_OK, "%s", path);
	look_for_strangers(d, path, file);
	fclose(file);
	return true;
}

void
doctor_check_ALLOW(struct doctor *doc, struct diagnosis *d)
{
	bool allow, deny;

	if (!doc->is_system) {
		doctor_say(d, FINDING_OK, "a daemon of its own has none");
		return;
	}
	allow = look_at_list(d, "/etc/cron.allow");
	deny = look_at_list(d, "/etc/cron.deny");
	if (allow && deny)
		doctor_say(d, FINDING_NOTE,
		    "where there is a cron.allow, cron.deny does not count");
	if (!allow && !deny)
		doctor_say(d, FINDING_OK,
		    "there are no lists: all may have crontabs (cronie's "
		    "dialect: only root)");
}
