-- main.db, step 1: jobs, what is due, runs and what became of them.
-- Times are INTEGER microseconds since 1970 UTC. "replicated" tables are a
-- fold of every decision; "local" ones belong to this host alone.

-- local: what this database knows about itself. Keys: instance (random name
-- of this life of the database, part of every run file's name), boot (the
-- kernel's boot id at the last start), run_floor (no run id at or below it is
-- given out again), probed (when the disk was full and had room again).
CREATE TABLE meta (
	key TEXT PRIMARY KEY,              -- one of the words above
	value TEXT NOT NULL                -- text, numbers in decimal
) STRICT;

-- replicated: one row a job; from dialect on, the columns are the rows of
-- share/job.h. AUTOINCREMENT: a removed job's id never names another one.
CREATE TABLE job (
	id INTEGER PRIMARY KEY AUTOINCREMENT, -- what users and runs call it
	rev INTEGER NOT NULL,              -- its newest row in job_rev
	uid INTEGER NOT NULL,              -- whose it is, and who runs it
	user TEXT NOT NULL,                -- the name uid had; both must match
	created_us INTEGER NOT NULL,       -- anchor of its schedule
	source INTEGER NOT NULL,           -- crontab file it came from, 0 none
	source_key TEXT,                   -- hash of user, schedule, command, nth
	name TEXT NOT NULL,                -- unique among its user's
	schedule TEXT NOT NULL,
	dialect INTEGER NOT NULL,
	zone TEXT NOT NULL,
	command TEXT NOT NULL,
	argv TEXT NOT NULL,
	stdin TEXT NOT NULL,
	cwd TEXT NOT NULL,
	shell TEXT NOT NULL,
	env TEXT NOT NULL,
	umask INTEGER NOT NULL,
	nice INTEGER NOT NULL,
	limits TEXT NOT NULL,
	enabled INTEGER NOT NULL,
	overlap INTEGER NOT NULL,
	catchup INTEGER NOT NULL,
	start_deadline INTEGER NOT NULL,
	timeout INTEGER NOT NULL,
	grace INTEGER NOT NULL,
	linger INTEGER NOT NULL,
	merge INTEGER NOT NULL,
	direct INTEGER NOT NULL,
	output_head INTEGER NOT NULL,
	output_tail INTEGER NOT NULL,
	keep_runs INTEGER NOT NULL,
	keep_days INTEGER NOT NULL,
	tags TEXT NOT NULL,
	comment TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX job_name ON job (uid, name);
CREATE INDEX job_by_name ON job (name, uid);
CREATE INDEX job_source ON job (source_key) WHERE source_key IS NOT NULL;
CREATE INDEX job_reboot ON job (id) WHERE schedule = '@reboot' AND enabled = 1;

-- replicated: the queue itself. A job without a row has nothing to come.
CREATE TABLE due (
	job INTEGER PRIMARY KEY            -- it has one row at most
	    REFERENCES job (id) ON DELETE CASCADE,
	at INTEGER NOT NULL,               -- when to start it
	slot INTEGER NOT NULL,             -- the instant its schedule names
	lap INTEGER NOT NULL               -- raised when the clock went back
) STRICT;
CREATE INDEX due_at ON due (at);

-- replicated: every revision of every job, whole; never changed, and kept
-- after the job is gone.
CREATE TABLE job_rev (
	job INTEGER NOT NULL,              -- id, of a removed job too
	rev INTEGER NOT NULL,              -- counted from 1
	at INTEGER NOT NULL,               -- when it was asked for
	by TEXT NOT NULL,                  -- user who asked
	change TEXT NOT NULL,              -- key=value words, "added", "removed"
	spec TEXT NOT NULL,                -- all fields, key=value words
	PRIMARY KEY (job, rev)
) STRICT;

-- replicated: one row a run, and one a skipped or missed slot or range of
-- slots. result 0 means it is claimed or running (the run file knows which).
CREATE TABLE run (
	id INTEGER PRIMARY KEY,            -- given out once, rising
	job INTEGER NOT NULL,              -- id, of a removed job too
	slot INTEGER NOT NULL,             -- the instant its schedule names
	lap INTEGER NOT NULL,              -- -1: asked for by hand
	shard INTEGER NOT NULL,            -- part of a split run; 0
	try INTEGER NOT NULL,              -- 0, and one more each retry
	uid INTEGER NOT NULL,              -- whose job it was
	fence INTEGER NOT NULL,            -- raised before a launch is repeated
	cause INTEGER NOT NULL,            -- RUN_CAUSES of share/run.h
	result INTEGER NOT NULL,           -- RUN_RESULTS of share/run.h
	at INTEGER,                        -- when to start it; NULL: = slot
	start INTEGER,                     -- when it was executed
	end INTEGER,                       -- when it ended or was given up
	code INTEGER,                      -- exit status
	signal INTEGER,                    -- that ended it
	why TEXT,                          -- reason of a result that needs one
	slot_to INTEGER,                   -- a range of slots: its last one
	slots INTEGER,                     -- and how many there are
	out_bytes INTEGER,                 -- stdout; NULL: none
	err_bytes INTEGER,                 -- stderr
	dropped_bytes INTEGER              -- output that was not kept
) STRICT;
CREATE UNIQUE INDEX run_slot ON run (job, slot, lap, shard, try);
CREATE INDEX run_uid ON run (uid, id);
CREATE INDEX run_live ON run (id) WHERE result = 0;
CREATE INDEX run_bad ON run (end) WHERE result BETWEEN 2 AND 6 OR result = 9;

-- replicated: the last end of a job, apart from job because it changes often.
CREATE TABLE health (
	job INTEGER PRIMARY KEY            -- it has one row once it ran
	    REFERENCES job (id) ON DELETE CASCADE,
	run INTEGER NOT NULL,              -- the newest that ended
	start INTEGER,                     -- as in that row of run
	end INTEGER,                       -- the same
	result INTEGER NOT NULL,           -- the same
	code INTEGER                       -- the same
) STRICT;
