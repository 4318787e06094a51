-- main.db, step 3: the crontab files that are read live, and their entries.

-- local: a row a crontab file of this host that was found, also one that is
-- passed over; a row a directory only while that cannot be read. The file is
-- the truth: what stands here is what became of it when it was read last.
CREATE TABLE source (
	id INTEGER PRIMARY KEY AUTOINCREMENT, -- job.source
	path TEXT NOT NULL UNIQUE,         -- absolute
	kind INTEGER NOT NULL,             -- SOURCE_KINDS of store_sources.h
	user TEXT NOT NULL,                -- whose tab; '' in a system crontab
	uid INTEGER NOT NULL,              -- of that user then, -1 nobody's
	state INTEGER NOT NULL,            -- SOURCE_STATES of store_sources.h
	reason TEXT NOT NULL,              -- of a state that needs one
	jobs INTEGER NOT NULL,             -- entries that are jobs now
	waits INTEGER NOT NULL,            -- 1: for what no inotify tells of
	rules INTEGER NOT NULL,            -- how it was read: dialect and so on
	inode INTEGER NOT NULL,            -- the file as it was read; 0, with
	size INTEGER NOT NULL,             --   the three below, where it must
	mtime_ns INTEGER NOT NULL,         --   be read again in any case
	ctime_ns INTEGER NOT NULL,         -- the same
	checked_us INTEGER NOT NULL        -- when it was read
) STRICT;
CREATE INDEX source_waits ON source (id) WHERE waits = 1;
CREATE INDEX source_bad ON source (id) WHERE state IN (1, 2);

-- local: what is wrong in a file, and what is odd, by line; the first hundred.
CREATE TABLE source_fault (
	source INTEGER NOT NULL            -- the file
	    REFERENCES source (id) ON DELETE CASCADE,
	nth INTEGER NOT NULL,              -- from 1, in order of the lines
	line INTEGER NOT NULL,             -- from 1
	col INTEGER NOT NULL,              -- byte of the line, from 1; 0 all
	error INTEGER NOT NULL,            -- 0: a warning, the entry lives
	text TEXT NOT NULL,                -- why, and what to write instead
	PRIMARY KEY (source, nth)
) STRICT;

-- local: the entries of the files that are jobs now. A row of job is written
-- only when hash says that the entry changed.
CREATE TABLE entry (
	job INTEGER PRIMARY KEY,           -- its id
	source INTEGER NOT NULL,           -- the file
	key INTEGER NOT NULL,              -- job.source_key, as a number
	hash INTEGER NOT NULL,             -- of the whole job as it was read
	line INTEGER NOT NULL              -- where it stands, from 1
) STRICT;
CREATE INDEX entry_key ON entry (source, key);

-- local: entries that vanished: should the same entry come back (a file that
-- was broken for a while, a user who was away), so does its job, with its id
-- and history. Forgotten after 90 days.
CREATE TABLE former (
	job INTEGER PRIMARY KEY,           -- the id it had and will have
	source INTEGER NOT NULL,           -- the file
	key INTEGER NOT NULL,              -- as in entry
	uid INTEGER NOT NULL,              -- whose it was: nobody else gets it
	rev INTEGER NOT NULL,              -- its newest row in job_rev
	created_us INTEGER NOT NULL,       -- anchor of its schedule
	hash INTEGER NOT NULL,             -- as in entry
	enabled INTEGER NOT NULL,          -- 0: somebody had disabled it
	gone_us INTEGER NOT NULL           -- when it vanished
) STRICT;
CREATE INDEX former_key ON former (source, key);
CREATE INDEX former_gone ON former (gone_us);

-- Jobs of live sources are found through entry.
DROP INDEX job_source;
CREATE INDEX job_source ON job (source_key)
	WHERE source_key IS NOT NULL AND source = 0;

ALTER TABLE job ADD COLUMN log INTEGER NOT NULL DEFAULT 1;
