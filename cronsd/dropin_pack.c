/*
 * A field is its number and then a text with its NUL or eight bytes; LAST ends
 * the list. The bytes never leave the process, so neither their order nor the
 * numbers of the fields have to last.
 */
#include "dropin_pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "share/buf.h"
#include "share/job.h"
#include "share/log.h"

#define LAST 255

_Static_assert(JOB_FIELD_COUNT < LAST, "a field's number is one byte");

void
dropin_pack_put(
    struct buf *out, const struct job *job, const struct job *preset)
{
	buf_put(out, &job->uid, sizeof job->uid);
	buf_put(out, job->user, strlen(job->user) + 1);
	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		const struct job_value *v = &job->value[i];
		const struct job_value *p = &preset->value[i];

		if (v->text != NULL ? strcmp(v->text, p->text) == 0
				    : v->number == p->number)
			continue;
		buf_putc(out, (char)i);
		if (v->text != NULL)
			buf_put(out, v->text, strlen(v->text) + 1);
		else
			buf_put(out, &v->number, sizeof v->number);
	}
	buf_putc(out, (char)LAST);
}

void
dropin_pack_take(struct job *job, const char *bytes,
    const struct job *preset, int64_t key)
{
	char text[17];

	job_copy(job, preset);
	memcpy(&job->uid, bytes, sizeof job->uid);
	bytes += sizeof job->uid;
	strlcpy(job->user, bytes, sizeof job->user);
	bytes += strlen(bytes) + 1;
	while ((unsigned char)*bytes != LAST) {
		struct job_value *v = &job->value[(unsigned char)*bytes++];

		if (v->text != NULL) {
			free(v->text);
			v->text = xstrdup(bytes);
			bytes += strlen(bytes) + 1;
		} else {
			memcpy(&v->number, bytes, sizeof v->number);
			bytes += sizeof v->number;
		}
	}
	snprintf(text, sizeof text, "%016llx", (unsigned long long)key);
	job->source_key = xstrdup(text);
}

/* FNV-1a, mixed at its end. */
int64_t
dropin_pack_hash(const char *bytes, size_t len, const struct job *job)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	h ^= h >> 31;
	return (int64_t)((h & ~UINT64_C(1))
	    | (JOB_NUMBER(job, enabled) != 0));
}
