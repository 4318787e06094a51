-- main.db, step 15: alarms: what is wrong with a job since when, and when
-- something of it should be heard at the latest.

-- local: a row a job of which something is wrong that its field notify asks
-- about or could; it goes when the job is well again.
CREATE TABLE alarm (
	job INTEGER PRIMARY KEY            -- its id
	    REFERENCES job (id) ON DELETE CASCADE,
	uid INTEGER NOT NULL,              -- whose it is
	events INTEGER NOT NULL,           -- a bit each EVENTS of share/event.h
	since_us INTEGER NOT NULL,         -- when it began
	told_us INTEGER NOT NULL,          -- when somebody was told last
	acked TEXT NOT NULL                -- who knows of it: no reminders; ''
) STRICT;
CREATE INDEX alarm_uid ON alarm (uid, job);

-- local: a row a job that is to be told of when it does not run.
CREATE TABLE watchdog (
	job INTEGER PRIMARY KEY            -- its id
	    REFERENCES job (id) ON DELETE CASCADE,
	slot INTEGER NOT NULL,             -- from then on a run must start
	by INTEGER NOT NULL                -- and until then
) STRICT;
CREATE INDEX watchdog_by ON watchdog (by);

-- Fields of a job: see share/job.h.
ALTER TABLE job ADD COLUMN notify TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN remind INTEGER NOT NULL DEFAULT 86400000000;
ALTER TABLE job ADD COLUMN late_after INTEGER NOT NULL DEFAULT 10000000;
ALTER TABLE job ADD COLUMN slow_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN short_under INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN dead_after INTEGER NOT NULL DEFAULT 300000000;
ALTER TABLE job ADD COLUMN ping INTEGER NOT NULL DEFAULT 0;
