/*
 * plan: what starts between two instants, and how the load is spread. The
 * starts are a table; the counts of minutes become one line about the busiest
 * of them and a bar for each of at most two dozen stretches of time. Stretches
 * begin at round times of the day in the zone of the view.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "column.h"
#include "member.h"
#include "row.h"
#include "session.h"
#include "share/buf.h"
#include "share/tz.h"
#include "show.h"

#define BARS_MOST 26
#define BAR_WIDTH 40

struct bar {
	int64_t from; /* epoch microseconds */
	int64_t starts;
};

struct outlook {
	struct session *s;
	struct show *show;
	int64_t peak, peak_at;
	int64_t stretch; /* microseconds a bar stands for */
	struct bar bars[BARS_MOST];
	size_t bar_count;
};

/* The shortest stretch that makes few enough bars of the span. */
static int64_t
choose_stretch(int64_t span)
{
	static const int64_t choice[] = { MINUTE_US, 5 * MINUTE_US,
		15 * MINUTE_US, HOUR_US, 3 * HOUR_US, 6 * HOUR_US, DAY_US,
		2 * DAY_US };
	size_t i = 0, count = sizeof choice / sizeof choice[0];

	while (i + 1 < count && span / choice[i] >= BARS_MOST - 1)
		i++;
	return choice[i];
}

/* The beginning of the stretch that an instant lies in, by the wall clock. */
static int64_t
stretch_of(const struct outlook *o, int64_t us)
{
	int64_t seconds = us / SECOND_US;
	int64_t offset
	    = tz_offset(o->s->view.zone, seconds) * (int64_t)SECOND_US;

	return (us + offset) / o->stretch * o->stretch - offset;
}

/* Minutes come in order; more bars than there is room for cannot be. */
static void
add_load(struct outlook *o, int64_t us, int64_t starts)
{
	struct bar *last
	    = o->bar_count > 0 ? &o->bars[o->bar_count - 1] : NULL;
	int64_t from = stretch_of(o, us);

	if (starts > o->peak) {
		o->peak = starts;
		o->peak_at = us;
	}
	if (last != NULL
	    && (last->from == from || o->bar_count == BARS_MOST)) {
		last->starts += starts;
		return;
	}
	o->bars[o->bar_count++] = (struct bar) { from, starts };
}

static void
on_row(void *arg, const struct row *row)
{
	struct outlook *o = arg;
	bool is_load = strcmp(row_text(row, "kind", NULL), "load") == 0;

	if (o->s->view.json)
		member_print_row(&o->s->view, row);
	else if (is_load)
		add_load(o, row_number(row, "slot_us", 0),
		    row_number(row, "starts", 0));
	else
		show_row(o->show, row);
}

static long long
number(const struct call_answer *answer, const char *key)
{
	return atoll(call_answer_get(answer, key));
}

/* "3 jobs start 72 times, most in the minute of Sun 03:00: 40". */
static void
put_summary(const struct outlook *o, const struct call_answer *answer,
    struct buf *out)
{
	long long jobs = number(answer, "jobs");
	long long starts = number(answer, "starts");
	long long left = starts - number(answer, "shown");

	buf_printf(out, "%lld job%s start%s %lld time%s", jobs,
	    jobs == 1 ? "" : "s", jobs == 1 ? "s" : "", starts,
	    starts == 1 ? "" : "s");
	if (o->peak > 1) {
		buf_puts(out, "; most in the minute of ");
		view_time(&o->s->view, out, o->peak_at);
		buf_printf(out, ": %lld", (long long)o->peak);
	}
	buf_putc(out, '\n');
	if (left > 0)
		buf_printf(out,
		    "%lld more start%s not shown (-n N shows the first N)\n",
		    left, left == 1 ? " is" : "s are");
}

static void
put_bars(const struct outlook *o, struct buf *out)
{
	int64_t most = 1;

	for (size_t i = 0; i < o->bar_count; i++)
		if (o->bars[i].starts > most)
			most = o->bars[i].starts;
	for (size_t i = 0; i < o->bar_count; i++) {
		const struct bar *bar = &o->bars[i];
		struct buf when = BUF_EMPTY;
		int width = (int)((bar->starts * BAR_WIDTH + most - 1) / most);

		view_time(&o->s->view, &when, bar->from);
		buf_printf(out, "%-16s %8lld ", buf_text(&when),
		    (long long)bar->starts);
		while (width-- > 0)
			buf_putc(out, '#');
		buf_putc(out, '\n');
		buf_fini(&when);
	}
}

static void
say(const struct outlook *o, const struct call_answer *answer)
{
	struct buf out = BUF_EMPTY;

	put_summary(o, answer, &out);
	if (o->bar_count > 1 && o->s->view.terminal)
		put_bars(o, &out);
	fputs(buf_text(&out), stdout);
	buf_fini(&out);
}

/* As long as asked for; the daemon's preset is a day. */
static int64_t
span_of(const struct session *s)
{
	wall_t from = s->view.now, to;

	if (session_option(s, OPTION_FROM) != NULL)
		from = s->at[OPTION_FROM];
	to = wall_add(from, DAY_US);
	if (session_option(s, OPTION_TO) != NULL)
		to = s->at[OPTION_TO];
	return to.us - from.us;
}

int
command_plan(struct session *s)
{
	struct outlook o = { .s = s, .stretch = choose_stretch(span_of(s)) };
	struct call_sink sink = { &o, on_row, NULL };
	struct call_answer answer = { 0 };
	struct buf request = BUF_EMPTY;
	int status = 0;

	if (session_call(s, &status) == NULL)
		return status;
	o.show = show_new(&s->view, VERB_plan);
	show_set_me(o.show, call_greeting(s->call, "user"));
	session_request(s, &request);
	status = session_ask(s, &request, &sink, &answer);
	if (status != 0) {
		show_free(o.show);
		goto out;
	}
	show_end(o.show, layout_get(VERB_plan)->none);
	if (!s->view.json && !s->view.quiet && number(&answer, "starts") > 0)
		say(&o, &answer);
out:
	call_answer_fini(&answer);
	buf_fini(&request);
	return status;
}
