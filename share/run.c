/* The tables of run.h as switches; the compiler sees a missing row. */
#include "run.h"

#include <string.h>

const char *
run_state_word(enum run_state state)
{
	static const char *const words[] = {
#define X(name, word) [RUN_##name] = word,
		RUN_STATES(X)
#undef X
	};

	return words[state];
}

const char *
run_result_word(enum run_result result)
{
	static const char *const words[] = {
#define X(name, number, word, sentence) [number] = word,
		RUN_RESULTS(X)
#undef X
	};

	return words[result];
}

const char *
run_result_sentence(enum run_result result)
{
	static const char *const sentences[] = {
#define X(name, number, word, sentence) [number] = sentence,
		RUN_RESULTS(X)
#undef X
	};

	return sentences[result];
}

const char *
run_cause_word(enum run_cause cause)
{
	static const char *const words[] = {
#define X(name, number, word) [number] = word,
		RUN_CAUSES(X)
#undef X
	};

	return words[cause];
}

bool
run_cause_has_job(enum run_cause cause)
{
	return cause != CAUSE_NOTICE && cause != CAUSE_TEST;
}

bool
run_result_is_bad(enum run_result result)
{
	return (result >= RESULT_FAIL && result <= RESULT_NOSTART)
	    || result == RESULT_LOST;
}

bool
run_result_find(const char *word, enum run_result *result)
{
	if (*word == '\0')
		return false;
#define X(name, number, text, sentence)       \
	if (strcmp(word, text) == 0) {        \
		*result = RESULT_##name;      \
		return true;                  \
	}
	RUN_RESULTS(X)
#undef X
	return false;
}

bool
run_may_move(enum run_state from, enum run_state to)
{
#define X(a, b)                                   \
	if (from == RUN_##a && to == RUN_##b)     \
		return true;
	RUN_MOVES(X)
#undef X
	return false;
}
