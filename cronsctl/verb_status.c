/*
 * status: how the daemon is, in a few lines, and what is due next. A degraded
 * daemon is the answer "no": exit status 1, so that a monitor needs no more.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "member.h"
#include "row.h"
#include "session.h"
#include "share/buf.h"
#include "show.h"
#include "text.h"

#define NEXT_SHOWN 5

struct page {
	const struct session *s;
	bool is_well;
	size_t rows;
};

static void
put_daemon(const struct session *s, struct buf *out, const struct row *row)
{
	buf_printf(out, "cronsd %s on %s: %s, pid %s",
	    row_text(row, "version", NULL), row_text(row, "host", NULL),
	    row_text(row, "state", NULL), row_text(row, "pid", NULL));
	if (row_has(row, "uptime_s")) {
		buf_puts(out, ", up ");
		view_span(out, row_number(row, "uptime_s", 0) * SECOND_US, 2);
	}
	buf_printf(out, "\nyou are %s (%s)\n", call_greeting(s->call, "user"),
	    call_greeting(s->call, "role"));
}

static void
put_jobs(struct buf *out, const struct row *row)
{
	int64_t jobs = row_number(row, "jobs", 0);

	buf_printf(out,
	    "%lld job%s, %s planned, %s running, %s failed in 24h\n",
	    (long long)jobs, jobs == 1 ? "" : "s",
	    row_text(row, "enabled", NULL), row_text(row, "running", NULL),
	    row_text(row, "failed_24h", NULL));
}

/* A daemon may answer with several rows, then each has a warning. */
static void
on_row(void *arg, const struct row *row)
{
	struct page *page = arg;
	const struct session *s = page->s;
	const char *warning = row_text(row, "warning", NULL);
	struct buf out = BUF_EMPTY;

	page->is_well = strcasecmp(
	    row_text(row, "state", NULL), "degraded") != 0;
	if (s->view.json) {
		member_print_row(&s->view, row);
		return;
	}
	if (page->rows++ == 0) {
		put_daemon(s, &out, row);
		put_jobs(&out, row);
	}
	if (row_number(row, "dropped_bytes", 0) > 0) {
		view_bytes(&out, row_number(row, "dropped_bytes", 0));
		buf_puts(&out, " bytes of output were dropped: disk full\n");
	}
	if (warning[0] != '\0') {
		buf_puts(&out, "warning: ");
		text_visible(&out, warning, strlen(warning), "");
		buf_putc(&out, '\n');
	}
	fputs(buf_text(&out), stdout);
	buf_fini(&out);
}

/* The next five instants, as a table. */
static int
show_next(struct session *s)
{
	struct show *show = show_new(&s->view, VERB_next);
	struct call_sink sink = { show, show_row, NULL };
	struct buf request = BUF_EMPTY;
	int status;

	show_set_me(show, call_greeting(s->call, "user"));
	buf_printf(&request, "next n=%d", NEXT_SHOWN);
	status = session_ask(s, &request, &sink, NULL);
	if (status == 0)
		show_end(show, NULL);
	else
		show_free(show);
	buf_fini(&request);
	return status;
}

int
command_status(struct session *s)
{
	struct page page = { .s = s, .is_well = true };
	struct call_sink sink = { &page, on_row, NULL };
	struct buf request = BUF_EMPTY;
	int status;

	session_request(s, &request);
	status = session_ask(s, &request, &sink, NULL);
	if (status == 0 && !s->view.json && !s->view.quiet)
		status = show_next(s);
	if (status == 0 && !page.is_well)
		status = EXIT_ANSWER_IS_NO;
	buf_fini(&request);
	return status;
}
