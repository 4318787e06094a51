/*
 * sources: the crontabs that the daemon reads live: a table of the files, then
 * what is wrong in them, a line each as a compiler would say it. A file that
 * is not loaded, or not whole, is the answer "no": exit status 1.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "column.h"
#include "row.h"
#include "session.h"
#include "share/buf.h"
#include "share/line.h"
#include "show.h"
#include "text.h"

struct sources {
	const struct session *s;
	struct show *show;
	struct buf faults; /* to be printed below the table */
	size_t bad;
};

/* "FILE:LINE:COLUMN: error: TEXT"; what is 0 is left out. */
static void
put_fault(struct buf *out, const struct row *row)
{
	const char *file = row_text(row, "file", NULL);
	const char *text = row_text(row, "text", NULL);

	text_visible(out, file, strlen(file), "");
	if (row_has(row, "line"))
		buf_printf(out, ":%s", row_text(row, "line", NULL));
	if (row_has(row, "column"))
		buf_printf(out, ":%s", row_text(row, "column", NULL));
	buf_printf(out, ": %s: ", row_text(row, "level", NULL));
	text_visible(out, text, strlen(text), "");
	buf_putc(out, '\n');
}

static void
on_row(void *arg, const struct row *row)
{
	struct sources *sources = arg;
	const char *state = row_text(row, "state", NULL);
	bool is_fault = row_has(row, "level");

	sources->bad += !is_fault
	    && (strcmp(state, "rejected") == 0
		|| strcmp(state, "partial") == 0);
	if (is_fault && !sources->s->view.json)
		put_fault(&sources->faults, row);
	else
		show_row(sources->show, row);
}

/* The daemon knows files by their absolute paths, links not resolved. */
static void
put_file(struct buf *request, const char *file)
{
	struct buf path = BUF_EMPTY;
	char here[PATH_MAX];

	if (file[0] != '/' && getcwd(here, sizeof here) != NULL)
		buf_printf(&path, "%s/", here);
	buf_puts(&path, file);
	buf_putc(request, ' ');
	line_put_word(request, buf_text(&path));
	buf_fini(&path);
}

int
command_sources(struct session *s)
{
	struct sources sources = { s, NULL, BUF_EMPTY, 0 };
	struct call_sink sink = { &sources, on_row, NULL };
	struct buf request = BUF_EMPTY;
	int status = 0;

	sources.show = show_new(&s->view, VERB_sources);
	session_begin(s, &request);
	for (size_t i = 0; i < s->args.word_count; i++)
		put_file(&request, s->args.word[i]);
	status = session_ask(s, &request, &sink, NULL);
	if (status == 0) {
		show_end(sources.show, layout_get(VERB_sources)->none);
		fputs(buf_text(&sources.faults), stdout);
		if (sources.bad > 0)
			status = EXIT_ANSWER_IS_NO;
	} else {
		show_free(sources.show);
	}
	buf_fini(&sources.faults);
	buf_fini(&request);
	return status;
}
