/*
 * runs: the table of runs; with --output-matches, of those whose output has a
 * line that matches. The listing comes a page at a time, and for each row that
 * has output this is asked for over a second connection, so that neither a
 * long history nor a long output is held here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>

#include "column.h"
#include "lines.h"
#include "match.h"
#include "row.h"
#include "session.h"
#include "share/buf.h"
#include "share/line.h"
#include "share/log.h"
#include "show.h"

#define PAGE 200
#define PRESET 20
#define MOST 1000000000

struct search {
	struct session *s; /* its connection is for output */
	struct call *list; /* and this one for the listing */
	struct match *match;
	struct show *show;
	bool found; /* in the run at hand */
	long long left; /* rows to show */
	int seen; /* rows of the page */
	char last[24]; /* run of the page's last row */
	int denied; /* runs whose output may not be seen */
	int status; /* not 0: it has failed */
};

static void
look_at_line(void *arg, const struct frame *line, bool is_end)
{
	struct search *search = arg;

	(void)is_end;
	if (line->kind == 'o' || line->kind == 'e')
		search->found = search->found
		    || match_has(search->match, line->bytes, line->len);
}

static void
take_frame(void *arg, const struct frame *frame)
{
	lines_put(arg, frame);
}

/* Has the run's output a line that matches? */
static bool
has_match(struct search *search, const char *run)
{
	struct lines *lines = lines_new(look_at_line, search);
	struct call_sink sink = { lines, NULL, take_frame };
	struct call_answer answer = { 0 };
	struct buf request = BUF_EMPTY;
	struct fault f;

	search->found = false;
	buf_printf(&request, "logs %s", run);
	if (call_send(search->s->call, &request, NULL, &f) != 0)
		search->status = session_fail(search->s, &f);
	else if (call_read(search->s->call, &sink, &answer) == ERR_NONE)
		lines_end(lines);
	else if (answer.fault.err == ERR_DENIED)
		search->denied++;
	else if (answer.fault.err != ERR_GONE) /* it has just gone */
		search->status = session_fail(search->s, &answer.fault);
	call_answer_fini(&answer);
	buf_fini(&request);
	lines_free(lines);
	return search->found;
}

static void
take_row(void *arg, const struct row *row)
{
	struct search *search = arg;
	const char *run = row_text(row, "run", NULL);

	search->seen++;
	snprintf(search->last, sizeof search->last, "%s", run);
	if (search->left == 0 || search->status != 0
	    || (row_number(row, "out_bytes", 0) == 0
		&& row_number(row, "err_bytes", 0) == 0
		&& strcmp(row_text(row, "state", NULL), "done") == 0))
		return;
	if (has_match(search, run)) {
		show_row(search->show, row);
		search->left--;
	}
}

/* One page of the listing; 0, or the exit status after a complaint. */
static int
ask_page(struct search *search)
{
	struct call_sink sink = { search, take_row, NULL };
	struct session *s = search->s;
	struct call_answer answer = { 0 };
	struct buf request = BUF_EMPTY;
	char page[8];
	struct fault f;

	snprintf(page, sizeof page, "%d", PAGE);
	s->args.option[OPTION_NUMBER] = page;
	if (search->last[0] != '\0')
		s->args.option[OPTION_BEFORE] = search->last;
	session_request(s, &request);
	search->seen = 0;
	if (call_send(search->list, &request, NULL, &f) != 0)
		search->status = session_fail(s, &f);
	else if (call_read(search->list, &sink, &answer) != ERR_NONE)
		search->status = session_fail(s, &answer.fault);
	call_answer_fini(&answer);
	buf_fini(&request);
	return search->status;
}

static int
search_all(struct search *search)
{
	size_t total;

	search->show = show_new(&search->s->view, VERB_runs);
	show_set_me(
	    search->show, call_greeting(search->s->call, "user"));
	do {
		if (ask_page(search) != 0) {
			show_free(search->show);
			return search->status;
		}
	} while (search->left > 0 && search->seen == PAGE);
	total = show_end(search->show, "no run's output matches");
	if (search->denied > 0)
		fprintf(stderr,
		    "cronsctl: runs: %d runs belong to others: their output"
		    " was not searched\n",
		    search->denied);
	return total > 0 ? 0 : EXIT_ANSWER_IS_NO;
}

int
command_runs(struct session *s)
{
	const char *text = session_option(s, OPTION_OUTPUT_MATCHES);
	const char *count = session_option(s, OPTION_NUMBER);
	struct search search = { .s = s, .left = PRESET };
	const char *wrong = NULL;
	struct fault f;
	int status = 0;

	if (text == NULL)
		return command_rows(s);
	if (count != NULL)
		search.left = strtonum(count, 0, MOST, &wrong);
	if (wrong != NULL) {
		fault_set(&f, ERR_BAD_VALUE, "number", "\"%.40s\" is %s",
		    count, wrong);
		return session_fail(s, &f);
	}
	search.match = match_new(text, &f);
	if (search.match == NULL)
		return session_fail(s, &f);
	if (session_call(s, &status) != NULL) {
		search.list = call_open(&f);
		status = search.list == NULL ? session_fail(s, &f)
					     : search_all(&search);
	}
	call_free(search.list);
	match_free(search.match);
	return status;
}
