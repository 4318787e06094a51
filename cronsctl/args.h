/*
 * args: the command line taken apart: verb, options, fields of a job, words,
 * and the command behind "--". Options may stand anywhere before "--". It does
 * not know what a verb does with them.
 */
#ifndef CRONSCTL_ARGS_H
#define CRONSCTL_ARGS_H

#include <stddef.h>

#include "command.h"
#include "share/errs.h"
#include "share/job.h"

struct args {
	const struct command *command; /* status if no verb was given */
	int verb_at; /* its place in argv; 0: none was given */
	const char *option[OPTION_COUNT]; /* NULL: not given; a flag: "yes" */
	char *field[JOB_FIELD_COUNT]; /* owned; NULL: not given */
	const char **word; /* owned array of borrowed words */
	size_t word_count;
	char *const *rest; /* behind "--", borrowed */
	size_t rest_count;
};

/*
 * argv as main gets it; it must outlive args. A fault says which word is not
 * understood, and which was probably meant. args_fini is needed either way.
 */
enum err args_parse(struct args *args, int argc, char *const *argv,
    struct fault *f);
void args_fini(struct args *args);

/* "key=value" into the fields, for `set`; and a field from its text. */
enum err args_put_pair(struct args *args, const char *pair, struct fault *f);

#endif
