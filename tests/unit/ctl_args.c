/* cronsctl/command, args, call: the command line, answers taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cronsctl/args.h"
#include "cronsctl/call.h"
#include "cronsctl/row.h"

#define WORDS_MAX 16

/* Parses a line whose words have blanks between them. */
static enum err
parse(struct args *args, const char *line, struct fault *f)
{
	static char copy[256];
	static char *words[WORDS_MAX + 1];
	int count = 0;

	memset(f, 0, sizeof *f);
	assert_true(strlen(line) < sizeof copy);
	strcpy(copy, line);
	for (char *p = strtok(copy, " "); p != NULL; p = strtok(NULL, " "))
		words[count++] = p;
	words[count] = NULL;
	return args_parse(args, count, words, f);
}

static void
every_option_of_a_command_is_in_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; command_row(i) != NULL; i++) {
		const char *p = command_row(i)->options;

		while (*p != '\0') {
			size_t len = strcspn(p, " ");
			int found = 0;

			for (int o = OPTIONS_COMMON; o < OPTION_COUNT; o++) {
				const char *name
				    = option_row((enum option)o)->name;

				found += strlen(name) == len
				    && strncmp(name, p, len) == 0;
			}
			if (found != 1)
				fail_msg("%s: %s", command_row(i)->word, p);
			p += len;
			p += strspn(p, " ");
		}
	}
}

static void
every_verb_but_hello_and_crontabs_is_a_command(void **state)
{
	(void)state;
	for (int v = 0; v < VERB_COUNT; v++)
		if (v != VERB_hello && v != VERB_tab && v != VERB_install
		    && v != VERB_uninstall)
			assert_non_null(
			    command_find(verb_row((enum verb)v)->word));
}

/* No command takes both, and before the command is known nobody needs to know
 * which of them is meant. */
static void
are_apart(enum option a, enum option b)
{
	const struct command *c;

	for (size_t i = 0; (c = command_row(i)) != NULL; i++)
		assert_false(command_takes(c, a) && command_takes(c, b));
	assert_int_equal(option_row(a)->arg[0] != '\0',
	    option_row(b)->arg[0] != '\0');
}

/* Two options of one command must not have the same letter. */
static void
letters_are_unique(void **state)
{
	(void)state;
	for (int a = 0; a < OPTION_COUNT; a++)
		for (int b = a + 1; b < OPTION_COUNT; b++)
			if (option_row((enum option)a)->letter != 0
			    && option_row((enum option)a)->letter
				== option_row((enum option)b)->letter)
				are_apart((enum option)a, (enum option)b);
}

static void
options_may_stand_anywhere_and_be_joined(void **state)
{
	struct args args;
	struct fault f;

	(void)state;
	assert_int_equal(
	    parse(&args, "cronsctl -q -n 5 runs --json feed", &f), ERR_NONE);
	assert_string_equal(args.command->word, "runs");
	assert_string_equal(args.option[OPTION_NUMBER], "5");
	assert_non_null(args.option[OPTION_QUIET]);
	assert_non_null(args.option[OPTION_JSON]);
	assert_int_equal(args.word_count, 1);
	assert_string_equal(args.word[0], "feed");
	args_fini(&args);
	assert_int_equal(
	    parse(&args, "cronsctl logs feed -ftn20 --user=ann", &f),
	    ERR_NONE);
	assert_non_null(args.option[OPTION_FOLLOW]);
	assert_non_null(args.option[OPTION_TIMESTAMPS]);
	assert_string_equal(args.option[OPTION_NUMBER], "20");
	assert_string_equal(args.option[OPTION_USER], "ann");
	args_fini(&args);
	assert_int_equal(parse(&args, "cronsctl", &f), ERR_NONE);
	assert_string_equal(args.command->word, "status");
	args_fini(&args);
}

static void
fields_are_options_of_add(void **state)
{
	struct args args;
	struct fault f;

	(void)state;
	assert_int_equal(parse(&args,
			     "cronsctl add n @daily --env A=1 --env=B=2"
			     " --merge --start_deadline 5m -- ls -l",
			     &f),
	    ERR_NONE);
	assert_string_equal(args.field[JOB_env], "A=1\nB=2");
	assert_string_equal(args.field[JOB_merge], "yes");
	assert_string_equal(args.field[JOB_start_deadline], "5m");
	assert_int_equal(args.rest_count, 2);
	assert_string_equal(args.rest[1], "-l");
	args_fini(&args);
}

static void
mistakes_are_found_and_the_nearest_word_is_named(void **state)
{
	static const struct {
		const char *line, *hint;
	} wrong[] = {
		{ "cronsctl lsit", "did you mean list?" },
		{ "cronsctl zzz", "see: cronsctl help" },
		{ "cronsctl list --jsn", "did you mean --json?" },
		{ "cronsctl list --wait", "see: cronsctl help list" },
		{ "cronsctl add n @daily --tiemout=5 -- x",
		    "did you mean --timeout?" },
		{ "cronsctl rm", "usage: cronsctl rm JOB" },
		{ "cronsctl rm a b", "usage: cronsctl rm JOB" },
		{ "cronsctl list -- ls", "usage: cronsctl list [JOB...]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct args args;
		struct fault f;
		enum err err = parse(&args, wrong[i].line, &f);

		assert_int_not_equal(err, ERR_NONE);
		assert_int_equal(err_exit(err), 2);
		assert_string_equal(f.hint, wrong[i].hint);
		args_fini(&args);
	}
}

static void
an_answer_is_taken_apart(void **state)
{
	static const char good[] = "@7 201 id=12 rev=1 name=\"a b\"";
	struct call_answer answer = { 0 };

	(void)state;
	call_answer_parse(&answer, good, strlen(good));
	assert_int_equal(answer.code, 201);
	assert_int_equal(answer.fault.err, ERR_NONE);
	assert_string_equal(call_answer_get(&answer, "id"), "12");
	assert_string_equal(call_answer_get(&answer, "name"), "a b");
	assert_string_equal(call_answer_get(&answer, "none"), "");
	call_answer_fini(&answer);
}

static void
a_refusal_is_a_fault_with_its_place(void **state)
{
	static const char bad[] = "422 bad-schedule at=3 field=hour"
				  " hint=\"say \\\"5\\\"\" \"61\" is x=y";
	static const char bare[] = "404 not-found";
	static const char escaped[] = "409 exists a\\tb";
	struct call_answer answer = { 0 };

	(void)state;
	call_answer_parse(&answer, bad, strlen(bad));
	assert_int_equal(answer.code, 422);
	assert_int_equal(answer.fault.err, ERR_BAD_SCHEDULE);
	assert_int_equal(answer.fault.column, 3);
	assert_string_equal(answer.fault.field, "hour");
	assert_string_equal(answer.fault.hint, "say \"5\"");
	assert_string_equal(answer.fault.text, "\"61\" is x=y");
	call_answer_parse(&answer, bare, strlen(bare));
	assert_int_equal(answer.fault.err, ERR_NOT_FOUND);
	assert_string_equal(
	    answer.fault.text, err_sentence(ERR_NOT_FOUND));
	call_answer_parse(&answer, escaped, strlen(escaped));
	assert_string_equal(answer.fault.text, "a\tb");
	call_answer_fini(&answer);
}

static void
nonsense_is_an_error_and_no_more(void **state)
{
	static const char *const lines[]
	    = { "", " ", "@", "@x", "abc", "99 ok", "200 \"", "422",
		      "422 ", "200 a=b a=b", "-5 x", "700 x", "422 x at=" };
	struct call_answer answer = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		call_answer_parse(&answer, lines[i], strlen(lines[i]));
		assert_int_not_equal(answer.fault.err, ERR_NONE);
	}
	call_answer_fini(&answer);
}

static void
a_row_is_read_by_the_names_of_its_header(void **state)
{
	static const char names[] = "id\tjob\tnext_us";
	static const char cells[] = "7\ta\\tb\\x00c\t";
	struct row_header header = { 0 };
	struct row row = { 0 };
	size_t len;

	(void)state;
	row_header_parse(&header, names, strlen(names));
	assert_int_equal(row_parse(&row, &header, cells, strlen(cells)), 0);
	assert_int_equal(row_number(&row, "id", -1), 7);
	assert_int_equal(row_number(&row, "next_us", -1), -1);
	assert_memory_equal(row_text(&row, "job", &len), "a\tb\0c", 6);
	assert_int_equal(len, 5);
	assert_string_equal(row_text(&row, "none", NULL), "");
	/* Too few are empty, too many are a mistake, so is a bad escape. */
	assert_int_equal(row_parse(&row, &header, "7", 1), 0);
	assert_string_equal(row_text(&row, "job", NULL), "");
	assert_int_equal(row_parse(&row, &header, "1\t2\t3\t4", 7), -1);
	assert_int_equal(row_parse(&row, &header, "\\q", 2), -1);
	row_fini(&row);
	row_header_fini(&header);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_of_a_command_is_in_the_table),
		cmocka_unit_test(
		    every_verb_but_hello_and_crontabs_is_a_command),
		cmocka_unit_test(letters_are_unique),
		cmocka_unit_test(options_may_stand_anywhere_and_be_joined),
		cmocka_unit_test(fields_are_options_of_add),
		cmocka_unit_test(
		    mistakes_are_found_and_the_nearest_word_is_named),
		cmocka_unit_test(an_answer_is_taken_apart),
		cmocka_unit_test(a_refusal_is_a_fault_with_its_place),
		cmocka_unit_test(nonsense_is_an_error_and_no_more),
		cmocka_unit_test(a_row_is_read_by_the_names_of_its_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
