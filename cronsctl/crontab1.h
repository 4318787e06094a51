/*
 * crontab1: cronsctl called as crontab: crontab(1) as Debian's or cronie's
 * would behave, whichever the daemon speaks, but for the safer exceptions in
 * the manual page. Everything goes through the socket with the caller's own
 * rights; nothing here is setuid. It does not know where crontabs lie.
 */
#ifndef CRONSCTL_CRONTAB1_H
#define CRONSCTL_CRONTAB1_H

#include <stdbool.h>

/* Is the program called as crontab? name is argv[0], which may be NULL. */
bool crontab1_is_name(const char *name);

/* Does what the words say and returns the exit status, 0 or 1. */
int crontab1_main(int argc, char **argv);

#endif
