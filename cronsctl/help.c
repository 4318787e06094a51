/* Every line of it is a row of a table; the prose is in cronsctl(1). */
#include "help.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "json.h"
#include "session.h"
#include "share/buf.h"
#include "share/job.h"

static void
print_option(enum option option)
{
	const struct option_row *row = option_row(option);
	char text[64];

	snprintf(text, sizeof text, "--%s%s%s", row->name,
	    row->arg[0] != '\0' ? " " : "", row->arg);
	if (row->letter != 0)
		printf("  -%c, %-20s %s\n", row->letter, text, row->help);
	else
		printf("      %-20s %s\n", text, row->help);
}

static void
print_options(const struct command *command, int from, int to)
{
	for (int i = from; i < to; i++)
		if (command == NULL || command_takes(command, (enum option)i))
			print_option((enum option)i);
}

static void
print_field(const struct job_row *row)
{
	printf("  --%-16s %s", row->key, row->help);
	if (row->words[0] != '\0')
		printf(" (%s)", row->words);
	if (row->preset[0] != '\0')
		printf(" [%s]", row->preset);
	printf("\n");
}

static void
print_command(const struct command *command)
{
	printf("usage: cronsctl %s [OPTION...] %s\n\n%s.\n", command->word,
	    command->words, command_sentence(command));
	if (command->options[0] != '\0') {
		printf("\noptions:\n");
		print_options(command, OPTIONS_COMMON, OPTION_COUNT);
	}
	if (command_has_rest(command)) {
		printf("\nfields of a job, as --key=value%s:\n",
		    strstr(command->words, "KEY=") != NULL ? " or key=value"
							   : "");
		for (int i = 0; i < JOB_FIELD_COUNT; i++)
			print_field(job_row((enum job_field)i));
	}
	printf("\noptions of every verb:\n");
	print_options(NULL, 0, OPTIONS_COMMON);
}

static void
print_all(void)
{
	printf("usage: cronsctl [VERB] [WORD...] [OPTION...]\n\n");
	for (size_t i = 0; command_row(i) != NULL; i++) {
		const struct command *command = command_row(i);

		printf("  %-8s %s\n", command->word,
		    command_sentence(command));
	}
	printf("\nA job is named by its name, its id, a unique beginning of"
	       " its name, or\nuser/name. `cronsctl help VERB` tells"
	       " more; cronsctl(1) tells all.\n\noptions of every verb:\n");
	print_options(NULL, 0, OPTIONS_COMMON);
}

void
help_print(const struct command *command)
{
	if (command == NULL)
		print_all();
	else
		print_command(command);
}

/* One object a verb, with the usage of the command line. */
static void
print_json(const struct command *command)
{
	struct buf out = BUF_EMPTY;

	json_begin(&out);
	json_put_text(&out, "verb", command->word);
	json_put_text(&out, "words", command->words);
	json_put_text(&out, "options", command->options);
	json_put_text(&out, "help", command_sentence(command));
	json_end(&out);
	fputs(buf_text(&out), stdout);
	buf_fini(&out);
}

int
command_help(struct session *s)
{
	const struct command *command = NULL;
	struct fault f;

	if (s->args.word_count > 0) {
		command = command_find(s->args.word[0]);
		if (command == NULL) {
			fault_set(&f, ERR_UNKNOWN_VERB, "",
			    "there is no verb \"%.40s\"", s->args.word[0]);
			if (command_nearest(s->args.word[0]) != NULL)
				snprintf(f.hint, sizeof f.hint,
				    "did you mean %s?",
				    command_nearest(s->args.word[0]));
			return session_fail(s, &f);
		}
	}
	if (!s->view.json)
		help_print(command);
	else if (command != NULL)
		print_json(command);
	else
		for (size_t i = 0; command_row(i) != NULL; i++)
			print_json(command_row(i));
	return 0;
}
