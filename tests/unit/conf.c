/* The settings of cronsd.conf: what is read, what is refused, what is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cronsd/conf.h"
#include "share/buf.h"
#include "share/clock.h"

static void
reads(const char *text, struct conf *conf)
{
	struct fault f;

	if (conf_parse(text, strlen(text), conf, &f) != ERR_NONE)
		fail_msg("line %d: %s: %s", f.line, f.field, f.text);
}

/* The complaint about a text, as a person sees it. */
static void
complains(const char *text, const char *expected)
{
	struct conf conf;
	struct fault f;
	struct buf said = BUF_EMPTY;

	assert_int_not_equal(
	    conf_parse(text, strlen(text), &conf, &f), ERR_NONE);
	conf_print_fault("c", &f, &said);
	assert_string_equal(buf_text(&said), expected);
	buf_fini(&said);
}

static void
no_text_means_the_defaults(void **unused)
{
	struct conf conf, presets;

	(void)unused;
	reads("", &conf);
	conf_init(&presets);
	for (int i = 0; i < SETTING_COUNT; i++)
		assert_false(conf_differs(&conf, &presets, (enum setting)i));
	assert_int_equal(conf.max_running, 1000);
	assert_int_equal(conf.claim_ahead, 100000);
	assert_int_equal(conf.keep_bytes, 1 << 30);
	assert_string_equal(conf.socket, "");
	conf_fini(&presets);
	conf_fini(&conf);
}

static void
each_kind_of_value_is_read(void **unused)
{
	struct conf conf;

	(void)unused;
	reads("# a comment\n"
	      "[daemon]\n"
	      "socket = /tmp/a socket\n"
	      "zone=Europe/Berlin\n"
	      "log-level: debug\r\n"
	      "\n"
	      "[limits]\n"
	      "; another\n"
	      "max-running = 7 ; inih takes this for a comment\n"
	      "   jobs-per-uid = 9\n"
	      "[runs]\n"
	      "claim-ahead = 0.25s\n"
	      "direct = no\n"
	      "[keep]\n"
	      "keep-bytes = 64M",
	    &conf);
	assert_string_equal(conf.socket, "/tmp/a socket");
	assert_string_equal(conf.zone, "Europe/Berlin");
	assert_int_equal(conf.log_level, 1);
	assert_int_equal(conf.max_running, 7);
	assert_int_equal(conf.jobs_per_uid, 9);
	assert_int_equal(conf.claim_ahead, SECOND_US / 4);
	assert_int_equal(conf.keep_bytes, 64 << 20);
	assert_int_equal(conf.direct, 0);
	conf_fini(&conf);
}

static void
mistakes_are_told_with_line_and_remedy(void **unused)
{
	(void)unused;
	complains("[limits]\n\nmax-runing = 5\n",
	    "c:3: max-runing: there is no such setting; "
	    "did you mean max-running?");
	complains("[limits]\nzebra = 5\n",
	    "c:2: zebra: there is no such setting; see cronsd.conf(5)");
	complains("[limts]\nmax-running = 5\n",
	    "c:2: max-running: there is no section [limts]; "
	    "did you mean limits?");
	complains("[daemon]\nmax-running = 5\n",
	    "c:2: max-running: it is not in its section; "
	    "put it below [limits]");
	complains("max-running = 5\n",
	    "c:1: max-running: it is not in its section; "
	    "put it below [limits]");
	complains("[limits]\nmax-running = 5\nmax-running = 6\n",
	    "c:3: max-running: it was set in line 2; remove one of them");
	complains("[limits]\nmax-running\n",
	    "c:2: the line is no setting; write [section] or key = value");
	complains("[limits\n",
	    "c:1: the line is no setting; write [section] or key = value");
}

static void
bad_values_are_told_with_what_is_allowed(void **unused)
{
	(void)unused;
	complains("[limits]\nmax-running = many\n",
	    "c:2: max-running: \"many\" is not a whole number");
	complains("[limits]\nmax-running = 0\n",
	    "c:2: max-running: 0 is not in 1 .. 1000000");
	complains("[limits]\nmax-running = 5 # five\n",
	    "c:2: max-running: \"5 # five\" is not a whole number; "
	    "put a comment on a line of its own");
	complains("[runs]\nclaim-ahead = 2s\n",
	    "c:2: claim-ahead: 2s is not in 0s .. 1s");
	complains("[runs]\nclaim-ahead = soon\n",
	    "c:2: claim-ahead: \"soon\" is not a duration like 100ms, "
	    "90s or 1h30m");
	complains("[keep]\nkeep-bytes = 1X\n",
	    "c:2: keep-bytes: \"1X\" is not a size like 64k, 1M or 2G");
	complains("[runs]\ndirect = maybe\n",
	    "c:2: direct: \"maybe\" is not one of the words it may be; "
	    "say one of: no yes");
	complains("[daemon]\nsocket = here\n",
	    "c:2: socket: \"here\" is not an absolute path");
}

static void
the_first_mistake_is_the_one_told(void **unused)
{
	(void)unused;
	complains("[limits]\nnonsense\nmax-running = 0\n",
	    "c:2: the line is no setting; write [section] or key = value");
	complains("[limits]\nmax-running = 0\nnonsense\n",
	    "c:2: max-running: 0 is not in 1 .. 1000000");
}

/* inih would cut such a line and take the rest for one of its own. */
static void
a_line_inih_would_cut_is_refused(void **unused)
{
	char text[512] = "[daemon]\nview-group = ";
	size_t head = strlen("[daemon]\n");
	struct conf conf;

	(void)unused;
	while (strlen(text) < head + 198)
		strcat(text, "x");
	reads(text, &conf);
	assert_int_equal(
	    strlen(conf.view_group), 198 - strlen("view-group = "));
	conf_fini(&conf);
	strcat(text, "x\n[limits]\nzebra=1\n");
	complains(text,
	    "c:2: the line is too long; make it shorter than 199 bytes");
	text[head] = '#';
	complains(text,
	    "c:2: the line is too long; make it shorter than 199 bytes");
}

static void
a_cgroup_is_a_word_or_an_absolute_path(void **unused)
{
	static const char *const good[] = { "auto", "no", "/sys/fs/cgroup/x" };
	struct conf conf;
	char text[64];

	(void)unused;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		snprintf(text, sizeof text, "[runs]\ncgroup = %s\n", good[i]);
		reads(text, &conf);
		assert_string_equal(conf.cgroup, good[i]);
		conf_fini(&conf);
	}
	complains("[runs]\ncgroup = here\n",
	    "c:2: cgroup: \"here\" is not an absolute path; or say: auto no");
}

static void
a_zone_that_is_not_there_is_told(void **unused)
{
	(void)unused;
	complains("[daemon]\nzone = Mars/Base\n",
	    "c:2: zone: the time zone \"Mars/Base\": there is none of that "
	    "name; say one like Europe/Berlin, or none");
	complains("[daemon]\nzone = ../../etc/passwd\n",
	    "c:2: zone: the time zone \"../../etc/passwd\": that is no name "
	    "of a zone; say one like Europe/Berlin, or none");
}

static void
an_indented_line_does_not_continue_the_one_above(void **unused)
{
	(void)unused;
	complains("[daemon]\nzone = UTC\n  max-running = 3\n",
	    "c:3: max-running: it is not in its section; "
	    "put it below [limits]");
}

static void
a_nul_byte_is_refused(void **unused)
{
	static const char text[] = "[daemon]\nzone = U\0TC\n";
	struct conf conf;
	struct fault f;

	(void)unused;
	assert_int_not_equal(
	    conf_parse(text, sizeof text - 1, &conf, &f), ERR_NONE);
	assert_int_equal(f.line, 2);
}

static void
what_is_printed_reads_the_same(void **unused)
{
	struct conf first, second;
	struct buf text = BUF_EMPTY, again = BUF_EMPTY;

	(void)unused;
	reads("[daemon]\nsocket=/s\ndialect=cronie\n[runs]\nclaim-ahead=0\n"
	      "direct=no\n[keep]\nkeep-bytes=3M\n",
	    &first);
	conf_print_all(&first, &text);
	reads(text.data, &second);
	for (int i = 0; i < SETTING_COUNT; i++)
		assert_false(conf_differs(&first, &second, (enum setting)i));
	conf_print_all(&second, &again);
	assert_string_equal(text.data, again.data);
	conf_fini(&first);
	conf_fini(&second);
	buf_fini(&text);
	buf_fini(&again);
}

/* A value may not be lost on its way through text, in any row of the table. */
static void
every_default_is_printed_as_it_is_read(void **unused)
{
	struct conf conf, other;
	struct fault f;

	(void)unused;
	conf_init(&conf);
	for (int i = 0; i < SETTING_COUNT; i++) {
		struct buf text = BUF_EMPTY;

		conf_init(&other);
		conf_print(&conf, (enum setting)i, &text);
		assert_int_equal(conf_set(&other, (enum setting)i,
				     buf_text(&text), &f),
		    ERR_NONE);
		assert_false(conf_differs(&conf, &other, (enum setting)i));
		conf_fini(&other);
		buf_fini(&text);
	}
	conf_fini(&conf);
}

static char path[128];

static void
write_file(const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_return_code(fd, errno);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	fchmod(fd, mode);
	close(fd);
}

static enum err
read_file(int64_t *max_running)
{
	struct conf conf;
	struct fault f;
	enum err err = conf_read(path, &conf, &f);

	if (err == ERR_NONE) {
		*max_running = conf.max_running;
		conf_fini(&conf);
	}
	return err;
}

static void
a_file_is_read_if_nobody_else_may_change_it(void **unused)
{
	const char *tmp = getenv("TMPDIR");
	int64_t value = 0;
	bool root = geteuid() == 0;

	(void)unused;
	snprintf(path, sizeof path, "%s/conf.%d", tmp ? tmp : "/tmp",
	    (int)getpid());
	assert_int_equal(read_file(&value), ERR_NOT_FOUND);
	write_file("[limits]\nmax-running = 3\n", 0644);
	assert_int_equal(read_file(&value), ERR_NONE);
	assert_int_equal(value, 3);
	write_file("[limits]\nmax-running = 4\n", 0666);
	assert_int_equal(read_file(&value), root ? ERR_DENIED : ERR_NONE);
	unlink(path);
	assert_return_code(mkfifo(path, 0600), errno);
	assert_int_equal(read_file(&value), ERR_DENIED);
	unlink(path);
}

/* A setting that nobody reads is a promise that nobody keeps. */
static void
every_setting_is_read_where_its_row_says(void **unused)
{
	(void)unused;
	for (int i = 0; i < SETTING_COUNT; i++) {
		char ident[64], file[64];
		struct buf text = BUF_EMPTY;
		int fd;

		snprintf(file, sizeof file, "cronsd/%s.c",
		    conf_row((enum setting)i)->reader);
		snprintf(ident, sizeof ident, "%s",
		    conf_row((enum setting)i)->key);
		for (char *c = ident; *c != '\0'; c++)
			if (*c == '-')
				*c = '_';
		fd = open(file, O_RDONLY);
		if (fd == -1)
			fail_msg("%s: there is no %s", ident, file);
		buf_grown(&text,
		    (size_t)read(fd, buf_room(&text, 1 << 20), 1 << 20));
		close(fd);
		if (strstr(text.data, ident) == NULL)
			fail_msg("%s does not read %s", file, ident);
		buf_fini(&text);
	}
}

/* Every setting has an item of its own in the manual page. */
static void
the_manual_page_has_every_setting(void **unused)
{
	char line[512];
	bool seen[SETTING_COUNT] = { false };
	FILE *page = fopen("man/cronsd.conf.5", "r");

	(void)unused;
	if (page == NULL)
		fail_msg("man/cronsd.conf.5 cannot be opened");
	while (fgets(line, sizeof line, page) != NULL)
		for (int i = 0; i < SETTING_COUNT; i++) {
			char item[64];

			snprintf(item, sizeof item, ".It Ic %s",
			    conf_row((enum setting)i)->key);
			line[strcspn(line, "\n")] = '\0';
			if (strncmp(line, item, strlen(item)) == 0
			    && strchr(" ", line[strlen(item)]) != NULL)
				seen[i] = true;
		}
	fclose(page);
	for (int i = 0; i < SETTING_COUNT; i++)
		if (!seen[i])
			fail_msg("no item for %s",
			    conf_row((enum setting)i)->key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_text_means_the_defaults),
		cmocka_unit_test(each_kind_of_value_is_read),
		cmocka_unit_test(mistakes_are_told_with_line_and_remedy),
		cmocka_unit_test(bad_values_are_told_with_what_is_allowed),
		cmocka_unit_test(the_first_mistake_is_the_one_told),
		cmocka_unit_test(a_line_inih_would_cut_is_refused),
		cmocka_unit_test(a_cgroup_is_a_word_or_an_absolute_path),
		cmocka_unit_test(a_zone_that_is_not_there_is_told),
		cmocka_unit_test(
		    an_indented_line_does_not_continue_the_one_above),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(what_is_printed_reads_the_same),
		cmocka_unit_test(every_default_is_printed_as_it_is_read),
		cmocka_unit_test(a_file_is_read_if_nobody_else_may_change_it),
		cmocka_unit_test(every_setting_is_read_where_its_row_says),
		cmocka_unit_test(the_manual_page_has_every_setting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
