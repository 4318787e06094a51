/*
 * follow: how events (store_events.h) come to those who follow them. Ends and
 * changes are written with what they tell of; that a run was started is known
 * without a transaction, so it waits here for the next one, or gets one of its
 * own while somebody follows. It does not know connections or requests.
 *
 * What is not written yet is lost with the daemon: the row of the run's end
 * has its start too.
 */
#ifndef CRONSD_FOLLOW_H
#define CRONSD_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

struct commit;
struct db;
struct follow;
struct run_row;

/* read is main.db as committed. */
struct follow *follow_new(struct commit *commit, struct db *read);

void follow_started(struct follow *f, const struct run_row *row);

/* One more follower, one less. */
void follow_join(struct follow *f);
void follow_leave(struct follow *f);

/* Before the turn is sealed. */
void follow_turn(struct follow *f);

/* After it: is there something new for those who follow? */
bool follow_has_news(struct follow *f);

#endif
