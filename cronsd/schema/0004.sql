-- main.db, step 4: what happens on overlap, and after a failure.

ALTER TABLE job ADD COLUMN queue INTEGER NOT NULL DEFAULT 1;
-- Tries of a slot beyond the first, and how long after the end of one.
ALTER TABLE job ADD COLUMN retry INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN retry_delay INTEGER NOT NULL DEFAULT 60000000;
ALTER TABLE job ADD COLUMN retry_factor INTEGER NOT NULL DEFAULT 1;
ALTER TABLE job ADD COLUMN retry_on TEXT NOT NULL
	DEFAULT 'fail,signal,timeout,nostart';
ALTER TABLE job ADD COLUMN on_lost INTEGER NOT NULL DEFAULT 0;
