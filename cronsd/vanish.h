/*
 * vanish: the jobs that earlier imports of a crontab made, held against the
 * entries that it has now: which of them have left it, and which of these an
 * edited entry is. It does not know text, and changes nothing.
 */
#ifndef CRONSD_VANISH_H
#define CRONSD_VANISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct imports_of;
struct job;
struct vanish;

/* What is known of that crontab; NULL on trouble. */
struct vanish *vanish_new(struct db *db, const struct imports_of *of);
void vanish_free(struct vanish *v);

/* Was the job made of that crontab before? Was any? */
bool vanish_knows(const struct vanish *v, int64_t job);
bool vanish_is_empty(const struct vanish *v);

/* First the keys of all its entries, then vanish_settle, then the rest. */
void vanish_note(struct vanish *v, const char *source_key);
int vanish_settle(struct vanish *v, struct db *db); /* 0 or -1 */

/*
 * The vanished job that this new entry was before it was edited: one of the
 * same owner with the same name, if the entry gives it one (by_name: a preset
 * name may be another's by chance), else with the same command and input. 1
 * and *old filled (job_fini it), and it has not vanished any more; 0, -1.
 */
struct vanish_want {
	const struct job *job;
	bool by_name;
};
int vanish_take(struct vanish *v, struct db *db,
    const struct vanish_want *want, struct job *old);

/* The next of those that are left, by rising id; *at is 0 at first. */
bool vanish_next(const struct vanish *v, size_t *at, int64_t *job);

#endif
