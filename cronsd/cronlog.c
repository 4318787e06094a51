/*
 * libc's syslog(3) blocks while the log daemon does not read, so the datagram
 * is sent here, and never waited for. The form is RFC 3164's, as syslog(3)
 * writes it. The socket is connected when it is first needed and again after
 * an error (the log daemon was started anew).
 *
 * Where no systemd has raised it, a log takes ten datagrams at once, fewer
 * than cron starts jobs at midnight. So lines that it does not take at once
 * stand in a queue until the socket can be written to again; only what goes
 * beyond that queue is dropped.
 */
#include "cronlog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/sys/queue.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <bsd/string.h>

#include "commit.h"
#include "conf.h"
#include "fail.h"
#include "live.h"
#include "loop.h"
#include "self.h"
#include "share/buf.h"
#include "share/clock.h"
#include "share/job.h"
#include "share/log.h"
#include "share/tz.h"
#include "spool.h"
#include "store_jobs.h"
#include "zones.h"

#define LOG_SOCKET "/dev/log"
#define MOST_BYTES 1000 /* of the command; daemons cut longer lines */
#define MOST_WAITING 2000 /* lines */

struct waiting {
	char *text;
	size_t len;
	char file[SPOOL_NAME_MAX]; /* of the run */
	TAILQ_ENTRY(waiting) in_log; /* cronlog.waiting, oldest first */
};

struct cronlog {
	struct cronlog_needs on;
	int fd; /* -1: not connected */
	struct loop_fd *watch; /* while lines wait for room */
	TAILQ_HEAD(, waiting) waiting;
	int waiting_count;
	int dropped;
	bool told; /* that there is no log */
};

struct cronlog *
cronlog_new(const struct cronlog_needs *needs)
{
	struct cronlog *log = xcalloc(1, sizeof *log);

	TAILQ_INIT(&log->waiting);
	log->on = *needs;
	log->fd = -1;
	return log;
}

static void
put_visible(struct buf *out, const char *text)
{
	for (size_t i = 0; text[i] != '\0' && i < MOST_BYTES; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20)
			buf_printf(out, "^%c", c + '@');
		else if (c == 0x7f)
			buf_puts(out, "^?");
		else if (c > 0x7f)
			buf_printf(out, "\\%03o", c);
		else
			buf_putc(out, (char)c);
	}
}

void
cronlog_print(struct buf *out, const struct job *job)
{
	const char *command = JOB_TEXT(job, command);

	buf_putc(out, '(');
	put_visible(out, job->user);
	buf_puts(out, ") CMD (");
	put_visible(out, *command != '\0' ? command : JOB_TEXT(job, argv));
	buf_putc(out, ')');
}

/* "<78>Nov 21 03:00:00 CRON[812]: ", in the daemon's zone. */
static void
put_head(struct cronlog *log, struct buf *out, const struct live_run *run)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
		"May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	const struct tz *zone
	    = zones_find(log->on.zones, log->on.conf->zone, mono_now());
	int64_t at = run->row.start / SECOND_US;
	struct civil c;

	civil_from_seconds(at + (zone == NULL ? 0 : tz_offset(zone, at)), &c);
	buf_printf(out, "<%d>%s %2d %02d:%02d:%02d CRON[%d]: ",
	    LOG_CRON | LOG_INFO, months[c.month - 1], c.day, c.hour, c.minute,
	    c.second, (int)run->pid);
}

static int
open_log(struct cronlog *log)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (log->fd >= 0)
		return 0;
	strlcpy(to.sun_path, LOG_SOCKET, sizeof to.sun_path);
	log->fd
	    = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (log->fd >= 0
	    && connect(log->fd, (struct sockaddr *)&to, sizeof to) == 0) {
		log->told = false;
		return 0;
	}
	if (!log->told)
		log_warn("%s: %s; starts are not logged there", LOG_SOCKET,
		    strerror(errno));
	log->told = true;
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
	return -1;
}

static void
close_log(struct cronlog *log)
{
	loop_unwatch(log->watch);
	log->watch = NULL;
	close(log->fd);
	log->fd = -1;
}

/*
 * Twice, because the first may only find that the log was started anew. 1: it
 * was taken, 0: there is no room now, -1: it will not be taken.
 */
static int
send_line(struct cronlog *log, const char *text, size_t len)
{
	for (int i = 0; i < 2; i++) {
		if (open_log(log) != 0)
			return -1;
		if (send(log->fd, text, len, MSG_NOSIGNAL) >= 0)
			return 1;
		if (errno == EAGAIN || errno == ENOBUFS)
			return 0;
		if (errno == EMSGSIZE)
			return -1;
		close_log(log);
	}
	return -1;
}

static void
forget_first(struct cronlog *log)
{
	struct waiting *first = TAILQ_FIRST(&log->waiting);

	TAILQ_REMOVE(&log->waiting, first, in_log);
	log->waiting_count--;
	free(first->text);
	free(first);
}

/* The log has room: what waits, as far as it is taken. */
static void
on_room(void *arg, uint32_t events)
{
	struct cronlog *log = arg;
	struct waiting *first;

	(void)events;
	while ((first = TAILQ_FIRST(&log->waiting)) != NULL) {
		int got = send_line(log, first->text, first->len);

		if (got == 0)
			break;
		if (got < 0)
			log->dropped++;
		else
			spool_say(log->on.self->spool_fd, first->file);
		forget_first(log);
	}
	if (first == NULL) {
		loop_unwatch(log->watch);
		log->watch = NULL;
	} else if (log->watch == NULL) { /* it is another socket now */
		log->watch = loop_watch(log->on.loop, log->fd, EPOLLOUT,
		    (struct loop_call) { on_room, log });
	}
}

/* Takes the bytes of line. */
static void
put_waiting(struct cronlog *log, struct buf *line, const char *file)
{
	struct waiting *last = xcalloc(1, sizeof *last);

	strlcpy(last->file, file, sizeof last->file);
	last->len = line->len;
	last->text = buf_take(line);
	TAILQ_INSERT_TAIL(&log->waiting, last, in_log);
	log->waiting_count++;
	if (log->watch == NULL)
		log->watch = loop_watch(log->on.loop, log->fd, EPOLLOUT,
		    (struct loop_call) { on_room, log });
}

static void
put_line(struct cronlog *log, struct buf *line, const char *file)
{
	int got = 0;

	if (log->waiting_count == 0)
		got = send_line(log, line->data, line->len);
	if (got == 1) {
		FAIL_POINT(cronlog_said);
		spool_say(log->on.self->spool_fd, file);
		log->dropped = 0;
	} else if (got == 0 && log->waiting_count < MOST_WAITING) {
		put_waiting(log, line, file);
	} else {
		log->dropped++;
	}
}

static void
say(struct cronlog *log, const struct job *job, const struct live_run *run)
{
	struct buf line = BUF_EMPTY;
	char file[SPOOL_NAME_MAX];

	spool_name(
	    file, run->instance, run->row.id, (uint32_t)run->row.fence);
	put_head(log, &line, run);
	cronlog_print(&line, job);
	if (log->dropped > 0)
		buf_printf(&line, " (%d lines before this were dropped)",
		    log->dropped);
	put_line(log, &line, file);
	buf_fini(&line);
}

void
cronlog_started(struct cronlog *log, const struct live_run *run)
{
	struct job job;

	if (log->on.conf->syslog == 0
	    || jobs_get(commit_read_db(log->on.commit), run->row.job, &job)
		!= 1)
		return;
	if (job.source_key != NULL && JOB_NUMBER(&job, log))
		say(log, &job, run);
	job_fini(&job);
}
