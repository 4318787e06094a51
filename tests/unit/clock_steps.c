/*
 * The clock is set by hand: what we do beside what Debian's cron and cronie
 * did (../shared/oracle/clock_steps.tsv), whose clock was set at 12:00:30 by
 * so many seconds. Compared is how often a job started in the 39 minutes after
 * that. We differ on purpose:
 *
 * - what cron makes up for in a burst is one run here, which counts for all
 *   the slots it stands for;
 * - a slot that is late by less than the start deadline is started, also if
 *   it is wildcard's: it is not counted;
 * - exactly five minutes, and exactly three hours, are made up for here and
 *   not there: these rows are left out;
 * - after a step back cron begins with the minute that the clock was set into,
 *   we with the next one.
 *
 * The rows of debian-genuine are not in the order of time: they are left out.
 */
#include "plan_fixture.h"

static const char path[] = "../shared/oracle/clock_steps.tsv";

#define WINDOW_S (39 * 60)
#define SET_AT_S (12 * 3600 + 30) /* of the day */
#define SHORT_S 300
#define LIMIT_S (3 * 3600)

struct row {
	int64_t step; /* seconds */
	const char *schedule, *daemon;
	char *fires;
};

/* The fires after the last one before 12:00:30, until the window's end. */
static int
count_fires(const struct row *row)
{
	int64_t end = SET_AT_S + row->step + WINDOW_S;
	bool is_after = false;
	int count = 0;
	char *word, *rest = row->fires;

	while ((word = strsep(&rest, " \n")) != NULL) {
		int h, m;
		int64_t at;

		/* Debian's cron starts a second late: minutes will do. */
		if (sscanf(word, "%d:%d:", &h, &m) != 2)
			continue;
		at = h * 3600 + m * 60;
		/* Before the step they only rise; the second 12:00 is behind
		 * a step back. */
		if (is_after || at > SET_AT_S)
			count += at <= end
			    && (row->step > 0 || at > SET_AT_S + row->step);
		is_after = is_after || at > SET_AT_S || at / 60 == 12 * 60;
	}
	return count;
}

static bool
is_wildcard(const char *schedule)
{
	return schedule[0] == '*';
}

static int
count_ours(const struct row *row, int64_t id, size_t before, wall_t set_to)
{
	int count = 0;

	for (size_t i = before; i < sim.count; i++) {
		const struct started *s = &sim.started[i];
		bool is_late = s->row.slot < set_to.us;

		if (s->row.job != id)
			continue;
		if (is_late && is_wildcard(row->schedule)
		    && row->step > SHORT_S)
			continue;
		count += s->row.slots > 1 ? (int)s->row.slots : 1;
	}
	return count;
}

static int
run_ours(const struct row *row)
{
	int64_t id, by = row->step * SECOND_US;
	size_t before;
	wall_t set_to;
	int count;

	sim_open("2025-06-10T11:50:30Z");
	id = sim_add("job", row->schedule, NULL);
	sim_until_time("2025-06-10T12:00:30Z");
	before = sim.count;
	sim_pause(by > 0 ? STEP_FORWARD : STEP_BACK, by);
	set_to = sim.now;
	sim_until(wall_add(sim.now, WINDOW_S * SECOND_US));
	count = count_ours(row, id, before, set_to);
	sim_close();
	return count;
}

static void
try_row(char *line, int *tried)
{
	struct row row;
	int theirs, ours;

	row.step = atoll(strsep(&line, "\t"));
	row.schedule = strsep(&line, "\t");
	row.daemon = strsep(&line, "\t");
	row.fires = line;
	assert_non_null(line);
	if (row.step == SHORT_S || row.step == LIMIT_S
	    || strcmp(row.daemon, "debian-genuine") == 0)
		return;
	theirs = count_fires(&row);
	ours = run_ours(&row);
	++*tried;
	if (theirs != ours)
		fail_msg("%s by %lld s: %s started it %d times, we %d",
		    row.schedule, (long long)row.step, row.daemon, theirs,
		    ours);
}

static void
after_a_step_as_much_starts_as_with_cron(void **unused)
{
	FILE *in = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	int tried = 0;

	(void)unused;
	if (in == NULL && getenv("CI") == NULL) {
		print_message("# skip: ../shared/oracle is not there\n");
		skip();
	}
	assert_non_null(in);
	while (getline(&line, &size, in) > 0)
		try_row(line, &tried);
	assert_in_range(tried, 100, 10000);
	free(line);
	fclose(in);
}

int
main(void)
{
	const struct CMUnitTest tests[]
	    = { cmocka_unit_test(after_a_step_as_much_starts_as_with_cron) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
