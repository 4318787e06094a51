-- main.db, step 12: what happened last, for those who follow it.

-- local: a ring: the newest rows, as many as keep-events says or some more. Written in the transaction
-- of what it tells of. seq has no gaps, and rises for ever.
CREATE TABLE event (
	seq INTEGER PRIMARY KEY,           -- the newest is never deleted
	at INTEGER NOT NULL,               -- when
	kind INTEGER NOT NULL,             -- EVENT_KINDS of store_events.h
	uid INTEGER NOT NULL,              -- whose it is; -1 everybody's
	job INTEGER NOT NULL,              -- id; 0: of more than one
	run INTEGER,                       -- id, of events of runs
	result INTEGER,                    -- of a run that is over
	text TEXT NOT NULL                 -- what else there is to say
) STRICT;
