/*
 * events: a line an event, as it comes: a table would have to wait for the
 * last row. What was lost on the way is a line too.
 */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "member.h"
#include "row.h"
#include "session.h"
#include "share/buf.h"
#include "text.h"

static void
put_cell(struct buf *out, const struct row *row, const char *name,
    const char *before)
{
	size_t len;
	const char *text = row_text(row, name, &len);

	if (len == 0)
		return;
	buf_puts(out, before);
	text_visible(out, text, len, "");
}

static void
on_row(void *arg, const struct row *row)
{
	const struct view *view = arg;
	struct buf out = BUF_EMPTY;

	if (view->json) {
		member_print_row(view, row);
		fflush(stdout);
		return;
	}
	view_stamp(view, &out, row_number(row, "at_us", 0));
	put_cell(&out, row, "event", "  ");
	put_cell(&out, row, "job", "  ");
	if (!row_has(row, "job")) /* it was removed */
		put_cell(&out, row, "id", "  #");
	put_cell(&out, row, "run", "  run ");
	put_cell(&out, row, "result", ": ");
	put_cell(&out, row, "text", "  ");
	printf("%s\n", buf_text(&out));
	fflush(stdout);
	buf_fini(&out);
}

/* "gap 12"; other events of the protocol are not known here. */
static void
on_frame(void *arg, const struct frame *frame)
{
	const struct view *view = arg;
	struct buf out = BUF_EMPTY;
	long long lost;

	if (frame->kind != '!'
	    || sscanf(frame->bytes, "gap %lld", &lost) != 1)
		return;
	if (view->json) {
		json_begin(&out);
		json_put_text(&out, "event", "gap");
		json_put_number(&out, "lost", lost);
		json_end(&out);
	} else {
		buf_printf(&out, "[gap: %lld events lost]\n", lost);
	}
	fputs(buf_text(&out), stdout);
	fflush(stdout);
	buf_fini(&out);
}

int
command_events(struct session *s)
{
	struct call_sink sink = { &s->view, on_row, on_frame };
	struct buf request = BUF_EMPTY;
	int status;

	session_request(s, &request);
	status = session_ask(s, &request, &sink, NULL);
	buf_fini(&request);
	return status;
}
