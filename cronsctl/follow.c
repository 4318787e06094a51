/*
 * States, by what has come when the connection breaks: nothing yet, not even
 * the row that says which run it is: that is an error as ever. The row and N
 * whole frames: the place is behind the Nth, and what came of the next one was
 * not handed over; so no byte is shown twice or left out. The last line: there
 * is nothing to go on with.
 *
 * A daemon that starts answers when it has taken over what ran, so a run that
 * it does not know is one that is gone.
 */
#include "follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bsd/string.h>

#include "row.h"
#include "session.h"
#include "share/buf.h"
#include "share/clock.h"
#include "share/line.h"

#define PATIENCE_US MINUTE_US
#define MOST_IN_VAIN 5 /* connections that broke at once, at one place */
#define PAUSE_NS 100000000

static void
note_row(void *arg, const struct row *row)
{
	struct follow *follow = arg;

	strlcpy(follow->run, row_text(row, "run", NULL), sizeof follow->run);
	follow->place = row_number(row, "place", 0);
}

/* "next=PLACE ..." is what a gap begins with. */
static void
note_frame(void *arg, const struct frame *frame)
{
	struct follow *follow = arg;
	char note[32];

	follow->on_frame(follow->arg, frame);
	follow->place += (int64_t)(frame->head + frame->len + 1);
	if (frame->kind != 'g' || frame->len < 5
	    || memcmp(frame->bytes, "next=", 5) != 0)
		return;
	snprintf(note, sizeof note, "%.*s",
	    (int)(frame->len - 5 < 20 ? frame->len - 5 : 20),
	    frame->bytes + 5);
	follow->place = strtoll(note, NULL, 10);
}

void
follow_put_request(const struct follow *follow, struct buf *request)
{
	char place[24];

	snprintf(place, sizeof place, "%lld", (long long)follow->place);
	buf_puts(request, "logs ");
	line_put_word(request, follow->run);
	line_put_pair(request, "follow", "yes");
	line_put_pair(request, "from", place);
}

static void
say(const struct session *s, const char *what)
{
	if (!s->view.quiet)
		fprintf(stderr, "cronsctl: logs: %s\n", what);
}

/* Waits for the daemon to be back. ERR_NONE, or why it is not. */
static enum err
connect_again(struct session *s, struct fault *f)
{
	struct timespec pause = { 0, PAUSE_NS };
	mono_t until = { mono_now().us + PATIENCE_US };

	say(s, "the daemon hung up; waiting a minute for it to be back");
	call_free(s->call);
	while ((s->call = call_open(f)) == NULL && mono_now().us < until.us)
		nanosleep(&pause, NULL);
	if (s->call == NULL)
		return f->err;
	say(s, "the daemon is back");
	return ERR_NONE;
}

/*
 * Has it broken again at once and without a frame? Then it is no restart:
 * there is something that one of us does not understand.
 */
struct attempts {
	int in_vain;
	int64_t place;
	mono_t at;
};

static bool
is_in_vain(struct attempts *a, const struct follow *follow)
{
	mono_t now = mono_now();

	if (follow->place == a->place && now.us - a->at.us < SECOND_US)
		a->in_vain++;
	else
		a->in_vain = 0;
	return a->in_vain >= MOST_IN_VAIN;
}

static enum err
ask_once(struct session *s, struct follow *follow, const struct buf *request,
    struct call_answer *answer)
{
	struct call_sink sink = { follow, note_row, note_frame };
	struct fault f;

	call_answer_fini(answer);
	if (call_send(s->call, request, NULL, &f) != 0) {
		answer->fault = f;
		return f.err;
	}
	return call_read(s->call, &sink, answer);
}

int
follow_ask(struct session *s, struct follow *follow,
    const struct buf *request, struct call_answer *answer)
{
	struct call_answer own = { 0 };
	struct call_answer *a = answer != NULL ? answer : &own;
	struct attempts attempts = { .place = -1 };
	struct buf again = BUF_EMPTY;
	int status = 0;
	enum err err;

	if (session_call(s, &status) == NULL)
		return status;
	err = ask_once(s, follow, request, a);
	while (err == ERR_UNREACHABLE && follow->run[0] != '\0'
	    && !is_in_vain(&attempts, follow)) {
		err = connect_again(s, &a->fault);
		if (err != ERR_NONE)
			break;
		attempts.place = follow->place;
		attempts.at = mono_now();
		buf_clear(&again);
		follow_put_request(follow, &again);
		err = ask_once(s, follow, &again, a);
	}
	if (err != ERR_NONE)
		status = session_fail(s, &a->fault);
	buf_fini(&again);
	call_answer_fini(&own);
	return status;
}
