/*
 * A year of 1,000 mixed jobs: the real planner and database, with a clock that
 * the test turns. What started, and when, is compared with a search that steps
 * through every minute of the year, asks the C library what time it is there,
 * and knows of a schedule only plain lists of what it names.
 *
 * All zones here change their clocks at whole minutes, so stepping by seconds
 * would find nothing else; jobs with a second are looked at within the minute.
 */
#include "plan_fixture.h"

#include <time.h>

#define JOBS 1000
#define MINUTES (365 * 1440)
#define SHORT_GAP 180 /* minutes: a longer one is no change of the season */

static const char year_start[] = "2026-07-01T00:00:00Z";
static int64_t start_s; /* of the year, epoch seconds */

static const char *const zone_names[] = { "UTC", "Europe/Berlin",
	"America/New_York", "Australia/Lord_Howe", "Asia/Kolkata" };
#define ZONES ((int)(sizeof zone_names / sizeof zone_names[0]))

static int
dice(int sides)
{
	static uint64_t state = 42;

	state = state * UINT64_C(6364136223846793005)
	    + UINT64_C(1442695040888963407);
	return (int)((state >> 33) % (uint64_t)sides);
}

/* ---- jobs, as text and as lists ---- */

enum sort { FIELDS, LAST_DAY, NTH_WEEKDAY, WEEKS, RATE, SORTS };

struct model {
	enum sort sort;
	int64_t id;
	int zone, second;
	bool is_wildcard;
	bool minutes[60], hours[24], days[32], months[13], weekdays[7];
	bool any_day, any_weekday;
	int every; /* weeks, or minutes of RATE */
	int nth;
	int out_month, out_day; /* of every year; 0: no calendar */
};

static struct model models[JOBS];

/* "5,17": so many numbers, the list into has. */
static void
put_some(struct buf *out, bool *has, int low, int high)
{
	int count = dice(3) == 0 ? 2 : 1;

	for (int i = 0; i < count; i++) {
		int n = low + dice(high - low + 1);

		buf_printf(out, i == 0 ? "%d" : ",%d", n);
		has[n] = true;
	}
}

static void
put_all(struct buf *out, bool *has, int low, int high)
{
	buf_putc(out, '*');
	for (int i = low; i <= high; i++)
		has[i] = true;
}

/* Hours of the night, where clocks change, more often than others. */
static void
put_hours(struct buf *out, struct model *m)
{
	if (dice(2) == 0)
		put_some(out, m->hours, 0, 23);
	else
		put_some(out, m->hours, 1, 3);
}

/* A star in front of minutes or hours: the job follows the wall clock. */
static void
make_times(struct model *m, struct buf *out)
{
	bool is_often = dice(400) == 0;

	m->is_wildcard = is_often || dice(200) == 0;
	if (dice(10) == 0) {
		m->second = dice(60);
		buf_printf(out, "%d ", m->second);
	}
	if (is_often) {
		buf_puts(out, "*/30 ");
		m->minutes[0] = m->minutes[30] = true;
	} else {
		put_some(out, m->minutes, 0, 59);
		buf_putc(out, ' ');
	}
	if (m->is_wildcard)
		put_all(out, m->hours, 0, 23);
	else
		put_hours(out, m);
}

static void
make_fields(struct model *m, struct buf *out)
{
	make_times(m, out);
	buf_putc(out, ' ');
	m->any_day = dice(3) == 0;
	if (m->any_day)
		put_all(out, m->days, 1, 31);
	else
		put_some(out, m->days, 1, 31);
	buf_putc(out, ' ');
	if (dice(9) == 0)
		put_all(out, m->months, 1, 12);
	else
		put_some(out, m->months, 1, 12);
	buf_putc(out, ' ');
	m->any_weekday = !m->any_day && dice(2) == 0 && !m->is_wildcard;
	if (m->any_weekday || (m->any_day && dice(40) == 0 && !m->is_wildcard))
		put_all(out, m->weekdays, 0, 6);
	else
		put_some(out, m->weekdays, 0, 6);
}

/* Sundays are the nights on which clocks change; every second one of these
 * jobs is wildcard. */
static void
make_sundays(struct model *m, struct buf *out, bool is_wildcard)
{
	m->is_wildcard = is_wildcard;
	if (is_wildcard) {
		buf_puts(out, "*/30 1-3 ");
		m->minutes[0] = m->minutes[30] = true;
		m->hours[1] = m->hours[2] = m->hours[3] = true;
	} else {
		put_some(out, m->minutes, 0, 59);
		buf_puts(out, " 2 ");
		m->hours[2] = true;
	}
	m->any_day = m->weekdays[0] = true;
	put_all(out, m->days, 1, 31);
	buf_putc(out, ' ');
	put_all(out, m->months, 1, 12);
	buf_puts(out, " 0");
}

static void
make_by_month(struct model *m, struct buf *out)
{
	make_times(m, out);
	if (m->sort == LAST_DAY) {
		buf_puts(out, " L * ?");
		return;
	}
	m->nth = 1 + dice(4);
	m->every = dice(7);
	buf_printf(out, " ? * %d#%d", m->every, m->nth);
}

/* Counted from the Monday before the year. */
static void
make_weeks(struct model *m, struct buf *out)
{
	static const char *const names[]
	    = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };
	int weekday = dice(7), hour = dice(24), minute = dice(60);

	m->every = 1 + dice(4);
	m->weekdays[weekday] = m->hours[hour] = m->minutes[minute] = true;
	buf_printf(out, "every %d weeks from 2026-06-29 on %s at %02d:%02d",
	    m->every, names[weekday], hour, minute);
}

static void
make_rate(struct model *m, struct buf *out)
{
	m->every = 2000 + dice(12000);
	buf_printf(out, "@every %dm", m->every);
}

static void
make_job(struct model *m, int number)
{
	struct buf text = BUF_EMPTY, not = BUF_EMPTY;
	char name[24];

	memset(m, 0, sizeof *m);
	m->sort = dice(3) == 0 ? (enum sort)dice(SORTS) : FIELDS;
	m->zone = dice(ZONES);
	if (number % 40 < 2)
		m->sort = FIELDS;
	if (number % 40 < 2)
		make_sundays(m, &text, number % 2);
	else if (m->sort == FIELDS)
		make_fields(m, &text);
	else if (m->sort == WEEKS)
		make_weeks(m, &text);
	else if (m->sort == RATE)
		make_rate(m, &text);
	else
		make_by_month(m, &text);
	if (dice(4) == 0) {
		m->out_month = 1 + dice(12);
		m->out_day = 1 + dice(28);
		buf_printf(&not, "--%02d-%02d", m->out_month, m->out_day);
	}
	snprintf(name, sizeof name, "job-%d", number);
	m->id = sim_add(name, buf_text(&text), "zone", zone_names[m->zone],
	    "not", buf_text(&not), "keep-runs", "1000000", NULL);
	buf_fini(&not);
	buf_fini(&text);
}

/* ---- what time it is: the C library says ---- */

/* A minute of the year in a zone. */
struct minute {
	int16_t jump; /* minutes that the wall clock left out before it */
	bool is_again; /* its wall time has been already */
	int8_t minute, hour, day, month, weekday, last_day;
	int32_t number; /* of the day, from 1970 */
	int32_t wall; /* minutes since 1970 on the wall */
};

static struct minute *years[ZONES];

static int
length_of(int year, int month)
{
	static const int lengths[]
	    = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return lengths[month - 1] + (month == 2 && year % 4 == 0);
}

static void
look_at(struct minute *m, int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	localtime_r(&t, &tm);
	m->minute = (int8_t)tm.tm_min;
	m->hour = (int8_t)tm.tm_hour;
	m->day = (int8_t)tm.tm_mday;
	m->month = (int8_t)(tm.tm_mon + 1);
	m->weekday = (int8_t)tm.tm_wday;
	m->last_day = (int8_t)length_of(tm.tm_year + 1900, tm.tm_mon + 1);
	m->wall = (int32_t)((at + tm.tm_gmtoff) / 60);
	m->number = m->wall / 1440;
}

/* No zone has a change just before the year, so nothing is "again" there. */
static void
read_zone(int zone)
{
	struct minute *year = xcalloc(MINUTES, sizeof *year);
	struct minute before;
	int32_t highest;

	setenv("TZ", zone_names[zone], 1);
	tzset();
	look_at(&before, start_s - 60);
	highest = before.wall;
	for (int i = 0; i < MINUTES; i++) {
		struct minute *m = &year[i];

		look_at(m, start_s + i * INT64_C(60));
		m->jump = (int16_t)(m->wall - before.wall - 1);
		m->is_again = m->wall <= highest;
		if (m->wall > highest)
			highest = m->wall;
		before = *m;
	}
	years[zone] = year;
}

/* ---- the slow search ---- */

static bool
names_day(const struct model *m, const struct minute *t)
{
	int64_t monday = 20633; /* 2026-06-29 */

	if (m->out_month == t->month && m->out_day == t->day)
		return false;
	switch (m->sort) {
	case FIELDS:
		if (!m->months[t->month])
			return false;
		if (m->any_day || m->any_weekday)
			return m->days[t->day] && m->weekdays[t->weekday];
		return m->days[t->day] || m->weekdays[t->weekday];
	case LAST_DAY:
		return t->day == t->last_day;
	case NTH_WEEKDAY:
		return t->weekday == m->every && (t->day - 1) / 7 + 1 == m->nth;
	case WEEKS:
		return m->weekdays[t->weekday]
		    && (t->number - monday) / 7 % m->every == 0;
	case RATE:
	case SORTS:
		break;
	}
	return false;
}

static bool
names_minute(const struct model *m, const struct minute *t)
{
	return m->minutes[t->minute] && m->hours[t->hour] && names_day(m, t);
}

/* A wall minute that was left out; the date is that of the minute after it,
 * as no zone here jumps over midnight. */
static bool
names_left_out(const struct model *m, const struct minute *after)
{
	for (int back = after->jump; back > 0; back--) {
		struct minute t = *after;
		int of_day = (t.hour * 60 + t.minute - back + 1440) % 1440;

		t.hour = (int8_t)(of_day / 60);
		t.minute = (int8_t)(of_day % 60);
		if (names_minute(m, &t))
			return true;
	}
	return false;
}

/* How often the rule at clock changes had a say: else this shows nothing. */
static struct {
	int made_up, held, again;
} changes;

/* 0: not in this minute; else the second of the start, and one. */
static int
starts_in(const struct model *m, const struct minute *t)
{
	if (names_minute(m, t)) {
		changes.held += t->is_again && !m->is_wildcard;
		changes.again += t->is_again && m->is_wildcard;
		return m->is_wildcard || !t->is_again ? m->second + 1 : 0;
	}
	if (!m->is_wildcard && t->jump > 0 && t->jump < SHORT_GAP
	    && names_left_out(m, t)) {
		changes.made_up++;
		return 1;
	}
	return 0;
}

struct list {
	struct start {
		int64_t at, job;
	} *start; /* owned */
	size_t count, room;
};

static void
add(struct list *l, int64_t at, int64_t job)
{
	if (l->count == l->room) {
		l->room = l->room == 0 ? 4096 : l->room * 2;
		l->start = xreallocarray(l->start, l->room, sizeof *l->start);
	}
	l->start[l->count++] = (struct start) { at, job };
}

static void
search_rate(const struct model *m, struct list *l)
{
	int64_t at = start_s + m->every * INT64_C(60);

	for (; at < start_s + MINUTES * INT64_C(60); at += m->every * 60) {
		const struct minute *t = &years[m->zone][(at - start_s) / 60];

		if (m->out_month != t->month || m->out_day != t->day)
			add(l, at, m->id);
	}
}

static void
search(struct list *l)
{
	for (int j = 0; j < JOBS; j++) {
		const struct model *m = &models[j];
		const struct minute *year = years[m->zone];

		if (m->sort == RATE) {
			search_rate(m, l);
			continue;
		}
		for (int i = 0; i < MINUTES; i++) {
			int got = m->minutes[year[i].minute] || year[i].jump > 0
			    ? starts_in(m, &year[i])
			    : 0;
			int64_t at = start_s + i * INT64_C(60) + got - 1;

			if (got > 0 && at > start_s)
				add(l, at, m->id);
		}
	}
}

static int
compare(const void *left, const void *right)
{
	const struct start *a = left, *b = right;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->job < b->job ? -1 : a->job > b->job;
}

/* ---- the comparison ---- */

static void
take_started(struct list *l)
{
	for (size_t i = 0; i < sim.count; i++) {
		const struct started *s = &sim.started[i];

		assert_int_equal(s->at.us, s->row.slot);
		assert_int_equal(s->row.slot % SECOND_US, 0);
		assert_true(s->row.slots <= 1);
		assert_int_equal(s->row.lap, 0);
		add(l, s->row.slot / SECOND_US, s->row.job);
	}
}

static void
say_difference(const struct list *found, const struct list *wanted, size_t i)
{
	struct job job;

	for (size_t n = 0; n < 2; n++) {
		const struct list *l = n == 0 ? found : wanted;

		if (i >= l->count)
			continue;
		assert_int_equal(
		    jobs_get(sim.db, l->start[i].job, &job), 1);
		print_message("%s: %lld job %lld %s %s not %s\n",
		    n == 0 ? "found" : "wanted", (long long)l->start[i].at,
		    (long long)job.id, JOB_TEXT(&job, schedule),
		    JOB_TEXT(&job, zone), JOB_TEXT(&job, not));
		job_fini(&job);
	}
}

static void
a_year_of_a_thousand_jobs_is_as_the_wall_clock_says(void **unused)
{
	struct list found = { 0 }, wanted = { 0 };
	wall_t end;

	(void)unused;
	sim_open(year_start);
	start_s = sim.now.us / SECOND_US;
	for (int i = 0; i < JOBS; i++)
		make_job(&models[i], i);
	for (int i = 0; i < ZONES; i++)
		read_zone(i);
	end = wall_add(sim.now, MINUTES * MINUTE_US - 1);
	sim_until(end);
	take_started(&found);
	search(&wanted);
	qsort(found.start, found.count, sizeof *found.start, compare);
	qsort(wanted.start, wanted.count, sizeof *wanted.start, compare);
	print_message("%zu runs of %d jobs; clock changes: %d made up, %d held"
		      " back, %d run again\n",
	    found.count, JOBS, changes.made_up, changes.held, changes.again);
	assert_true(changes.made_up > 10 && changes.held > 10);
	assert_true(changes.again > 10);
	assert_in_range(found.count, 10000, 100000);
	for (size_t i = 0; i < found.count || i < wanted.count; i++)
		if (i >= found.count || i >= wanted.count
		    || compare(&found.start[i], &wanted.start[i]) != 0) {
			say_difference(&found, &wanted, i);
			fail_msg("start %zu differs", i);
		}
	free(found.start);
	free(wanted.start);
	for (int i = 0; i < ZONES; i++)
		free(years[i]);
	sim_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_year_of_a_thousand_jobs_is_as_the_wall_clock_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
