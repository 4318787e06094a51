-- main.db, step 2: clock steps and catch-up.
-- More keys of meta: lap_any, lap_far (how often the clock was set back, and
-- how often far), relived_us (until that instant all was handled before it
-- was), pass (1 while what is due is computed anew for all jobs).

-- Fields of a job: see share/job.h.
ALTER TABLE job ADD COLUMN catchup_max INTEGER NOT NULL DEFAULT 100;
ALTER TABLE job ADD COLUMN catchup_within INTEGER NOT NULL DEFAULT 0;

-- Ranges of slots have an index of their own: a slot inside one is found
-- without looking at those before it.
CREATE INDEX run_range ON run (job, slot_to) WHERE slot_to IS NOT NULL;
