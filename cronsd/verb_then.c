/* Revisions come newest first, a thousand at most. */
#include "verb_then.h"

#include <string.h>

#include <bsd/string.h>

#include "share/buf.h"
#include "share/clock.h"
#include "share/job.h"
#include "share/tz.h"
#include "store_jobs.h"

struct found {
	int64_t rev, at_us;
	char by[64];
};

struct looking {
	int64_t at;
	struct found in_force; /* the newest revision until then */
	struct found disabled; /* the newest until then that disabled it */
	struct found first; /* of all */
};

static void
note(struct found *f, const struct jobs_rev *rev)
{
	f->rev = rev->rev;
	f->at_us = rev->at_us;
	strlcpy(f->by, rev->by, sizeof f->by);
}

static void
take_rev(void *arg, const struct jobs_rev *rev)
{
	struct looking *l = arg;

	note(&l->first, rev);
	if (rev->at_us > l->at)
		return;
	if (l->in_force.rev == 0)
		note(&l->in_force, rev);
	if (l->disabled.rev == 0
	    && (strncmp(rev->change, "disabled", 8) == 0
		|| strstr(rev->change, " enabled=no") != NULL))
		note(&l->disabled, rev);
}

static void
print_when(const struct then *t, const struct found *f, struct buf *out)
{
	int64_t s = f->at_us / SECOND_US;

	rfc3339_print(out, (wall_t) { s * SECOND_US },
	    t->zone == NULL ? 0 : tz_offset(t->zone, s));
	buf_printf(out, " by %s", f->by);
}

static bool
has_same_schedule(const struct job *was, const struct job *job)
{
	return strcmp(JOB_TEXT(was, schedule), JOB_TEXT(job, schedule)) == 0
	    && strcmp(JOB_TEXT(was, zone), JOB_TEXT(job, zone)) == 0
	    && JOB_NUMBER(was, dialect) == JOB_NUMBER(job, dialect);
}

/* The job as that revision has it, which was in force then. */
static bool
print_was(const struct then *t, const struct looking *l,
    const struct job *was, struct buf *out)
{
	if (!JOB_NUMBER(was, enabled)) {
		buf_puts(out, "the job was disabled then, since ");
		print_when(t,
		    l->disabled.rev > 0 ? &l->disabled : &l->in_force, out);
		return true;
	}
	if (has_same_schedule(was, t->job))
		return false;
	buf_printf(out, "its schedule was \"%.100s\" then",
	    JOB_TEXT(was, schedule));
	return true;
}

bool
then_print(const struct then *t, struct buf *out)
{
	struct looking l = { .at = t->at };
	int64_t want[2] = { t->job->id, 0 };
	struct job was;
	bool said = false;

	if (jobs_each_rev(t->db, t->job->id, take_rev, &l) != 0
	    || l.first.rev == 0)
		return false;
	want[1] = l.in_force.rev;
	if (want[1] == 0 && l.first.rev > 1)
		return false; /* too long ago */
	if (want[1] == 0) {
		buf_puts(out, "the job was added only later, at ");
		print_when(t, &l.first, out);
		return true;
	}
	if (jobs_get_rev(t->db, want, &was, NULL) != 1)
		return false;
	said = print_was(t, &l, &was, out);
	job_fini(&was);
	return said;
}
