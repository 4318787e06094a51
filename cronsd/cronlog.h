/*
 * cronlog: the line that cron writes to the system's log when it starts a job,
 * for those who look for it there: "(user) CMD (command)", facility cron. It
 * does not know when a job starts. Nobody waits for the log: lines that it
 * does not take at once are kept, so many; what is dropped beyond that, or
 * because there is no log, is counted in the next line.
 */
#ifndef CRONSD_CRONLOG_H
#define CRONSD_CRONLOG_H

#include <stdint.h>

struct buf;
struct commit;
struct conf;
struct cronlog;
struct job;
struct loop;
struct zones;

struct cronlog *cronlog_new(struct loop *loop, const struct conf *conf,
    struct zones *zones, struct commit *commit);

/*
 * A run of that job was started; pid is its supervisor's. Said if the settings
 * want it, and the job is a live crontab's that does not mind. arg is a struct
 * cronlog (launch_needs.started).
 */
void cronlog_started(void *arg, int64_t job, int pid);

/* The message alone: control bytes as ^X, bytes above 126 as \ooo. */
void cronlog_print(struct buf *out, const struct job *job);

#endif
