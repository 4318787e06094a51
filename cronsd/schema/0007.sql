-- main.db, step 7: revisions know whose job it was, so that a removed job can
-- come back. NULL in older rows.

ALTER TABLE job_rev ADD COLUMN uid INTEGER;
ALTER TABLE job_rev ADD COLUMN user TEXT;
-- As in job.
ALTER TABLE job_rev ADD COLUMN created_us INTEGER;
ALTER TABLE job_rev ADD COLUMN source INTEGER;
