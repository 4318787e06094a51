-- main.db, step 8: calendars.

-- Dates on which the job is not due, and make-up days: the text, see
-- share/calendar.h.
ALTER TABLE job ADD COLUMN "not" TEXT NOT NULL DEFAULT '';
