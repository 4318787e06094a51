/*
 * notice: what a run executes that tells somebody something: from a row of the
 * outbox to a program, its environment and its standard input. It does not
 * know when it is run or what becomes of it.
 *
 * Such a run is its user's like any other, with the same supervisor and a time
 * limit; but its environment is made from nothing: what a crontab sets may be
 * meant to harm whoever reads it.
 */
#ifndef CRONSD_NOTICE_H
#define CRONSD_NOTICE_H

#include <stdint.h>

struct commit;
struct conf;
struct db;
struct launch_order;
struct notice;
struct outbox_row;
struct self;
struct users;
struct work;

struct notice_needs {
	const struct self *self;
	const struct conf *conf;
	struct commit *commit;
	struct users *users;
	struct db *out; /* out.db for reading; may be NULL */
	const char *out_path; /* the same for a worker */
	struct work *work;
	void (*ready)(void *arg); /* an order that was asked for is there */
	void *arg;
};

struct notice *notice_new(const struct notice_needs *needs);

/* Can that be told at all? NULL, or why not (said in the log once). */
const char *notice_obstacle(struct notice *n, const struct outbox_row *row);

/* What people should know of the mailer; NULL: nothing. */
const char *notice_warning(const struct notice *n);

/* Who may see what the mailer or hook says: not the job's user, if the hook is
 * somebody else's. */
int64_t notice_owner(const struct notice *n, const struct outbox_row *row);

/* Has its run printed something? 1, 0, -1: that cannot be told now. */
int notice_has_output(struct notice *n, const struct outbox_row *row);

/* Fills the order: 1, 0 (later), -1 (never): see launch_needs.order. */
int notice_order(struct notice *n, const struct outbox_row *row,
    struct launch_order *order);

/* That run of a mailer or hook is over. */
void notice_forget(struct notice *n, int64_t run);

/* When the workers have stopped. */
void notice_stop(struct notice *n);

#endif
