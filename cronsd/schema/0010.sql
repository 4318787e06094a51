-- main.db, step 10: pools, and runs that wait.

-- replicated: so many runs at a time, of whatever jobs name the pool. One that
-- jobs name and that has no row here has a single slot.
CREATE TABLE pool (
	name TEXT PRIMARY KEY,             -- "db", or "alice/db": alice's own
	slots INTEGER NOT NULL,            -- how many at a time
	per_uid INTEGER NOT NULL,          -- how many of one user; 0: all
	paused INTEGER NOT NULL            -- 1: none starts
) STRICT;

-- Fields of a job: see share/job.h.
ALTER TABLE job ADD COLUMN pool TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN max_running INTEGER NOT NULL DEFAULT 0;
CREATE INDEX job_pool ON job (pool) WHERE pool <> '';

-- 1: it was due, and it was decided that it waits for other runs, however long
-- that takes. Its start deadline counts no more.
ALTER TABLE run ADD COLUMN waits INTEGER;
