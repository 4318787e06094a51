/*
 * Known jobs are an array by id, noted keys one that is sorted once. Those
 * vanished that an edited entry may be are looked for by a hash of owner,
 * command and input; the name is looked for in the database.
 */
#include "vanish.h"

#include <stdlib.h>
#include <string.h>

#include "share/job.h"
#include "share/log.h"
#include "store_imports.h"
#include "store_jobs.h"

struct known {
	int64_t job;
	uint64_t key; /* its entry's */
	bool is_gone;
};

struct command {
	uint64_t hash;
	size_t known; /* index */
};

struct vanish {
	struct known *known; /* by job */
	size_t count, room;
	uint64_t *noted;
	size_t noted_count, noted_room;
	struct command *commands; /* of those that are gone, by hash */
	size_t command_count;
};

static uint64_t
key_number(const char *source_key)
{
	return strtoull(source_key, NULL, 16);
}

static void
add_known(void *arg, int64_t job, const char *source_key)
{
	struct vanish *v = arg;

	if (v->count == v->room) {
		v->room = v->room * 2 + 64;
		v->known = xreallocarray(v->known, v->room, sizeof *v->known);
	}
	v->known[v->count++]
	    = (struct known) { job, key_number(source_key), false };
}

struct vanish *
vanish_new(struct db *db, const struct imports_of *of)
{
	struct vanish *v = xcalloc(1, sizeof *v);

	if (imports_each(db, of, add_known, v) == 0)
		return v;
	vanish_free(v);
	return NULL;
}

void
vanish_free(struct vanish *v)
{
	if (v == NULL)
		return;
	free(v->known);
	free(v->noted);
	free(v->commands);
	free(v);
}

static struct known *
find(const struct vanish *v, int64_t job)
{
	size_t low = 0, high = v->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (v->known[middle].job < job)
			low = middle + 1;
		else
			high = middle;
	}
	return low < v->count && v->known[low].job == job ? &v->known[low]
							  : NULL;
}

bool
vanish_knows(const struct vanish *v, int64_t job)
{
	return find(v, job) != NULL;
}

bool
vanish_is_empty(const struct vanish *v)
{
	return v->count == 0;
}

void
vanish_note(struct vanish *v, const char *source_key)
{
	if (v->noted_count == v->noted_room) {
		v->noted_room = v->noted_room * 2 + 64;
		v->noted = xreallocarray(
		    v->noted, v->noted_room, sizeof *v->noted);
	}
	v->noted[v->noted_count++] = key_number(source_key);
}

static int
compare_keys(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, two = *(const uint64_t *)b;

	return one < two ? -1 : one > two;
}

static int
compare_commands(const void *a, const void *b)
{
	const struct command *one = a, *two = b;

	if (one->hash != two->hash)
		return one->hash < two->hash ? -1 : 1;
	return one->known < two->known ? -1 : one->known > two->known;
}

static uint64_t
hash_text(uint64_t h, const char *text)
{
	do
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	while (*text++ != '\0');
	return h;
}

static uint64_t
hash_command(const struct job *job)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	h = hash_text(h, job->user);
	h = hash_text(h, JOB_TEXT(job, command));
	return hash_text(h, JOB_TEXT(job, stdin));
}

int
vanish_settle(struct vanish *v, struct db *db)
{
	if (v->noted_count > 1)
		qsort(v->noted, v->noted_count, sizeof *v->noted,
		    compare_keys);
	if (v->count > 0)
		v->commands = xcalloc(v->count, sizeof *v->commands);
	for (size_t i = 0; i < v->count; i++) {
		struct known *k = &v->known[i];
		struct job job;
		int got;

		if (v->noted_count > 0
		    && bsearch(&k->key, v->noted, v->noted_count,
			   sizeof *v->noted, compare_keys)
			!= NULL)
			continue;
		got = jobs_get(db, k->job, &job);
		if (got != 1)
			return -1;
		k->is_gone = true;
		v->commands[v->command_count++]
		    = (struct command) { hash_command(&job), i };
		job_fini(&job);
	}
	if (v->command_count > 1)
		qsort(v->commands, v->command_count, sizeof *v->commands,
		    compare_commands);
	return 0;
}

static struct known *
find_command(const struct vanish *v, uint64_t hash)
{
	size_t low = 0, high = v->command_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (v->commands[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < v->command_count && v->commands[low].hash == hash; low++)
		if (v->known[v->commands[low].known].is_gone)
			return &v->known[v->commands[low].known];
	return NULL;
}

/* One of the same owner, of course: a file may have another user now. */
static bool
is_same_owner(const struct job *a, const struct job *b)
{
	return a->uid == b->uid && strcmp(a->user, b->user) == 0;
}

/* 1 and *found set to the vanished job of that name, or to NULL; -1. */
static int
find_named(const struct vanish *v, struct db *db, const struct job *job,
    struct known **found)
{
	struct job old;
	int got = jobs_get_named(db, job->uid, JOB_TEXT(job, name), &old);

	*found = NULL;
	if (got != 1)
		return got < 0 ? -1 : 1;
	*found = find(v, old.id);
	if (*found != NULL && !(*found)->is_gone)
		*found = NULL;
	job_fini(&old);
	return 1;
}

int
vanish_take(struct vanish *v, struct db *db, const struct vanish_want *want,
    struct job *old)
{
	struct known *k = NULL;
	int got;

	if (v->command_count == 0)
		return 0;
	if (want->by_name && find_named(v, db, want->job, &k) < 0)
		return -1;
	if (k == NULL)
		k = find_command(v, hash_command(want->job));
	if (k == NULL)
		return 0;
	got = jobs_get(db, k->job, old);
	if (got == 1 && !is_same_owner(want->job, old)) {
		job_fini(old);
		return 0;
	}
	if (got == 1)
		k->is_gone = false;
	return got;
}

bool
vanish_next(const struct vanish *v, size_t *at, int64_t *job)
{
	while (*at < v->count && !v->known[*at].is_gone)
		++*at;
	if (*at == v->count)
		return false;
	*job = v->known[(*at)++].job;
	return true;
}
