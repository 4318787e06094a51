-- main.db, step 9: what is kept longer, and what is pinned.

ALTER TABLE job ADD COLUMN keep_failed INTEGER NOT NULL DEFAULT 100;
ALTER TABLE job ADD COLUMN keep_failed_days INTEGER NOT NULL DEFAULT 365;
ALTER TABLE job ADD COLUMN keep_bytes INTEGER NOT NULL DEFAULT 0;

-- Runs of a job that failed are kept apart from the others.
CREATE INDEX run_failed ON run (job, slot)
	WHERE result BETWEEN 2 AND 6 OR result = 9;

-- replicated: runs that no retention takes, nor what they wrote.
CREATE TABLE pin (
	run INTEGER PRIMARY KEY            -- the run
	    REFERENCES run (id) ON DELETE CASCADE,
	uid INTEGER NOT NULL,              -- whose run it is
	at INTEGER NOT NULL                -- when it was pinned
) STRICT;
CREATE INDEX pin_uid ON pin (uid);
