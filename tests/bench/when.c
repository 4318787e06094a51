/*
 * How long when_next takes, for each schedule of a file: nanoseconds in UTC
 * and in a zone with daylight time, and their ratio to a round trip through
 * the C library's gmtime_r and timegm, measured in the same run.
 *
 *	when SCHEDULES [ZONE]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../share/log.h"
#include "../../share/tz.h"
#include "../../share/when.h"

#define CALLS 20000
#define ROUNDS 7
#define START_S INT64_C(1767225600) /* 2026-01-01 */
#define END_S INT64_C(4733510400) /* 2120-01-01: then from the start again */

static double
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The next instant over and over, each from the last one. */
static double
ns_of_next(const struct when *w, const struct tz *zone)
{
	double best = 1e18;

	for (int round = 0; round < ROUNDS; round++) {
		wall_t at = { START_S * SECOND_US };
		double start = now_ns(), took;

		for (int i = 0; i < CALLS; i++) {
			at = when_next(w, zone, at);
			if (at.us > END_S * SECOND_US)
				at.us = START_S * SECOND_US;
		}
		took = (now_ns() - start) / CALLS;
		if (took < best)
			best = took;
	}
	return best;
}

static double
ns_of_libc(void)
{
	double best = 1e18;

	for (int round = 0; round < ROUNDS; round++) {
		time_t at = START_S;
		double start = now_ns(), took;
		struct tm tm;

		for (int i = 0; i < CALLS; i++) {
			gmtime_r(&at, &tm);
			tm.tm_min++;
			at = timegm(&tm);
		}
		took = (now_ns() - start) / CALLS;
		if (took < best)
			best = took;
	}
	return best;
}

static int
compare(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

struct bench {
	struct tz *utc, *zone;
	double libc;
	double firing[1000]; /* ns in UTC of those that fire */
	size_t count;
};

static void
measure(struct bench *b, const char *text)
{
	struct when *w = when_parse(text, DIALECT_EXTENDED, 0, (wall_t) { 0 });
	wall_t first = when_next(w, b->utc, (wall_t) { START_S * SECOND_US });
	double utc = ns_of_next(w, b->utc), zone = ns_of_next(w, b->zone);

	if (when_fault(w) != NULL)
		fatal("%s: %s", text, when_fault(w)->text);
	printf("# %-32s %8.1f %8.1f %8.2f%s\n", text, utc, zone, utc / b->libc,
	    wall_is_never(first) ? "  never" : "");
	if (!wall_is_never(first) && b->count < 1000)
		b->firing[b->count++] = utc;
	when_free(w);
}

int
main(int argc, char **argv)
{
	struct bench b = { .libc = ns_of_libc() };
	struct fault f;
	char line[256];
	FILE *in = argc > 1 ? fopen(argv[1], "r") : NULL;

	if (in == NULL)
		fatal("usage: when SCHEDULES [ZONE]");
	b.utc = tz_open("UTC", &f);
	b.zone = tz_open(argc > 2 ? argv[2] : "Europe/Berlin", &f);
	if (b.zone == NULL)
		fatal("%s", f.text);
	printf(
	    "# %-32s %8s %8s %8s\n", "schedule", "UTC ns", "zone ns", "ratio");
	while (fgets(line, sizeof line, in) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '\0' && line[0] != '#')
			measure(&b, line);
	}
	fclose(in);
	qsort(b.firing, b.count, sizeof b.firing[0], compare);
	if (b.count > 0)
		printf("ok median of %zu that fire: %.1f ns, %.2f of a libc"
		       " round trip of %.1f ns\n",
		    b.count, b.firing[b.count / 2],
		    b.firing[b.count / 2] / b.libc, b.libc);
	tz_free(b.utc);
	tz_free(b.zone);
	return b.count > 0 ? 0 : 1;
}
