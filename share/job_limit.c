/* The resource limits of a job: a list is checked whole before any is told. */
#include <string.h>
#include <sys/resource.h>

#include "job.h"

static const struct resource {
	const char *name;
	int resource;
} resources[] = {
	{ "as", RLIMIT_AS },
	{ "core", RLIMIT_CORE },
	{ "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA },
	{ "fsize", RLIMIT_FSIZE },
	{ "memlock", RLIMIT_MEMLOCK },
	{ "nofile", RLIMIT_NOFILE },
	{ "nproc", RLIMIT_NPROC },
	{ "stack", RLIMIT_STACK },
};

#define RESOURCES (sizeof resources / sizeof resources[0])

/* One "name=value" of limits, its length known; its bit in *seen is set. */
static bool
parse_limit(const char *item, size_t len, size_t *which, uint64_t *value)
{
	char text[40];
	char *equals;
	int64_t bytes;

	if (len >= sizeof text)
		return false;
	memcpy(text, item, len);
	text[len] = '\0';
	equals = strchr(text, '=');
	if (equals == NULL)
		return false;
	*equals++ = '\0';
	for (*which = 0; *which < RESOURCES; (*which)++)
		if (strcmp(resources[*which].name, text) == 0)
			break;
	*value = RLIM_INFINITY;
	if (strcmp(equals, "unlimited") == 0)
		return *which < RESOURCES;
	if (*which == RESOURCES || size_parse(equals, &bytes) != 0)
		return false;
	*value = (uint64_t)bytes;
	return true;
}

bool
job_each_limit(const char *limits,
    void (*each)(void *arg, int resource, uint64_t value), void *arg)
{
	uint64_t value[RESOURCES];
	bool has[RESOURCES] = { false };

	for (const char *p = limits; *p != '\0';) {
		size_t len = strcspn(p, ","), i;
		uint64_t v;

		if (!parse_limit(p, len, &i, &v) || has[i]
		    || strcmp(p + len, ",") == 0)
			return false;
		value[i] = v;
		has[i] = true;
		p += len + (p[len] == ',');
	}
	for (size_t i = 0; i < RESOURCES && each != NULL; i++)
		if (has[i])
			each(arg, resources[i].resource, value[i]);
	return true;
}
