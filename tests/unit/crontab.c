/* Crontab text as the two dialects read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../share/buf.h"
#include "../../share/crontab.h"

/*
 * Each line as a word or two, so that a whole file is one string to compare:
 * "env NAME=VALUE", "job SCHEDULE|user|command|input", "error COLUMN what".
 */
struct reading {
	struct buf text;
	struct crontab_result result;
};

static void
read_line(void *arg, const struct crontab_line *line)
{
	struct buf *out = arg;

	buf_puts(out, crontab_kind_word(line->kind));
	if (line->kind == CRONTAB_ENV)
		buf_printf(out, " %s=%s", line->name, line->value);
	if (line->kind == CRONTAB_JOB)
		buf_printf(out, " %s|%s|%s|%s", line->schedule,
		    line->user == NULL ? "" : line->user, line->command,
		    line->input == NULL ? "" : line->input);
	if (line->kind == CRONTAB_ERROR)
		buf_printf(out, " %d %.*s", line->error.column,
		    (int)strcspn(line->error.text, ":"), line->error.text);
	for (size_t i = 0; i < line->warning_count; i++)
		buf_puts(out, " !");
	buf_putc(out, '\n');
}

static bool
only_root(void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "root") == 0;
}

static void
read_bytes(struct reading *r, const char *text, size_t len,
    struct crontab_options o)
{
	o.visit = read_line;
	o.has_user = only_root;
	o.arg = &r->text;
	r->text = BUF_EMPTY;
	crontab_parse(text, len, &o, &r->result);
}

static const struct crontab_options tab[] = {
	{ .dialect = DIALECT_DEBIAN },
	{ .dialect = DIALECT_CRONIE },
};

static const struct crontab_options system_tab[] = {
	{ .dialect = DIALECT_DEBIAN, .system = true },
	{ .dialect = DIALECT_CRONIE, .system = true },
};

/* text is read as these lines, with that verdict. */
static void
reads(const struct crontab_options *o, const char *text, const char *lines,
    enum crontab_verdict verdict)
{
	struct reading r;

	read_bytes(&r, text, strlen(text), *o);
	if (strcmp(buf_text(&r.text), lines) != 0)
		fail_msg("%s\nis read in dialect %d as\n%snot as\n%s", text,
		    (int)o->dialect, buf_text(&r.text), lines);
	if (r.result.verdict != verdict)
		fail_msg("%s\nis read in dialect %d with %s", text,
		    (int)o->dialect, crontab_verdict_word(r.result.verdict));
	buf_fini(&r.text);
}

static void
reads_both(const struct crontab_options *o, const char *text,
    const char *lines)
{
	reads(&o[0], text, lines, CRONTAB_ACCEPT);
	reads(&o[1], text, lines, CRONTAB_ACCEPT);
}

/* One error line: the file is dead to one dialect, the line to the other. */
static void
refuses_both(const struct crontab_options *o, const char *text,
    const char *lines)
{
	reads(&o[0], text, lines, CRONTAB_REJECT);
	reads(&o[1], text, lines, CRONTAB_PARTIAL);
}

static void
lines_are_told_apart(void **unused)
{
	(void)unused;
	reads_both(tab, "", "");
	reads_both(tab, "   \t", "blank\n");
	reads_both(tab, "\n  # c\nA = b c \n*/5 * * * *\techo hi\n",
	    "blank\ncomment\nenv A=b c\njob */5 * * * *||echo hi|\n");
	reads_both(system_tab, "@daily root echo hi # no comment\n",
	    "job @daily|root|echo hi # no comment|\n");
	reads_both(tab, "* *\t*  * * a\n#end",
	    "job * * * * *||a|\ncomment\n");
}

static void
a_bad_line_costs_the_file_or_itself(void **unused)
{
	struct crontab_options by_line = tab[0];

	(void)unused;
	refuses_both(tab, "1 * * * * a\n61 * * * * b\n2 * * * * c\n",
	    "job 1 * * * *||a|\nerror 1 bad minute\njob 2 * * * *||c|\n");
	by_line.by_line = true;
	reads(&by_line, "61 * * * * b\n", "error 1 bad minute\n",
	    CRONTAB_PARTIAL);
}

static void
every_error_has_its_place_and_its_word(void **unused)
{
	(void)unused;
	refuses_both(tab, " 60 * * * * a\n", "error 2 bad minute\n");
	refuses_both(tab, "* 24 * * * a\n", "error 3 bad hour\n");
	refuses_both(tab, "*  * 32 * * a\n", "error 6 bad day-of-month\n");
	refuses_both(tab, "* * * 1,13 * a\n", "error 9 bad month\n");
	refuses_both(tab, "* * * * mo a\n", "error 9 bad day-of-week\n");
	refuses_both(tab, "* * * *\n", "error 8 bad day-of-week\n");
	refuses_both(tab, "*\n", "error 2 bad hour\n");
	refuses_both(tab, "@Daily a\n", "error 1 bad time specifier\n");
	refuses_both(tab, "@every 5m a\n", "error 1 bad time specifier\n");
	refuses_both(tab, "* * * * * * a\n", "error 11 bad command\n");
	refuses_both(tab, "5#3 * * * * a\n", "error 2 bad minute\n");
	refuses_both(tab, "* * * * * a",
	    "error 12 missing newline before EOF\n");
	refuses_both(tab, "A=b", "error 4 missing newline before EOF\n");
	refuses_both(tab, "\r\n", "error 1 bad minute\n");
	refuses_both(tab, "\xef\xbb\xbf* * * * * a\n", "error 1 bad minute\n");
}

static void
settings_keep_what_each_cron_keeps(void **unused)
{
	(void)unused;
	reads_both(tab, "'A B' =  \"x  y\" \n", "env A B=x  y\n");
	reads_both(tab, "A=b\"\n", "env A=b\"\n");
	reads_both(tab, "A=b # c\n", "env A=b # c\n");
	reads_both(tab, "A=\"\"\n", "env A=\n");
	reads_both(tab, "=b\n", "env =b !\n");
	reads_both(tab, "A=b * * * * c\n", "env A=b * * * * c\n");
	reads_both(tab, "A=b\r\n", "env A=b\n");
	reads(&tab[0], "A=\"  a  \"\n", "env A=  a\n", CRONTAB_ACCEPT);
	reads(&tab[1], "A=\"  a  \"\n", "env A=  a  \n", CRONTAB_ACCEPT);
	reads(&tab[0], "A=\"'a'\"\n", "env A=a\n", CRONTAB_ACCEPT);
	reads(&tab[1], "A=\"'a'\"\n", "env A='a'\n", CRONTAB_ACCEPT);
	reads(&tab[0], "A=\n", "error 1 bad minute\n", CRONTAB_REJECT);
	reads(&tab[1], "A= \r\n", "env A=\n", CRONTAB_ACCEPT);
}

static void
what_is_no_setting_is_a_bad_entry(void **unused)
{
	static const char *const lines[] = { "A=\"b\n", "A=\"b\" c\n",
		"A=\"b'\n", "A=\"\n", "export A=b\n", "A: b\n", "\"A=\"=b\n" };

	(void)unused;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		refuses_both(tab, lines[i], "error 1 bad minute\n");
}

static void
commands_are_cut_at_the_first_percent(void **unused)
{
	(void)unused;
	reads_both(tab, "@daily a%b%c\n", "job @daily||a|b\nc\n\n");
	reads_both(tab, "@daily a\\%b\n", "job @daily||a%b|\n");
	reads_both(tab, "@daily a%\n", "job @daily||a|\n");
	reads_both(tab, "@daily a%%\n", "job @daily||a|\n\n");
	reads_both(tab, "@daily a%b\\%c\\d\\\\%e\\\n",
	    "job @daily||a|b%c\\d\\%e\\\n\n");
	reads_both(tab, "@daily a%\\\n", "job @daily||a|\\\n");
	reads_both(tab, "@daily a\\b\\\n", "job @daily||a\\b\\|\n");
	reads(&tab[0], "@daily a\\\\b\\\\%c\n", "job @daily||a\\b\\|c\n\n",
	    CRONTAB_ACCEPT);
	reads(&tab[1], "@daily a\\\\b\\\\%c\n",
	    "job @daily||a\\\\b\\\\|c\n\n", CRONTAB_ACCEPT);
	reads_both(tab, "@daily date '+%F'\n", "job @daily||date '+|F'\n !\n");
}

static void
only_debian_takes_an_empty_command(void **unused)
{
	(void)unused;
	reads(&tab[0], "* * * * *\n", "job * * * * *|||\n", CRONTAB_ACCEPT);
	reads(&tab[0], "@daily  \n", "job @daily|||\n", CRONTAB_ACCEPT);
	reads(&tab[1], "* * * * *  \n", "error 12 bad command\n",
	    CRONTAB_PARTIAL);
	reads(&system_tab[0], "@daily root  \n", "job @daily|root| |\n",
	    CRONTAB_ACCEPT);
	reads(&system_tab[0], "@daily root\n", "error 8 bad username\n",
	    CRONTAB_REJECT);
	reads(&system_tab[1], "@daily root  \n", "error 14 bad command\n",
	    CRONTAB_PARTIAL);
}

static void
a_user_stands_in_system_crontabs(void **unused)
{
	struct crontab_options strict = system_tab[0];

	(void)unused;
	reads(&system_tab[0], "@daily root\t b\n", "job @daily|root| b|\n",
	    CRONTAB_ACCEPT);
	reads(&system_tab[1], "@daily root\t b\n", "job @daily|root|b|\n",
	    CRONTAB_ACCEPT);
	reads_both(system_tab, "@daily bob c\n", "job @daily|bob|c| !\n");
	strict.check_users = true;
	reads(&strict, "@daily bob c\n", "error 8 bad username\n",
	    CRONTAB_REJECT);
	reads(&system_tab[0], "@daily $USER c\n", "error 8 bad username\n",
	    CRONTAB_REJECT);
	reads(&system_tab[1], "@daily $USER c\n", "job @daily|$USER|c| !\n",
	    CRONTAB_ACCEPT);
	reads(&system_tab[0], "* * * * * * root c\n",
	    "error 11 bad username\n", CRONTAB_REJECT);
	reads(&system_tab[1], "* * * * * * root c\n",
	    "error 11 bad command\n", CRONTAB_PARTIAL);
}

static void
a_leading_dash_is_cronies(void **unused)
{
	struct crontab_options root = tab[1];

	(void)unused;
	root.privileged = true;
	reads(&root, "-5 * * * * c\n", "job 5 * * * *||c|\n", CRONTAB_ACCEPT);
	reads(&root, "-@daily c\n", "job @daily||c|\n", CRONTAB_ACCEPT);
	reads(&root, "- * * * * c\n", "error 2 bad minute\n", CRONTAB_PARTIAL);
	reads(&root, "-A=b\n", "env -A=b\n", CRONTAB_ACCEPT);
	reads(&system_tab[1], "-* * * * * root c\n",
	    "job * * * * *|root|c|\n", CRONTAB_ACCEPT);
	reads(&tab[1], "-5 * * * * c\n", "error 1 bad option\n",
	    CRONTAB_PARTIAL);
	reads(&system_tab[0], "-5 * * * * root c\n", "error 1 bad minute\n",
	    CRONTAB_REJECT);
}

static void
flags_before_a_command_are_cronies(void **unused)
{
	(void)unused;
	reads(&tab[1], "@daily -n c\n", "job @daily||c|\n", CRONTAB_ACCEPT);
	reads(&tab[1], "@daily -n\n", "error 8 bad option\n", CRONTAB_PARTIAL);
	reads(&tab[1], "@daily -n  \n", "error 12 bad command\n",
	    CRONTAB_PARTIAL);
	reads(&tab[1], "@daily -n -n c\n", "error 11 bad option\n",
	    CRONTAB_PARTIAL);
	reads(&tab[1], "@daily -q c\n", "error 8 bad option\n",
	    CRONTAB_PARTIAL);
	reads(&tab[0], "@daily -n c\n", "job @daily||-n c|\n", CRONTAB_ACCEPT);
}

static void
a_nul_is_refused_wherever_it_is(void **unused)
{
	static const char text[] = "# a\0b\n1 * * * * a\0* * * * * evil\n";
	struct reading r;

	(void)unused;
	for (int i = 0; i < 2; i++) {
		read_bytes(&r, text, sizeof text - 1, tab[i]);
		assert_string_equal(
		    r.text.data, "error 4 bad byte\nerror 12 bad byte\n");
		buf_fini(&r.text);
	}
}

/* count times the text, then tail: is it accepted? */
static enum crontab_verdict
judge_many(const struct crontab_options *o, const char *text, int count,
    const char *tail)
{
	struct buf file = BUF_EMPTY;
	struct crontab_result result;

	for (int i = 0; i < count; i++)
		buf_puts(&file, text);
	buf_puts(&file, tail);
	crontab_parse(buf_text(&file), file.len, o, &result);
	buf_fini(&file);
	return result.verdict;
}

static void
files_have_limits(void **unused)
{
	static const char job[] = "@yearly a\n", set[] = "A=b\n";

	(void)unused;
	assert_int_equal(judge_many(&tab[0], job, 10003, ""), CRONTAB_ACCEPT);
	assert_int_equal(judge_many(&tab[0], job, 10004, ""), CRONTAB_REJECT);
	assert_int_equal(judge_many(&tab[0], "\n", 10002, job), CRONTAB_ACCEPT);
	assert_int_equal(judge_many(&tab[0], "\n", 10003, job), CRONTAB_REJECT);
	assert_int_equal(judge_many(&tab[0], job, 10003, "\n#\n"),
	    CRONTAB_ACCEPT);
	assert_int_equal(judge_many(&tab[1], job, 10000, ""), CRONTAB_ACCEPT);
	assert_int_equal(judge_many(&tab[1], job, 10001, ""), CRONTAB_REJECT);
	assert_int_equal(judge_many(&tab[1], set, 1000, job), CRONTAB_ACCEPT);
	assert_int_equal(judge_many(&tab[1], set, 1001, job), CRONTAB_REJECT);
	assert_int_equal(judge_many(&tab[1], "#\n", 16383, job),
	    CRONTAB_ACCEPT);
	assert_int_equal(judge_many(&tab[1], "#\n", 16384, job),
	    CRONTAB_REJECT);
	assert_int_equal(judge_many(&system_tab[1], "@yearly root a\n", 20000,
	    ""), CRONTAB_ACCEPT);
	assert_int_equal(judge_many(&system_tab[1], "#\n", 20000, ""),
	    CRONTAB_ACCEPT);
}

static void
settings_times_entries_are_bounded(void **unused)
{
	struct buf set = BUF_EMPTY;
	struct buf jobs = BUF_EMPTY;

	(void)unused;
	for (int i = 0; i < 1000; i++)
		buf_printf(&set, "V%d=%0120d\n", i, 0);
	for (int i = 0; i < 9000; i++)
		buf_puts(&jobs, "@daily x\n");
	assert_int_equal(
	    judge_many(&tab[1], set.data, 1, "@daily x\n"), CRONTAB_ACCEPT);
	assert_int_equal(
	    judge_many(&tab[1], set.data, 1, jobs.data), CRONTAB_REJECT);
	buf_fini(&set);
	buf_fini(&jobs);
}

static void
our_own_dialect_takes_more_forms_and_less_noise(void **unused)
{
	static const struct crontab_options ours
	    = { .dialect = DIALECT_EXTENDED };

	(void)unused;
	reads(&ours, "@every 90s a\n@at 2030-01-01T00:00 b\n",
	    "job @every 90s||a|\njob @at 2030-01-01T00:00||b|\n",
	    CRONTAB_ACCEPT);
	reads(&ours, "@daily %a\n", "error 8 bad command\n", CRONTAB_PARTIAL);
	reads(&ours, "@daily a\x1b\nA B=c\n'A B'=c\n@daily b\n",
	    "error 8 bad command\nerror 1 bad minute\nerror 1 bad name\n"
	    "job @daily||b|\n", CRONTAB_PARTIAL);
}

/* An entry whose command, or a setting whose line, has len bytes. */
static char *
long_line(const char *start, size_t len)
{
	struct buf text = BUF_EMPTY;

	buf_puts(&text, start);
	while (text.len < strlen(start) + len)
		buf_putc(&text, 'x');
	buf_putc(&text, '\n');
	return buf_take(&text);
}

static size_t
length_of(const struct crontab_options *o, const char *start, size_t len)
{
	char *text = long_line(start, len);
	struct reading r;
	size_t printed;

	read_bytes(&r, text, strlen(text), *o);
	printed = strcspn(strrchr(r.text.data, 'x') == NULL
		? "" : strchr(r.text.data, 'x'), " |\n");
	if (r.result.jobs == 0 && r.result.errors > 0)
		printed = 0;
	buf_fini(&r.text);
	free(text);
	return printed;
}

static void
long_lines_are_refused_or_cut_as_the_dialect_does(void **unused)
{
	(void)unused;
	assert_int_equal(length_of(&tab[0], "@daily ", 998), 998);
	assert_int_equal(length_of(&tab[0], "@daily ", 999), 0);
	assert_int_equal(length_of(&tab[1], "@daily ", 131071), 131071);
	assert_int_equal(length_of(&tab[1], "@daily ", 140000), 131071);
	assert_int_equal(length_of(&tab[0], "E=", 996), 996);
	assert_int_equal(length_of(&tab[0], "E=", 5000), 996);
	assert_int_equal(length_of(&tab[1], "E=", 140000), 131069);
}

static void
a_bad_option_is_a_warning(void **unused)
{
	(void)unused;
	reads_both(tab, "#crons: timout=5\n", "comment !\n");
	reads_both(tab, "#crons: timeout=never\n", "comment !\n");
	reads_both(tab, "#crons: command=x\n", "comment !\n");
	reads_both(tab, "#crons: name=\"x\n", "comment !\n");
	reads_both(tab, "#crons: loose words\n", "comment !\n");
	reads_both(tab, "# crons: timout=5\n", "comment\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_told_apart),
		cmocka_unit_test(a_bad_line_costs_the_file_or_itself),
		cmocka_unit_test(every_error_has_its_place_and_its_word),
		cmocka_unit_test(settings_keep_what_each_cron_keeps),
		cmocka_unit_test(what_is_no_setting_is_a_bad_entry),
		cmocka_unit_test(commands_are_cut_at_the_first_percent),
		cmocka_unit_test(only_debian_takes_an_empty_command),
		cmocka_unit_test(a_user_stands_in_system_crontabs),
		cmocka_unit_test(a_leading_dash_is_cronies),
		cmocka_unit_test(flags_before_a_command_are_cronies),
		cmocka_unit_test(a_nul_is_refused_wherever_it_is),
		cmocka_unit_test(files_have_limits),
		cmocka_unit_test(
		    long_lines_are_refused_or_cut_as_the_dialect_does),
		cmocka_unit_test(settings_times_entries_are_bounded),
		cmocka_unit_test(
		    our_own_dialect_takes_more_forms_and_less_noise),
		cmocka_unit_test(a_bad_option_is_a_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
