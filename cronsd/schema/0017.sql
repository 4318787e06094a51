-- main.db, step 17: reminders come by the clock.

-- When an alarm that goes on is told again; NULL: it is not.
ALTER TABLE alarm ADD COLUMN remind_us INTEGER;
CREATE INDEX alarm_remind ON alarm (remind_us) WHERE remind_us IS NOT NULL;
UPDATE alarm SET remind_us = told_us
	+ (SELECT max(remind, 60000000) FROM job WHERE id = alarm.job)
	WHERE acked = '' AND (SELECT remind FROM job WHERE id = alarm.job) > 0;
