/*
 * command: what cronsctl can be asked, one row a verb, and the options, one
 * row each. Parsing, usage, help, requests and the manual page's check expand
 * from them. It does not know how a verb works.
 */
#ifndef CRONSCTL_COMMAND_H
#define CRONSCTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "share/verbs.h"

struct session;

/*
 * ident, long name, letter or 0, its argument ("" a flag), keys of the
 * protocol it may mean (the first that the verb takes; "" only cronsctl's
 * business), help. The first eight belong to every verb.
 */
/* clang-format off */
#define OPTIONS(X) \
	X(HELP,        "help",        'h', "",         "",          "what a verb takes") \
	X(VERSION,     "version",     'V', "",         "",          "print the version") \
	X(JSON,        "json",        'j', "",         "",          "one JSON object per line") \
	X(QUIET,       "quiet",       'q', "",         "",          "no headings, summaries and confirmations") \
	X(USER,        "user",        'u', "USER",     "user",      "that user's jobs instead of your own") \
	X(ALL_USERS,   "all-users",   'a', "",         "all_users", "the jobs of all users") \
	X(UTC,         "utc",         'U', "",         "",          "times in UTC") \
	X(TZ,          "tz",          'z', "ZONE",     "",          "times in that zone") \
	X(NUMBER,      "number",      'n', "N",        "n lines",   "at most so many; of logs: the last N lines") \
	X(WAIT,        "wait",        'w', "",         "",          "stay until the run has ended; 1 if it failed") \
	X(FOLLOW,      "follow",      'f', "",         "follow",    "show output as it comes, until the run has ended") \
	X(PROPAGATE,   "propagate",   'p', "",         "",          "exit with the job's own status") \
	X(TIMEOUT,     "timeout",     0,   "DURATION", "timeout",   "wait no longer than that") \
	X(SIGNAL,      "signal",      's', "SIGNAL",   "signal",    "send that signal only") \
	X(GRACE,       "grace",       'g', "DURATION", "grace",     "time between TERM and KILL") \
	X(IF_REV,      "if-rev",      0,   "REV",      "if_rev",    "only if the job still is at that revision") \
	X(OUT,         "out",         'o', "",         "",          "standard output only") \
	X(ERR,         "err",         'e', "",         "",          "standard error only") \
	X(LAST_FAILED, "last-failed", 0,   "",         "failed",    "of the job's last failed run") \
	X(TIMESTAMPS,  "timestamps",  't', "",         "",          "the time in front of each line") \
	X(GREP,        "grep",        0,   "RE",       "",          "only lines that match the extended regular expression") \
	X(OUTPUT_MATCHES, "output-matches", 0, "RE",   "",          "only runs whose output has a line that matches") \
	X(BEFORE,      "before",      0,   "RUN",      "before",    "only runs older than that one") \
	X(RESULT,      "result",      'r', "RESULT",   "result",    "only runs that ended so") \
	X(SINCE,       "since",       0,   "SEQ",      "since",     "events after that one") \
	X(REMOVE,      "remove",      0,   "",         "remove",    "take these tags instead") \
	X(FOR,         "for",         0,   "DURATION", "for",       "for so long") \
	X(UNTIL,       "until",       0,   "TIME",     "until",     "until then") \
	X(WHY,         "why",         0,   "TEXT",     "why",       "the reason, for people") \
	X(ENV,         "env",         0,   "NAME=VALUE", "env",     "environment of this run alone; may be repeated") \
	X(FROM,        "from",        0,   "TIME",     "from",      "from then on instead of now; next: of a SCHEDULE only") \
	X(TO,          "to",          0,   "TIME",     "to",        "until then") \
	X(FORCE,       "force",       0,   "",         "force",     "slots that ran already too") \
	X(SLOTS,       "slots",       0,   "N",        "slots",     "so many runs at a time") \
	X(PER_UID,     "per-uid",     0,   "N",        "per_uid",   "so many of one user; 0: no other limit") \
	X(PAUSE,       "pause",       0,   "YES|NO",   "pause",     "yes: no run gets a slot until it is no again") \
	X(EXIT,        "exit",        0,   "STATUS",   "exit",      "how it ended; 0 if not given") \
	X(BATCH,       "batch",       0,   "",         "",          "answer lines of standard input; needs no daemon") \
	X(DIALECT,     "dialect",     'd', "DIALECT",  "dialect",   "extended, debian, cronie or calendar") \
	X(SYSTEM,      "system",      0,   "",         "system",    "the file has a user field, as /etc/crontab") \
	X(DRY_RUN,     "dry-run",     0,   "",         "dry_run",   "say what would be done; with --json: without a daemon") \
	X(CHECK_USERS, "check-users", 0,   "",         "check",     "an unknown user is an error, not a warning") \
	X(CRONTAB,     "crontab",     0,   "",         "",          "as a crontab") \
	X(PRUNE,       "prune",       0,   "",         "prune",     "remove the jobs of entries that have left the file") \
	X(DELAY,       "delay",       'd', "DURATION", "",          "between two pages; seconds if it has no unit") \
	X(SCHEDULE,    "schedule",    0,   "SCHEDULE", "",          "a schedule instead of files")
/* clang-format on */

enum option {
#define X(ident, name, letter, arg, keys, help) OPTION_##ident,
	OPTIONS(X)
#undef X
	    OPTION_COUNT
};

#define OPTIONS_COMMON 8

struct option_row {
	const char *name;
	char letter;
	const char *arg, *keys, *help;
};

const struct option_row *option_row(enum option option);

/*
 * word, row of verbs.h, words it takes ([x] optional, x... repeats; behind
 * "--" stands the command of a job), its options besides the common ones,
 * function, and what to say when it was done: {key} is the value of that key
 * of the answer; a [part] with a key that is not there is left out.
 */
/* clang-format off */
#define COMMANDS(X) \
	X("status",  status,  "", "", \
	    command_status, "") \
	X("list",    list,    "[JOB...]", "", \
	    command_rows, "") \
	X("show",    show,    "JOB", "", \
	    command_show, "") \
	X("ps",      ps,      "", "", \
	    command_rows, "") \
	X("runs",    runs,    "[JOB]", "number before result output-matches", \
	    command_runs, "") \
	X("stats",   stats,   "[JOB]", "number", \
	    command_stats, "") \
	X("events",  events,  "[JOB]", "follow number since", \
	    command_events, "") \
	X("logs",    logs,    "RUN|JOB", "follow number out err last-failed timestamps grep", \
	    command_logs, "") \
	X("next",    next,    "[JOB|SCHEDULE]", "number from dialect batch", \
	    command_next, "") \
	X("plan",    plan,    "[JOB...]", "from to number", \
	    command_plan, "") \
	X("why",     why,     "JOB [TIME]", "", \
	    command_why, "") \
	X("history", history, "JOB", "", \
	    command_rows, "") \
	X("add",     add,     "NAME SCHEDULE -- COMMAND...", "", \
	    command_add, "job {id} added[, revision {rev}][, next {next}][; but {warning}]") \
	X("set",     set,     "JOB [KEY=VALUE...] [-- COMMAND...]", "if-rev", \
	    command_set, "job {id} changed[, revision {rev}][, next {next}][; but {warning}]") \
	X("rm",      rm,      "JOB", "if-rev", \
	    command_do, "job {id} removed; its history stays") \
	X("enable",  enable,  "JOB", "", \
	    command_do, "[job {id} enabled][{done} of {jobs} jobs enabled][, next {next}]") \
	X("disable", disable, "JOB", "", \
	    command_do, "[job {id} disabled][{done} of {jobs} jobs disabled]") \
	X("import",  import,  "FILE...", "dialect system dry-run check-users prune", \
	    command_import, "") \
	X("sources", sources, "[FILE]", "", \
	    command_sources, "") \
	X("export",  export,  "[JOB...]", "crontab", \
	    command_export, "") \
	X("diff",    diff,    "JOB [REV]", "", \
	    command_rows, "") \
	X("undo",    undo,    "JOB [REV]", "if-rev", \
	    command_do, "job {id} is as it was[, revision {rev}][, next {next}]") \
	X("edit",    set,     "JOB", "", \
	    command_edit, "job {id} changed[, revision {rev}][, next {next}][; but {warning}]") \
	X("tag",     tag,     "JOB TAG...", "remove", \
	    command_tag, "job {id} changed[, revision {rev}]") \
	X("tags",    tags,    "", "", \
	    command_rows, "") \
	X("run",     run,     "JOB", "env wait follow timeout propagate", \
	    command_run, "[run {run} started][{done} of {jobs} jobs: runs {runs} started]") \
	X("test",    test,    "[JOB] [KEY=VALUE...] [-- COMMAND...]", "", \
	    command_test, "") \
	X("retry",   retry,   "RUN|JOB", "wait follow timeout propagate", \
	    command_run, "run {run} started, try {try}") \
	X("skip",    skip,    "JOB", "why", \
	    command_do, "[job {id}: its slot at {slot} is skipped][{done} of {jobs} jobs skip a slot][, next {next}]") \
	X("pause",   pause,   "JOB", "for until why", \
	    command_do, "[job {id} paused][jobs @{tag} paused][ until {until}]") \
	X("resume",  resume,  "JOB", "", \
	    command_do, "[job {id} goes on][jobs @{tag} go on][, next {next}]") \
	X("wait",    wait,    "RUN|JOB", "timeout propagate", \
	    command_wait, "") \
	X("kill",    kill,    "RUN|JOB", "signal grace", \
	    command_do, "[run {run}: signal sent][signal sent to {done} of {jobs} jobs]") \
	X("pin",     pin,     "RUN|JOB", "", \
	    command_do, "run {run} is kept with its output") \
	X("unpin",   unpin,   "RUN|JOB", "", \
	    command_do, "run {run} goes when the limits say so") \
	X("replay",  replay,  "JOB", "from to force dry-run", \
	    command_replay, "") \
	X("alarms",  alarms,  "", "", \
	    command_rows, "") \
	X("ack",     ack,     "JOB", "", \
	    command_do, "job {id}: no reminders until it is well") \
	X("ping",    ping,    "JOB", "exit", \
	    command_do, "run {run} recorded") \
	X("pools",   pools,   "[POOL]", "", \
	    command_rows, "") \
	X("pool",    pool,    "POOL", "slots per-uid pause", \
	    command_pool, "pool {pool}: {slots} slots[, {per_uid} a user][, pause: {pause}]") \
	X("unpool",  unpool,  "POOL", "", \
	    command_pool, "pool {pool} removed") \
	X("backup",  backup,  "FILE", "", \
	    command_backup, "{bytes} bytes saved") \
	X("help",    help,    "[VERB]", "", \
	    command_help, "")

/*
 * Verbs that the protocol does not have, for they need no daemon: word, words
 * it takes, options, function, help.
 */
#define COMMANDS_LOCAL(X) \
	X("lint", "[FILE|SCHEDULE...]", "dialect system check-users schedule", \
	    command_lint, "say what is wrong or odd in crontabs and schedules") \
	X("top", "", "number delay", \
	    command_top, "a page of what runs and what starts next, again and again; q ends it") \
	X("metrics", "", "", \
	    command_metrics, "the state of daemon and jobs, as metrics for Prometheus") \
	X("completion", "bash|zsh|fish", "", \
	    command_completion, "a script that makes that shell complete words of cronsctl") \
	X("doctor", "", "", \
	    command_doctor, "say whether this machine is fit for cronsd, and what to do")
/* clang-format on */

#define VERB_NONE VERB_COUNT /* of a command that the protocol lacks */

struct command {
	const char *word;
	enum verb verb;
	const char *words;
	const char *options;
	int (*act)(struct session *session); /* returns the exit status */
	const char *done;
	const char *help; /* NULL: that of the verb */
};

#define X(word, verb, words, options, act, done) \
	int act(struct session *session);
COMMANDS(X)
#undef X
#define X(word, words, options, act, help) int act(struct session *session);
COMMANDS_LOCAL(X)
#undef X

/* What the command does, one sentence. */
const char *command_sentence(const struct command *command);

/* The row of that word, NULL if there is none; and by number, NULL behind. */
const struct command *command_find(const char *word);
const struct command *command_row(size_t index);

/* The word nearest to a misspelt one; NULL if none is near. */
const char *command_nearest(const char *word);

/* Does the command take the option? (the common ones: always) */
bool command_takes(const struct command *command, enum option option);

/* How many words it takes: the least, and the most (-1: any number). */
void command_word_range(const struct command *command, int *least, int *most);

/* Does a job's command line stand behind "--"? */
bool command_has_rest(const struct command *command);

/* The key of the protocol that the option means to the verb; NULL if none. */
const char *option_key(enum option option, const struct command *command);

#endif
