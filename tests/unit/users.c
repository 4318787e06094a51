/* Who a uid is, while the system's directory of users answers or does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crash_only.h"

/* Here a lane answers at once, and so does the directory, as it is told to. */
#define work_put put_at_once
#define getpwuid_r look_in_directory
#include "cronsd/users.c"

#define UID 4321

static struct {
	int err; /* what it says */
	const char *name; /* whom it has; NULL: nobody */
	int asked;
} directory;

static int changes;

void
put_at_once(struct work *work, enum work_lane lane, struct work_call call)
{
	(void)work;
	(void)lane;
	call.run(call.arg);
	call.done(call.arg);
}

int
look_in_directory(uid_t uid, struct passwd *pw, char *text, size_t room,
    struct passwd **found)
{
	static char home[] = "/home/of", shell[] = "/bin/sh";

	directory.asked++;
	*found = NULL;
	if (directory.name == NULL)
		return directory.err;
	strlcpy(text, directory.name, room);
	*pw = (struct passwd) { .pw_name = text,
		.pw_uid = uid,
		.pw_gid = 1,
		.pw_dir = home,
		.pw_shell = shell };
	*found = pw;
	return 0;
}

static void
count_changes(void *arg)
{
	(void)arg;
	changes++;
}

/* As users_find says a while from now. */
static const struct user *
find(struct users *users, uid_t uid, int64_t seconds)
{
	return users_find(
	    users, uid, (mono_t) { mono_now().us + seconds * SECOND_US });
}

static int
set_up(void **state)
{
	changes = 0;
	memset(&directory, 0, sizeof directory);
	*state = users_new(NULL, count_changes, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	struct users *users = *state;

	while (users->count > 0)
		forget_oldest(users);
	free(users);
	return 0;
}

static void
nobody_is_known_and_not_asked_for_again_soon(void **state)
{
	const struct user *user = find(*state, UID, 0);

	assert_non_null(user);
	assert_false(user->known);
	assert_false(user->is_unsure);
	assert_int_equal(user->uid, UID);
	find(*state, UID, 10);
	assert_int_equal(directory.asked, 1);
	assert_int_equal(changes, 1);
}

static void
a_user_stays_known_while_nobody_can_tell(void **state)
{
	const struct user *user;

	directory.name = "alice";
	assert_true(find(*state, UID, 0)->known);
	directory.name = NULL;
	directory.err = EIO;
	for (int64_t seconds = 16; seconds < 60; seconds += 16) {
		user = find(*state, UID, seconds);
		assert_non_null(user);
		assert_true(user->known);
		assert_string_equal(user->name, "alice");
	}
	assert_true(directory.asked > 1);
	directory.err = 0;
	assert_false(find(*state, UID, 59)->known);
}

static void
who_cannot_be_told_is_asked_for_again_after_a_second(void **state)
{
	const struct user *user;

	directory.err = EIO;
	user = find(*state, UID, 0);
	assert_false(user->known);
	assert_true(user->is_unsure);
	find(*state, UID, 0);
	assert_int_equal(directory.asked, 1);
	directory.name = "alice";
	user = find(*state, UID, 2);
	assert_int_equal(directory.asked, 2);
	assert_true(user->known);
	assert_false(user->is_unsure);
}

static void
we_are_known_without_a_name(void **state)
{
	const struct user *user = find(*state, geteuid(), 0);
	char name[32];

	snprintf(name, sizeof name, "#%ld", (long)geteuid());
	assert_true(user->known);
	assert_string_equal(user->name, name);
	assert_int_equal(user->gid, getegid());
	assert_int_equal(user->home[0], '/');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(nobody_is_known_and_not_asked_for_again_soon),
		TEST(a_user_stays_known_while_nobody_can_tell),
		TEST(who_cannot_be_told_is_asked_for_again_after_a_second),
		TEST(we_are_known_without_a_name),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
