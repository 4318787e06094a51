/*
 * verb: the functions that carry out requests, one a row of share/verbs.h. A
 * verb knows the modules it asks; it does not know connections. Those that
 * change something are called inside the turn and say VERB_COMMIT.
 */
#ifndef CRONSD_VERB_H
#define CRONSD_VERB_H

#include "request.h"

#define X(ident, role, words, keys, rows, help) \
	enum verb_status verb_##ident(struct request *r);
VERBS(X)
#undef X

/* Checks the number of words and calls the function of the request's verb. */
enum verb_status verb_call(struct request *r);

#endif
