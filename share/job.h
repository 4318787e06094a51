/*
 * job: what a job is, field by field. One row of JOB_FIELDS is all there is to
 * a field: parsing, checking, printing, the protocol's keys, the database's
 * columns, JSON, export and completion expand from it. It does not know rows,
 * runs or who is asking (who may set a field stands in its row).
 */
#ifndef SHARE_JOB_H
#define SHARE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "errs.h"
#include "when.h"

struct buf;

/*
 * ident, kind, who may set it, default as text, words of an enum or "", help.
 * The key on the wire is the ident with - for _. Kinds: TEXT (a string),
 * NUMBER, SIZE (bytes: 4k 1M), DURATION (microseconds), BOOL (yes/no), WORD
 * (an index into the words), OCTAL, ENV (lines NAME=VALUE).
 */
/* clang-format off */
#define JOB_FIELDS(X) \
	X(name,           TEXT,     OWNER, "",      "", "unique per user; letters, digits and -_.:@/+ , 1 to 128 bytes") \
	X(schedule,       TEXT,     OWNER, "",      "", "when it is due") \
	X(dialect,        WORD,     OWNER, "extended", "extended debian cronie calendar", "the language of schedule; crontabs: what its command line means too") \
	X(zone,           TEXT,     OWNER, "",      "", "time zone of the schedule; empty: the system's") \
	X(not,            TEXT,     OWNER, "",      "", "a calendar: dates on which it is not due; cronsctl takes a file of them") \
	X(command,        TEXT,     OWNER, "",      "", "a command line for the shell") \
	X(argv,           TEXT,     OWNER, "",      "", "or: words to execute without a shell, blanks between, quoted as on the wire") \
	X(stdin,          TEXT,     OWNER, "",      "", "text for its standard input; empty: /dev/null") \
	X(cwd,            TEXT,     OWNER, "",      "", "working directory; empty: its home") \
	X(shell,          TEXT,     OWNER, "",      "", "absolute path; empty: /bin/sh or SHELL of env") \
	X(env,            ENV,      OWNER, "",      "", "environment lines NAME=VALUE") \
	X(umask,          OCTAL,    OWNER, "022",   "", "file mode creation mask") \
	X(nice,           NUMBER,   OWNER, "0",     "", "added to its priority, -20 to 19; below 0 only root") \
	X(limits,         TEXT,     OWNER, "",      "", "resource limits: nproc=20,nofile=64,as=1G,cpu=60,fsize=1G,core=0,stack=8M,memlock=0,data=1G") \
	X(ionice,         TEXT,     OWNER, "",      "", "priority of its disk access: idle, best-effort:0 to best-effort:7, realtime:0 to realtime:7 (only root)") \
	X(memory,         SIZE,     OWNER, "0",     "", "most memory of all its processes, by cgroup v2; 0: no limit") \
	X(pids,           NUMBER,   OWNER, "0",     "", "most processes and threads, by cgroup v2; 0: no limit") \
	X(enabled,        BOOL,     OWNER, "yes",   "", "no: it is not planned") \
	X(overlap,        WORD,     OWNER, "skip",  "allow skip queue replace", "what to do if it is due while it still runs: both run, it is skipped, it waits, or it ends the other") \
	X(queue,          NUMBER,   OWNER, "1",     "", "with overlap=queue: how many may wait; one more is skipped") \
	X(max_running,    NUMBER,   OWNER, "0",     "", "how many of its runs go on at a time; 0: any number") \
	X(pool,           TEXT,     OWNER, "",      "", "a pool: its runs wait for a slot of it; USER/NAME is that user's own") \
	X(priority,       NUMBER,   OWNER, "0",     "", "among waiting runs of its user, -100 to 100: the highest first") \
	X(after,          TEXT,     OWNER, "",      "", "jobs that it runs after, each time all have ended: a:ok,b:any,c:fail; @manual is a schedule for jobs that have no other") \
	X(jitter,         DURATION, OWNER, "0s",    "", "each start is put off by up to that time") \
	X(jitter_kind,    WORD,     OWNER, "stable", "stable random", "always by the same time on this host, or by chance") \
	X(retry,          NUMBER,   OWNER, "0",     "", "how often a failed run is tried again") \
	X(retry_delay,    DURATION, OWNER, "1m",    "", "from the end of a try to the next") \
	X(retry_factor,   NUMBER,   OWNER, "1",     "", "each further delay is so many times longer") \
	X(retry_on,       TEXT,     OWNER, "fail,signal,timeout,nostart", "", "results and exit statuses that are tried again: words and numbers") \
	X(on_lost,        WORD,     OWNER, "report", "report retry", "a run whose supervisor or host died: only say so, or start it again") \
	X(catchup,        WORD,     OWNER, "none",  "none one all", "slots while nobody was there: missed, made up for by one run, or by one run each") \
	X(catchup_max,    NUMBER,   OWNER, "100",   "", "of catchup=all: the newest so many; the others are missed") \
	X(catchup_within, DURATION, OWNER, "0s",    "", "slots older than that are missed whatever catchup says; 0: never too old") \
	X(start_deadline, DURATION, OWNER, "1m",    "", "a slot that could not start for so long is missed") \
	X(timeout,        DURATION, OWNER, "0s",    "", "end it after that time; 0: never") \
	X(grace,          DURATION, OWNER, "10s",   "", "between TERM and KILL") \
	X(linger,         DURATION, OWNER, "10s",   "", "how long children may write after its end") \
	X(merge,          BOOL,     OWNER, "no",    "", "stdout and stderr through one pipe, order kept") \
	X(log,            BOOL,     OWNER, "yes",   "", "a crontab's: its starts go to the system's log (setting syslog)") \
	X(direct,         BOOL,     OWNER, "yes",   "", "a simple command may be executed without a shell") \
	X(output_head,    SIZE,     OWNER, "1M",    "", "output kept from the start of a run") \
	X(output_tail,    SIZE,     OWNER, "1M",    "", "output kept from the end of a run") \
	X(keep_runs,      NUMBER,   OWNER, "1000",  "", "runs remembered") \
	X(keep_days,      NUMBER,   OWNER, "90",    "", "days a run is remembered") \
	X(keep_failed,    NUMBER,   OWNER, "100",   "", "runs that failed, remembered beyond these limits") \
	X(keep_failed_days, NUMBER, OWNER, "365",   "", "and for how many days") \
	X(keep_bytes,     SIZE,     OWNER, "0",     "", "output of all its runs that is kept, as stored; 0: no limit of its own") \
	X(mail,           WORD,     OWNER, "auto",  "auto always output fail change never", "when its output is mailed; auto: for a crontab's job as the setting mail says, else only if MAILTO is in env") \
	X(notify,         TEXT,     OWNER, "",      "", "who is told of what: event:hook with commas between; a hook is mail, one of the system's, or a program of one's own") \
	X(remind,         DURATION, OWNER, "1d",    "", "an alarm that goes on is told again after that time; 0: once only") \
	X(late_after,     DURATION, OWNER, "10s",   "", "a run that starts that long after it was due is late") \
	X(slow_after,     DURATION, OWNER, "0s",    "", "a run that takes longer is slow; 0: longer than three times what 95 of 100 take") \
	X(short_under,    DURATION, OWNER, "0s",    "", "a run that ends well in less time is short; 0: none is") \
	X(dead_after,     DURATION, OWNER, "5m",    "", "that long after a slot something of it must have been heard") \
	X(ping,           BOOL,     OWNER, "no",    "", "yes: nothing is run; something outside reports with cronsctl ping") \
	X(tags,           TEXT,     OWNER, "",      "", "words separated by commas") \
	X(comment,        TEXT,     OWNER, "",      "", "for people")
/* clang-format on */

enum job_field {
#define X(ident, kind, who, preset, words, help) JOB_##ident,
	JOB_FIELDS(X)
#undef X
	    JOB_FIELD_COUNT
};

enum job_kind {
	KIND_TEXT,
	KIND_NUMBER,
	KIND_SIZE,
	KIND_DURATION,
	KIND_BOOL,
	KIND_WORD,
	KIND_OCTAL,
	KIND_ENV,
};

enum job_who { WHO_OWNER, WHO_ADMIN, WHO_ROOT };

struct job_row {
	const char *key; /* "start-deadline" */
	const char *column; /* "start_deadline" */
	enum job_kind kind;
	enum job_who who;
	const char *preset;
	const char *words;
	const char *help;
};

/* The row of a field, and the field of a key (- or _); -1 if there is none. */
const struct job_row *job_row(enum job_field field);
int job_field_find(const char *key);

/* The key nearest to a misspelt one, for messages; NULL if none is near. */
const char *job_field_nearest(const char *key);

/* All fields are text or int64_t, so that whoever stores them needs no list. */
struct job_value {
	char *text; /* owned; TEXT and ENV, never NULL then */
	int64_t number; /* the others */
};

struct job {
	int64_t id; /* 0: not stored yet */
	int64_t rev;
	int64_t uid;
	char user[64]; /* the name that uid had; both must match to run it */
	int64_t created_us; /* anchor of its schedule */
	int64_t source; /* crontab file it came from, 0 none */
	char *source_key; /* owned or NULL */
	struct job_value value[JOB_FIELD_COUNT];
};

enum job_overlap {
	OVERLAP_ALLOW,
	OVERLAP_SKIP,
	OVERLAP_QUEUE,
	OVERLAP_REPLACE
};
enum job_jitter { JITTER_STABLE, JITTER_RANDOM };
enum job_want { WANT_OK, WANT_FAIL, WANT_ANY };
enum job_on_lost { ON_LOST_REPORT, ON_LOST_RETRY };
enum job_mail {
	MAIL_AUTO,
	MAIL_ALWAYS,
	MAIL_OUTPUT,
	MAIL_FAIL,
	MAIL_CHANGE,
	MAIL_NEVER
};
enum job_catchup { CATCHUP_NONE, CATCHUP_ONE, CATCHUP_ALL };

#define JOB_TEXT(job, field) ((job)->value[JOB_##field].text)
#define JOB_NUMBER(job, field) ((job)->value[JOB_##field].number)

/* Every field its default. */
void job_init(struct job *job);
void job_fini(struct job *job);
void job_copy(struct job *to, const struct job *from); /* to is init'ed here */

/*
 * Sets one field from its text. The fault names field, value and what is
 * allowed; the job is unchanged then. Checks of one field only. A job from
 * a crontab may have control bytes in its command and names in env that no
 * shell would take, as cron does; elsewhere job_check refuses these.
 */
enum err job_set(
    struct job *job, enum job_field field, const char *text, struct fault *f);

/* The field as text that job_set takes; appended to out. */
void job_print(const struct job *job, enum job_field field, struct buf *out);
bool job_is_preset(const struct job *job, enum job_field field);

/*
 * Checks of all fields together: a name, a schedule that parses, zones that
 * can be opened, a command or argv and not both, no control bytes in it, names
 * in env, a negative nice only for root; and that it is not too large. A
 * crontab's command may be empty, as with cron.
 */
#define JOB_BYTES (1 << 20) /* all that is no preset, as key=value words */
enum err job_check(const struct job *job, struct fault *f);
/* The same, but for a schedule that is known to parse and names no zone. */
enum err job_check_rest(const struct job *job, struct fault *f);

/* Its parsed schedule; yours to when_free. Seed and anchor are the job's. */
struct when *job_when(const struct job *job);

/*
 * The name of the zone that counts for w, this job's schedule: the one that an
 * OnCalendar text names itself, else the job's; "" is the host's. Borrowed
 * from either.
 */
const char *job_zone(const struct job *job, const struct when *w);

/* Stable 64-bit hash of owner and name: the seed of H and ~. */
uint64_t job_seed(const struct job *job);

/* The job at *at that this one runs after, and how that has to end; *at is
 * set behind it. False: there is none. */
#define JOB_NAME_MAX 200 /* and room for USER/ */
bool job_next_after(
    const char **at, char name[JOB_NAME_MAX], enum job_want *want);

/* The tag at *at, which is set behind it; false: there is none. And: has the
 * job that tag? */
#define JOB_TAG_MAX 65
bool job_next_tag(const char **at, char tag[JOB_TAG_MAX]);
bool job_has_tag(const struct job *job, const char *tag);

/*
 * "nproc=20,as=1G" -> each(arg, RLIMIT_NPROC, 20), ...: soft and hard limit
 * alike; "unlimited" is RLIM_INFINITY. False, and no call, if it is not valid;
 * each may be NULL to ask just that.
 */
bool job_each_limit(const char *limits,
    void (*each)(void *arg, int resource, uint64_t value), void *arg);

/* "idle", "best-effort:3": what ioprio_set(2) takes; 0 for "", -1 if it is not
 * valid. And: is it one that only root may give? */
int job_ioprio(const char *text);
bool job_ioprio_is_realtime(int ioprio);

/* Sizes: "4096" "64k" "1M" "2G"; -1 if it is none. Prints the shortest. */
int size_parse(const char *text, int64_t *bytes);
void size_print(struct buf *out, int64_t bytes);

/* The word of `words` (blank-separated) at that index / index of that word. */
int word_find(const char *words, const char *word);
void word_print(struct buf *out, const char *words, int64_t index);

#endif
