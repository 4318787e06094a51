/*
 * metrics: the text format of Prometheus, for the node exporter's textfile
 * collector (write it to another file, and rename that). The table has a row a
 * metric; all values of one stand together, as the format wants it, so each
 * collects its lines while the rows come.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "row.h"
#include "session.h"
#include "share/buf.h"
#include "share/line.h"

/* How a value comes from a cell. */
enum way {
	WAY_NUMBER, /* as it is */
	WAY_SECONDS, /* microseconds since 1970, or nothing */
	WAY_YES, /* 0 if it is empty or "no", else 1 */
	WAY_OK, /* 1 if it is "ok"; nothing if there is no result */
	WAY_TOOK, /* from last_start_us to last_end_us, in seconds */
};

/*
 * ident, name behind "crons_", type, column, way, help. First those of the
 * daemon, from the row of status, then those of each job, from list.
 */
/* clang-format off */
#define DAEMON_METRICS(X) \
	X(UPTIME,   "uptime_seconds",  "gauge", "uptime_s",   NUMBER, "how long the daemon has been there") \
	X(JOBS,     "jobs",            "gauge", "jobs",       NUMBER, "jobs that there are") \
	X(PLANNED,  "jobs_planned",    "gauge", "enabled",    NUMBER, "jobs with an instant to come") \
	X(RUNS,     "runs_running",    "gauge", "running",    NUMBER, "runs under way") \
	X(FAILED,   "runs_failed_24h", "gauge", "failed_24h", NUMBER, "runs of the last 24 hours that failed") \
	X(DROPPED,  "output_dropped_bytes_total", "counter", "dropped_bytes", NUMBER, "output that was not kept, since the daemon started")

#define JOB_METRICS(X) \
	X(ENABLED,  "job_enabled",     "gauge", "enabled",       YES,     "1 if the job is planned") \
	X(PAUSED,   "job_paused",      "gauge", "paused",        YES,     "1 if it is paused") \
	X(RUNNING,  "job_running",     "gauge", "running",       YES,     "1 if a run of it is under way") \
	X(NEXT,     "job_next_timestamp_seconds", "gauge", "next_us", SECONDS, "when it is due") \
	X(START,    "job_last_start_timestamp_seconds", "gauge", "last_start_us", SECONDS, "when its last run started") \
	X(END,      "job_last_end_timestamp_seconds", "gauge", "last_end_us", SECONDS, "when that ended") \
	X(TOOK,     "job_last_duration_seconds", "gauge", "", TOOK, "how long that took") \
	X(SUCCESS,  "job_last_success", "gauge", "last_result",  OK,      "1 if that was ok") \
	X(EXIT,     "job_last_exit_status", "gauge", "last_exit", NUMBER, "its exit status")
/* clang-format on */

enum metric {
#define X(ident, name, type, column, way, help) METRIC_##ident,
	DAEMON_METRICS(X)
	JOB_METRICS(X)
#undef X
	METRIC_COUNT
};

#define METRIC_FIRST_OF_JOB METRIC_ENABLED

static const struct metric_row {
	const char *name, *type, *column;
	enum way way;
	const char *help;
} metrics[METRIC_COUNT] = {
#define X(ident, name, type, column, way, help) \
	[METRIC_##ident] = { name, type, column, WAY_##way, help },
	DAEMON_METRICS(X) JOB_METRICS(X)
#undef X
};

struct gauges {
	struct buf lines[METRIC_COUNT];
	bool degraded;
};

/* A label's value: backslash, quote and LF are escaped. */
static void
put_label(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "%s=\"", name);
	for (; *text != '\0'; text++) {
		if (*text == '\\' || *text == '"')
			buf_putc(out, '\\');
		if (*text == '\n')
			buf_puts(out, "\\n");
		else
			buf_putc(out, *text);
	}
	buf_putc(out, '"');
}

static void
put_seconds(struct buf *out, int64_t us)
{
	buf_printf(out, "%lld.%06lld", (long long)(us / SECOND_US),
	    (long long)(us % SECOND_US));
}

/* The value; false, and nothing, if there is none. */
static bool
put_value(struct buf *out, const struct metric_row *m, const struct row *row)
{
	const char *text = row_text(row, m->column, NULL);
	int64_t start = row_number(row, "last_start_us", -1);
	int64_t end = row_number(row, "last_end_us", -1);

	switch (m->way) {
	case WAY_NUMBER:
		buf_puts(out, text);
		return *text != '\0';
	case WAY_SECONDS:
		if (*text != '\0')
			put_seconds(out, row_number(row, m->column, 0));
		return *text != '\0';
	case WAY_YES:
		buf_puts(out,
		    *text == '\0' || strcmp(text, "no") == 0 ? "0" : "1");
		return true;
	case WAY_OK:
		buf_puts(out, strcmp(text, "ok") == 0 ? "1" : "0");
		return *text != '\0';
	case WAY_TOOK:
		if (start >= 0 && end >= start)
			put_seconds(out, end - start);
		return start >= 0 && end >= start;
	}
	return false;
}

static void
put_metric(struct gauges *g, enum metric metric, const struct row *row)
{
	struct buf *out = &g->lines[metric];
	struct buf value = BUF_EMPTY;

	if (put_value(&value, &metrics[metric], row)) {
		buf_printf(out, "crons_%s", metrics[metric].name);
		if (metric >= METRIC_FIRST_OF_JOB) {
			buf_putc(out, '{');
			put_label(out, "job", row_text(row, "job", NULL));
			buf_putc(out, ',');
			put_label(out, "user", row_text(row, "user", NULL));
			buf_putc(out, '}');
		}
		buf_printf(out, " %s\n", buf_text(&value));
	}
	buf_fini(&value);
}

static void
on_status(void *arg, const struct row *row)
{
	struct gauges *g = arg;

	for (int i = 0; i < METRIC_FIRST_OF_JOB; i++)
		put_metric(g, (enum metric)i, row);
	g->degraded = strcasecmp(row_text(row, "state", NULL), "ok") != 0;
}

static void
on_job(void *arg, const struct row *row)
{
	for (int i = METRIC_FIRST_OF_JOB; i < METRIC_COUNT; i++)
		put_metric(arg, (enum metric)i, row);
}

static void
print_head(const char *name, const char *type, const char *help)
{
	printf("# HELP crons_%s %s\n# TYPE crons_%s %s\n", name, help, name,
	    type);
}

/* A daemon that does not answer is a value too. */
static void
print_all(struct gauges *g, bool is_up)
{
	print_head("up", "gauge", "1 if the daemon answers");
	printf("crons_up %d\n", is_up);
	if (is_up) {
		print_head("degraded", "gauge", "1 if it cannot write");
		printf("crons_degraded %d\n", g->degraded);
	}
	for (int i = 0; i < METRIC_COUNT; i++) {
		const struct metric_row *m = &metrics[i];

		if (g->lines[i].len == 0)
			continue;
		print_head(m->name, m->type, m->help);
		fputs(buf_text(&g->lines[i]), stdout);
	}
}

static void
put_request(const struct session *s, struct buf *ask)
{
	buf_puts(ask, "list");
	if (session_option(s, OPTION_USER) != NULL)
		line_put_pair(ask, "user", session_option(s, OPTION_USER));
	if (session_option(s, OPTION_ALL_USERS) != NULL)
		line_put_pair(ask, "all_users", "yes");
}

int
command_metrics(struct session *s)
{
	struct gauges g = { .degraded = false };
	struct call_sink of_daemon = { &g, on_status, NULL };
	struct call_sink of_jobs = { &g, on_job, NULL };
	struct buf ask = BUF_EMPTY;
	int status;

	buf_puts(&ask, "status");
	status = session_ask(s, &ask, &of_daemon, NULL);
	buf_clear(&ask);
	put_request(s, &ask);
	if (status == 0)
		status = session_ask(s, &ask, &of_jobs, NULL);
	if (status == 0 || s->call == NULL)
		print_all(&g, status == 0);
	for (int i = 0; i < METRIC_COUNT; i++)
		buf_fini(&g.lines[i]);
	buf_fini(&ask);
	return status;
}
