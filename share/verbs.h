/*
 * verbs: the protocol, one row a verb. Parsing, permission, `help`, usage,
 * completion and the manual page's check expand from it; it does not know how
 * a verb works (cronsd/verb_*.c) or looks (cronsctl/).
 *
 * ident, role, words it takes, keys it takes, what the reply's rows are called
 * ("" none), one sentence. Roles: ANY may be asked by everybody; VIEW looks at
 * jobs (one's own, or others' states with the view role); ACT runs or ends
 * runs (one's own, or as admin); EDIT changes jobs (one's own, or as root).
 * In words, [x] is optional and x... repeats; "+" in keys stands for every
 * field of a job. The verb on the wire is
 * the ident.
 */
#ifndef SHARE_VERBS_H
#define SHARE_VERBS_H

/* clang-format off */
#define VERBS(X) \
	X(hello,   ANY,  "", "", "", "greet again: version, who you are, the daemon's state") \
	X(help,    ANY,  "[VERB]", "", "verb words keys help", "list the verbs, or one") \
	X(status,  ANY,  "", "", \
	    "state host pid version uptime_s jobs enabled running failed_24h next_us next_job dropped_bytes warning state_dir", \
	    "how the daemon is") \
	X(add,     EDIT, "", "user +", "", "add a job") \
	X(set,     EDIT, "JOB", "if_rev +", "", "change fields of a job") \
	X(rm,      EDIT, "JOB", "if_rev", "", "remove a job; its history stays") \
	X(enable,  EDIT, "JOB", "", "", "plan a job again") \
	X(disable, EDIT, "JOB", "", "", "plan a job no more; what runs goes on") \
	X(list,    VIEW, "[JOB...]", "user all_users", \
	    "id user job schedule zone enabled next_us running last_run last_start_us last_end_us last_result last_exit paused paused_until_us", \
	    "jobs: when next, how the last run went") \
	X(show,    VIEW, "JOB", "", \
	    "id rev user uid source created_us next_us words warning next +", \
	    "all of a job") \
	X(export,  VIEW, "[JOB...]", "user all_users", "id user +", "all of every job, to be imported again") \
	X(history, VIEW, "JOB", "", "rev at_us by change", "who changed a job, when, and what") \
	X(diff,    VIEW, "JOB [REV]", "", "field before now", \
	    "what became of a job since a revision; without one, the last change") \
	X(undo,    EDIT, "JOB [REV]", "if_rev", "", \
	    "make a job what it was; a removed one (by id) comes back") \
	X(tag,     EDIT, "JOB TAG...", "remove", "", "give a job tags, or take them") \
	X(tags,    VIEW, "", "user all_users", "tag jobs", "all tags, and how many jobs have them") \
	X(run,     ACT,  "JOB", "env", "", "start a run now; the reply names it") \
	X(test,    EDIT, "[JOB]", "user +", "", \
	    "run a job as it is or with other fields, or any command, now; nothing follows from it") \
	X(retry,   ACT,  "RUN|JOB", "", "", "a further try of a run (a job's newest) that is over") \
	X(skip,    ACT,  "JOB", "why", "", "leave out a job's next slot") \
	X(pause,   ACT,  "JOB", "for until why", "", \
	    "start no slots of a job, or of all with a tag; they are skipped") \
	X(resume,  ACT,  "JOB", "", "", "end a pause") \
	X(wait,    VIEW, "RUN|JOB", "timeout", "", "answer when a run (a job's newest) has ended") \
	X(kill,    ACT,  "RUN|JOB", "signal grace", "", "end a run with all its processes, or send a signal") \
	X(ps,      VIEW, "", "user all_users", \
	    "run job user pid state cause slot_us start_us timeout_us", "what runs now") \
	X(runs,    VIEW, "[JOB]", "n before user all_users result", \
	    "run job user cause slot_us start_us end_us state result exit signal why try out_bytes err_bytes dropped_bytes pinned", \
	    "runs, newest first") \
	X(stats,   VIEW, "[JOB]", "n user all_users", \
	    "job user day runs ok bad skipped missed p50_us p95_us late_p50_us late_p95_us out_bytes", \
	    "how often, how long and how late: of every job, or of one by day") \
	X(events,  VIEW, "[JOB]", "follow since n user all_users", \
	    "seq at_us event id job user run result text", \
	    "what happened last, and with follow what happens") \
	X(logs,    VIEW, "RUN|JOB", "follow failed lines stream from", "run place", \
	    "output of a run (a job's newest) as frames") \
	X(pin,     ACT,  "RUN|JOB", "", "", "keep a run and its output whatever the limits say") \
	X(unpin,   ACT,  "RUN|JOB", "", "", "a pinned run goes when the limits say so") \
	X(next,    VIEW, "[JOB]", "n user all_users", "slot_us job user moved", "instants to come") \
	X(plan,    VIEW, "[JOB...]", "from to n user all_users", \
	    "kind slot_us job user moved starts", \
	    "all starts in a span of time, and how many there are in each minute") \
	X(replay,  ACT,  "JOB", "from to force dry_run", "", \
	    "run a job's slots of a span of time again, one after another") \
	X(why,     VIEW, "JOB", "at", "slot_us result run sentence", "what became of an instant, and why") \
	X(alarms,  VIEW, "", "user all_users", "job user events since_us told_us acked", \
	    "jobs of which something is wrong that somebody asked to be told of") \
	X(ack,     ACT,  "JOB", "", "", "somebody knows of a job's alarm: no reminders until it is well") \
	X(ping,    ACT,  "JOB", "exit", "", "report, for a job with ping=yes, that it ran outside") \
	X(pool,    EDIT, "POOL", "slots per_uid pause", "", \
	    "make a pool or change it: how many runs of the jobs that name it go on at a time") \
	X(unpool,  EDIT, "POOL", "", "", "remove a pool that no job names") \
	X(pools,   VIEW, "[POOL]", "", "pool slots per_uid pause running waiting jobs", \
	    "pools: how many slots, how many taken, how many runs wait") \
	X(import,  EDIT, "", "dialect system user file under check prune dry_run", \
	    "line kind name action text", "add or update jobs from crontab text (the payload)") \
	X(sources, VIEW, "[FILE]", "", \
	    "file kind user state jobs checked_us line column level text", \
	    "the crontabs that are read live, and what is wrong in them") \
	X(backup,  VIEW, "", "", "", "a copy of the database as frames; root only") \
	X(tab,     VIEW, "", "user kept", "", "the text of a user's crontab as frames") \
	X(install, EDIT, "", "user file if dry_run", "line column kind text hint", \
	    "replace a user's crontab by the payload") \
	X(uninstall, EDIT, "", "user if", "", "remove a user's crontab; a copy is kept")
/* clang-format on */

enum verb {
#define X(ident, role, words, keys, rows, help) VERB_##ident,
	VERBS(X)
#undef X
	    VERB_COUNT
};

enum verb_role { ROLE_ANY, ROLE_VIEW, ROLE_ACT, ROLE_EDIT };

struct verb_row {
	const char *word; /* "add" */
	enum verb_role role;
	const char *words, *keys, *rows, *help;
};

const struct verb_row *verb_row(enum verb verb);
int verb_find(const char *word); /* -1 if there is none */
const char *verb_nearest(const char *word); /* for messages; NULL */

/* Is key (with - or _) one of the row's? Fields of a job count for "+". */
int verb_takes_key(const struct verb_row *row, const char *key);

/* The verb's key nearest to a misspelt one, for messages; NULL. */
const char *verb_key_nearest(const struct verb_row *row, const char *key);

#define CRONS_VERSION "0.1"
#define PROTO_VERSION 1
#define PROTO_LINE_MAX 65536 /* bytes of a request line, LF included */
#define PROTO_PAYLOAD_MAX (16 << 20)

#endif
