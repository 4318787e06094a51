/*
 * next: instants to come, of jobs (the daemon knows them) or of a schedule
 * that is given as text (nobody needs to be asked). A word is a schedule if it
 * has a blank in it, or begins with "@" and is a macro; else it names a job.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

#include "row.h"
#include "session.h"
#include "share/batch.h"
#include "share/buf.h"
#include "share/tz.h"
#include "share/when.h"
#include "show.h"

#define COUNT_PRESET 5
#define COUNT_MAX 1000000

struct forecast {
	struct session *s;
	enum dialect dialect;
	wall_t from;
	long long count;
	struct tz *own; /* owned: the zone that the text names, or NULL */
};

/* Is the word a schedule and not the name of a job or a tag? */
static bool
is_schedule(const char *word, enum dialect dialect)
{
	struct when *when;
	bool is_one;

	if (strchr(word, ' ') != NULL || dialect == DIALECT_CALENDAR)
		return true;
	if (word[0] != '@')
		return false;
	when = when_parse(word, dialect, 0, (wall_t) { 0 });
	is_one = when_fault(when) == NULL;
	when_free(when);
	return is_one;
}

static enum err
read_count(struct forecast *cast, struct fault *f)
{
	const char *text = session_option(cast->s, OPTION_NUMBER);
	const char *wrong = NULL;

	cast->count = COUNT_PRESET;
	if (text != NULL)
		cast->count = strtonum(text, 1, COUNT_MAX, &wrong);
	if (wrong != NULL)
		return fault_set(f, ERR_BAD_VALUE, "number",
		    "\"%.40s\" is %s: 1 to %d are possible", text, wrong,
		    COUNT_MAX);
	return ERR_NONE;
}

static enum err
read_options(struct forecast *cast, struct fault *f)
{
	const char *dialect = session_option(cast->s, OPTION_DIALECT);

	cast->dialect = DIALECT_EXTENDED;
	cast->from = cast->s->view.now;
	if (dialect != NULL && !dialect_find(dialect, &cast->dialect))
		return fault_set(f, ERR_BAD_VALUE, "dialect",
		    "\"%.40s\" is none of extended debian cronie calendar",
		    dialect);
	if (session_option(cast->s, OPTION_FROM) != NULL)
		cast->from = cast->s->at[OPTION_FROM];
	return read_count(cast, f);
}

/* The zone that the schedule is read in: its own, else that of the view. */
static const struct tz *
zone_of(const struct forecast *cast)
{
	return cast->own != NULL ? cast->own : cast->s->view.zone;
}

/* One instant as a row of the table that the daemon's reply would have. */
static void
show_instant(struct show *show, const struct forecast *cast,
    const struct when *when, wall_t at)
{
	static const char names[] = "schedule\tslot_us\tmoved";
	struct row_header header = { 0 };
	struct buf us = BUF_EMPTY, moved = BUF_EMPTY;
	struct row row = { 0 };

	buf_printf(&us, "%lld", (long long)at.us);
	when_moved(when, zone_of(cast), at, &moved);
	row_header_parse(&header, names, sizeof names - 1);
	row_begin(&row, &header);
	row_put(&row, cast->s->subject);
	row_put(&row, buf_text(&us));
	row_put(&row, buf_text(&moved));
	show_row(show, &row);
	row_fini(&row);
	row_header_fini(&header);
	buf_fini(&moved);
	buf_fini(&us);
}

static void
show_instants(const struct forecast *cast, const struct when *when)
{
	struct show *show = show_new(&cast->s->view, VERB_next);
	wall_t at = cast->from;

	for (long long i = 0; i < cast->count; i++) {
		at = when_next(when, zone_of(cast), at);
		if (wall_is_never(at))
			break;
		show_instant(show, cast, when, at);
	}
	show_end(show, "never");
}

/* A schedule given as text, in the zone that times are shown in. */
static int
forecast(struct session *s, const char *schedule)
{
	struct forecast cast = { .s = s };
	struct when *when;
	struct fault f;
	int status = 0;

	if (read_options(&cast, &f) != ERR_NONE)
		return session_fail(s, &f);
	s->subject = schedule;
	when = when_parse(schedule, cast.dialect, 0, cast.from);
	if (when_fault(when) != NULL) {
		status = session_fail(s, when_fault(when));
		goto out;
	}
	if (when_zone(when) != NULL) {
		cast.own = tz_open(when_zone(when), &f);
		if (cast.own == NULL) {
			status = session_fail(s, &f);
			goto out;
		}
	}
	if (when_warning(when) != NULL && !s->view.quiet)
		fprintf(stderr, "cronsctl: next: %s\n", when_warning(when));
	if (when_kind(when) == WHEN_REBOOT)
		fprintf(stderr, "at every start of the machine\n");
	else if (when_kind(when) == WHEN_AFTER)
		fprintf(stderr, "after the end of each run\n");
	else
		show_instants(&cast, when);
out:
	tz_free(cast.own);
	when_free(when);
	return status;
}

int
command_next(struct session *s)
{
	const char *dialect = session_option(s, OPTION_DIALECT);
	enum dialect known = DIALECT_EXTENDED;

	if (session_option(s, OPTION_BATCH) != NULL) {
		batch_next(stdin, stdout);
		return 0;
	}
	if (dialect != NULL)
		dialect_find(dialect, &known);
	if (s->args.word_count > 0 && is_schedule(s->args.word[0], known))
		return forecast(s, s->args.word[0]);
	return command_rows(s);
}
