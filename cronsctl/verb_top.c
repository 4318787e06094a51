/*
 * top: a page of what runs and what starts next, again and again. Where there
 * is no terminal it is printed, once unless it is asked for more. A daemon
 * that goes away is waited for once a page was shown: it may be restarting.
 *
 * Where there is no room for all, half of it is for each, and what one does not
 * need is the other's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "column.h"
#include "member.h"
#include "row.h"
#include "screen.h"
#include "session.h"
#include "share/buf.h"
#include "share/line.h"
#include "share/log.h"
#include "show.h"
#include "text.h"

#define DELAY_US (2 * SECOND_US)
#define LEAST_DELAY_US (SECOND_US / 10)
#define NEXT_PRINTED 10 /* without a terminal */
#define HEAD_LINES 2

/* A page that is being made; text of its parts, a line each row. */
struct page {
	struct session *s;
	size_t most_next; /* instants to come */
	struct buf head, running, next;
};

static void
on_status(void *arg, const struct row *row)
{
	struct page *page = arg;
	const char *warning = row_text(row, "warning", NULL);
	struct buf *out = &page->head;

	if (page->s->view.json) {
		member_print_row(&page->s->view, row);
		return;
	}
	if (out->len == 0) {
		view_long(&page->s->view, out, page->s->view.now.us);
		buf_printf(out, "  %s: %s, %s jobs, %s running, "
		    "%s failed in 24h\n",
		    row_text(row, "host", NULL), row_text(row, "state", NULL),
		    row_text(row, "jobs", NULL),
		    row_text(row, "running", NULL),
		    row_text(row, "failed_24h", NULL));
	}
	if (*warning != '\0') {
		buf_puts(out, "warning: ");
		text_visible(out, warning, strlen(warning), "");
		buf_putc(out, '\n');
	}
}

/* A request and its reply; s->call is closed if it broke. */
static enum err
ask(struct session *s, const char *request, const struct call_sink *sink,
    struct fault *f)
{
	struct call_answer answer = { 0 };
	struct buf line = BUF_EMPTY;

	f->err = ERR_NONE;
	if (s->call == NULL)
		s->call = call_open(f);
	if (s->call == NULL)
		return f->err;
	buf_puts(&line, request);
	if (call_send(s->call, &line, NULL, f) == 0
	    && call_read(s->call, sink, &answer) != ERR_NONE)
		*f = answer.fault;
	buf_fini(&line);
	call_answer_fini(&answer);
	if (f->err == ERR_UNREACHABLE) {
		call_free(s->call);
		s->call = NULL;
	}
	return f->err;
}

/* The verb's table as text; s->call is open. */
static enum err
ask_table(struct page *page, enum verb verb, struct buf *out, struct fault *f)
{
	struct session *s = page->s;
	struct show *show = show_new(&s->view, verb);
	struct call_sink sink = { show, show_row, NULL };
	struct buf request = BUF_EMPTY;
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	if (stream == NULL)
		fatal("no memory for a page");
	show_set_me(show, call_greeting(s->call, "user"));
	show_set_stream(show, stream);
	buf_puts(&request, verb_row(verb)->word);
	if (verb == VERB_next)
		buf_printf(&request, " n=%zu", page->most_next);
	if (session_option(s, OPTION_USER) != NULL)
		line_put_pair(
		    &request, "user", session_option(s, OPTION_USER));
	if (session_option(s, OPTION_ALL_USERS) != NULL)
		line_put_pair(&request, "all_users", "yes");
	if (ask(s, buf_text(&request), &sink, f) == ERR_NONE)
		show_end(show, NULL);
	else
		show_free(show);
	fclose(stream);
	buf_put(out, text, len);
	free(text);
	buf_fini(&request);
	return f->err;
}

static enum err
fill(struct page *page, struct fault *f)
{
	struct call_sink sink = { page, on_status, NULL };

	view_renew(&page->s->view);
	if (ask(page->s, "status", &sink, f) != ERR_NONE
	    || ask_table(page, VERB_ps, &page->running, f) != ERR_NONE)
		return f->err;
	return ask_table(page, VERB_next, &page->next, f);
}

static size_t
count_lines(const struct buf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++)
		n += text->data[i] == '\n';
	return n;
}

/* The first lines; if there are more, the last of these says how many. */
static void
put_lines(struct buf *out, const struct buf *text, size_t most)
{
	const char *p = buf_text(text);
	size_t lines = count_lines(text), shown = lines;

	if (lines > most)
		shown = most > 0 ? most - 1 : 0;
	for (size_t i = 0; i < shown; i++) {
		size_t len = strcspn(p, "\n") + 1;

		buf_put(out, p, len);
		p += len;
	}
	if (lines > most && most > 0)
		buf_printf(out, "... %zu more\n", lines - shown);
}

static void
lay_out(const struct page *page, size_t height, struct buf *out)
{
	size_t head = count_lines(&page->head) + HEAD_LINES;
	size_t running = count_lines(&page->running);
	size_t next = count_lines(&page->next);
	size_t room = height > head ? height - head : 0;

	if (running + next > room && next > room / 2)
		next = running < room - room / 2 ? room - running : room / 2;
	put_lines(out, &page->head, head);
	buf_putc(out, '\n');
	if (running == 0)
		buf_puts(out, "nothing is running\n");
	put_lines(out, &page->running, room > next ? room - next : 0);
	buf_putc(out, '\n');
	/* Of the next starts there are always more. */
	if (next < count_lines(&page->next)) {
		const char *p = buf_text(&page->next);

		for (size_t i = 0; i < next; i++)
			p += strcspn(p, "\n") + 1;
		buf_put(out, buf_text(&page->next),
		    (size_t)(p - buf_text(&page->next)));
	} else
		put_lines(out, &page->next, next);
}

static void
page_fini(struct page *page)
{
	buf_fini(&page->head);
	buf_fini(&page->running);
	buf_fini(&page->next);
}

/* ---- without a terminal ---- */

static int
print_pages(struct session *s, int64_t pages, int64_t delay)
{
	struct timespec pause = { delay / SECOND_US,
		delay % SECOND_US * 1000 };
	struct buf text = BUF_EMPTY;
	struct fault f;

	for (int64_t i = 0; i < pages; i++) {
		struct page page = { .s = s, .most_next = NEXT_PRINTED };
		enum err err;

		if (i > 0)
			nanosleep(&pause, NULL);
		err = fill(&page, &f);
		if (err == ERR_NONE && !s->view.json)
			lay_out(&page, SIZE_MAX, &text);
		page_fini(&page);
		if (err != ERR_NONE) {
			buf_fini(&text);
			return session_fail(s, &f);
		}
		printf("%s%s", i > 0 && !s->view.json ? "\n" : "",
		    buf_text(&text));
		fflush(stdout);
		buf_clear(&text);
	}
	buf_fini(&text);
	return 0;
}

/* ---- on a terminal ---- */

static void
put_trouble(struct buf *out, const struct view *view, const struct fault *f)
{
	view_long(view, out, view->now.us);
	buf_puts(out, "  ");
	text_visible(out, f->text, strlen(f->text), "");
	buf_puts(out, "; trying again\n");
}

/* One page more; ERR_NONE also where the daemon is waited for. */
static enum err
draw(struct session *s, struct buf *last, struct fault *f)
{
	struct page page = { .s = s, .most_next = screen_height() };
	struct buf text = BUF_EMPTY;
	enum err err = fill(&page, f);

	if (err == ERR_NONE) {
		buf_clear(last);
		lay_out(&page, screen_height(), last);
		screen_draw(buf_text(last));
	} else if (err == ERR_UNREACHABLE && last->len > 0) {
		put_trouble(&text, &s->view, f);
		buf_puts(&text, strchr(buf_text(last), '\n') + 1);
		screen_draw(buf_text(&text));
		err = ERR_NONE;
	}
	buf_fini(&text);
	page_fini(&page);
	return err;
}

static int
show_pages(struct session *s, int64_t pages, int64_t delay)
{
	struct buf last = BUF_EMPTY;
	struct fault f;
	enum err err;

	do
		err = draw(s, &last, &f);
	while (err == ERR_NONE && --pages > 0
	    && screen_wait(delay) != SCREEN_QUIT);
	screen_close();
	buf_fini(&last);
	return err == ERR_NONE ? 0 : session_fail(s, &f);
}

/* The options' values; a complaint's status if they make no sense. */
static int
read_options(struct session *s, int64_t *pages, int64_t *delay)
{
	const char *number = session_option(s, OPTION_NUMBER);
	const char *pause = session_option(s, OPTION_DELAY);
	char *end = NULL;
	struct fault f;

	*pages = -1;
	*delay = DELAY_US;
	if (number != NULL) {
		*pages = strtoll(number, &end, 10);
		if (*end != '\0' || *pages < 1) {
			fault_set(&f, ERR_BAD_VALUE, "number",
			    "\"%.40s\" is no number of pages", number);
			return session_fail(s, &f);
		}
	}
	if ((pause != NULL && duration_parse(pause, delay) != 0)
	    || *delay < LEAST_DELAY_US) {
		fault_set(&f, ERR_BAD_VALUE, "delay",
		    "\"%.40s\" is no time of 0.1 s or more", pause);
		return session_fail(s, &f);
	}
	return 0;
}

int
command_top(struct session *s)
{
	int64_t pages, delay;
	struct fault f;
	int status = read_options(s, &pages, &delay);

	if (status != 0)
		return status;
	/* What is wrong from the start is said where it can be read. */
	if (ask(s, "status", &(struct call_sink) { NULL, NULL, NULL }, &f)
	    != ERR_NONE)
		return session_fail(s, &f);
	if (s->view.json || screen_open() != 0)
		return print_pages(s, pages < 0 ? 1 : pages, delay);
	return show_pages(s, pages < 0 ? INT64_MAX : pages, delay);
}
