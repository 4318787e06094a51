/*
 * A layout is an array of columns, a column a title and a function: a new one
 * is a row. Nothing here decides what is shown: empty columns are dropped by
 * whoever prints the table.
 */
#include "column.h"

#include <string.h>

#include "row.h"
#include "share/buf.h"
#include "share/clock.h"
#include "text.h"
#include "view.h"

static void
cell_text(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	size_t len;
	const char *text = row_text(row, arg, &len);

	(void)view;
	text_visible(out, text, len, "");
}

static void
cell_time(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	if (row_has(row, arg))
		view_time(view, out, row_number(row, arg, 0));
}

static void
cell_long(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	if (row_has(row, arg))
		view_long(view, out, row_number(row, arg, 0));
}

/* When it is due; a job that is not planned, or not now, says so. */
static void
cell_next(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	if (strcmp(row_text(row, "enabled", NULL), "no") == 0)
		buf_puts(out, "disabled");
	else if (row_has(row, "paused")) {
		buf_puts(out, "paused");
		if (row_has(row, "paused_until_us"))
			buf_puts(out, " \xe2\x86\x92 ");
		cell_time(view, out, row, "paused_until_us");
	}
	else if (row_has(row, arg))
		cell_time(view, out, row, arg);
	else
		buf_puts(out, "-");
}

static void
cell_until(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	int64_t us = row_number(row, arg, 0) - view->now.us;

	bool held = row_has(row, "paused")
	    || strcmp(row_text(row, "enabled", NULL), "no") == 0;

	if (!row_has(row, arg) || held || us < -MINUTE_US)
		return;
	if (us <= 0)
		buf_puts(out, "now");
	else
		view_span(out, us, 2);
}

static void
cell_ago(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	int64_t us = view->now.us - row_number(row, arg, 0);

	if (row_has(row, arg))
		view_span(out, us < 0 ? 0 : us, 1);
}

/* From start_us to end_us; arg is what stands in front of the names. */
static void
cell_span(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	struct buf from = BUF_EMPTY, to = BUF_EMPTY;
	int64_t start, end;

	buf_printf(&from, "%sstart_us", arg);
	buf_printf(&to, "%send_us", arg);
	start = row_number(row, buf_text(&from), -1);
	end = row_number(row, buf_text(&to), -1);
	if (start >= 0 && end >= start)
		view_span(out, end - start, 2);
	else if (start >= 0 && strcmp(arg, "") == 0)
		view_span(out, view->now.us - start, 2);
	buf_fini(&to);
	buf_fini(&from);
}

void
column_put_result(struct buf *out, const char *result,
    const char *exit_status, const char *signal)
{
	if (strcmp(result, "fail") == 0 && exit_status[0] != '\0')
		buf_printf(out, "exit %s", exit_status);
	else if (strcmp(result, "signal") == 0 && signal[0] != '\0')
		buf_printf(out, "signal %s", signal);
	else
		buf_puts(out, result);
}

/* Of the last run of a job. */
static void
cell_last(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	(void)view;
	(void)arg;
	if (row_has(row, "running"))
		buf_puts(out, "running");
	else
		column_put_result(out, row_text(row, "last_result", NULL),
		    row_text(row, "last_exit", NULL), "");
}

static void
cell_result(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	(void)view;
	if (row_has(row, "result"))
		column_put_result(out, row_text(row, "result", NULL),
		    row_text(row, "exit", NULL),
		    row_text(row, "signal", NULL));
	else
		buf_puts(out, row_text(row, arg, NULL));
}

/* Why there is a run, where it is not its schedule. */
static void
cell_cause(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	if (strcmp(row_text(row, arg, NULL), "slot") != 0)
		cell_text(view, out, row, arg);
}

static void
cell_bytes(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	(void)view;
	if (row_number(row, arg, 0) > 0)
		view_bytes(out, row_number(row, arg, 0));
}

/* "no" goes without saying. */
static void
cell_yes(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	(void)view;
	if (strcmp(row_text(row, arg, NULL), "yes") == 0)
		buf_puts(out, "yes");
}

/* A span that came as microseconds. */
static void
cell_duration(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	(void)view;
	if (row_number(row, arg, 0) > 0)
		view_span(out, row_number(row, arg, 0), 2);
}

/* A number that is worth a word if it is not 0. */
static void
cell_count(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	if (row_number(row, arg, 0) != 0)
		cell_text(view, out, row, arg);
}

/* Of the runs, in per cent; never rounded up to all of them. */
static void
cell_share(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	int64_t runs = row_number(row, "runs", 0);

	(void)view;
	if (runs > 0)
		buf_printf(out, "%lld%%",
		    (long long)(row_number(row, arg, 0) * 100 / runs));
}

static void
cell_day(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	if (row_has(row, arg))
		cell_text(view, out, row, arg);
	else
		buf_puts(out, "all");
}

#define R COLUMN_RIGHT
#define C COLUMN_CUT
#define SPARE COLUMN_SPARE

/* clang-format off */
static const struct column list_columns[] = {
	{ "JOB",      cell_text,  "job",           C },
	{ "USER",     cell_text,  "user",          C | COLUMN_MINE },
	{ "SCHEDULE", cell_text,  "schedule",      C },
	{ "ZONE",     cell_text,  "zone",          C | SPARE },
	{ "NEXT",     cell_next,  "next_us",       0 },
	{ "IN",       cell_until, "next_us",       R | SPARE },
	{ "LAST",     cell_time,  "last_start_us", 0 },
	{ "AGO",      cell_ago,   "last_start_us", R | SPARE },
	{ "DUR",      cell_span,  "last_",         R | SPARE },
	{ "RESULT",   cell_last,  "",              COLUMN_RESULT },
};

static const struct column ps_columns[] = {
	{ "RUN",      cell_text,  "run",      R },
	{ "JOB",      cell_text,  "job",      C },
	{ "USER",     cell_text,  "user",     C | COLUMN_MINE },
	{ "PID",      cell_text,  "pid",      R },
	{ "STATE",    cell_text,  "state",    0 },
	{ "CAUSE",    cell_cause, "cause",    0 },
	{ "SLOT",     cell_time,  "slot_us",  0 },
	{ "START",    cell_time,  "start_us", SPARE },
	{ "ELAPSED",  cell_span,  "",         R },
	{ "TIMEOUT",  cell_duration, "timeout_us", R },
};

static const struct column runs_columns[] = {
	{ "RUN",      cell_text,  "run",      R },
	{ "JOB",      cell_text,  "job",      C },
	{ "USER",     cell_text,  "user",     C | COLUMN_MINE },
	{ "CAUSE",    cell_cause, "cause",    0 },
	{ "SLOT",     cell_time,  "slot_us",  0 },
	{ "START",    cell_time,  "start_us", SPARE },
	{ "DUR",      cell_span,  "",         R },
	{ "RESULT",   cell_result, "state",   COLUMN_RESULT },
	{ "OUT",      cell_bytes, "out_bytes", R },
	{ "ERR",      cell_bytes, "err_bytes", R | SPARE },
	{ "DROPPED",  cell_bytes, "dropped_bytes", R },
	{ "PIN",      cell_yes,   "pinned",   0 },
	{ "WHY",      cell_text,  "why",      C },
};

static const struct column next_columns[] = {
	{ "WHEN",     cell_long,  "slot_us",  0 },
	{ "IN",       cell_until, "slot_us",  R },
	{ "JOB",      cell_text,  "job",      C },
	{ "USER",     cell_text,  "user",     C | COLUMN_MINE },
	{ "NOTE",     cell_text,  "moved",    C },
};

static const struct column plan_columns[] = {
	{ "WHEN",     cell_long,  "slot_us",  0 },
	{ "IN",       cell_until, "slot_us",  R | SPARE },
	{ "JOB",      cell_text,  "job",      C },
	{ "USER",     cell_text,  "user",     C | COLUMN_MINE },
	{ "NOTE",     cell_text,  "moved",    C },
};

static const struct column history_columns[] = {
	{ "REV",      cell_text,  "rev",      R },
	{ "WHEN",     cell_time,  "at_us",    0 },
	{ "BY",       cell_text,  "by",       C },
	{ "CHANGE",   cell_text,  "change",   C },
};

static const struct column diff_columns[] = {
	{ "FIELD",    cell_text,  "field",    0 },
	{ "BEFORE",   cell_text,  "before",   C },
	{ "NOW",      cell_text,  "now",      C },
};

static const struct column stats_columns[] = {
	{ "JOB",      cell_text,  "job",      C },
	{ "USER",     cell_text,  "user",     C | COLUMN_MINE },
	{ "DAY",      cell_day,   "day",      0 },
	{ "RUNS",     cell_text,  "runs",     R },
	{ "OK",       cell_share, "ok",       R },
	{ "BAD",      cell_count, "bad",      R },
	{ "SKIPPED",  cell_count, "skipped",  R },
	{ "MISSED",   cell_count, "missed",   R },
	{ "P50",      cell_duration, "p50_us", R },
	{ "P95",      cell_duration, "p95_us", R },
	{ "LATE P95", cell_duration, "late_p95_us", R | SPARE },
	{ "OUT",      cell_bytes, "out_bytes", R | SPARE },
};

static const struct column tags_columns[] = {
	{ "TAG",      cell_text,  "tag",      0 },
	{ "JOBS",     cell_text,  "jobs",     R },
};

static const struct column import_columns[] = {
	{ "LINE",     cell_text,  "line",     R },
	{ "ACTION",   cell_text,  "action",   COLUMN_RESULT },
	{ "NAME",     cell_text,  "name",     C },
	{ "TEXT",     cell_text,  "text",     C },
};

static const struct column sources_columns[] = {
	{ "FILE",     cell_text,  "file",       C },
	{ "USER",     cell_text,  "user",       C },
	{ "STATE",    cell_text,  "state",      COLUMN_RESULT },
	{ "JOBS",     cell_text,  "jobs",       R },
	{ "READ",     cell_time,  "checked_us", SPARE },
	{ "WHY",      cell_text,  "text",       C },
};

static const struct column pools_columns[] = {
	{ "POOL",     cell_text,  "pool",       C },
	{ "SLOTS",    cell_text,  "slots",      R },
	{ "PER UID",  cell_text,  "per_uid",    R },
	{ "TAKEN",    cell_text,  "running",    R },
	{ "WAITING",  cell_text,  "waiting",    R },
	{ "JOBS",     cell_text,  "jobs",       R },
	{ "PAUSE",    cell_text,  "pause",      0 },
};

static const struct column alarms_columns[] = {
	{ "JOB",    cell_text,  "job",      C },
	{ "USER",   cell_text,  "user",     0 },
	{ "WRONG",  cell_text,  "events",   C },
	{ "SINCE",  cell_time,  "since_us", 0 },
	{ "TOLD",   cell_time,  "told_us",  0 },
	{ "KNOWS",  cell_text,  "acked",    0 },
};

#define LAYOUTS(X) \
	X(alarms,  "no alarms") \
	X(pools,   "no pools") \
	X(list,    "no jobs") \
	X(ps,      "nothing is running") \
	X(runs,    "no runs") \
	X(next,    "nothing is due") \
	X(plan,    "nothing starts in that span of time") \
	X(history, "no history") \
	X(diff,    "no difference") \
	X(tags,    "no tags") \
	X(stats,   "no jobs") \
	X(import,  "nothing to import") \
	X(sources, "no crontabs are read live")
/* clang-format on */

static const struct layout layouts[VERB_COUNT] = {
#define X(verb, none) \
	[VERB_##verb] = { verb##_columns, \
		sizeof verb##_columns / sizeof verb##_columns[0], none },
	LAYOUTS(X)
#undef X
};

const struct layout *
layout_get(enum verb verb)
{
	return &layouts[verb];
}
