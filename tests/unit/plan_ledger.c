/*
 * The ledger's promise, on random lives: whatever was paused, resumed, skipped,
 * slept over or killed, every slot from a job's first to the next one that is
 * due has exactly one first try: a row of its own, or the one range that it
 * lies in, which counts it. Deterministic: a failure names its seed.
 */
#include "tests/plan_fixture.h"

#include "cronsd/store_pauses.h"

#define NONE ((const char *)NULL)
#define LIVES 30
#define ACTS 60
#define MOST_ROWS 20000

static uint64_t seed;

static int64_t
draw(int64_t below)
{
	seed = seed * UINT64_C(6364136223846793005)
	    + UINT64_C(1442695040888963407);
	return (int64_t)((seed >> 33) % (uint64_t)below);
}

/* ---- acts ---- */

static struct pause
scope_of(int64_t job)
{
	struct pause p = { .job = job, .uid = 0, .by = "test" };

	if (job == 0)
		p.uid = -1;
	if (job == 0 && draw(2) == 0)
		strcpy(p.tag, "a");
	return p;
}

static void
begin_pause(int64_t job)
{
	struct pause p = scope_of(job), was;
	struct db *db = commit_db(sim.commit);

	p.since = sim.now;
	p.until = draw(2) == 0 ? WALL_NEVER
			       : wall_add(sim.now, 1 + draw(2 * HOUR_US));
	snprintf(p.why, sizeof p.why, "%d", (int)draw(3));
	if (pauses_get_scope(db, &p, sim.now, &was) == 1)
		assert_int_equal(pauses_end(db, &was, sim.now), 0);
	assert_int_equal(pauses_add(db, &p), 0);
	plan_paused(sim.plan);
}

static void
end_pause(int64_t job)
{
	struct pause p = scope_of(job), was;
	struct db *db = commit_db(sim.commit);

	if (pauses_get_scope(db, &p, sim.now, &was) == 1)
		assert_int_equal(pauses_end(db, &was, sim.now), 0);
}

static void
skip_next(int64_t id)
{
	struct plan_skip s = { .now = sim.now, .why = "by test" };
	struct job job;

	assert_int_equal(jobs_get(sim.db, id, &job), 1);
	assert_true(plan_skip(sim.plan, &job, &s) >= 0);
	job_fini(&job);
}

static void
retry_last(int64_t id)
{
	struct run_row newest, last;
	struct job job;

	if (runs_get_newest(sim.db, id, &newest) != 1
	    || runs_get_slot(sim.db, &newest, &last) != 1
	    || last.result == RESULT_NONE)
		return;
	assert_int_equal(jobs_get(sim.db, id, &job), 1);
	assert_true(plan_retry(sim.plan, &job, &last, sim.now) > 0);
	job_fini(&job);
}

/* A change that is none: what is claimed is released, due computed anew. */
static void
touch(int64_t id)
{
	struct job job;

	assert_int_equal(jobs_get(sim.db, id, &job), 1);
	assert_int_equal(plan_settle(sim.plan, id, sim.now), 0);
	assert_int_equal(plan_job(sim.plan, &job, sim.now, NULL), 0);
	job_fini(&job);
}

static void
act(const int64_t jobs[3])
{
	int64_t job = jobs[draw(3)], span = 1 + draw(40 * MINUTE_US);

	switch (draw(12)) {
	case 0:
		begin_pause(job);
		break;
	case 1:
		begin_pause(0);
		break;
	case 2:
		end_pause(job);
		break;
	case 3:
		end_pause(0);
		break;
	case 4:
		skip_next(job);
		break;
	case 5:
		retry_last(job);
		break;
	case 6:
		touch(job);
		break;
	case 7:
		assert_int_equal(commit_seal(sim.commit), 0);
		sim_down(draw(2) == 0 ? span : span * 8);
		break;
	case 8:
		assert_int_equal(commit_seal(sim.commit), 0);
		sim_pause(draw(2) == 0 ? STEP_FORWARD : STEP_SUSPEND, span);
		break;
	case 9: /* what is skipped ahead lies in what is slept over */
		skip_next(job);
		touch(job);
		assert_int_equal(commit_seal(sim.commit), 0);
		sim_down(span * 8);
		break;
	default:
		assert_int_equal(commit_seal(sim.commit), 0);
		sim_until(wall_add(sim.now, span));
		break;
	}
	assert_int_equal(commit_seal(sim.commit), 0);
	sim_turn();
}

/* ---- the check ---- */

struct ledger {
	struct run_row *row; /* first tries */
	size_t count;
	int64_t *slots; /* that were found in each */
};

static bool
take_row(void *arg, const struct run_row *row)
{
	struct ledger *l = arg;

	assert_true(l->count < MOST_ROWS);
	if (row->lap >= 0 && row->attempt == 0)
		l->row[l->count++] = *row;
	return true;
}

static void
read_ledger(struct ledger *l, int64_t job)
{
	struct runs_want want = { .job = job,
		.uid = -1,
		.before = INT64_MAX,
		.before_slot = INT64_MAX,
		.most = MOST_ROWS };

	l->count = 0;
	memset(l->slots, 0, MOST_ROWS * sizeof *l->slots);
	assert_int_equal(runs_each(sim.db, &want, take_row, l), 0);
}

/* How many first tries are that slot's. */
static int
find_slot(struct ledger *l, int64_t slot)
{
	int found = 0;

	for (size_t i = 0; i < l->count; i++) {
		const struct run_row *row = &l->row[i];
		int64_t last = row->slots > 1 ? row->slot_to : row->slot;

		if (slot < row->slot || slot > last)
			continue;
		l->slots[i]++;
		found++;
	}
	return found;
}

static void
check_job(struct ledger *l, int64_t id, uint64_t life)
{
	struct due due;
	struct job job;
	wall_t slot;

	assert_int_equal(jobs_get(sim.db, id, &job), 1);
	assert_int_equal(due_get(sim.db, id, &due), 1);
	read_ledger(l, id);
	slot = plan_slot_after(
	    sim.plan, &job, (wall_t) { job.created_us });
	for (; slot.us < due.slot.us;
	     slot = plan_slot_after(sim.plan, &job, slot)) {
		int found = find_slot(l, slot.us);

		for (size_t i = 0; found != 1 && i < l->count; i++)
			print_error("run %lld: %lld to %lld, %lld slots: %s"
				    " (%s)\n",
			    (long long)l->row[i].id,
			    (long long)l->row[i].slot,
			    (long long)l->row[i].slot_to,
			    (long long)l->row[i].slots,
			    run_result_word(l->row[i].result),
			    l->row[i].why);
		if (found != 1)
			fail_msg("life %llu: the slot %lld of %s has %d rows",
			    (unsigned long long)life, (long long)slot.us,
			    JOB_TEXT(&job, name), found);
	}
	assert_true(slot.us == due.slot.us);
	for (size_t i = 0; i < l->count; i++) {
		int64_t says = l->row[i].slots > 1 ? l->row[i].slots : 1;

		if (l->row[i].slot < due.slot.us && l->slots[i] != says)
			fail_msg("life %llu: run %lld of %s says %lld slots"
				 " and has %lld",
			    (unsigned long long)life,
			    (long long)l->row[i].id, JOB_TEXT(&job, name),
			    (long long)says, (long long)l->slots[i]);
	}
	job_fini(&job);
}

static void
every_slot_has_exactly_one_first_try(void **state)
{
	static const char *const catchup[] = { "none", "one", "all" };
	struct ledger l = { .row = xcalloc(MOST_ROWS, sizeof *l.row),
		.slots = xcalloc(MOST_ROWS, sizeof *l.slots) };

	(void)state;
	for (uint64_t life = 1; life <= LIVES; life++) {
		int64_t jobs[3];

		seed = life;
		sim_open("2025-06-10T12:00:30Z");
		jobs[0] = sim_add("often", "@every 90s", "tags", "a", "catchup",
		    catchup[draw(3)], NONE);
		jobs[1] = sim_add("minutes", "*/7 * * * *", "tags", "b,a",
		    "catchup", catchup[draw(3)], NONE);
		jobs[2] = sim_add("hourly", "20 * * * *", "catchup",
		    catchup[draw(3)], NONE);
		for (int i = 0; i < ACTS; i++)
			act(jobs);
		sim_until(wall_add(sim.now, 3 * HOUR_US));
		for (int i = 0; i < 3; i++)
			check_job(&l, jobs[i], life);
		sim_close();
	}
	free(l.row);
	free(l.slots);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_slot_has_exactly_one_first_try),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
