/*
 * crontab_name: a name for a job whose crontab gave it none: something of the
 * command that a person recognises. It does not know what is unique.
 */
#ifndef SHARE_CRONTAB_NAME_H
#define SHARE_CRONTAB_NAME_H

struct buf;

/*
 * Appends the program that the command line is about, without directory, at
 * most 40 bytes that a job's name may hold: "logrotate" for
 * "test -x /usr/sbin/logrotate && /usr/sbin/logrotate /etc/l.conf"; "job" if
 * there is none to be seen.
 */
void crontab_name_put_command(struct buf *out, const char *command);

/* The same bytes with those that no name may hold as _; at most max. */
void crontab_name_put_word(struct buf *out, const char *word, int max);

#endif
