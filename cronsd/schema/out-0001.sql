-- out.db, step 1: output of finished runs.

-- local: frames of a run file, in order, zstd, at most 1 MiB raw a chunk, so
-- that the tail of a long log opens without reading its head.
CREATE TABLE out (
	run INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	raw INTEGER NOT NULL,              -- bytes before compression
	lines INTEGER NOT NULL,            -- LF bytes in its frames
	data BLOB NOT NULL,
	PRIMARY KEY (run, seq)
) STRICT;
