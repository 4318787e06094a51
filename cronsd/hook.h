/*
 * hook: what a hook program is given: words, environment and, on standard
 * input, one line of JSON. It does not know who runs it or where it lies.
 */
#ifndef CRONSD_HOOK_H
#define CRONSD_HOOK_H

struct buf;
struct job;
struct outbox_row;
struct run_row;
struct transcript_places;

struct hook_input {
	const struct job *job;
	const struct outbox_row *notice;
	const struct run_row *run; /* NULL: of no run */
	const char *host;
	char *program;
	const struct transcript_places *places;
};

/* The path of a hook of the system; yours. */
char *hook_program(const char *directory, const char *hook);

/* Appends argv (quoted as on the wire), lines of environment, and the JSON. */
void hook_compose(const struct hook_input *in, struct buf *argv,
    struct buf *env, struct buf *json);

#endif
