/*
 * request: one request of one client: who asks, what for, and the reply being
 * written. Permission is decided here, once, from the verb's role and the
 * job's owner. It does not know connections (serve) or what verbs do.
 */
#ifndef CRONSD_REQUEST_H
#define CRONSD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "share/buf.h"
#include "share/clock.h"
#include "share/errs.h"
#include "share/line.h"
#include "share/verbs.h"

struct commit;
struct conf;
struct db;
struct follow;
struct ends;
struct ingest;
struct job;
struct keep;
struct launch;
struct live;
struct loop;
struct plan;
struct run_row;
struct self;
struct sock_peer;
struct user;
struct users;
struct watch;
struct work;
struct zones;

/* Everything a verb may use. */
struct daemon_parts {
	struct self *self;
	const struct conf *conf;
	struct loop *loop;
	struct commit *commit;
	struct live *live;
	struct plan *plan;
	struct launch *launch;
	struct watch *watch;
	struct users *users;
	struct zones *zones;
	struct ingest *ingest;
	struct ends *ends;
	struct keep *keep;
	struct follow *follow;
	struct db *read; /* main.db, committed state only */
	struct db *out; /* out.db for reading; NULL while it cannot be had */
	struct work *work;
	/* Requests that said VERB_LATER are called again. */
	void (*wake)(void *arg);
	void *wake_arg;
};

struct caller {
	uid_t uid;
	char name[64];
	bool is_nameless; /* no such user, or nobody can tell: "#UID" */
	bool root; /* root, or the owner of a daemon in own mode */
	bool admin, view;
};

/* Who is at the other end, and with which roles. */
void caller_fill(struct caller *caller, const struct daemon_parts *parts,
    const struct sock_peer *peer, const struct user *user);

/* What a verb says when it returns. */
enum verb_status {
	VERB_DONE, /* the reply is complete */
	VERB_COMMIT, /* the same, once this turn is durable */
	VERB_MORE, /* call again when what is written so far was sent */
	VERB_LATER, /* call again when something changed (wake, timer) */
	VERB_ASLEEP, /* the same, but no timer has to ask */
};

struct request {
	const struct daemon_parts *parts;
	struct caller caller;
	struct line line;
	const struct verb_row *row;
	char *payload; /* owned, NUL-ended; NULL: none */
	size_t payload_len;
	struct buf *out; /* the connection's, or the staged reply */
	wall_t now; /* of this call */
	/* For verbs that are called more than once: */
	int calls; /* before this one */
	int64_t cursor;
	mono_t deadline; /* of a wait; 0 none */
	void *state; /* freed with free_state */
	void (*free_state)(void *state);
};

/*
 * Takes a request line apart and checks verb and keys; the fault names the
 * nearest word for a misspelt one. Either way: request_fini.
 */
enum err request_parse(
    struct request *r, const char *bytes, size_t len, struct fault *f);
void request_fini(struct request *r);

/* The line a connection begins with, and the reply of hello. */
enum verb_status reply_greeting(struct request *r);

/* Reply lines. Each ends the reply but rows; they return VERB_DONE. */
enum verb_status reply_ok(struct request *r, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
enum verb_status reply_fault(struct request *r, const struct fault *f);
enum verb_status reply_err(struct request *r, enum err err,
    const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
enum verb_status reply_busy(struct request *r); /* the db cannot be written */

/* The header of the verb's rows; "+" becomes every field of a job. */
void reply_names(struct request *r);
/* A row: begin, cells, end. -1 is an empty cell for reply_some. */
void reply_begin(struct request *r);
void reply_text(struct request *r, const char *cell);
void reply_number(struct request *r, int64_t cell);
void reply_some(struct request *r, int64_t cell);
void reply_end(struct request *r);

/* Value of a key, or NULL; yes/no of one; a number or duration of one. */
const char *request_key(const struct request *r, const char *key);
bool request_is(const struct request *r, const char *key);
/* ERR_NONE and *value (untouched if the key is absent). */
enum err request_number(const struct request *r, const char *key,
    int64_t *value, struct fault *f);
enum err request_time(const struct request *r, const char *key,
    wall_t *value, struct fault *f); /* RFC 3339 or epoch microseconds */
enum err request_duration(const struct request *r, const char *key,
    int64_t *value, struct fault *f);

/* May the caller do what the role says to that owner's jobs? */
bool request_may(
    const struct request *r, enum verb_role role, int64_t owner);

/* The uid of a user by name: VERB_MORE: go on; else what to return. */
enum verb_status request_user(
    struct request *r, const char *name, int64_t *uid);

/*
 * Does the word name jobs by a tag: "@TAG" or "USER/@TAG"? Then whose (-1:
 * everybody's), as the caller may with this verb, and which: "" for "@all".
 * VERB_MORE: go on, and is says so; else what to return.
 */
struct request_tag {
	bool is;
	int64_t uid;
	char tag[72];
};
enum verb_status request_tag(
    struct request *r, const char *word, struct request_tag *t);

/*
 * The job that a word names: id, name, user/name, or a unique beginning of a
 * name; among those the caller may see. ERR_NONE and *job (yours to fini), or
 * the fault; ERR_DENIED if it may be seen but not touched.
 */
enum err request_job(
    struct request *r, const char *word, struct job *job, struct fault *f);

/*
 * Sets the fields of the job that the request's keys name, if the caller may
 * set them at all. After a fault some may be set. (request_fields.c)
 */
enum err request_put_fields(
    struct request *r, struct job *job, struct fault *f);

/*
 * Is all there that a new or changed job names: its pool, the jobs it runs
 * after, without a circle? And: does no other job of its user run after it, so
 * that it may go or be renamed? (request_links.c)
 */
enum err request_check_links(
    struct request *r, const struct job *job, struct fault *f);
enum err request_check_unlinked(
    struct request *r, const struct job *job, struct fault *f);

/* The run that a word names: its id, or the newest run of a job. */
enum err request_run(struct request *r, const char *word,
    struct run_row *row, struct fault *f);

/* Whose rows a listing shows: *uid -1 for all. VERB_LATER while a name is
 * looked up; VERB_MORE means go on. */
enum verb_status request_scope(struct request *r, int64_t *uid);

/* The user that acts: user= for root, else the caller. VERB_MORE: go on. */
enum verb_status request_owner(
    struct request *r, int64_t *uid, char name[64]);

#endif
