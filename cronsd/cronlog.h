/*
 * cronlog: the line that cron writes to the system's log when it starts a job,
 * for those who look for it there: "(user) CMD (command)", facility cron. It
 * does not know when a job starts. Nobody waits for the log: lines that it
 * does not take at once are kept, so many; what is dropped beyond that, or
 * because there is no log, is counted in the next line.
 *
 * ONE LINE A RUN. A start is said when this daemon hears or finds out of it,
 * whichever comes first; the run file has a mark of that.
 *
 *   after                    known to the        if all stops here
 *                            next daemon
 *   the job's start          a run file          it says the line when it
 *                            without the mark    adopts the run, with the
 *                                                time of the start
 *   the log took the line    the same            it says it once more
 *   the mark                 the mark            it says nothing
 *
 * So a start is said at least once; twice only if the daemon is killed between
 * two system calls, or the host stops before the mark is on its disk. A line
 * that waits for room in the log is said by the next daemon too, if the run is
 * not over by then; what ends while the log takes nothing is not.
 */
#ifndef CRONSD_CRONLOG_H
#define CRONSD_CRONLOG_H

#include <stdint.h>

struct buf;
struct commit;
struct conf;
struct cronlog;
struct job;
struct live_run;
struct loop;
struct self;
struct zones;

struct cronlog_needs {
	const struct self *self;
	struct loop *loop;
	const struct conf *conf;
	struct zones *zones;
	struct commit *commit; /* its database, for jobs */
};

struct cronlog *cronlog_new(const struct cronlog_needs *needs);

/*
 * That run was started, and its run file has no mark. Said if the settings
 * want it, and the job is a live crontab's that does not mind.
 */
void cronlog_started(struct cronlog *log, const struct live_run *run);

/* The message alone: control bytes as ^X, bytes above 126 as \ooo. */
void cronlog_print(struct buf *out, const struct job *job);

#endif
