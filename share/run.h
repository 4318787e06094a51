/*
 * run: what can become of a run: its states, the moves between them, and the
 * results a slot can have. Tables only; it does not know rows, files or
 * processes. The wire, the database and cronsctl all use these words.
 */
#ifndef SHARE_RUN_H
#define SHARE_RUN_H

#include <stdbool.h>

/* clang-format off */
#define RUN_STATES(X) \
	X(CLAIMED, "claimed") /* its row is durable, nothing was sent */ \
	X(SENT,    "starting") /* the zygote has its spec, no news yet */ \
	X(RUNNING, "running") /* its file is published, its lock is held */ \
	X(ENDED,   "draining") /* result recorded, children hold its output */ \
	X(DONE,    "done")    /* result recorded, nothing is open */

/*
 * from, to, why. Every other move is a bug and is fatal. CLAIMED -> DONE is a
 * refusal at the instant or a release; SENT -> CLAIMED a launch that a
 * tombstone took back; SENT -> DONE a job that could not be started.
 */
#define RUN_MOVES(X) \
	X(CLAIMED, SENT) \
	X(CLAIMED, DONE) \
	X(CLAIMED, RUNNING) /* adopted at start: the file was there */ \
	X(CLAIMED, ENDED)   /* the same, and its result was written */ \
	X(SENT, CLAIMED) \
	X(SENT, RUNNING) \
	X(SENT, ENDED) \
	X(SENT, DONE) \
	X(RUNNING, ENDED) \
	X(RUNNING, DONE) \
	X(ENDED, DONE)

/* A result is one outcome of a slot; the number is what the database holds. */
#define RUN_RESULTS(X) \
	X(NONE,    0, "",        "not over yet") \
	X(OK,      1, "ok",      "it ran and exited with 0") \
	X(FAIL,    2, "fail",    "it ran and exited with another status") \
	X(SIGNAL,  3, "signal",  "a signal that we did not send ended it") \
	X(TIMEOUT, 4, "timeout", "it was ended at its time limit") \
	X(KILLED,  5, "killed",  "somebody asked us to end it") \
	X(NOSTART, 6, "nostart", "it could not be started") \
	X(SKIPPED, 7, "skipped", "it was due, and policy said no") \
	X(MISSED,  8, "missed",  "nobody was there when it was due") \
	X(LOST,    9, "lost",    "its supervisor or the host died")

/* Why there is a run at all. */
#define RUN_CAUSES(X) \
	X(SLOT,   0, "slot")   /* its schedule */ \
	X(MANUAL, 1, "manual") /* cronsctl run */ \
	X(REBOOT, 2, "reboot") /* @reboot, once a boot */ \
	X(AFTER,  3, "after")  /* @after: a delay after the last end */ \
	X(CATCHUP, 4, "catchup") /* its schedule, long ago: a pause is over */ \
	X(REPLAY, 5, "replay") /* cronsctl replay */ \
	X(UPSTREAM, 6, "upstream") /* the jobs that it runs after ended */ \
	X(NOTICE, 7, "notice") /* it tells somebody of another run; has no job */ \
	X(PING,   8, "ping")   /* cronsctl ping: it was reported from outside */ \
	X(TEST,   9, "test")   /* cronsctl test: nothing follows; has no job */
/* clang-format on */

enum run_state {
#define X(name, word) RUN_##name,
	RUN_STATES(X)
#undef X
	    RUN_STATE_COUNT
};

enum run_result {
#define X(name, number, word, sentence) RESULT_##name = number,
	RUN_RESULTS(X)
#undef X
};

enum run_cause {
#define X(name, number, word) CAUSE_##name = number,
	RUN_CAUSES(X)
#undef X
};

const char *run_state_word(enum run_state state);
const char *run_result_word(enum run_result result);
const char *run_result_sentence(enum run_result result);
const char *run_cause_word(enum run_cause cause);

/* Is a run with that cause one of a job's? The others are not history. */
bool run_cause_has_job(enum run_cause cause);

/* Did it go wrong? Not over, skipped and missed are no failures. */
bool run_result_is_bad(enum run_result result);

/* The result with that word; false if there is none ("" is none too). */
bool run_result_find(const char *word, enum run_result *result);

bool run_may_move(enum run_state from, enum run_state to);

#endif
