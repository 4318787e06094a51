/*
 * The rules of lint: each is met by a text that it is for, and by none of
 * those that are near it and right; fixes are lines that parse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cronsctl/lint.h"
#include "share/buf.h"

/* How a text is read: D Debian's, C cronie's, X extended; s a system crontab,
 * r root's; e an expression, no crontab. */
struct example {
	enum lint_rule rule;
	const char *how, *bad, *good;
	const char *fix; /* of the bad one; NULL: none */
};

#define J " * * * * cmd\n" /* behind a minute */

/* clang-format off */
static const struct example examples[] = {
	{ LINT_BAD_MINUTE, "D", "60" J, "59" J, "0" J },
	{ LINT_BAD_MINUTE, "D", "0-60" J, "0-59" J, "0-59" J },
	{ LINT_BAD_MINUTE, "D", "5,,6" J, "5,6" J, "5,6" J },
	{ LINT_BAD_MINUTE, "D", "5/10" J, "5-59/10" J, "5-59/10" J },
	{ LINT_BAD_MINUTE, "D", "*5" J, "*/5" J, "*/5" J },
	{ LINT_BAD_MINUTE, "D", "1;2" J, "1,2" J, "1,2" J },
	{ LINT_BAD_MINUTE, "D", "1\xe2\x80\x93" "5" J, "1-5" J, "1-5" J },
	{ LINT_BAD_MINUTE, "D", "1\xc2\xa0* * * * cmd\n", "1" J, "1" J },
	{ LINT_BAD_MINUTE, "D", "-5" J, "5" J, "5" J },
	{ LINT_BAD_MINUTE, "D", "MAILTO=\n", "MAILTO=\"\"\n1" J, "MAILTO=\"\"\n" },
	{ LINT_BAD_MINUTE, "D", "export A=b\n", "A=b\n1" J, "A=b\n" },
	{ LINT_BAD_MINUTE, "D", "A=\"b\n", "A=\"b\"\n1" J, "A=\"b\"\n" },
	{ LINT_BAD_HOUR, "D", "0 24 * * * cmd\n", "0 23 * * * cmd\n", "0 0 * * * cmd\n" },
	{ LINT_BAD_HOUR, "D", "0 22-4 * * * cmd\n", "0 22-23,0-4 * * * cmd\n", "0 22-23,0-4 * * * cmd\n" },
	{ LINT_BAD_DAY, "D", "0 0 0 * * cmd\n", "0 0 1 * * cmd\n", "0 0 1 * * cmd\n" },
	{ LINT_BAD_DAY, "C", "0 0 ? * 1 cmd\n", "0 0 * * 1 cmd\n", "0 0 * * 1 cmd\n" },
	{ LINT_BAD_MONTH, "D", "0 0 1 13 * cmd\n", "0 0 1 12 * cmd\n", NULL },
	{ LINT_BAD_MONTH, "D", "0 0 1 january * cmd\n", "0 0 1 jan * cmd\n", "0 0 1 jan * cmd\n" },
	{ LINT_BAD_MONTH, "D", "0 0 1 jna * cmd\n", "0 0 1 jan * cmd\n", "0 0 1 jan * cmd\n" },
	{ LINT_BAD_WEEKDAY, "D", "0 0 * * mondays cmd\n", "0 0 * * mon cmd\n", "0 0 * * mon cmd\n" },
	{ LINT_BAD_HOUR, "D", "0 24 * * 1-fryday cmd\n", "0 0 * * 1-5 cmd\n", "0 0 * * 1-fri cmd\n" },
	{ LINT_BAD_MACRO, "D", "@daly cmd\n", "@daily cmd\n", "@daily cmd\n" },
	{ LINT_BAD_MACRO, "D", "@Daily cmd\n", "@reboot cmd\n", "@daily cmd\n" },
	{ LINT_BAD_MACRO, "D", "@every 10m cmd\n", "*/10" J, "*/10" J },
	{ LINT_BAD_MACRO, "C", "@every 7m cmd\n", "@hourly cmd\n", NULL },
	{ LINT_BAD_USER, "Ds", "1 * * * * /bin/x\n", "1 * * * * root /bin/x\n", "1 * * * * root /bin/x\n" },
	{ LINT_BAD_USER, "Ds", "1 * * * * /bin/x y\n", "1 * * * * root /bin/x y\n", "1 * * * * root /bin/x y\n" },
	{ LINT_BAD_COMMAND, "C", "1 * * * *\n", "1" J, NULL },
	{ LINT_BAD_COMMAND, "D", "0 */5 * * * * cmd\n", "*/5" J, "*/5" J },
	{ LINT_BAD_COMMAND, "D", "* * * * * * cmd\n", "*" J, "* * * * * cmd\n" },
	{ LINT_BAD_OPTION, "C", "1 * * * * -q cmd\n", "1 * * * * -n cmd\n", NULL },
	{ LINT_BAD_OPTION, "C", "-1" J, "1" J, "1" J },
	{ LINT_NO_NEWLINE, "D", "1 * * * * cmd", "1" J, NULL },
	{ LINT_BAD_NAME, "X", "1=2\n", "A=2\n1" J, NULL },
	{ LINT_ERROR, "De", "6 0 * * 8", "6 0 * * 7", NULL },
	{ LINT_ERROR, "De", "0 0 12 * * ?", "0 12 * * *", "0 12 * * *" },
	{ LINT_ERROR, "Xe", "60 * * * *", "0 * * * *", "0 * * * *" },
	{ LINT_ERROR, "Xe", "@hurly", "@hourly", "@hourly" },
	{ LINT_UNKNOWN_ZONE, "C", "CRON_TZ=Mars/Phobos\n1" J, "CRON_TZ=UTC\n1" J, NULL },
	{ LINT_BAD_DELAY, "C", "RANDOM_DELAY=1d\n1" J, "RANDOM_DELAY=30\n1" J, NULL },
	{ LINT_NAMELESS, "D", "=b\n1" J, "a=b\n1" J, NULL },
	{ LINT_NO_USER, "Ds", "1 * * * * ghost cmd\n", "1 * * * * root cmd\n", NULL },
	{ LINT_PERCENT, "D", "1 * * * * date +%H\n", "1 * * * * date +\\%H\n", "1 * * * * date +\\%H\n" },
	{ LINT_CRLF, "D", "1 * * * * cmd\r\n", "1" J, NULL },
	{ LINT_NEVER, "D", "0 0 31 2 * cmd\n", "0 0 29 1 * cmd\n", NULL },
	{ LINT_NEVER, "Xe", "0 0 30 2 *", "0 0 L 2 *", NULL },
	{ LINT_STEP_LARGE, "D", "*/90" J, "*/30" J, NULL },
	{ LINT_OPTION, "D", "#crons: tiemout=5m\n1" J, "#crons: timeout=5m\n1" J, NULL },
	{ LINT_OPTION, "D", "#crons: name=x\n1" J "#crons: name=x\n2" J, "#crons: name=x\n1" J, NULL },
	{ LINT_STEP_UNEVEN, "D", "*/7" J, "*/6" J, NULL },
	{ LINT_STEP_UNEVEN, "D", "0 */5 * * * cmd\n", "0 */4 * * * cmd\n", NULL },
	{ LINT_STEP_UNEVEN, "Xe", "0 0 */2 * *", "0 0 2-30/2 * *", NULL },
	{ LINT_DAY_OR, "D", "0 0 13 * 5 cmd\n", "0 0 13 * * cmd\n", NULL },
	{ LINT_DAY_AND, "D", "0 0 */2 * 1 cmd\n", "0 0 * * 1 cmd\n", NULL },
	{ LINT_DAY_ALL, "D", "0 0 1-31 * 1 cmd\n", "0 0 1-31 * * cmd\n", "0 0 * * 1 cmd\n" },
	{ LINT_MINUTE_STAR, "D", "* 2 * * * cmd\n", "* 2-4 * * * cmd\n", "0 2 * * * cmd\n" },
	{ LINT_MINUTE_STAR, "Xe", "* 2 * * *", "0 * 2 * * *", "0 2 * * *" },
	{ LINT_SHORT_MONTH, "D", "0 0 31 * * cmd\n", "0 0 31 1,3 * cmd\n", NULL },
	{ LINT_SHORT_MONTH, "D", "0 0 29 2 * cmd\n", "0 0 28,31 * * cmd\n", NULL },
	{ LINT_SUNDAY, "D", "0 0 * * fri-sun cmd\n", "0 0 * * fri-7 cmd\n", "0 0 * * fri-7 cmd\n" },
	{ LINT_SUNDAY, "C", "0 0 * * 5-0 cmd\n", "0 0 * * sun-tue cmd\n", "0 0 * * 5-7 cmd\n" },
	{ LINT_SIXTH_FIELD, "D", "0 0 12 * * ? cmd\n", "0 12 * * * cmd\n", "0 12 * * * cmd\n" },
	{ LINT_SIXTH_FIELD, "D", "0 0 12 * * 1-5 cmd\n", "0 12 * * * 7z x\n", "0 12 * * 1-5 cmd\n" },
	{ LINT_USER_WORD, "D", "1 * * * * root /bin/x\n", "1 * * * * rooted /bin/x\n", "1 * * * * /bin/x\n" },
	{ LINT_USER_WORD, "D", "1 * * * * root x\n", "1 * * * * nobody x\n", "1 * * * * x\n" },
	{ LINT_NO_COMMAND, "D", "1 * * * *\n", "1" J, NULL },
	{ LINT_BACKSLASH, "D", "1 * * * * cmd \\\n", "1 * * * * cmd a\\ b\n", NULL },
	{ LINT_BASHISM, "D", "1 * * * * cmd &> x\n", "SHELL=/bin/bash\n1 * * * * cmd &> x\n", NULL },
	{ LINT_BASHISM, "D", "1 * * * * [[ a ]]\n", "1 * * * * echo '[[ a ]]'\n", NULL },
	{ LINT_REDIRECT, "D", "1 * * * * cmd 2>&1 >x\n", "1 * * * * cmd >x 2>&1\n", NULL },
	{ LINT_HIDDEN, "D", "1 * * * * cmd \033[2J\n", "1 * * * * caf\xc3\xa9\n", NULL },
	{ LINT_HIDDEN, "D", "# \xe2\x80\xae\n1" J, "# tab\t\n1" J, NULL },
	{ LINT_QUOTES, "D", "1 * * * * echo \xe2\x80\x9chi\xe2\x80\x9d\n", "1 * * * * echo \xc3\xa4\n", NULL },
	{ LINT_DUPLICATE, "D", "1" J "2" J "1" J, "1" J "2" J, NULL },
	{ LINT_UNEXPANDED, "D", "A=$HOME/x\n1" J, "A=^x$\n1" J, NULL },
	{ LINT_UNEXPANDED, "D", "A=~/x\n1" J, "A=x~\n1" J, NULL },
	{ LINT_PATH, "D", "PATH=/opt/bin:$PATH\n1" J, "PATH=/usr/bin\n1" J, "PATH=\"/opt/bin:/usr/bin:/bin\"\n" },
	{ LINT_PATH, "D", "PATH=bin:/usr/bin\n1" J, "PATH=/x:/bin/\n1" J, NULL },
	{ LINT_SHELL, "D", "SHELL=bash\n1" J, "SHELL=/bin/bash\n1" J, "SHELL=\"/bin/bash\"\n" },
	{ LINT_HOME, "D", "HOME=tmp\n1" J, "HOME=/tmp\n1" J, NULL },
	{ LINT_MAILTO, "D", "MAILTO=a@x, b@x\n1" J, "MAILTO=a@x,b@x\n1" J, "MAILTO=\"a@x,b@x\"\n" },
	{ LINT_MAILTO, "D", "MAILTO=-oQ/tmp\n1" J, "MAILTO=\"\"\n1" J, NULL },
	{ LINT_ZONE, "D", "CRON_TZ=UTC\n1" J, "A_TZ=UTC\n1" J, NULL },
	{ LINT_ZONE, "C", "TZ=UTC\n1" J, "CRON_TZ=UTC\n1" J, NULL },
	{ LINT_VALUE_TAIL, "D", "A=1 # c\n1" J, "A=\"1 # c\"\n1" J, NULL },
	{ LINT_VALUE_TAIL, "D", "A=1 B=2\n1" J, "A=1 2\n1" J, NULL },
	{ LINT_VALUE_TAIL, "D", "A=1 * * * * cmd\n1" J, "A=a * b\n1" J, NULL },
	{ LINT_UNUSED, "D", "1" J "A=1\n", "A=1\n1" J, NULL },
	{ LINT_DIALECTS, "C", "MAILTO=\n1" J, "MAILTO=\"\"\n1" J, NULL },
	{ LINT_DIALECTS, "C", "0~9" J, "9" J, NULL },
	{ LINT_DIALECTS, "Cr", "-1" J, "1" J, NULL },
	{ LINT_DIALECTS, "C", "1 * * * * echo a\\\\b\n", "1 * * * * echo a\\b\n", NULL },
	{ LINT_DIALECTS, "D", "A=\"b \"\n1" J, "A=\" b\"\n1" J, NULL },
	{ LINT_DIALECTS, "D", "1 * * * * -n cmd\n", "1 * * * * cmd -n\n", NULL },
	{ LINT_DIALECTS, "D", "1 * * * *\n", "1" J, NULL },
	{ LINT_DIALECTS, "C", "CRON_TZ=UTC\n1" J, "TZ=UTC\n1" J, NULL },
	{ LINT_DIALECTS, "Ce", "0~9 * * * *", "9 * * * *", NULL },
};
/* clang-format on */

#define EXAMPLES (sizeof examples / sizeof examples[0])

static bool
only_root(void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "root") == 0;
}

static void
lint_bytes_of(const char *text, size_t len, const char *how,
    struct lint_list *list)
{
	struct crontab_options options = {
		.dialect = how[0] == 'D' ? DIALECT_DEBIAN
		    : how[0] == 'C'	 ? DIALECT_CRONIE
					 : DIALECT_EXTENDED,
		.system = strchr(how, 's') != NULL,
		.privileged = strchr(how, 'r') != NULL,
		.has_user = only_root,
	};
	struct crontab_result result;
	struct buf bytes = BUF_EMPTY;

	memset(list, 0, sizeof *list);
	if (strchr(how, 'e') != NULL)
		lint_expression(text, options.dialect, list);
	else {
		buf_put(&bytes, text, len);
		lint_crontab(&bytes, &options, list, &result);
		buf_fini(&bytes);
	}
}

static void
lint_of(const char *text, const char *how, struct lint_list *list)
{
	lint_bytes_of(text, strlen(text), how, list);
}

static const struct lint_finding *
find(const struct lint_list *list, enum lint_rule rule)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->found[i].rule == rule)
			return &list->found[i];
	return NULL;
}

static void
print_list(const char *text, const struct lint_list *list)
{
	print_message("# %s", text);
	for (size_t i = 0; i < list->count; i++)
		print_message("#   %d:%d %s: %s | %s\n", list->found[i].line,
		    list->found[i].column, lint_rule_word(list->found[i].rule),
		    list->found[i].text,
		    list->found[i].fix == NULL ? "" : list->found[i].fix);
}

static void
each_rule_is_met_by_its_examples_only(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < EXAMPLES; i++) {
		const struct example *e = &examples[i];
		struct lint_list bad, good;

		lint_of(e->bad, e->how, &bad);
		lint_of(e->good, e->how, &good);
		if (find(&bad, e->rule) == NULL) {
			wrong++;
			print_message("# example %zu is not found\n", i);
			print_list(e->bad, &bad);
		}
		if (find(&good, e->rule) != NULL) {
			wrong++;
			print_message("# example %zu is found\n", i);
			print_list(e->good, &good);
		}
		lint_list_fini(&bad);
		lint_list_fini(&good);
	}
	assert_int_equal(wrong, 0);
}

/* Those that cannot be told in a line are tested below. */
static void
no_rule_lacks_an_example(void **state)
{
	bool seen[LINT_RULE_COUNT] = {
		[LINT_TOO_LONG] = true,
		[LINT_BAD_BYTE] = true,
		[LINT_LIMIT] = true,
		[LINT_CUT] = true,
		[LINT_NOT_READ] = true, /* tests/cases/ctl-lint.sh */
		[LINT_OTHER] = true, /* nothing may come to it, see below */
	};

	(void)state;
	for (size_t i = 0; i < EXAMPLES; i++)
		seen[examples[i].rule] = true;
	for (int i = 0; i < LINT_RULE_COUNT; i++)
		if (!seen[i])
			fail_msg("no example of %s",
			    lint_rule_word((enum lint_rule)i));
}

static void
no_example_comes_to_the_rule_for_the_rest(void **state)
{
	(void)state;
	for (size_t i = 0; i < EXAMPLES; i++) {
		struct lint_list list;

		lint_of(examples[i].bad, examples[i].how, &list);
		if (find(&list, LINT_OTHER) != NULL)
			print_list(examples[i].bad, &list);
		assert_null(find(&list, LINT_OTHER));
		lint_list_fini(&list);
	}
}

static void
fixes_are_what_was_meant_and_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < EXAMPLES; i++) {
		const struct example *e = &examples[i];
		struct buf fixed = BUF_EMPTY;
		const struct lint_finding *found;
		struct lint_list list, again;

		lint_of(e->bad, e->how, &list);
		found = find(&list, e->rule);
		assert_non_null(found);
		if ((found->fix == NULL) != (e->fix == NULL))
			fail_msg("example %zu: fix %s", i,
			    found->fix == NULL ? "none" : found->fix);
		if (e->fix != NULL) {
			buf_printf(&fixed, "%s%s", found->fix,
			    strchr(e->how, 'e') != NULL ? "" : "\n");
			assert_string_equal(buf_text(&fixed), e->fix);
			lint_of(e->fix, e->how, &again);
			assert_int_equal(
			    lint_list_count(&again, LINT_IS_ERROR), 0);
			assert_null(find(&again, e->rule));
			lint_list_fini(&again);
		}
		buf_fini(&fixed);
		lint_list_fini(&list);
	}
}

/* A line with so many bytes of command. */
static void
put_long(struct buf *text, size_t len)
{
	buf_puts(text, "1 * * * * ");
	for (size_t i = 0; i < len; i++)
		buf_putc(text, 'x');
	buf_putc(text, '\n');
}

static void
limits_of_the_dialects_are_told(void **state)
{
	struct buf text = BUF_EMPTY;
	struct lint_list list;

	(void)state;
	put_long(&text, 999);
	lint_of(text.data, "D", &list);
	assert_non_null(find(&list, LINT_TOO_LONG));
	lint_list_fini(&list);
	lint_of(text.data, "C", &list);
	assert_null(find(&list, LINT_TOO_LONG));
	assert_non_null(find(&list, LINT_DIALECTS));
	lint_list_fini(&list);
	buf_clear(&text);
	put_long(&text, 131072);
	lint_of(text.data, "C", &list);
	assert_non_null(find(&list, LINT_CUT));
	lint_list_fini(&list);
	buf_clear(&text);
	put_long(&text, 998);
	lint_of(text.data, "D", &list);
	assert_int_equal(list.count, 0);
	lint_list_fini(&list);
	buf_clear(&text);
	for (int i = 0; i < 10004; i++)
		buf_printf(&text, "1 * * * * cmd %d\n", i);
	lint_of(text.data, "D", &list);
	assert_non_null(find(&list, LINT_LIMIT));
	lint_list_fini(&list);
	buf_fini(&text);
}

static void
a_nul_is_told_and_not_mended(void **state)
{
	static const char text[] = "1 * * * * a\0b\n2 * * * * c\n";
	struct lint_list list;

	(void)state;
	lint_bytes_of(text, sizeof text - 1, "D", &list);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.found[0].rule, LINT_BAD_BYTE);
	assert_int_equal(list.found[0].column, 12);
	assert_null(list.found[0].fix);
	lint_list_fini(&list);
}

static void
columns_are_those_of_the_line(void **state)
{
	struct lint_list list;

	(void)state;
	lint_of("  */7\t* 13   * fri   cmd\n", "C", &list);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.found[0].rule, LINT_STEP_UNEVEN);
	assert_int_equal(list.found[0].column, 3);
	assert_int_equal(list.found[1].rule, LINT_DAY_OR);
	assert_int_equal(list.found[1].column, 9);
	lint_list_fini(&list);
	lint_of("-*/7 * * * * cmd\n", "Cr", &list);
	assert_int_equal(list.found[0].column, 1);
	assert_int_equal(list.found[1].rule, LINT_STEP_UNEVEN);
	assert_int_equal(list.found[1].column, 2);
	lint_list_fini(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_is_met_by_its_examples_only),
		cmocka_unit_test(no_rule_lacks_an_example),
		cmocka_unit_test(no_example_comes_to_the_rule_for_the_rest),
		cmocka_unit_test(fixes_are_what_was_meant_and_parse),
		cmocka_unit_test(limits_of_the_dialects_are_told),
		cmocka_unit_test(a_nul_is_told_and_not_mended),
		cmocka_unit_test(columns_are_those_of_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
