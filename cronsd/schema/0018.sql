-- main.db, step 18: an import of many entries takes many turns.

-- local: a crontab that is being imported, from its first entry that is
-- durable to the last one: it is done whatever happens in between. At most one
-- row.
CREATE TABLE importing (
	id INTEGER PRIMARY KEY,            -- 1
	uid INTEGER NOT NULL,              -- who asked for it
	user TEXT NOT NULL,                -- the name of that
	root INTEGER NOT NULL,             -- 1: with the rights of root
	line TEXT NOT NULL,                -- the request
	text BLOB NOT NULL                 -- the crontab
) STRICT;
