/*
 * verb_import_long: a crontab with many entries, imported while others have
 * their turns. It does not know what an entry means.
 *
 * It is read in a worker, and made jobs of in slices, each in the transaction
 * of its turn. So there are moments at which part of it is durable:
 *
 *   durable                      a crash there
 *   nothing: it is being read    nothing was changed, and nothing was answered
 *   the row of importing and     the next daemon does it again from its first
 *   the first slice, together    entry (import_long_resume): what is done
 *   each further slice           already is found to be there, by the keys of
 *                                its entries, and the rest follows
 *   the last slice, and the      all is done; only the answer may be lost
 *   row is gone, together
 *
 * Who asked may go away meanwhile: it is done all the same. If the first slice
 * cannot be made durable, nothing was changed, and the answer says so; if a
 * further one cannot, it is begun again from the first entry as soon as the
 * database can be written: then it is all done, only late. Jobs of the first
 * slices may be due before the last slice is there, and others may change
 * them: a job that somebody removed stays removed.
 */
#ifndef CRONSD_VERB_IMPORT_LONG_H
#define CRONSD_VERB_IMPORT_LONG_H

#include "verb.h"

/* Takes the request over: it is asked again until that is done. */
enum verb_status import_long_begin(struct request *r);
enum verb_status import_long_ask(struct request *r);

/* Is one going on? Another one has to wait. */
bool import_long_is_busy(void);

/* At the start: goes on with one that was not finished. */
void import_long_resume(const struct daemon_parts *parts);

#endif
