/*
 * commit: the transaction of a loop turn. Everything that a turn decides goes
 * into one transaction; what must only happen once it is durable is handed
 * over as an effect and called after the commit. It does not know what is
 * decided. The interface is asynchronous (begin, seal, effects later) so that
 * a commit that waits for more than the local disk fits behind it.
 *
 * States after each step, and what a crash there means: before the COMMIT
 * returns nothing of the turn exists; after it all of it does, and effects
 * that were not called are made up for by recovery (watch_recover): each one
 * is idempotent and is derivable from rows and run files alone.
 *
 * A disk that is full fails the turn as a whole: it is rolled back, effects
 * are called with durable = false, and we are stuck until a probe (at most one
 * a second) commits again.
 */
#ifndef CRONSD_COMMIT_H
#define CRONSD_COMMIT_H

#include <stdbool.h>

#include "share/clock.h"

struct commit;
struct db;

/* Takes main.db, open for writing. reserve: path of the file of ballast that
 * is dropped when the disk is full and made again when it is not. */
struct commit *commit_new(struct db *db, const char *reserve);
void commit_free(struct commit *c); /* commits nothing, closes the db */

/*
 * The database inside the turn's transaction, which is begun if need be.
 * NULL while stuck: nothing can be decided now; ask in a later turn.
 */
struct db *commit_db(struct commit *c);

/* The same database for reading, with or without a transaction. */
struct db *commit_read_db(struct commit *c);

/* The same for much reading: until the turn is sealed what is read is of one
 * moment (and of what the turn writes), and no lock is taken for each row. */
struct db *commit_hold_db(struct commit *c);

/* Has this turn a transaction that will be committed? */
bool commit_is_open(const struct commit *c);

/* Something failed in this turn: all of it is undone when it is sealed. */
void commit_spoil(struct commit *c);

/* Called after the seal, in the order given; durable tells how it went. */
typedef void commit_effect(void *arg, bool durable);
void commit_then(struct commit *c, commit_effect *fn, void *arg);

/* Ends the turn. 0: durable (or nothing was to do), -1: undone. */
int commit_seal(struct commit *c);

bool commit_is_stuck(const struct commit *c);
/* What is wrong, in words; NULL if nothing is. */
const char *commit_trouble(const struct commit *c);
bool commit_is_corrupt(const struct commit *c); /* set the file aside */

/* Is there so little room that the file of ballast could not be made again?
 * Only asked after the disk was found full. */
bool commit_lacks_room(const struct commit *c);

/*
 * While something is wrong: when to call commit_retry and turn the loop, so
 * that it is noticed when there is room; never otherwise.
 */
mono_t commit_retry_at(const struct commit *c);
void commit_retry(struct commit *c);

#endif
