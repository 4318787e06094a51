/*
 * The verbs whose reply is one table and nothing else: the request is the
 * command line, the table is the verb's layout. `list` counts what it shows.
 */
#include <stdio.h>
#include <string.h>

#include "column.h"
#include "row.h"
#include "session.h"
#include "share/buf.h"
#include "show.h"

struct listing {
	struct show *show;
	size_t running, failed, disabled, paused;
};

static void
on_row(void *arg, const struct row *row)
{
	struct listing *listing = arg;
	const char *last = row_text(row, "last_result", NULL);

	show_row(listing->show, row);
	listing->running += row_has(row, "running");
	listing->disabled
	    += strcmp(row_text(row, "enabled", NULL), "no") == 0;
	listing->paused += row_has(row, "paused");
	listing->failed += last[0] != '\0' && strcmp(last, "ok") != 0;
}

/* "3 jobs, 1 running, 1 failed last". */
static void
print_summary(const struct listing *listing, size_t total)
{
	printf("%zu job%s", total, total == 1 ? "" : "s");
	if (listing->running > 0)
		printf(", %zu running", listing->running);
	if (listing->disabled > 0)
		printf(", %zu disabled", listing->disabled);
	if (listing->paused > 0)
		printf(", %zu paused", listing->paused);
	if (listing->failed > 0)
		printf(", %zu failed last", listing->failed);
	printf("\n");
}

int
command_rows(struct session *s)
{
	struct listing listing = { 0 };
	struct call_sink sink = { &listing, on_row, NULL };
	struct buf request = BUF_EMPTY;
	int status = 0;
	enum verb verb = s->args.command->verb;
	size_t total;

	if (session_call(s, &status) == NULL)
		return status;
	listing.show = show_new(&s->view, verb);
	show_set_me(listing.show, call_greeting(s->call, "user"));
	session_request(s, &request);
	status = session_ask(s, &request, &sink, NULL);
	if (status != 0) {
		show_free(listing.show);
		goto out;
	}
	total = show_end(listing.show, layout_get(verb)->none);
	if (total > 0 && verb == VERB_list && !s->view.json
	    && !s->view.quiet)
		print_summary(&listing, total);
out:
	buf_fini(&request);
	return status;
}
