/*
 * event: what may be told of a job, one row an event. The words of the field
 * notify, of hooks and of manuals expand from it. It does not know when an
 * event happens or who is told.
 *
 * ident, number in the database, word, what it is: EACH is told every time; BAD
 * begins an alarm, which is told once and again as a reminder until the job is
 * well; ODD is the same, but no failure. The special ones stand before those
 * that hold them: a hook that asks for several hears of the first.
 */
#ifndef SHARE_EVENT_H
#define SHARE_EVENT_H

#include <stdbool.h>
#include <stddef.h>

/* clang-format off */
#define EVENTS(X) \
	X(START,       1, "start",       EACH, "a run of it has started") \
	X(TIMEOUT,     2, "timeout",     BAD,  "a run was ended at its time limit") \
	X(LOST,        3, "lost",        BAD,  "a run's supervisor or the host died") \
	X(MISSED,      4, "missed",      BAD,  "it was due, and nobody was there to start it") \
	X(DID_NOT_RUN, 5, "did-not-run", BAD,  "nothing of it was heard when it should have been") \
	X(FAIL_FINAL,  6, "fail-final",  BAD,  "the last try of a run failed") \
	X(FAIL,        7, "fail",        BAD,  "a try of a run failed, in whatever way") \
	X(LATE,        8, "late",        ODD,  "a run started later than it should have") \
	X(SLOW,        9, "slow",        ODD,  "a run took longer than usual") \
	X(SHORT,      10, "short",       ODD,  "a run took less time than it needs") \
	X(RECOVERED,  11, "recovered",   EACH, "it runs well again after an alarm") \
	X(OK,         12, "ok",          EACH, "a run of it ended well")
/* clang-format on */

/* Not an event that can be asked for: the mail with a run's output. */
#define EVENT_OUTPUT 0

enum event {
#define X(name, number, word, kind, sentence) EVENT_##name = number,
	EVENTS(X)
#undef X
	    EVENT_COUNT
};

enum event_kind { EVENT_EACH, EVENT_BAD, EVENT_ODD };

#define EVENT_BIT(event) (1u << (event))

const char *event_word(int event); /* "output" for EVENT_OUTPUT */
const char *event_sentence(int event);
enum event_kind event_kind(int event);

/* The event with that word of len bytes; -1 if there is none. */
int event_find(const char *word, size_t len);

/*
 * Takes one "event:hook" off a list with commas between, as the field notify
 * has it. An event alone means the hook mail. Returns the rest of the list, or
 * NULL if the item is not valid (or the list is empty).
 */
#define EVENT_HOOK_MAX 256
const char *event_next(
    const char *list, int *event, char hook[EVENT_HOOK_MAX]);

#endif
