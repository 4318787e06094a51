/*
 * outcome: how a run ended, said in one line, and the exit status that it
 * means. It does not know how the end was learned.
 */
#ifndef CRONSCTL_OUTCOME_H
#define CRONSCTL_OUTCOME_H

#include <stdio.h>

struct call_answer;
struct session;

/*
 * Says how the run of the answer ended (run=, result=, exit=, signal=), on
 * that stream; as JSON always on stdout. Returns 0 if it went well, else 1;
 * with --propagate the job's own status, 128 and the signal's number if one
 * ended it.
 */
int outcome_say(const struct session *s, const struct call_answer *answer,
    FILE *to);

#endif
