/* Rows of alarm and watchdog. */
#include "store_alarms.h"

#include <string.h>

#include <bsd/string.h>

#include "db.h"

static void
read_alarm(struct sqlite3_stmt *st, struct alarm *alarm)
{
	const char *acked = db_text(st, "acked");

	alarm->job = db_int(st, "job");
	alarm->uid = db_int(st, "uid");
	alarm->events = (unsigned)db_int(st, "events");
	alarm->since.us = db_int(st, "since_us");
	alarm->told.us = db_int(st, "told_us");
	alarm->remind.us = db_int(st, "remind_us");
	if (alarm->remind.us < 0)
		alarm->remind = WALL_NEVER;
	strlcpy(alarm->acked, acked == NULL ? "" : acked, sizeof alarm->acked);
}

int
alarms_get(struct db *db, int64_t job, struct alarm *alarm)
{
	struct sqlite3_stmt *st = db_get(db, SQL_ALARM_GET);
	int got;

	memset(alarm, 0, sizeof *alarm);
	alarm->job = job;
	alarm->remind = WALL_NEVER;
	db_bind(st, ":job", job);
	got = db_step(db, st);
	if (got == 1)
		read_alarm(st, alarm);
	db_done(st);
	return got;
}

int
alarms_put(struct db *db, const struct alarm *alarm)
{
	struct sqlite3_stmt *st = db_get(
	    db, alarm->events == 0 ? SQL_ALARM_DROP : SQL_ALARM_PUT);

	db_bind(st, ":job", alarm->job);
	if (alarm->events != 0) {
		db_bind(st, ":uid", alarm->uid);
		db_bind(st, ":events", alarm->events);
		db_bind(st, ":since_us", alarm->since.us);
		db_bind(st, ":told_us", alarm->told.us);
		db_bind_text(st, ":acked", alarm->acked);
		db_bind_some(st, ":remind_us",
		    wall_is_never(alarm->remind) ? -1 : alarm->remind.us);
	}
	return db_run(db, st);
}

int
alarms_first(struct db *db, struct alarm *alarm)
{
	struct sqlite3_stmt *st = db_get(db, SQL_ALARM_REMIND);
	int got = db_step(db, st);

	if (got == 1)
		read_alarm(st, alarm);
	db_done(st);
	return got;
}

int
alarms_each(struct db *db, const struct alarms_want *want,
    void (*each)(void *arg, const struct alarm *alarm), void *arg)
{
	struct sqlite3_stmt *st = db_get(
	    db, want->uid < 0 ? SQL_ALARMS_ALL : SQL_ALARMS_OF);
	struct alarm alarm;
	int got;

	if (want->uid >= 0)
		db_bind(st, ":uid", want->uid);
	db_bind(st, ":after", want->after);
	db_bind(st, ":n", want->most);
	while ((got = db_step(db, st)) == 1) {
		read_alarm(st, &alarm);
		each(arg, &alarm);
	}
	db_done(st);
	return got < 0 ? -1 : 0;
}

int
watchdogs_put(struct db *db, const struct watchdog *dog)
{
	struct sqlite3_stmt *st = db_get(db, SQL_WATCHDOG_PUT);

	db_bind(st, ":job", dog->job);
	db_bind(st, ":slot", dog->slot.us);
	db_bind(st, ":by", dog->by.us);
	return db_run(db, st);
}

int
watchdogs_drop(struct db *db, int64_t job)
{
	struct sqlite3_stmt *st = db_get(db, SQL_WATCHDOG_DROP);

	db_bind(st, ":job", job);
	return db_run(db, st);
}

int
watchdogs_first(struct db *db, struct watchdog *dog)
{
	struct sqlite3_stmt *st = db_get(db, SQL_WATCHDOG_FIRST);
	int got = db_step(db, st);

	if (got == 1) {
		dog->job = db_int(st, "job");
		dog->slot.us = db_int(st, "slot");
		dog->by.us = db_int(st, "by");
	}
	db_done(st);
	return got;
}

int
watchdogs_is_fed(struct db *db, const struct watchdog *dog)
{
	struct sqlite3_stmt *st = db_get(db, SQL_RUN_STARTED_SINCE);
	int got;

	db_bind(st, ":job", dog->job);
	db_bind(st, ":slot", dog->slot.us);
	got = db_step(db, st);
	db_done(st);
	return got;
}
