/* The jobs that entries of a crontab become, and the files they come from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../share/buf.h"
#include "../../share/crontab.h"
#include "../../share/crontab_file.h"
#include "../../share/crontab_job.h"
#include "../../share/crontab_name.h"

struct made {
	struct crontab_maker *maker;
	struct crontab_owner owner;
	struct crontab_made made[8];
	size_t count;
};

static void
make_job(void *arg, const struct crontab_line *line)
{
	struct made *m = arg;

	if (line->kind != CRONTAB_JOB)
		return;
	assert_true(m->count < 8);
	crontab_maker_make(
	    m->maker, line, &m->owner, &m->made[m->count++]);
}

static void
make(struct made *m, enum dialect dialect, const char *text)
{
	struct crontab_options o
	    = { .dialect = dialect, .visit = make_job, .arg = m };
	struct crontab_result result;

	*m = (struct made) { .maker = crontab_maker_new(NULL, dialect),
		.owner = { "ann", 1000 } };
	crontab_parse(text, strlen(text), &o, &result);
}

static void
unmake(struct made *m)
{
	while (m->count > 0)
		job_fini(&m->made[--m->count].job);
	crontab_maker_free(m->maker);
}

static void
an_entry_becomes_a_job_as_under_cron(void **unused)
{
	struct fault f;
	struct made m;

	(void)unused;
	make(&m, DIALECT_DEBIAN,
	    "LOGNAME=x\nB=2\nA=1\nB=3\n*/5 * * * * cat%in\nA=late\n");
	assert_int_equal(m.count, 1);
	assert_string_equal(m.made[0].job.user, "ann");
	assert_string_equal(JOB_TEXT(&m.made[0].job, schedule), "*/5 * * * *");
	assert_string_equal(JOB_TEXT(&m.made[0].job, command), "cat");
	assert_string_equal(JOB_TEXT(&m.made[0].job, stdin), "in\n");
	assert_string_equal(JOB_TEXT(&m.made[0].job, env),
	    "LOGNAME=ann\nB=3\nA=1");
	assert_int_equal(JOB_NUMBER(&m.made[0].job, overlap), OVERLAP_ALLOW);
	assert_int_equal(JOB_NUMBER(&m.made[0].job, merge), 1);
	assert_int_equal(JOB_NUMBER(&m.made[0].job, dialect), DIALECT_DEBIAN);
	assert_int_equal(job_check(&m.made[0].job, &f), ERR_NONE);
	unmake(&m);
}

static void
a_zone_is_cronies(void **unused)
{
	static const char text[] = "CRON_TZ=Asia/Tokyo\n@daily a\n"
				   "CRON_TZ=\"\"\n@daily b\n"
				   "CRON_TZ=/a/fifo\n@daily c\n";
	struct made m;

	(void)unused;
	make(&m, DIALECT_CRONIE, text);
	assert_string_equal(JOB_TEXT(&m.made[0].job, zone), "Asia/Tokyo");
	assert_string_equal(JOB_TEXT(&m.made[1].job, zone), "");
	assert_string_equal(JOB_TEXT(&m.made[2].job, zone), "UTC");
	unmake(&m);
	make(&m, DIALECT_DEBIAN, text);
	for (size_t i = 0; i < m.count; i++)
		assert_string_equal(JOB_TEXT(&m.made[i].job, zone), "");
	unmake(&m);
}

static const char *
key_of(const struct made *m, size_t i)
{
	return m->made[i].job.source_key;
}

static void
keys_and_names_do_not_change_with_other_lines(void **unused)
{
	static const char before[] = "@daily a\n1 * * * * b\n@daily a\n";
	static const char after[]
	    = "X=y\n@daily new\n@daily a\n@daily a\n2 * * * * b\n";
	struct made m, n;

	(void)unused;
	make(&m, DIALECT_DEBIAN, before);
	make(&n, DIALECT_DEBIAN, after);
	assert_string_equal(key_of(&m, 0), key_of(&n, 1));
	assert_string_equal(key_of(&m, 2), key_of(&n, 2));
	assert_string_not_equal(key_of(&m, 0), key_of(&m, 2));
	assert_string_not_equal(key_of(&m, 1), key_of(&n, 3));
	assert_string_equal(
	    JOB_TEXT(&m.made[2].job, name), JOB_TEXT(&n.made[2].job, name));
	assert_memory_equal(JOB_TEXT(&m.made[0].job, name), "a-", 2);
	unmake(&m);
	unmake(&n);
}

static void
a_comment_of_ours_gives_the_next_entry_its_options(void **unused)
{
	struct made m;

	(void)unused;
	make(&m, DIALECT_DEBIAN,
	    "#crons: name=nightly timeout=1h\r\n"
	    "#crons: overlap=skip comment=\"two words\"\n"
	    "A=b\n"
	    "@daily a\n@daily b\n");
	assert_string_equal(JOB_TEXT(&m.made[0].job, name), "nightly");
	assert_int_equal(JOB_NUMBER(&m.made[0].job, timeout), HOUR_US);
	assert_int_equal(JOB_NUMBER(&m.made[0].job, overlap), OVERLAP_SKIP);
	assert_string_equal(JOB_TEXT(&m.made[0].job, comment), "two words");
	assert_int_equal(m.made[0].left_out.err, ERR_NONE);
	assert_int_equal(JOB_NUMBER(&m.made[1].job, timeout), 0);
	unmake(&m);
}

static void
an_option_that_cannot_be_kept_is_named(void **unused)
{
	struct made m;

	(void)unused;
	make(&m, DIALECT_DEBIAN,
	    "#crons: name=x\n@daily a\n#crons: name=x nice=5\n@daily b\n"
	    "#crons: nice=-5\n@daily c\n");
	assert_int_equal(m.made[1].left_out.err, ERR_EXISTS);
	assert_int_equal(m.made[1].left_out.line, 3);
	assert_string_not_equal(JOB_TEXT(&m.made[1].job, name), "x");
	assert_int_equal(JOB_NUMBER(&m.made[1].job, nice), 5);
	assert_int_equal(m.made[2].left_out.err, ERR_BAD_VALUE);
	assert_int_equal(JOB_NUMBER(&m.made[2].job, nice), 0);
	unmake(&m);
}

static void
a_name_is_what_a_person_would_say(void **unused)
{
	static const struct {
		const char *command, *name;
	} cases[] = {
		{ "/usr/bin/certbot -q renew", "certbot" },
		{ "test -x /usr/sbin/anacron || { cd / && run-parts --report "
		  "/etc/cron.daily; }", "run-parts" },
		{ "[ -x /usr/lib/x/sa1 ] && /usr/lib/x/sa1 1 1", "sa1" },
		{ "cd / && A=b nice -n 19 /opt/a.sh >/dev/null", "a.sh" },
		{ "flock -n /tmp/l /usr/bin/php /srv/x.php", "x.php" },
		{ "\"/opt/my app/run\" x", "my" },
		{ "", "job" },
		{ "%", "job" },
		{ ": && true", "job" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf name = BUF_EMPTY;

		crontab_name_put_command(&name, cases[i].command);
		assert_string_equal(name.data, cases[i].name);
		buf_fini(&name);
	}
}

/* ---- files ---- */

static const struct {
	const char *name;
	bool debian, cronie;
} names[] = {
	{ "name", true, true },
	{ "NAME_x-1", true, true },
	{ "-name", true, true },
	{ "name.bak", false, true },
	{ "name.dpkg-old", false, true },
	{ "a b", false, true },
	{ ".name", false, false },
	{ "name~", false, false },
	{ "#name#", false, false },
	{ "name.rpmsave", false, false },
	{ ".rpmsave", false, false },
};

static void
names_decide_what_is_read_of_a_directory(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		assert_int_equal(crontab_file_check_name(PLACE_DROPIN,
		    DIALECT_DEBIAN, names[i].name) == NULL, names[i].debian);
		assert_int_equal(crontab_file_check_name(PLACE_DROPIN,
		    DIALECT_CRONIE, names[i].name) == NULL, names[i].cronie);
	}
	assert_non_null(crontab_file_check_name(
	    PLACE_SPOOL, DIALECT_DEBIAN, "tmp.1234"));
	assert_null(
	    crontab_file_check_name(PLACE_SPOOL, DIALECT_DEBIAN, "bob"));
}

static const struct {
	enum crontab_place place;
	mode_t mode;
	uid_t owner;
	nlink_t links;
	bool debian, cronie;
} files[] = {
	{ PLACE_DROPIN, 0644, 0, 1, true, true },
	{ PLACE_DROPIN, 0755, 0, 1, true, false },
	{ PLACE_DROPIN, 0000, 0, 1, true, false },
	{ PLACE_DROPIN, 0664, 0, 1, false, false },
	{ PLACE_DROPIN, 0644, 7, 1, false, false },
	{ PLACE_DROPIN, 0644, 0, 2, false, true },
	{ PLACE_SYSTEM, 0644, 7, 1, false, false },
	{ PLACE_SPOOL, 0600, 7, 1, true, true },
	{ PLACE_SPOOL, 0600, 0, 1, true, true },
	{ PLACE_SPOOL, 0600, 8, 1, false, false },
	{ PLACE_SPOOL, 0644, 7, 1, false, true },
	{ PLACE_SPOOL, 0660, 7, 1, false, false },
	{ PLACE_SPOOL, 0600, 7, 2, false, false },
	{ PLACE_ANY, 0666, 9, 3, true, true },
};

static void
owner_mode_and_links_decide_too(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		struct crontab_file file = {
			.place = files[i].place,
			.dialect = DIALECT_DEBIAN,
			.name = "bob",
			.has_user = true,
			.user = 7,
			.owner = files[i].owner,
			.mode = S_IFREG | files[i].mode,
			.links = files[i].links,
		};

		assert_int_equal(
		    crontab_file_check(&file) == NULL, files[i].debian);
		file.dialect = DIALECT_CRONIE;
		assert_int_equal(
		    crontab_file_check(&file) == NULL, files[i].cronie);
	}
}

static void
a_fifo_is_not_waited_for(void **unused)
{
	struct crontab_file file
	    = { .dialect = DIALECT_DEBIAN, .name = "fifo" };
	char dir[] = "/tmp/crontab.XXXXXX", path[64];
	struct buf text = BUF_EMPTY;
	struct fault f;

	(void)unused;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(crontab_file_read(path, &file, &text, &f), -1);
	assert_string_equal(f.text, "NOT A REGULAR FILE");
	unlink(path);
	assert_int_equal(crontab_file_read(path, &file, &text, &f), -1);
	assert_int_equal(f.err, ERR_NOT_FOUND);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_becomes_a_job_as_under_cron),
		cmocka_unit_test(a_zone_is_cronies),
		cmocka_unit_test(
		    keys_and_names_do_not_change_with_other_lines),
		cmocka_unit_test(
		    a_comment_of_ours_gives_the_next_entry_its_options),
		cmocka_unit_test(an_option_that_cannot_be_kept_is_named),
		cmocka_unit_test(a_name_is_what_a_person_would_say),
		cmocka_unit_test(names_decide_what_is_read_of_a_directory),
		cmocka_unit_test(owner_mode_and_links_decide_too),
		cmocka_unit_test(a_fifo_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
