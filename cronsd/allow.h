/*
 * allow: cron.allow and cron.deny: who may have crontabs and change jobs. It
 * does not know requests. A list that is there and cannot be read lets nobody
 * through.
 */
#ifndef CRONSD_ALLOW_H
#define CRONSD_ALLOW_H

#include <stdbool.h>

struct conf;
struct self;

/*
 * Is the user (not root, whom nobody keeps out) on the right list? Without
 * lists all are in Debian's dialect and in ours, nobody in cronie's.
 */
bool allow_user(
    const struct conf *conf, const struct self *self, const char *user);

#endif
