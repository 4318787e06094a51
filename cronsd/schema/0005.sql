-- main.db, step 5: ranges of slots that run one after another.

-- replicated: what a job has still to make up for (catchup=all) or was asked
-- to run again (replay). A row goes when its last slot was claimed.
CREATE TABLE backlog (
	id INTEGER PRIMARY KEY,            -- no meaning
	job INTEGER NOT NULL               -- whose slots
	    REFERENCES job (id) ON DELETE CASCADE,
	at INTEGER NOT NULL,               -- look at it then; far away: when a
	                                   -- run of the job has ended
	slot INTEGER NOT NULL,             -- its slots from here on
	until INTEGER NOT NULL,            -- to here, both included
	cause INTEGER NOT NULL,            -- RUN_CAUSES of share/run.h
	force INTEGER NOT NULL             -- 1: slots that ran run again
) STRICT;
CREATE INDEX backlog_at ON backlog (at);
CREATE INDEX backlog_job ON backlog (job, until);
