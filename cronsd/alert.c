/*
 * The end of a run is looked at once, in its transaction. What it is compared
 * with (the run before it) is read from the ledger only where a job asks for
 * it.
 */
#include "alert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "commit.h"
#include "conf.h"
#include "live.h"
#include "mail.h"
#include "outbox.h"
#include "plan.h"
#include "policy.h"
#include "self.h"
#include "share/buf.h"
#include "share/job.h"
#include "share/log.h"
#include "store_alarms.h"
#include "store_jobs.h"
#include "store_outbox.h"
#include "store_pauses.h"
#include "store_runs.h"

#define LOOK_BACK 100 /* rows */
#define LEAST_RUNS 10 /* that tell how long one takes */
#define MOST_A_TURN 64
#define REMIND_LEAST_US MINUTE_US /* whoever asks for less has a flood */

struct alert {
	struct alert_needs on;
	bool has_dogs, has_alarms; /* perhaps: rows at the start or since */
	wall_t next; /* the first is due; valid while next_known */
	bool next_known;
};

static void
note_alarm(void *arg, const struct alarm *alarm)
{
	struct alert *a = arg;

	(void)alarm;
	a->has_alarms = true;
}

struct alert *
alert_new(const struct alert_needs *needs)
{
	struct alert *a = xcalloc(1, sizeof *a);

	a->on = *needs;
	a->has_dogs = !wall_is_never(alert_next(a));
	alarms_each(commit_read_db(a->on.commit),
	    &(struct alarms_want) { .uid = -1, .most = 1 }, note_alarm, a);
	return a;
}

/* Completes the row, and hands it over. */
static int
tell(struct alert *a, struct db *db, const struct job *job,
    struct outbox_row *row)
{
	row->job = job->id;
	row->rev = job->rev;
	row->uid = job->uid;
	strlcpy(row->user, job->user, sizeof row->user);
	row->at = row->made;
	return outbox_put(a->on.outbox, db, row);
}

/* "exit 3", "signal 9", "timeout", and why. */
static void
print_result(const struct run_row *row, char *out, size_t room)
{
	if (row->result == RESULT_FAIL)
		snprintf(out, room, "exit %lld", (long long)row->code);
	else if (row->result == RESULT_SIGNAL)
		snprintf(out, room, "signal %lld", (long long)row->signal);
	else
		snprintf(out, room, "%s%s%s", run_result_word(row->result),
		    row->why[0] == '\0' ? "" : ": ", row->why);
}

/* ---- the mail with its output ---- */

struct before {
	const struct run_row *than;
	bool found, changed;
};

static bool
compare(void *arg, const struct run_row *row)
{
	struct before *b = arg;

	if (row->result == RESULT_NONE || row->result == RESULT_SKIPPED
	    || row->result == RESULT_MISSED || row->id == b->than->id)
		return true;
	b->found = true;
	b->changed = row->result != b->than->result
	    || row->code != b->than->code || row->signal != b->than->signal;
	return false;
}

/* Is it another end than that of the run before? The first one is. */
static bool
has_changed(struct db *db, const struct run_row *row)
{
	struct runs_want want = { .job = row->job, .uid = -1,
		.before = row->id, .before_slot = row->slot,
		.most = LOOK_BACK };
	struct before b = { row, false, false };

	if (runs_each(db, &want, compare, &b) != 0)
		return true;
	return !b.found || b.changed;
}

/* Somebody should know why no mail comes; it is said once a run. */
static bool
has_address(const struct job *job, const struct run_row *row)
{
	char *to;
	enum mail_address address = mail_to(job, &to);
	char shown[80];

	strlcpy(shown, to, sizeof shown);
	free(to);
	if (address == MAIL_UNSAFE)
		log_warn("(%s) UNSAFE MAIL (%s): run %lld of %s is not mailed",
		    job->user, shown, (long long)row->id, JOB_TEXT(job, name));
	return address == MAIL_SAFE;
}

static int
mail_output(struct alert *a, struct db *db, const struct job *job,
    const struct run_row *run)
{
	struct mail_end end
	    = { .policy = mail_policy(job, a->on.conf->mail) };
	struct outbox_row row = { .of = run->id,
		.event = EVENT_OUTPUT,
		.hook = "mail",
		.made = { run->end } };
	wall_t at;

	if (end.policy == MAIL_NEVER)
		return 0;
	end.last = !JOB_NUMBER(job, enabled) || !policy_retries(job, run, &at);
	end.changed
	    = end.policy == MAIL_CHANGE && has_changed(db, run);
	if (!mail_wants(run, &end, &row.quiet) || !has_address(job, run))
		return 0;
	print_result(run, row.text, sizeof row.text);
	return tell(a, db, job, &row);
}

/* ---- events ---- */

/* Something that happened to a job, and all that may be told of it. */
struct happening {
	struct alert *a;
	struct db *db;
	const struct job *job;
	unsigned events;
	int64_t of; /* run, or minus a slot */
	wall_t at;
	const char *what;
};

/* The first event of those that one hook asks for. */
static int
pick(const struct happening *h, const char *hook, unsigned events)
{
	const char *list = JOB_TEXT(h->job, notify);
	char other[EVENT_HOOK_MAX];
	int event, first = EVENT_COUNT;

	while (*list != '\0'
	    && (list = event_next(list, &event, other)) != NULL)
		if (strcmp(hook, other) == 0
		    && (events & EVENT_BIT(event)) != 0 && event < first)
			first = event;
	return first;
}

static int
tell_hook(const struct happening *h, const char *hook, int event)
{
	struct outbox_row row = { .of = h->of, .event = event, .made = h->at };

	strlcpy(row.hook, hook, sizeof row.hook);
	snprintf(row.text, sizeof row.text, "%s of %s: %s: %s",
	    JOB_TEXT(h->job, name), h->job->user, event_sentence(event),
	    h->what);
	return tell(h->a, h->db, h->job, &row);
}

/* Each hook hears of one event; how many there were, or -1. */
static int
tell_all(const struct happening *h, unsigned events)
{
	const char *list = JOB_TEXT(h->job, notify);
	char hook[EVENT_HOOK_MAX];
	int event, told = 0;

	while (*list != '\0' && (list = event_next(list, &event, hook)) != NULL)
		if (pick(h, hook, events) == event) {
			if (tell_hook(h, hook, event) != 0)
				return -1;
			told++;
		}
	return told;
}

static unsigned
bits_of(enum event_kind kind)
{
	unsigned bits = 0;

	for (int i = EVENT_OUTPUT + 1; i < EVENT_COUNT; i++)
		if (event_kind(i) == kind)
			bits |= EVENT_BIT(i);
	return bits;
}

static bool
wants_reminder(const struct happening *h, const struct alarm *alarm)
{
	int64_t remind = JOB_NUMBER(h->job, remind);

	return alarm->events != 0 && alarm->acked[0] == '\0' && remind > 0
	    && h->at.us - alarm->told.us >= remind;
}

/* When it is told again if nothing happens. A job that is disabled cannot get
 * well. */
static void
set_reminder(struct alert *a, const struct job *job, struct alarm *alarm)
{
	int64_t remind = JOB_NUMBER(job, remind);

	alarm->remind = WALL_NEVER;
	if ((alarm->events & bits_of(EVENT_BAD)) != 0
	    && alarm->acked[0] == '\0' && remind > 0
	    && JOB_NUMBER(job, enabled))
		alarm->remind = wall_add(alarm->told,
		    remind < REMIND_LEAST_US ? REMIND_LEAST_US : remind);
	a->next_known = false;
}

/* Tells what is new, and keeps the job's alarm. */
static int
happen(struct happening *h)
{
	unsigned bad = bits_of(EVENT_BAD), each = bits_of(EVENT_EACH);
	struct alarm alarm;
	unsigned before, now;
	int told;

	if (alarms_get(h->db, h->job->id, &alarm) < 0)
		return -1;
	before = now = alarm.events;
	if ((h->events & EVENT_BIT(EVENT_OK)) != 0) {
		if ((before & bad) != 0)
			h->events |= EVENT_BIT(EVENT_RECOVERED);
		now = 0;
	}
	now |= h->events & ~each;
	told = tell_all(h,
	    wants_reminder(h, &alarm) ? h->events
				      : h->events & (each | ~before));
	if (told < 0)
		return -1;
	if (now == before && (told == 0 || (h->events & ~each) == 0))
		return 0;
	if (before == 0) {
		alarm.uid = h->job->uid;
		alarm.since = alarm.told = h->at;
	}
	if (told > 0)
		alarm.told = h->at;
	alarm.events = now;
	h->a->has_alarms = true;
	set_reminder(h->a, h->job, &alarm);
	return alarms_put(h->db, &alarm);
}

static bool
is_asked(const struct job *job)
{
	return JOB_TEXT(job, notify)[0] != '\0';
}

/* ---- ends ---- */

struct lengths {
	int64_t at[LOOK_BACK];
	int count;
};

static bool
add_length(void *arg, const struct run_row *row)
{
	struct lengths *l = arg;

	if (row->result == RESULT_OK && row->start >= 0)
		l->at[l->count++] = row->end - row->start;
	return l->count < LOOK_BACK;
}

static int
compare_lengths(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* How long a run may take; INT64_MAX: too few are known to say. */
static int64_t
most_length(
    struct db *db, const struct job *job, const struct run_row *row)
{
	struct runs_want want = { .job = row->job, .uid = -1,
		.before = row->id, .before_slot = row->slot,
		.most = LOOK_BACK };
	struct lengths l = { .count = 0 };

	if (JOB_NUMBER(job, slow_after) > 0)
		return JOB_NUMBER(job, slow_after);
	if (runs_each(db, &want, add_length, &l) != 0 || l.count < LEAST_RUNS)
		return INT64_MAX;
	qsort(l.at, (size_t)l.count, sizeof l.at[0], compare_lengths);
	return 3 * l.at[(l.count * 95 - 1) / 100];
}

static bool
is_late(const struct job *job, const struct run_row *row)
{
	return row->start >= 0 && row->cause != CAUSE_MANUAL
	    && row->start - row->at > JOB_NUMBER(job, late_after);
}

static unsigned
events_of_end(struct db *db, const struct job *job, const struct run_row *row)
{
	bool is_slow = strstr(JOB_TEXT(job, notify), "slow") != NULL;
	int64_t length = row->end - row->start;
	unsigned events = 0;
	wall_t at;

	if (is_late(job, row))
		events |= EVENT_BIT(EVENT_LATE);
	if (row->start >= 0 && is_slow && length > most_length(db, job, row))
		events |= EVENT_BIT(EVENT_SLOW);
	if (row->result == RESULT_MISSED)
		return events | EVENT_BIT(EVENT_MISSED);
	if (row->result == RESULT_OK) {
		if (row->cause != CAUSE_PING
		    && length < JOB_NUMBER(job, short_under))
			events |= EVENT_BIT(EVENT_SHORT);
		return events | EVENT_BIT(EVENT_OK);
	}
	if (!run_result_is_bad(row->result) || row->result == RESULT_KILLED)
		return 0;
	events |= EVENT_BIT(EVENT_FAIL);
	if (row->result == RESULT_TIMEOUT)
		events |= EVENT_BIT(EVENT_TIMEOUT);
	if (row->result == RESULT_LOST)
		events |= EVENT_BIT(EVENT_LOST);
	if (row->cause == CAUSE_PING || !JOB_NUMBER(job, enabled)
	    || !policy_retries(job, row, &at))
		events |= EVENT_BIT(EVENT_FAIL_FINAL);
	return events;
}

int
alert_ending(struct alert *a, struct db *db, const struct job *job,
    const struct run_row *row)
{
	char what[OUTBOX_TEXT_MAX / 2];
	struct happening h = { .a = a, .db = db, .job = job,
		.of = row->id, .at = { row->end }, .what = what };

	if (mail_output(a, db, job, row) != 0)
		return -1;
	if (!is_asked(job))
		return 0;
	h.events = events_of_end(db, job, row);
	print_result(row, what, sizeof what);
	return h.events == 0 ? 0 : happen(&h);
}

int
alert_started(struct alert *a, struct db *db, const struct job *job,
    const struct run_row *row)
{
	struct happening h = { .a = a, .db = db, .job = job,
		.of = row->id, .at = { row->start }, .what = "it runs",
		.events = EVENT_BIT(EVENT_START) };

	if (!is_asked(job))
		return 0;
	if (is_late(job, row))
		h.events |= EVENT_BIT(EVENT_LATE);
	return happen(&h);
}

/* ---- jobs of which nothing is heard ---- */

static bool
is_watched(const struct job *job)
{
	return JOB_NUMBER(job, enabled)
	    && strstr(JOB_TEXT(job, notify), "did-not-run") != NULL;
}

/* The slot after that instant is the next that must be heard of. */
static int
watch_from(
    struct alert *a, struct db *db, const struct job *job, wall_t after)
{
	struct watchdog dog = { .job = job->id };

	dog.slot = plan_slot_after(a->on.plan, job, after);
	a->has_dogs = true;
	a->next_known = false;
	if (wall_is_never(dog.slot))
		return watchdogs_drop(db, job->id);
	dog.by = wall_add(dog.slot, JOB_NUMBER(job, dead_after));
	return watchdogs_put(db, &dog);
}

/* The job was changed. One that nobody asks about has no alarm that could be
 * left over. */
static int
look_at_alarm(struct alert *a, struct db *db, const struct job *job)
{
	struct alarm alarm = { .job = job->id };
	int got = is_asked(job) ? alarms_get(db, job->id, &alarm) : 1;

	if (got != 1)
		return got;
	set_reminder(a, job, &alarm);
	return alarms_put(db, &alarm);
}

int
alert_planned(
    struct alert *a, struct db *db, const struct job *job, wall_t now)
{
	if (a->has_alarms && look_at_alarm(a, db, job) != 0)
		return -1;
	if (is_watched(job))
		return watch_from(a, db, job, now);
	return a->has_dogs ? watchdogs_drop(db, job->id) : 0;
}

/* A run of it goes on, or has started since; or nobody wants one. */
static bool
is_excused(struct alert *a, struct db *db, const struct job *job,
    const struct watchdog *dog)
{
	struct pause pause;

	return live_of_job(a->on.live, job->id, NULL) != NULL
	    || watchdogs_is_fed(db, dog) == 1
	    || pauses_find(db, job, dog->slot, &pause) == 1;
}

static int
look_after(struct alert *a, struct db *db, const struct watchdog *dog,
    wall_t now)
{
	struct happening h = { .a = a, .db = db, .of = -dog->slot.us,
		.at = now, .events = EVENT_BIT(EVENT_DID_NOT_RUN) };
	struct buf what = BUF_EMPTY;
	wall_t past;
	struct job job;
	int got = jobs_get(db, dog->job, &job);

	if (got != 1)
		return got < 0 ? -1 : watchdogs_drop(db, dog->job);
	got = 0;
	h.job = &job;
	buf_puts(&what, "since ");
	rfc3339_print(&what, dog->slot, 0);
	h.what = buf_text(&what);
	if (!is_excused(a, db, &job, dog))
		got = happen(&h);
	past = wall_add(now, -JOB_NUMBER(&job, dead_after));
	if (got == 0)
		got = watch_from(
		    a, db, &job, past.us > dog->slot.us ? past : dog->slot);
	buf_fini(&what);
	job_fini(&job);
	return got;
}

static int
turn_dogs(struct alert *a, struct db *db, wall_t now)
{
	struct watchdog dog;
	int got = 1;

	for (int n = 0; n < MOST_A_TURN && got == 1; n++) {
		got = watchdogs_first(db, &dog);
		if (got == 1 && dog.by.us > now.us)
			break;
		if (got == 1 && look_after(a, db, &dog, now) != 0)
			got = -1;
	}
	return got < 0 ? -1 : 0;
}

/* ---- reminders ---- */

/* The job is read fresh: it may ask for it later by now, or not at all. */
static int
remind(struct alert *a, struct db *db, struct alarm *alarm, wall_t now)
{
	struct happening h = { .a = a, .db = db, .of = -now.us, .at = now };
	struct buf what = BUF_EMPTY;
	struct job job;
	int told = 0;

	if (jobs_get(db, alarm->job, &job) != 1)
		return -1; /* its alarm had gone with it */
	h.job = &job;
	buf_puts(&what, "still, since ");
	rfc3339_print(&what, alarm->since, 0);
	h.what = buf_text(&what);
	set_reminder(a, &job, alarm);
	if (alarm->remind.us <= now.us) {
		told = tell_all(&h, alarm->events & bits_of(EVENT_BAD));
		alarm->told = now;
		set_reminder(a, &job, alarm);
		if (told == 0)
			alarm->remind = WALL_NEVER;
	}
	buf_fini(&what);
	job_fini(&job);
	return told < 0 ? -1 : alarms_put(db, alarm);
}

static int
turn_reminders(struct alert *a, struct db *db, wall_t now)
{
	struct alarm alarm;
	int got = 1;

	for (int n = 0; n < MOST_A_TURN && got == 1; n++) {
		got = alarms_first(db, &alarm);
		if (got == 1 && alarm.remind.us > now.us)
			break;
		if (got == 1 && remind(a, db, &alarm, now) != 0)
			got = -1;
	}
	return got < 0 ? -1 : 0;
}

void
alert_turn(struct alert *a, wall_t now)
{
	struct db *db;

	if (a->on.self->stopping || alert_next(a).us > now.us
	    || (db = commit_db(a->on.commit)) == NULL)
		return;
	if (turn_dogs(a, db, now) != 0 || turn_reminders(a, db, now) != 0)
		commit_spoil(a->on.commit);
	a->next_known = false;
}

wall_t
alert_next(struct alert *a)
{
	struct db *db = commit_read_db(a->on.commit);
	struct watchdog dog;
	struct alarm alarm;

	if (!a->next_known) {
		a->next_known = true;
		a->next = WALL_NEVER;
		if (watchdogs_first(db, &dog) == 1)
			a->next = dog.by;
		if (alarms_first(db, &alarm) == 1
		    && alarm.remind.us < a->next.us)
			a->next = alarm.remind;
	}
	return a->next;
}
