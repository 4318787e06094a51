/*
 * The daemon is trusted, its bytes are checked all the same: a spec is made
 * of what users wrote, and the shim that reads it may be root. What is not
 * understood is refused, flags above all: a flag that a newer daemon sets
 * might be one that takes privileges away.
 */
#include "shim_spec.h"

#include <string.h>
#include <sys/resource.h>

#include "spool.h"

#define TIME_MAX_US INT64_C(1000000000000000000) /* 30,000 years */
#define KEEP_MAX (INT64_C(1) << 50)
#define NOBODY_ID UINT32_MAX /* setresuid(-1) changes nothing */
#define ALL_FLAGS \
	(SPEC_MERGE | SPEC_DIRECT | SPEC_ARGV | SPEC_DROP | SPEC_NO_NEW_PRIVS \
	    | SPEC_CWD_MAY_FAIL | SPEC_HELPER)

const char *
shim_spec_text(const struct spec *spec, uint32_t at)
{
	return (const char *)spec + at;
}

void
shim_spec_words(
    const struct spec *spec, uint32_t at, uint32_t count, char **words)
{
	char *word = (char *)(uintptr_t)spec + at;

	for (uint32_t i = 0; i < count; i++) {
		words[i] = word;
		word += strlen(word) + 1;
	}
	words[count] = NULL;
}

/* count strings from `at` on, each ended by NUL within the spec. */
static bool
has_words(const struct spec *spec, uint32_t at, uint32_t count)
{
	const char *bytes = (const char *)spec;
	const char *end;

	if (at < sizeof *spec || at >= spec->size)
		return false;
	for (; count > 0; count--) {
		end = memchr(bytes + at, '\0', spec->size - at);
		if (end == NULL)
			return false;
		at = (uint32_t)(end - bytes) + 1;
		if (at == spec->size && count > 1)
			return false;
	}
	return true;
}

static bool
has_bytes(const struct spec *spec, uint32_t at, uint64_t len)
{
	return at >= sizeof *spec && at <= spec->size
	    && len <= spec->size - at;
}

static bool
are_numbers_valid(const struct spec *spec)
{
	return spec->timeout_us >= 0 && spec->timeout_us <= TIME_MAX_US
	    && spec->grace_us >= 0 && spec->grace_us <= TIME_MAX_US
	    && spec->linger_us >= 0 && spec->linger_us <= TIME_MAX_US
	    && spec->head >= 0 && spec->head <= KEEP_MAX && spec->tail >= 0
	    && spec->tail <= KEEP_MAX && spec->umask <= 0777
	    && spec->wall_minus_boot_us >= -TIME_MAX_US
	    && spec->wall_minus_boot_us <= TIME_MAX_US && spec->nice >= -40
	    && spec->nice <= 40 && spec->oom_score_adj >= -1000
	    && spec->oom_score_adj <= 1000
	    && (spec->flags & ~(uint32_t)ALL_FLAGS) == 0;
}

static bool
are_limits_valid(const struct spec *spec)
{
	if (spec->limit_count > SPEC_LIMITS)
		return false;
	for (uint32_t i = 0; i < spec->limit_count; i++)
		if (spec->limit[i].resource < 0
		    || spec->limit[i].resource >= (int)RLIM_NLIMITS)
			return false;
	return true;
}

static bool
are_ids_valid(const struct spec *spec)
{
	uint32_t group;

	if (spec->uid == NOBODY_ID || spec->gid == NOBODY_ID
	    || spec->group_count > SPEC_GROUPS || spec->groups_at % 4 != 0
	    || !has_bytes(spec, spec->groups_at,
		(uint64_t)spec->group_count * sizeof group))
		return false;
	for (uint32_t i = 0; i < spec->group_count; i++) {
		memcpy(&group,
		    (const char *)spec + spec->groups_at + i * sizeof group,
		    sizeof group);
		if (group == NOBODY_ID)
			return false;
	}
	return true;
}

/* The name says the same run and fence as the spec, and is in its only form. */
static bool
is_name_valid(const struct spec *spec)
{
	const char *name = shim_spec_text(spec, spec->name_at);
	char instance[17], again[SPOOL_NAME_MAX];
	uint32_t fence;
	int64_t run;

	if (!spool_parse_name(name, instance, &run, &fence))
		return false;
	spool_name(again, instance, run, fence);
	return run == spec->run && fence == spec->fence
	    && strcmp(name, again) == 0;
}

static bool
is_header_valid(const struct spec *spec)
{
	const char *header = shim_spec_text(spec, spec->header_at);
	const char *cgroup = shim_spec_text(spec, spec->cgroup_at);
	size_t len = strlen(header), cgroup_len = strlen(cgroup);

	if (len > 0 && header[len - 1] != '\n')
		return false;
	if (cgroup_len > 0
	    && (cgroup[0] != '/' || strpbrk(cgroup, " \n") != NULL))
		return false;
	return len + cgroup_len <= SPOOL_HEADER_ROOM;
}

static bool
is_command_valid(const struct spec *spec)
{
	return (spec->flags & (SPEC_DIRECT | SPEC_ARGV)) == 0
	    || spec->argv_count > 0;
}

bool
shim_spec_is_valid(const void *bytes, size_t len)
{
	const struct spec *spec = bytes;

	if (len < sizeof *spec || spec->magic != SPEC_MAGIC
	    || spec->size != len)
		return false;
	return are_numbers_valid(spec) && are_limits_valid(spec)
	    && are_ids_valid(spec) && has_words(spec, spec->name_at, 1)
	    && has_words(spec, spec->header_at, 1)
	    && has_words(spec, spec->shell_at, 1)
	    && has_words(spec, spec->command_at, 1)
	    && has_words(spec, spec->argv_at, spec->argv_count)
	    && has_words(spec, spec->env_at, spec->env_count)
	    && has_words(spec, spec->cwd_at, 1)
	    && has_words(spec, spec->cgroup_at, 1)
	    && has_bytes(spec, spec->stdin_at, spec->stdin_len)
	    && is_name_valid(spec) && is_header_valid(spec)
	    && is_command_valid(spec);
}
