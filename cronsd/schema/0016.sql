-- main.db, step 16: disk priority, and limits by cgroup.

-- Fields of a job: see share/job.h.
ALTER TABLE job ADD COLUMN ionice TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN memory INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN pids INTEGER NOT NULL DEFAULT 0;
