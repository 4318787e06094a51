/*
 * help: usage and options, printed from the tables of command.h, verbs.h and
 * job.h. It knows nothing else.
 */
#ifndef CRONSCTL_HELP_H
#define CRONSCTL_HELP_H

struct command;

/* What the verb takes; NULL: which verbs there are. */
void help_print(const struct command *command);

#endif
