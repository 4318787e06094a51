/*
 * Own parsing instead of getopt: the long options of add and set are the
 * fields of a job, so they come from share/job.h, and a misspelt one is
 * answered with the nearest of both tables.
 *
 * The verb is looked for first, because it decides which options there are.
 */
#include "args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "share/buf.h"
#include "share/log.h"
#include "share/nearest.h"

/* Where parsing is. */
struct reader {
	struct args *args;
	int argc;
	char *const *argv;
	int at; /* the next word */
	struct fault *f;
};

/* Was it a long option's name? len is the name's length without "=value". */
static int
find_long(const char *name, size_t len)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		const char *known = option_row((enum option)i)->name;

		if (strlen(known) == len && strncmp(known, name, len) == 0)
			return i;
	}
	return -1;
}

/* The option of that letter that the command takes, else any; NULL: no command
 * is known yet. Those with the same letter all take a value, or none does. */
static int
find_letter(char letter, const struct command *command)
{
	int any = -1;

	for (int i = OPTION_COUNT - 1; i >= 0; i--) {
		if (option_row((enum option)i)->letter != letter)
			continue;
		if (command != NULL && command_takes(command, (enum option)i))
			return i;
		any = i;
	}
	return any;
}

/* The nearest option or field that the verb takes, with its dashes. */
static void
hint_nearest(struct reader *r, const char *name)
{
	const struct command *command = r->args->command;
	const char *field = NULL;

	for (int i = 0; i < OPTION_COUNT; i++) {
		const char *known = option_row((enum option)i)->name;

		if (command_takes(command, (enum option)i)
		    && nearest_is_near(name, known)) {
			snprintf(r->f->hint, sizeof r->f->hint,
			    "did you mean --%s?", known);
			return;
		}
	}
	if (command_has_rest(command))
		field = job_field_nearest(name);
	if (field != NULL)
		snprintf(r->f->hint, sizeof r->f->hint,
		    "did you mean --%s?", field);
	else
		snprintf(r->f->hint, sizeof r->f->hint,
		    "see: cronsctl help %s", command->word);
}

static enum err
unknown_option(struct reader *r, const char *name)
{
	fault_set(r->f, ERR_UNKNOWN_KEY, "", "%s has no option %s%s",
	    r->args->command->word, strlen(name) == 1 ? "-" : "--", name);
	hint_nearest(r, name);
	return r->f->err;
}

/* The value of an option: what stands behind it, or the next word. */
static enum err
take_value(
    struct reader *r, const char *name, const char *here, const char **value)
{
	*value = here;
	if (here == NULL && r->at < r->argc)
		*value = r->argv[r->at++];
	if (*value == NULL)
		return fault_set(r->f, ERR_MISSING_KEY, "",
		    "%s: a value is missing", name);
	return ERR_NONE;
}

/* Environment lines add up; every other field may be said once. */
static enum err
put_field(struct args *args, int field, const char *value, struct fault *f)
{
	const struct job_row *row = job_row((enum job_field)field);
	struct buf sum = BUF_EMPTY;

	if (args->field[field] != NULL && row->kind != KIND_ENV)
		return fault_set(f, ERR_BAD_VALUE, row->key,
		    "%s is given twice", row->key);
	if (args->field[field] != NULL)
		buf_printf(&sum, "%s\n", args->field[field]);
	buf_puts(&sum, value);
	free(args->field[field]);
	args->field[field] = buf_take(&sum);
	return ERR_NONE;
}

/* An environment line of one run: they add up like the field's. */
static enum err
add_env(struct args *args, const char **value, struct fault *f)
{
	enum err err = put_field(args, JOB_env, *value, f);

	*value = args->field[JOB_env];
	return err;
}

static enum err
put_option(struct reader *r, enum option option, const char *here)
{
	const struct option_row *row = option_row(option);

	if (!command_takes(r->args->command, option))
		return unknown_option(r, row->name);
	if (row->arg[0] != '\0') {
		const char **value = &r->args->option[option];

		if (take_value(r, row->name, here, value) != ERR_NONE)
			return r->f->err;
		return option == OPTION_ENV ? add_env(r->args, value, r->f)
					    : ERR_NONE;
	}
	if (here != NULL)
		return fault_set(r->f, ERR_BAD_VALUE, "",
		    "--%s takes no value", row->name);
	r->args->option[option] = "yes";
	return ERR_NONE;
}

static enum err
put_long_field(struct reader *r, int field, const char *here)
{
	const struct job_row *row = job_row((enum job_field)field);
	const char *value = here;

	if (here == NULL && row->kind == KIND_BOOL)
		value = "yes";
	else if (take_value(r, row->key, here, &value) != ERR_NONE)
		return r->f->err;
	return put_field(r->args, field, value, r->f);
}

enum err
args_put_pair(struct args *args, const char *pair, struct fault *f)
{
	const char *equals = strchr(pair, '='), *near;
	char key[64];
	int field;

	if (equals == NULL)
		return fault_set(f, ERR_BAD_VALUE, "",
		    "\"%.60s\" is not KEY=VALUE", pair);
	snprintf(key, sizeof key, "%.*s", (int)(equals - pair), pair);
	field = job_field_find(key);
	if (field >= 0)
		return put_field(args, field, equals + 1, f);
	fault_set(f, ERR_UNKNOWN_KEY, "", "a job has no field \"%s\"", key);
	near = job_field_nearest(key);
	if (near != NULL)
		snprintf(f->hint, sizeof f->hint, "did you mean %s?", near);
	else
		strlcpy(f->hint, "see: cronsctl help set", sizeof f->hint);
	return f->err;
}

static enum err
read_long(struct reader *r, const char *word)
{
	size_t len = strcspn(word, "=");
	const char *here = word[len] == '=' ? word + len + 1 : NULL;
	int option = find_long(word, len), field = -1;
	char name[64];

	snprintf(name, sizeof name, "%.*s", (int)len, word);
	if (command_has_rest(r->args->command))
		field = job_field_find(name);
	if (option >= 0 && command_takes(r->args->command, (enum option)option))
		return put_option(r, (enum option)option, here);
	if (field >= 0)
		return put_long_field(r, field, here);
	return unknown_option(r, name);
}

/* "-n5", "-n 5", "-ft": flags may be joined, the last may have a value. */
static enum err
read_short(struct reader *r, const char *word)
{
	enum err err = ERR_NONE;

	while (*word != '\0' && err == ERR_NONE) {
		char name[2] = { *word++, '\0' };
		int option = find_letter(name[0], r->args->command);

		if (option < 0
		    || !command_takes(r->args->command, (enum option)option))
			return unknown_option(r, name);
		if (option_row((enum option)option)->arg[0] != '\0')
			return put_option(r, (enum option)option,
			    *word != '\0' ? word : NULL);
		err = put_option(r, (enum option)option, NULL);
	}
	return err;
}

/* Does the option in this word take the next word for its value? */
static bool
eats_next(const char *word)
{
	int option;

	if (word[1] == '-') {
		option = find_long(word + 2, strlen(word + 2));
		return option >= 0
		    && option_row((enum option)option)->arg[0] != '\0';
	}
	for (word++; *word != '\0'; word++) {
		option = find_letter(*word, NULL);
		if (option >= 0
		    && option_row((enum option)option)->arg[0] != '\0')
			return word[1] == '\0';
	}
	return false;
}

/* The first word that is neither an option nor an option's value. */
static enum err
find_verb(struct reader *r)
{
	struct args *args = r->args;
	int i = 1;

	while (i < r->argc && r->argv[i][0] == '-' && r->argv[i][1] != '\0'
	    && strcmp(r->argv[i], "--") != 0)
		i += 1 + (eats_next(r->argv[i]) ? 1 : 0);
	if (i < r->argc && strcmp(r->argv[i], "--") != 0)
		args->verb_at = i;
	args->command
	    = command_find(args->verb_at > 0 ? r->argv[i] : "status");
	if (args->command != NULL)
		return ERR_NONE;
	fault_set(r->f, ERR_UNKNOWN_VERB, "", "there is no verb \"%.40s\"",
	    r->argv[i]);
	if (command_nearest(r->argv[i]) != NULL)
		snprintf(r->f->hint, sizeof r->f->hint, "did you mean %s?",
		    command_nearest(r->argv[i]));
	else
		strlcpy(r->f->hint, "see: cronsctl help", sizeof r->f->hint);
	return r->f->err;
}

static enum err
check_words(const struct args *args, struct fault *f)
{
	const struct command *command = args->command;
	int least, most, count = (int)args->word_count;

	if (args->option[OPTION_HELP] != NULL
	    || args->option[OPTION_VERSION] != NULL
	    || args->option[OPTION_BATCH] != NULL)
		return ERR_NONE;
	command_word_range(command, &least, &most);
	if (count >= least && (most < 0 || count <= most)
	    && (args->rest_count == 0 || command_has_rest(command)))
		return ERR_NONE;
	fault_set(f, ERR_MISSING_KEY, "", "%s",
	    count < least ? "a word is missing" : "too many words");
	snprintf(f->hint, sizeof f->hint, "usage: cronsctl %s %s",
	    command->word, command->words);
	return f->err;
}

/* One word that is not the verb. */
static enum err
read_word(struct reader *r, const char *word)
{
	if (word[0] == '-' && word[1] == '-')
		return read_long(r, word + 2);
	if (word[0] == '-' && word[1] != '\0')
		return read_short(r, word + 1);
	r->args->word[r->args->word_count++] = word;
	return ERR_NONE;
}

enum err
args_parse(struct args *args, int argc, char *const *argv, struct fault *f)
{
	struct reader r = { args, argc, argv, 1, f };
	enum err err;

	memset(args, 0, sizeof *args);
	args->word = xcalloc((size_t)argc + 1, sizeof *args->word);
	err = find_verb(&r);
	while (err == ERR_NONE && r.at < argc) {
		const char *word = argv[r.at++];

		if (strcmp(word, "--") == 0) {
			args->rest = argv + r.at;
			args->rest_count = (size_t)(argc - r.at);
			break;
		}
		if (r.at - 1 != args->verb_at)
			err = read_word(&r, word);
	}
	return err != ERR_NONE ? err : check_words(args, f);
}

void
args_fini(struct args *args)
{
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		free(args->field[i]);
	free(args->word);
	memset(args, 0, sizeof *args);
}
