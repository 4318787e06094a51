-- main.db, step 11: where imported jobs came from.

-- replicated: a row a job that `import` made of a crontab with a name. What a
-- later import of that name does not hold has vanished from it.
CREATE TABLE imported (
	job INTEGER PRIMARY KEY            -- its id
	    REFERENCES job (id) ON DELETE CASCADE,
	file TEXT NOT NULL,                -- the crontab, as the client named it
	uid INTEGER NOT NULL               -- whose crontab; -1 a system crontab
) STRICT;
CREATE INDEX imported_file ON imported (file, uid);
