/*
 * The spec from bytes: what is called valid must be safe to use to its last
 * byte. Arbitrary bytes seldom get past the first checks, so the input is
 * also taken as a list of edits to a spec that is valid.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../cronsd/spool.h"

/* The check belongs to the shim, which the tests do not link. */
#include "../../cronsd/shim_spec.c"

#define EDIT 4 /* bytes: where (2), what (2) */

int fuzz_spec(const uint8_t *data, size_t len);

static void
use_text(const struct spec *spec, uint32_t at)
{
	if (strlen(shim_spec_text(spec, at)) >= spec->size)
		abort();
}

static void
use_words(const struct spec *spec, uint32_t at, uint32_t count)
{
	char **words = calloc((size_t)count + 1, sizeof *words);
	size_t bytes = 0;

	if (words == NULL)
		abort();
	shim_spec_words(spec, at, count, words);
	for (uint32_t i = 0; i < count; i++)
		bytes += strlen(words[i]) + 1;
	if (bytes > spec->size || words[count] != NULL)
		abort();
	free(words);
}

/* As the shim does: copies what must fit where it is copied to. */
static void
use(const struct spec *spec)
{
	const char *bytes = (const char *)spec;
	uint32_t sum = 0;

	use_text(spec, spec->shell_at);
	use_text(spec, spec->command_at);
	use_text(spec, spec->cwd_at);
	use_words(spec, spec->argv_at, spec->argv_count);
	use_words(spec, spec->env_at, spec->env_count);
	for (uint32_t i = 0; i < spec->group_count * 4; i++)
		sum += (uint8_t)bytes[spec->groups_at + i];
	for (uint32_t i = 0; i < spec->stdin_len; i++)
		sum += (uint8_t)bytes[spec->stdin_at + i];
	for (uint32_t i = 0; i < spec->limit_count; i++)
		sum += (uint32_t)spec->limit[i].soft;
	if (sum == 1)
		return;
	if (strlen(shim_spec_text(spec, spec->name_at)) >= SPOOL_NAME_MAX
	    || strlen(shim_spec_text(spec, spec->header_at))
		    + strlen(shim_spec_text(spec, spec->cgroup_at))
		> SPOOL_HEADER_ROOM
	    || spec->uid == UINT32_MAX || spec->gid == UINT32_MAX)
		abort();
}

/* A valid spec with a blob that repeats its first strings. */
static size_t
make_valid(char *out)
{
	static const char blob[]
	    = "ab-7.3\0run=7\nuid=0\n\0/bin/sh\0echo hi\0echo\0hi\0"
	      "HOME=/root\0PATH=/bin\0/root\0/sys/fs/cgroup/x\0text\0\1\0\0\0";
	struct spec spec = { .magic = SPEC_MAGIC, .run = 7, .fence = 3 };
	uint32_t at = sizeof spec;

	memcpy(out + at, blob, sizeof blob);
	spec.size = (uint32_t)(sizeof spec + sizeof blob);
	spec.name_at = at;
	spec.header_at = at + 7;
	spec.shell_at = at + 20;
	spec.command_at = at + 28;
	spec.argv_at = at + 36;
	spec.argv_count = 2;
	spec.env_at = at + 44;
	spec.env_count = 2;
	spec.cwd_at = at + 65;
	spec.cgroup_at = at + 71;
	spec.stdin_at = at + 88;
	spec.stdin_len = 4;
	spec.groups_at = at + 92;
	spec.group_count = 1;
	spec.flags = SPEC_DIRECT | SPEC_DROP;
	memcpy(out, &spec, sizeof spec);
	return spec.size;
}

/* In memory of exactly its size, so that a byte too far is seen. */
static void
check(const char *bytes, size_t len)
{
	char *exact = malloc(len == 0 ? 1 : len);

	if (exact == NULL)
		abort();
	memcpy(exact, bytes, len);
	if (shim_spec_is_valid(exact, len))
		use((const struct spec *)(void *)exact);
	free(exact);
}

int
fuzz_spec(const uint8_t *data, size_t len)
{
	char spec[2048] = { 0 };
	size_t size = make_valid(spec);

	if (!shim_spec_is_valid(spec, size))
		abort();
	check((const char *)data, len);
	for (size_t i = 0; i + EDIT <= len; i += EDIT) {
		size_t at = (size_t)(data[i] << 8 | data[i + 1]) % size;

		/* The fields are what is worth editing. */
		spec[i % 8 == 0 ? at : at % sizeof(struct spec)]
		    = (char)data[i + 2];
		if (data[i + 3] % 2 == 0)
			check(spec, size);
	}
	check(spec, size);
	return 0;
}
