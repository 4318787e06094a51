/* A status is never invented: what is not in the records stays unknown. */
#include "outcome.h"

#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "share/clock.h"
#include "spool.h"
#include "store_runs.h"

void
outcome_read_bytes(struct run_row *row, const struct spool_file *file)
{
	const char *end = file->end;

	if (end[0] == '\0')
		return;
	row->out_bytes = spool_number(end, "o", 0);
	row->err_bytes = spool_number(end, "e", 0);
	row->dropped_bytes = spool_number(end, "o_dropped", 0)
	    + spool_number(end, "e_dropped", 0);
}

static void
say_nostart(struct run_row *row, const char *exit)
{
	int stage = (int)spool_number(exit, "stage", 0);
	int err = (int)spool_number(exit, "errno", 0);

	snprintf(row->why, sizeof row->why, "%s: %s", stage_words(stage),
	    strerror(err));
}

void
outcome_read(struct run_row *row, const struct spool_file *file)
{
	const char *exit = file->exit;
	char why[16] = "";

	spool_value(exit, "why", why, sizeof why);
	row->start = spool_number(exit, "start_us", row->start);
	row->end = spool_number(exit, "end_us", -1);
	row->code = spool_number(exit, "code", -1);
	row->signal = spool_number(exit, "sig", 0);
	if (row->signal <= 0)
		row->signal = -1;
	else
		row->code = -1; /* it did not exit */
	if (strcmp(why, "nostart") == 0) {
		row->result = RESULT_NOSTART;
		row->code = -1;
		say_nostart(row, exit);
	} else if (strcmp(why, "timeout") == 0) {
		row->result = RESULT_TIMEOUT;
	} else if (strcmp(why, "kill") == 0) {
		row->result = RESULT_KILLED;
	} else if (row->signal > 0) {
		row->result = RESULT_SIGNAL;
	} else {
		row->result = row->code == 0 ? RESULT_OK : RESULT_FAIL;
	}
	outcome_read_bytes(row, file);
}

/* What is known of a run that has no status. */
static const char *
why_lost(const struct run_row *row, const struct spool_file *file,
    const char *boot)
{
	char its[64] = "";

	if (file->header[0] == '\0')
		return row->start < 0 ? "the host went down"
				      : "its run file is gone";
	spool_value(file->header, "boot", its, sizeof its);
	return strcmp(its, boot) == 0 ? "its supervisor was killed"
				      : "the host went down";
}

void
outcome_lost(
    struct run_row *row, const struct spool_file *file, const char *boot)
{
	row->result = RESULT_LOST;
	row->end = wall_now().us;
	strlcpy(row->why, why_lost(row, file, boot), sizeof row->why);
}
