/* Which of a crontab's jobs have left it, and which an edited entry was. */
#include "tests/plan_fixture.h"

#include "cronsd/store_imports.h"
#include "cronsd/vanish.h"

#define NONE ((const char *)NULL)

static const struct imports_of tab = { "/tab", 7 };

static int
set_up(void **state)
{
	(void)state;
	sim_open("2025-06-10T12:00:30Z");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	sim_close();
	return 0;
}

/* A job of that crontab with that command and key. */
static int64_t
add(const char *name, const char *command, const char *key)
{
	struct jobs_change why = { sim.now, "test", "key" };
	int64_t id = sim_add(name, "@yearly", "command", command, NONE);
	struct job job;

	assert_int_equal(jobs_get(sim.db, id, &job), 1);
	free(job.source_key);
	job.source_key = xstrdup(key);
	assert_int_equal(jobs_set(commit_db(sim.commit), &job, &why), 0);
	assert_int_equal(imports_put(commit_db(sim.commit), id, &tab), 0);
	assert_int_equal(commit_seal(sim.commit), 0);
	job_fini(&job);
	return id;
}

static void
get(int64_t id, struct job *job)
{
	assert_int_equal(jobs_get(sim.db, id, job), 1);
}

static void
set(struct job *job, enum job_field field, const char *text)
{
	struct fault f;

	assert_int_equal(job_set(job, field, text, &f), ERR_NONE);
}

static int
count_gone(const struct vanish *v)
{
	size_t at = 0;
	int64_t job, last = 0;
	int count = 0;

	for (; vanish_next(v, &at, &job); count++) {
		assert_true(job > last);
		last = job;
	}
	return count;
}

static void
what_is_not_noted_has_vanished(void **state)
{
	int64_t one = add("one", "a", "1");
	struct vanish *v;

	(void)state;
	add("two", "b", "2");
	v = vanish_new(sim.db, &tab);
	assert_true(vanish_knows(v, one));
	vanish_note(v, "2");
	vanish_note(v, "3");
	assert_int_equal(vanish_settle(v, sim.db), 0);
	assert_int_equal(count_gone(v), 1);
	vanish_free(v);
	v = vanish_new(sim.db, &(struct imports_of) { "/tab", 8 });
	assert_true(vanish_is_empty(v));
	vanish_free(v);
}

static void
an_edited_entry_is_found_by_its_command(void **state)
{
	int64_t one = add("one", "a", "1");
	struct vanish *v;
	struct job job, old;

	(void)state;
	get(one, &job);
	set(&job, JOB_name, "other");
	v = vanish_new(sim.db, &tab);
	assert_int_equal(vanish_settle(v, sim.db), 0);
	assert_int_equal(vanish_take(v, sim.db,
			     &(struct vanish_want) { &job, false }, &old),
	    1);
	assert_int_equal(old.id, one);
	job_fini(&old);
	/* It is taken: an equal entry is another job. */
	assert_int_equal(count_gone(v), 0);
	assert_int_equal(vanish_take(v, sim.db,
			     &(struct vanish_want) { &job, false }, &old),
	    0);
	job_fini(&job);
	vanish_free(v);
}

/* Preset names end in six digits of a hash: two may be the same. */
static void
a_name_counts_only_where_it_was_given(void **state)
{
	int64_t one = add("one", "a", "1");
	struct vanish *v;
	struct job job, old;

	(void)state;
	get(one, &job);
	set(&job, JOB_command, "c");
	v = vanish_new(sim.db, &tab);
	assert_int_equal(vanish_settle(v, sim.db), 0);
	assert_int_equal(vanish_take(v, sim.db,
			     &(struct vanish_want) { &job, false }, &old),
	    0);
	assert_int_equal(vanish_take(v, sim.db,
			     &(struct vanish_want) { &job, true }, &old),
	    1);
	assert_int_equal(old.id, one);
	job_fini(&old);
	job_fini(&job);
	vanish_free(v);
}

static void
another_owner_does_not_get_the_job(void **state)
{
	int64_t one = add("one", "a", "1");
	struct vanish *v;
	struct job job, old;

	(void)state;
	get(one, &job);
	job.uid++;
	v = vanish_new(sim.db, &tab);
	assert_int_equal(vanish_settle(v, sim.db), 0);
	assert_int_equal(vanish_take(v, sim.db,
			     &(struct vanish_want) { &job, true }, &old),
	    0);
	assert_int_equal(count_gone(v), 1);
	job_fini(&job);
	vanish_free(v);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		T(what_is_not_noted_has_vanished),
		T(an_edited_entry_is_found_by_its_command),
		T(a_name_counts_only_where_it_was_given),
		T(another_owner_does_not_get_the_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
