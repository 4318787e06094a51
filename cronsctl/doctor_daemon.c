/*
 * The daemon is asked once, by the first check: its status, its sources and
 * the commands of its jobs. Without it the places are those that it would have
 * by itself, so that the other checks have something to look at.
 */
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "row.h"
#include "session.h"
#include "share/log.h"
#include "share/sock.h"

#define DISK_LEAST (64 << 20)
#define FILES_LEAST 1000

/* ---- asking ---- */

/* A request whose failure is no complaint: true if it was answered. */
static bool
ask(struct doctor *doc, const char *words, const struct call_sink *sink)
{
	struct call_answer answer = { 0 };
	struct buf request = BUF_EMPTY;
	struct fault f;
	bool good;

	buf_puts(&request, words);
	good = call_send(doc->s->call, &request, NULL, &f) == 0
	    && call_read(doc->s->call, sink, &answer) == ERR_NONE;
	call_answer_fini(&answer);
	buf_fini(&request);
	return good;
}

static void
on_status(void *arg, const struct row *row)
{
	struct doctor *doc = arg;
	struct buf text = BUF_EMPTY;

	buf_printf(&text, "%s %s", row_text(row, "state", NULL),
	    row_text(row, "warning", NULL));
	free(doc->daemon);
	doc->daemon = buf_take(&text);
	if (row_has(row, "state_dir")) {
		free(doc->state_dir);
		doc->state_dir = xstrdup(row_text(row, "state_dir", NULL));
	}
}

static void
on_job(void *arg, const struct row *row)
{
	struct doctor *doc = arg;
	const char *command = row_text(row, "command", NULL);

	buf_put(&doc->commands, command, strlen(command) + 1);
}

/* Where a daemon would have its state that listens there. */
static char *
guess_state(const char *socket)
{
	struct buf path = BUF_EMPTY;
	const char *slash = strrchr(socket, '/');

	if (strcmp(socket, SOCK_SYSTEM_PATH) == 0)
		buf_puts(&path, "/var/lib/crons");
	else if (getenv("CRONS_SOCKET") != NULL && slash != NULL)
		buf_put(&path, socket, (size_t)(slash - socket));
	else
		sock_state_directory(&path);
	return buf_take(&path);
}

void
doctor_check_SOCKET(struct doctor *doc, struct diagnosis *d)
{
	struct call_sink status = { doc, on_status, NULL };
	struct call_sink jobs = { doc, on_job, NULL };
	struct buf path = BUF_EMPTY;
	struct fault f;

	sock_client_path(&path);
	doc->state_dir = guess_state(buf_text(&path));
	doc->is_system = strcmp(buf_text(&path), SOCK_SYSTEM_PATH) == 0;
	doc->reads_system = doc->is_system;
	doc->s->call = call_open(&f);
	doc->is_reached = doc->s->call != NULL;
	if (doc->is_reached) {
		doctor_say(d, FINDING_OK, "%s answers", buf_text(&path));
		ask(doc, "status", &status);
		ask(doc, "export all_users=yes", &jobs);
	} else {
		doctor_say(d, FINDING_WRONG, "%s", f.text);
		doctor_advise(d, "%s",
		    doc->is_system ? "start it: systemctl start cronsd, or "
				     "cronsd under your supervisor"
				   : "start it: cronsd -f");
	}
	buf_fini(&path);
}

void
doctor_check_DAEMON(struct doctor *doc, struct diagnosis *d)
{
	const char *version;

	if (doc->daemon == NULL) {
		doctor_say(d, FINDING_NOTE, "not asked: it is not reached");
		return;
	}
	version = call_greeting(doc->s->call, "version");
	if (strncmp(doc->daemon, "ok ", 3) != 0) {
		doctor_say(d, FINDING_WRONG, "%s", doc->daemon);
		doctor_advise(d, "see cronsctl status and the daemon's log");
	} else if (strlen(doc->daemon) > 3) {
		doctor_say(d, FINDING_NOTE, "%s", doc->daemon + 3);
	}
	if (strcmp(version, CRONS_VERSION) != 0) {
		doctor_say(d, FINDING_NOTE, "it is version %s, this is %s",
		    version, CRONS_VERSION);
		doctor_advise(d, "restart it: no running job is lost by that");
	} else {
		doctor_say(d, FINDING_OK, "version %s", version);
	}
}

/* ---- the files of cron ---- */

struct looking {
	struct doctor *doc;
	struct diagnosis *d;
	int good;
};

static bool
is_cron_place(const char *file)
{
	return strcmp(file, "/etc/crontab") == 0
	    || strncmp(file, "/etc/cron.d/", 12) == 0
	    || strncmp(file, "/var/spool/cron/", 16) == 0;
}

static void
on_source(void *arg, const struct row *row)
{
	struct looking *look = arg;
	const char *file = row_text(row, "file", NULL);
	const char *state = row_text(row, "state", NULL);

	if (row_has(row, "level"))
		return;
	look->doc->reads_system |= is_cron_place(file);
	if (strcmp(state, "rejected") == 0 || strcmp(state, "partial") == 0)
		doctor_say(look->d, FINDING_WRONG, "%s: %s", file, state);
	else
		look->good += strcmp(state, "ok") == 0;
}

void
doctor_check_CRONTABS(struct doctor *doc, struct diagnosis *d)
{
	struct looking look = { doc, d, 0 };
	struct call_sink sink = { &look, on_source, NULL };

	if (!doc->is_reached || !ask(doc, "sources", &sink)) {
		doctor_say(d, FINDING_NOTE, "not asked: see above");
		return;
	}
	doctor_say(d, FINDING_OK, "%d read whole", look.good);
	if (d->finding == FINDING_WRONG)
		doctor_advise(d, "cronsctl sources FILE says what is wrong");
}

/* ---- what it keeps ---- */

static void
look_at_database(struct doctor *doc, struct diagnosis *d, const char *name)
{
	char path[4096], head[16];
	int fd;

	snprintf(path, sizeof path, "%s/%s", doc->state_dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd == -1 && errno == EACCES) {
		doctor_say(d, FINDING_NOTE, "%s is not yours to read", path);
		return;
	}
	if (fd == -1) {
		doctor_say(d, doc->is_reached ? FINDING_WRONG : FINDING_NOTE,
		    "%s: %s", path, strerror(errno));
		return;
	}
	if (read(fd, head, sizeof head) == (ssize_t)sizeof head
	    && memcmp(head, "SQLite format 3", sizeof head) == 0)
		doctor_say(d, FINDING_OK, "%s", path);
	else
		doctor_say(
		    d, FINDING_WRONG, "%s does not begin as one", path);
	close(fd);
}

void
doctor_check_DATABASE(struct doctor *doc, struct diagnosis *d)
{
	look_at_database(doc, d, "main.db");
	look_at_database(doc, d, "out.db");
	if (d->finding == FINDING_WRONG)
		doctor_advise(d, "restart the daemon: it puts a damaged "
				 "database aside and restores its backup");
}

void
doctor_check_DISK(struct doctor *doc, struct diagnosis *d)
{
	struct statvfs disk;
	unsigned long long left;

	if (statvfs(doc->state_dir, &disk) != 0) {
		doctor_say(d, FINDING_NOTE, "%s: %s", doc->state_dir,
		    strerror(errno));
		return;
	}
	left = (unsigned long long)disk.f_bavail * disk.f_frsize;
	doctor_say(d,
	    left < DISK_LEAST
		    || (disk.f_files > 0 && disk.f_favail < FILES_LEAST)
		? FINDING_WRONG
		: FINDING_OK,
	    "%llu MiB and %s files free at %s", left >> 20,
	    disk.f_files == 0		     ? "any number of"
		: disk.f_favail < FILES_LEAST ? "few"
					      : "enough",
	    doc->state_dir);
	if (d->finding == FINDING_WRONG)
		doctor_advise(d, "make room, or lower keep-bytes in the "
				 "settings");
}

/* ---- who may change it ---- */

/* Something that root's daemon trusts: nobody else may write it. */
static void
look_at_owner(struct diagnosis *d, const char *path, uid_t owner, mode_t bad)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return;
	if (st.st_uid != owner) {
		doctor_say(d, FINDING_WRONG, "%s belongs to uid %u", path,
		    st.st_uid);
		doctor_advise(d, "chown %s %s", owner == 0 ? "root" : "it",
		    path);
	} else if ((st.st_mode & bad) != 0) {
		doctor_say(d, FINDING_WRONG, "%s has mode %04o", path,
		    st.st_mode & 07777);
		doctor_advise(d, "chmod %s %s",
		    (bad & 0444) != 0 ? "go=" : "go-w", path);
	}
}

void
doctor_check_PERMISSIONS(struct doctor *doc, struct diagnosis *d)
{
	static const char *const names[]
	    = { "main.db", "out.db", "spool", "lock" };
	char path[4096];
	struct stat st;
	uid_t owner = doc->is_system || stat(doc->state_dir, &st) != 0
	    ? 0
	    : st.st_uid;

	look_at_owner(d, doc->state_dir, owner, 022);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(
		    path, sizeof path, "%s/%s", doc->state_dir, names[i]);
		look_at_owner(d, path, owner, 077);
	}
	if (doc->is_system)
		look_at_owner(d, "/etc/crons/cronsd.conf", 0, 022);
	if (doc->reads_system) {
		look_at_owner(d, "/etc/crontab", 0, 022);
		look_at_owner(d, "/etc/cron.d", 0, 022);
		look_at_owner(d, "/var/spool/cron", 0, 022);
		look_at_owner(d, "/var/spool/cron/crontabs", 0, 02);
	}
	if (d->text.len == 0)
		doctor_say(d, FINDING_OK, "nobody else may change anything");
}
