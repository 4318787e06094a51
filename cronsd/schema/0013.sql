-- main.db, step 13: jobs that run after others, and jitter.

-- Fields of a job: see share/job.h.
ALTER TABLE job ADD COLUMN after TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN jitter INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN jitter_kind INTEGER NOT NULL DEFAULT 0;

-- replicated: job.after taken apart. A row names a job by user and name, for
-- that may be removed and made again.
CREATE TABLE dep (
	job INTEGER NOT NULL               -- that runs after the other
	    REFERENCES job (id) ON DELETE CASCADE,
	nth INTEGER NOT NULL,              -- as in the field, from 0
	user TEXT NOT NULL,                -- of the other
	name TEXT NOT NULL,                -- its name
	want INTEGER NOT NULL,             -- 0 ok, 1 fail, 2 any
	run INTEGER,                       -- of the other, that ended in the
	                                   -- round at hand; NULL: none has
	result INTEGER,                    -- of that run
	PRIMARY KEY (job, nth)
) STRICT;
CREATE INDEX dep_on ON dep (name, user);
