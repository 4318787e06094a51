/*
 * tabs: the files of the users' crontabs, written so that cron could read
 * them: owner the user, mode 0600, replaced whole by a rename. What is
 * replaced or removed is kept beside the database. Calls may be slow: they
 * belong in a worker. It does not know dialects, permissions or who asks.
 */
#ifndef CRONSD_TABS_H
#define CRONSD_TABS_H

#include <stdint.h>
#include <sys/types.h>

#include "share/errs.h"

struct buf;
struct conf;
struct self;

#define TABS_PRINT 40 /* room for a fingerprint */
#define TABS_NONE "none" /* the fingerprint of no crontab */
#define TABS_KEPT 10 /* copies of each user's crontab */

/* Where a user's crontab lies; texts are owned. */
struct tabs_place {
	char *dir; /* of the crontabs */
	char *kept; /* of this user's copies */
	char user[64];
	uid_t uid;
};

/* The directory of the users' crontabs: yours; NULL: there are to be none. */
char *tabs_directory(const struct self *self, const struct conf *conf);

/* user has passed tabs_is_name. tabs_place_fini frees; of a zeroed one too. */
void tabs_place_init(struct tabs_place *place, const struct self *self,
    const struct conf *conf, const char *user);
void tabs_place_fini(struct tabs_place *place);

/* Can a file be called so, and would cron take it for a user's crontab? */
int tabs_is_name(const char *user);

/*
 * Reads the crontab, or the newest copy. ERR_NOT_FOUND if there is none;
 * ERR_DENIED if it is no regular file of the user's or of root's.
 */
enum err tabs_read(
    const struct tabs_place *place, struct buf *text, struct fault *f);
enum err tabs_read_kept(
    const struct tabs_place *place, struct buf *text, struct fault *f);

/* What a text is known by, to see that it changed. text NULL: TABS_NONE. */
void tabs_fingerprint(const struct buf *text, char print[TABS_PRINT]);

/*
 * Replaces the crontab by text, or removes it (text NULL; ERR_NOT_FOUND if
 * there is none). expected "" or the fingerprint that it must still have, else
 * ERR_CHANGED. What was there is kept first; its copy's name is put into kept
 * (cleared if there was nothing). Durable when it returns; on a fault the
 * crontab is what it was.
 */
struct tabs_change {
	const struct buf *text;
	const char *expected;
	struct buf *kept;
};
enum err tabs_put(const struct tabs_place *place,
    const struct tabs_change *change, struct fault *f);

#endif
