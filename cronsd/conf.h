/*
 * conf: the settings of cronsd.conf. One row of SETTINGS is all there is to a
 * setting: the struct, parsing, printing and the manual page's check expand
 * from it. It does not know what a setting does; who reads it stands in its
 * row.
 *
 * ident, section, kind, default as text, what is allowed, when a change takes
 * effect (LIVE: at a reload; START: at the next start), who reads it, help.
 * The key in the file is the ident with - for _. Kinds and what is allowed:
 * TEXT (anything), ZONE ("" or a time zone that this host has), PATH ("",
 * absolute, or a word that is allowed), WORD (one
 * of the words; its index is the value), BOOL (yes or no); and from "least ..
 * most", both included, NUMBER, SIZE (bytes: 64k 1M 2G) and DURATION (90s 10m
 * 1h30m; microseconds).
 */
#ifndef CRONSD_CONF_H
#define CRONSD_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share/errs.h"

struct buf;

/* clang-format off */
#define SETTINGS(X) \
	X(state_dir, daemon, PATH, "", "", START, "places", \
	    "database, spool and backups; empty: /var/lib/crons, or the user's own") \
	X(socket, daemon, PATH, "", "", START, "places", \
	    "where cronsctl finds the daemon; empty: /run/crons/cronsd.sock, or the user's own") \
	X(zone, daemon, ZONE, "", "", LIVE, "plan", \
	    "time zone of jobs that name none; empty: the system's") \
	X(dialect, daemon, WORD, "debian", "extended debian cronie", LIVE, "verb_import_take", \
	    "whose crontab language is meant where none is named") \
	X(log_level, daemon, WORD, "info", "info debug", LIVE, "main", \
	    "how much is said on standard error") \
	X(admin_group, daemon, TEXT, "", "", LIVE, "main", \
	    "its members run, end and pause everybody's jobs; empty: nobody") \
	X(view_group, daemon, TEXT, "", "", LIVE, "main", \
	    "its members see the states of everybody's jobs; empty: nobody") \
	X(max_running, limits, NUMBER, "1000", "1 .. 1000000", LIVE, "launch_decide", \
	    "runs at one time") \
	X(max_running_per_uid, limits, NUMBER, "500", "1 .. 1000000", LIVE, "launch_decide", \
	    "runs at one time of one user") \
	X(ageing, limits, DURATION, "1m", "0s .. 1d", LIVE, "launch_decide", \
	    "how much longer a waiting run waits for each point of priority that another has more") \
	X(jobs_per_uid, limits, NUMBER, "1000000", "1 .. 100000000", LIVE, "verb_jobs", \
	    "jobs of one user") \
	X(connections_per_uid, limits, NUMBER, "128", "1 .. 100000", LIVE, "serve", \
	    "connections at one time of one user") \
	X(claim_ahead, runs, DURATION, "100ms", "0s .. 1s", LIVE, "plan", \
	    "slots are written down that long before they are due") \
	X(catchup_spread, runs, DURATION, "10s", "0s .. 1d", LIVE, "plan", \
	    "starts that a pause has held up are spread over that time") \
	X(realtime, runs, BOOL, "yes", "", START, "main", \
	    "instants are waited for at real-time priority, where that is allowed") \
	X(direct, runs, BOOL, "yes", "", LIVE, "launch", \
	    "simple commands may be executed without a shell") \
	X(pam, runs, WORD, "no", "no cron", LIVE, "launch", \
	    "cron: each run has a PAM session, of the service cron (cronie's dialect: crond)") \
	X(cgroup, runs, PATH, "auto", "auto no", START, "main", \
	    "each run in a cgroup of its own: auto, no, or the directory to use") \
	X(crontab, crontabs, PATH, "", "no", LIVE, "dropin", \
	    "the system's crontab; no: none; empty: /etc/crontab, or of a private daemon none") \
	X(cron_d, crontabs, PATH, "", "no", LIVE, "dropin", \
	    "directory of system crontabs; no: none; empty: /etc/cron.d, or of a private daemon none") \
	X(user_crontabs, crontabs, PATH, "", "no", LIVE, "tabs", \
	    "the users' crontabs, a directory; no: none; empty: /var/spool/cron/crontabs (cronie: /var/spool/cron), or a private daemon's crontabs") \
	X(strictness, crontabs, WORD, "file", "file line", LIVE, "dropin", \
	    "what a bad line costs: file, as the dialect has it (debian: the whole file), or line, itself") \
	X(rescan, crontabs, DURATION, "0s", "0s .. 7d", LIVE, "dropin", \
	    "how often all crontabs are looked at, for network file systems; 0: inotify is enough") \
	X(syslog, crontabs, WORD, "no", "no cron", LIVE, "cronlog", \
	    "cron: starts of crontabs' jobs are said to the system's log, as cron does") \
	X(cron_allow, crontabs, PATH, "", "", LIVE, "allow", \
	    "who may change crontabs and jobs; empty: /etc/cron.allow, or of a private daemon none") \
	X(cron_deny, crontabs, PATH, "", "", LIVE, "allow", \
	    "who may not, where there is no list of who may; empty: /etc/cron.deny, or none") \
	X(mailer, mail, PATH, "", "no", LIVE, "notice", \
	    "the program that takes mail, called as sendmail is; no: nothing is mailed; empty: /usr/sbin/sendmail") \
	X(mail, mail, WORD, "output", "always output fail change never", LIVE, "alert", \
	    "when the output of a crontab's job is mailed, if the job does not say") \
	X(mail_limit, mail, SIZE, "1M", "1k .. 1G", LIVE, "notice", \
	    "output in one mail; the rest is left out, with a line that says so") \
	X(hooks, notices, PATH, "/etc/crons/hooks", "", LIVE, "notice", \
	    "directory of the hooks that notify may name") \
	X(hook_user, notices, TEXT, "", "", LIVE, "notice", \
	    "who runs them; empty: the user of the job") \
	X(deliveries, notices, NUMBER, "8", "1 .. 1000", LIVE, "outbox", \
	    "mails and hooks at one time, beside max-running; of one user half of them") \
	X(delivery_timeout, notices, DURATION, "5m", "1s .. 1d", LIVE, "notice", \
	    "a mailer or hook is ended after that time") \
	X(delivery_tries, notices, NUMBER, "5", "1 .. 100", LIVE, "outbox", \
	    "how often something is tried to be told") \
	X(delivery_delay, notices, DURATION, "30s", "0s .. 1d", LIVE, "outbox", \
	    "from the first try to the second; each further delay is four times longer") \
	X(keep_events, keep, NUMBER, "16384", "256 .. 100000000", LIVE, "main", \
	    "what happened last is kept for those who follow: so many events") \
	X(keep_bytes, keep, SIZE, "1G", "1M .. 1000T", LIVE, "ingest", \
	    "output of all runs that is kept") \
	X(keep_bytes_per_uid, keep, SIZE, "0", "0 .. 1000T", LIVE, "ingest", \
	    "output of one user's runs that is kept; 0: no limit of its own") \
	X(keep_runs, keep, NUMBER, "0", "0 .. 1000000000000", LIVE, "keep", \
	    "runs remembered in all; 0: as many as the jobs say") \
	X(keep_runs_per_uid, keep, NUMBER, "0", "0 .. 1000000000000", LIVE, "keep", \
	    "runs remembered of one user; 0: as many as the jobs say") \
	X(keep_days, keep, NUMBER, "0", "0 .. 36500", LIVE, "keep", \
	    "days that any run is remembered; 0: as long as the jobs say") \
	X(pins_per_uid, keep, NUMBER, "1000", "0 .. 1000000", LIVE, "verb_pin", \
	    "runs that one user may pin") \
	X(pinned_bytes_per_uid, keep, SIZE, "256M", "0 .. 1000T", LIVE, "verb_pin", \
	    "output of pinned runs of one user: with more, nothing is pinned")
/* clang-format on */

enum setting {
#define X(ident, section, kind, preset, allowed, when, reader, help) \
	SETTING_##ident,
	SETTINGS(X)
#undef X
	    SETTING_COUNT
};

#define CONF_C_TEXT char *
#define CONF_C_ZONE char *
#define CONF_C_PATH char *
#define CONF_C_WORD int64_t
#define CONF_C_BOOL int64_t
#define CONF_C_NUMBER int64_t
#define CONF_C_SIZE int64_t
#define CONF_C_DURATION int64_t

/* Texts are owned and never NULL. */
struct conf {
#define X(ident, section, kind, preset, allowed, when, reader, help) \
	CONF_C_##kind ident;
	SETTINGS(X)
#undef X
};

enum conf_kind {
	CONF_TEXT,
	CONF_ZONE,
	CONF_PATH, /* up to here texts, then numbers */
	CONF_WORD,
	CONF_BOOL,
	CONF_NUMBER,
	CONF_SIZE,
	CONF_DURATION,
};

enum conf_when { CONF_LIVE, CONF_START };

struct conf_row {
	const char *key; /* "max-running" */
	const char *section; /* "limits" */
	enum conf_kind kind;
	const char *preset, *allowed;
	enum conf_when when;
	const char *reader, *help;
	size_t offset; /* of the value in struct conf */
};

const struct conf_row *conf_row(enum setting setting);

/* Every setting its default. */
void conf_init(struct conf *conf);
void conf_fini(struct conf *conf);

/*
 * Sets one setting from its text. The fault names the value and what is
 * allowed; the setting is unchanged then.
 */
enum err conf_set(struct conf *conf, enum setting setting, const char *text,
    struct fault *f);

/*
 * Reads a file (conf_read) or the bytes of one (conf_parse). On success out is
 * init'ed here; on failure it is untouched, and the fault has the line, the
 * key as its field, why, and what to do. ERR_NOT_FOUND: there is no such file.
 * As root, a file that others could change is refused.
 *
 * The file is "[section]" and "key = value" lines. Comments are lines that
 * start with # or ; and, as inih has it, everything after a blank and a ;
 * in a line. A line may not be longer than inih reads (198 bytes).
 */
enum err conf_read(const char *path, struct conf *out, struct fault *f);
enum err conf_parse(
    const char *bytes, size_t len, struct conf *out, struct fault *f);

/* "path:line: key: why; what to do", appended to out. */
void conf_print_fault(
    const char *path, const struct fault *f, struct buf *out);

/* One value as conf_set takes it; a whole file, with help, as conf_parse. */
void conf_print(
    const struct conf *conf, enum setting setting, struct buf *out);
void conf_print_all(const struct conf *conf, struct buf *out);

/* Has the setting another value in b than in a? (what a reload changed) */
bool conf_differs(
    const struct conf *a, const struct conf *b, enum setting setting);

/* " key" of each setting that counts at the next start only and has another
 * value in b than in a, appended to out. */
void conf_print_waiting(
    const struct conf *a, const struct conf *b, struct buf *out);

#endif
