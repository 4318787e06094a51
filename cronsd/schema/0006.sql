-- main.db, step 6: pauses, tags, and what a run was given when it was asked for.

-- replicated: a row a pause, also after its end, so that slots which are looked
-- at later (the daemon was down) are judged by it. Forgotten 90 days after it.
-- A job is paused at an instant if a row names it, or all jobs of its user, or
-- a tag of it, and since <= instant < until.
CREATE TABLE pause (
	id INTEGER PRIMARY KEY,            -- no meaning
	job INTEGER NOT NULL,              -- id of the job; 0: more than one
	uid INTEGER NOT NULL,              -- job 0: of this user; -1 of all
	tag TEXT NOT NULL,                 -- job 0: with this tag; '' with any
	since INTEGER NOT NULL,            -- its first instant
	until INTEGER NOT NULL,            -- the first behind it; 2^63-1 open
	firm INTEGER NOT NULL,             -- 1: only root or an admin ends it
	by TEXT NOT NULL,                  -- user who asked for it
	why TEXT NOT NULL                  -- as it was said; '' nothing
) STRICT;
CREATE INDEX pause_job ON pause (job, until);

-- replicated: job.tags taken apart, so that jobs are found by tag.
CREATE TABLE tag (
	tag TEXT NOT NULL,                 -- one of the words
	job INTEGER NOT NULL               -- that has it
	    REFERENCES job (id) ON DELETE CASCADE,
	uid INTEGER NOT NULL,              -- as in job
	PRIMARY KEY (tag, job)
) STRICT;
CREATE INDEX tag_job ON tag (job);
WITH RECURSIVE split (job, uid, word, rest) AS (
	SELECT id, uid, '', tags || ',' FROM job WHERE tags <> ''
	UNION ALL
	SELECT job, uid, substr(rest, 1, instr(rest, ',') - 1),
	    substr(rest, instr(rest, ',') + 1) FROM split WHERE rest <> ''
)
INSERT OR IGNORE INTO tag (tag, job, uid)
	SELECT word, job, uid FROM split WHERE word <> '';

-- replicated: environment of one run (run --env), as long as its row.
CREATE TABLE run_env (
	run INTEGER PRIMARY KEY            -- its id; most runs have no row
	    REFERENCES run (id) ON DELETE CASCADE,
	env TEXT NOT NULL                  -- lines NAME=VALUE
) STRICT;
