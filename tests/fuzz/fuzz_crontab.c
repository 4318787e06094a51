/*
 * Crontab text from bytes, in all dialects and both syntaxes: nothing may
 * crash, every line is visited once, an error has a place in its line, and
 * every entry makes a job that passes its own checks.
 *
 * seeds: ../shared/corpus/wild ../shared/corpus/debian
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../share/crontab.h"
#include "../../share/crontab_job.h"

int fuzz_crontab(const uint8_t *data, size_t len);

struct visit {
	struct crontab_maker *maker;
	int lines;
};

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
check_job(struct crontab_maker *maker, const struct crontab_line *line)
{
	struct crontab_owner owner = { "ann", 1000 };
	struct crontab_made made;
	struct fault f;

	if (line->user != NULL)
		owner.user = line->user;
	crontab_maker_make(maker, line, &owner, &made);
	must(job_check(&made.job, &f) == ERR_NONE);
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		if (made.job.value[i].text != NULL
		    && !job_is_preset(&made.job, (enum job_field)i))
			must(job_set(&made.job, (enum job_field)i,
				 made.job.value[i].text, &f)
			    == ERR_NONE);
	job_fini(&made.job);
}

static void
visit(void *arg, const struct crontab_line *line)
{
	struct visit *v = arg;

	must(line->number == ++v->lines);
	must(line->warning_count <= CRONTAB_WARNINGS);
	if (line->kind == CRONTAB_ERROR)
		must(line->error.column > 0 && line->error.text[0] != '\0'
		    && line->error.line == line->number);
	if (line->kind == CRONTAB_JOB)
		check_job(v->maker, line);
}

int
fuzz_crontab(const uint8_t *data, size_t len)
{
	static const enum dialect dialects[]
	    = { DIALECT_DEBIAN, DIALECT_CRONIE, DIALECT_EXTENDED };

	for (int i = 0; i < 6; i++) {
		struct visit v = { NULL, 0 };
		struct crontab_options options = {
			.dialect = dialects[i % 3],
			.system = i / 3 == 1,
			.privileged = true,
			.visit = visit,
			.arg = &v,
		};
		struct crontab_result result;

		v.maker = crontab_maker_new(
		    options.system ? "file" : NULL, options.dialect);
		crontab_parse((const char *)data, len, &options, &result);
		must(result.lines == v.lines);
		must(result.jobs + result.errors <= result.lines);
		crontab_maker_free(v.maker);
	}
	return 0;
}
