-- main.db, step 14: what is told of runs: mail with their output, and events.

-- local: a row each thing that somebody is told: written in the transaction
-- that decides it, and kept for a day when it was delivered, so that nothing
-- is told twice. Runs without a job (run.job = 0, run.slot = outbox.id)
-- deliver it.
CREATE TABLE outbox (
	id INTEGER PRIMARY KEY AUTOINCREMENT, -- slot of the runs that deliver it
	job INTEGER NOT NULL,              -- of what, of a removed job too
	rev INTEGER NOT NULL,              -- and the revision it had
	of INTEGER NOT NULL,               -- its run; below 0: minus the slot
	event INTEGER NOT NULL,            -- EVENTS of share/event.h, 0 output
	hook TEXT NOT NULL,                -- by whom: mail, a name, a path
	uid INTEGER NOT NULL,              -- whose job it is
	user TEXT NOT NULL,                -- the name uid had; both must match
	quiet INTEGER NOT NULL,            -- 1: not if nothing was printed
	text TEXT NOT NULL,                -- what happened, in a sentence
	made_us INTEGER NOT NULL,          -- when it happened
	state INTEGER NOT NULL,            -- OUTBOX_STATES of store_outbox.h
	at INTEGER NOT NULL,               -- waiting: until then; else since
	tries INTEGER NOT NULL,            -- how many runs were made for it
	sent INTEGER NOT NULL,             -- the last of them, 0 none
	why TEXT NOT NULL                  -- it was not delivered
) STRICT;
CREATE UNIQUE INDEX outbox_once ON outbox (job, of, event, hook);
CREATE INDEX outbox_waiting ON outbox (uid, at) WHERE state = 0;
CREATE INDEX outbox_next ON outbox (at) WHERE state = 0;
CREATE INDEX outbox_sending ON outbox (id) WHERE state = 1;
CREATE INDEX outbox_over ON outbox (at) WHERE state > 1;

ALTER TABLE job ADD COLUMN mail INTEGER NOT NULL DEFAULT 0;
