/* The list of the field notify, item by item, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share/event.h"
#include "share/job.h"

/* The items as "event>hook " each; "bad" where one is not valid. */
static const char *
items(const char *list)
{
	static char out[512];
	char hook[EVENT_HOOK_MAX];
	size_t len = 0;
	int event;

	out[0] = '\0';
	while (*list != '\0') {
		list = event_next(list, &event, hook);
		if (list == NULL)
			return "bad";
		len += (size_t)snprintf(out + len, sizeof out - len, "%s>%s ",
		    event_word(event), hook);
	}
	return out;
}

static void
a_list_is_taken_apart(void **unused)
{
	(void)unused;
	assert_string_equal(items("fail:mail"), "fail>mail ");
	assert_string_equal(items("fail"), "fail>mail ");
	assert_string_equal(items("fail-final:a-b_1,did-not-run:/opt/x y"),
	    "fail-final>a-b_1 did-not-run>/opt/x y ");
	assert_string_equal(items("ok:x,ok:y,"), "ok>x ok>y ");
}

static void
what_is_no_hook_is_refused(void **unused)
{
	static const char *const bad[] = { "never:mail", "fail:", ":mail",
		"fail:../x", "fail:/a/../b", "fail:-x", "fail:a b", "fail:.x",
		",fail", "failx", "fai", "fail:a:b" };
	char long_one[EVENT_HOOK_MAX + 16] = "fail:";
	struct job job;
	struct fault f;

	(void)unused;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (strcmp(items(bad[i]), "bad") != 0)
			fail_msg("\"%s\" is taken", bad[i]);
	memset(long_one + 5, 'a', EVENT_HOOK_MAX);
	assert_string_equal(items(long_one), "bad");
	job_init(&job);
	assert_int_equal(
	    job_set(&job, JOB_notify, "fail:a b", &f), ERR_BAD_VALUE);
	assert_int_equal(job_set(&job, JOB_notify, "", &f), ERR_NONE);
	job_fini(&job);
}

static void
a_hook_as_long_as_it_may_be_is_whole(void **unused)
{
	char list[EVENT_HOOK_MAX + 16] = "fail:", hook[EVENT_HOOK_MAX];
	int event;

	(void)unused;
	memset(list + 5, 'a', EVENT_HOOK_MAX - 1);
	assert_non_null(event_next(list, &event, hook));
	assert_string_equal(hook, list + 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_taken_apart),
		cmocka_unit_test(what_is_no_hook_is_refused),
		cmocka_unit_test(a_hook_as_long_as_it_may_be_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
