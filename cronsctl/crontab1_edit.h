/*
 * crontab1_edit: crontab -e: a text in an editor, and back. Whatever goes
 * wrong, the user's work stays in a file, and he is told where.
 */
#ifndef CRONSCTL_CRONTAB1_EDIT_H
#define CRONSCTL_CRONTAB1_EDIT_H

struct buf;
struct crontab1;

/*
 * Lets the user edit the text, whose fingerprint is given, and installs what
 * he made of it. Returns the exit status.
 */
int crontab1_edit(
    struct crontab1 *c, const struct buf *before, const char *print);

#endif
