-- out.db, step 1: output of finished runs.

-- local: frames of a run file, in order, zstd, at most 1 MiB raw a chunk, so
-- that the tail of a long log opens without reading its head.
CREATE TABLE out (
	run INTEGER NOT NULL,              -- id of the run in main.db
	seq INTEGER NOT NULL,              -- its chunks, from 0
	raw INTEGER NOT NULL,              -- bytes before compression
	lines INTEGER NOT NULL,            -- LF bytes in its frames
	data BLOB NOT NULL,                -- compressed
	PRIMARY KEY (run, seq)
) STRICT;
