-- out.db, step 2: where chunks stand, and whose output there is.

-- Where the chunk's first frame stood in its run file, and the line feeds in
-- its stdout and stderr; NULL in chunks of step 1. Read through an index of
-- their own, since they stand behind the data.
ALTER TABLE out ADD COLUMN at INTEGER;
ALTER TABLE out ADD COLUMN out_lines INTEGER;
ALTER TABLE out ADD COLUMN err_lines INTEGER;
CREATE INDEX out_mark ON out (run, seq, at, out_lines, err_lines);

-- local: a row a run that has chunks: what is forgotten first, and whose.
CREATE TABLE held (
	run INTEGER PRIMARY KEY,           -- its id in main.db
	job INTEGER NOT NULL,              -- 0: not known
	uid INTEGER NOT NULL,              -- whose it was; -1: not known
	failed INTEGER NOT NULL,           -- 1: goes when the others are gone
	pinned INTEGER NOT NULL,           -- 1: does not go
	bytes INTEGER NOT NULL             -- as stored
) STRICT;
CREATE INDEX held_order ON held (uid, job, pinned, failed, run);
CREATE INDEX held_pinned ON held (run) WHERE pinned = 1;

-- local: sums of held by user and job, kept by the triggers below.
CREATE TABLE heap (
	uid INTEGER NOT NULL,              -- as in held
	job INTEGER NOT NULL,              -- as in held
	runs INTEGER NOT NULL,             -- rows of held
	bytes INTEGER NOT NULL,            -- of those that may go
	pinned INTEGER NOT NULL,           -- bytes of those that may not
	PRIMARY KEY (uid, job)
) STRICT;
CREATE INDEX heap_size ON heap (uid, bytes);

-- local: sums of heap by user, kept by the triggers below.
CREATE TABLE owner (
	uid INTEGER PRIMARY KEY,           -- as in held
	runs INTEGER NOT NULL,             -- as in heap
	bytes INTEGER NOT NULL,            -- as in heap
	pinned INTEGER NOT NULL            -- as in heap
) STRICT;
CREATE INDEX owner_size ON owner (bytes);

CREATE TRIGGER held_added AFTER INSERT ON held BEGIN
	INSERT INTO heap (uid, job, runs, bytes, pinned)
	    VALUES (NEW.uid, NEW.job, 1, (1 - NEW.pinned) * NEW.bytes,
	    NEW.pinned * NEW.bytes)
	    ON CONFLICT (uid, job) DO UPDATE SET runs = runs + 1,
	    bytes = bytes + excluded.bytes, pinned = pinned + excluded.pinned;
	INSERT INTO owner (uid, runs, bytes, pinned)
	    VALUES (NEW.uid, 1, (1 - NEW.pinned) * NEW.bytes,
	    NEW.pinned * NEW.bytes)
	    ON CONFLICT (uid) DO UPDATE SET runs = runs + 1,
	    bytes = bytes + excluded.bytes, pinned = pinned + excluded.pinned;
END;

CREATE TRIGGER held_gone AFTER DELETE ON held BEGIN
	UPDATE heap SET runs = runs - 1,
	    bytes = bytes - (1 - OLD.pinned) * OLD.bytes,
	    pinned = pinned - OLD.pinned * OLD.bytes
	    WHERE uid = OLD.uid AND job = OLD.job;
	UPDATE owner SET runs = runs - 1,
	    bytes = bytes - (1 - OLD.pinned) * OLD.bytes,
	    pinned = pinned - OLD.pinned * OLD.bytes
	    WHERE uid = OLD.uid;
	DELETE FROM heap WHERE uid = OLD.uid AND job = OLD.job AND runs = 0;
	DELETE FROM owner WHERE uid = OLD.uid AND runs = 0;
END;

CREATE TRIGGER held_pin AFTER UPDATE OF pinned ON held BEGIN
	UPDATE heap SET
	    bytes = bytes + (OLD.pinned - NEW.pinned) * NEW.bytes,
	    pinned = pinned + (NEW.pinned - OLD.pinned) * NEW.bytes
	    WHERE uid = NEW.uid AND job = NEW.job;
	UPDATE owner SET
	    bytes = bytes + (OLD.pinned - NEW.pinned) * NEW.bytes,
	    pinned = pinned + (NEW.pinned - OLD.pinned) * NEW.bytes
	    WHERE uid = NEW.uid;
END;

INSERT INTO held (run, job, uid, failed, pinned, bytes)
	SELECT run, 0, -1, 0, 0, sum(length(data)) FROM out GROUP BY run;
