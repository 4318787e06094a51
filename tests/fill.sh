# Sourced by cases and measurements that need many jobs at once.
# shellcheck shell=bash disable=SC2154

# Copies the job of that name COUNT times, straight into main.db of a daemon
# that is not running; the copies are called NAME-1 and so on, and the first
# instant of the n-th is FIRST + (n - 1) * STEP (microseconds since 1970).
copy_jobs() # NAME COUNT FIRST STEP
{
	local columns values
	columns=$(sqlite3 "$state/main.db" \
	    "SELECT group_concat('\"' || name || '\"', ', ')
	    FROM pragma_table_info('job')")
	values=$(sed "s/\"id\"/base + n/; s/\"name\"/name || '-' || n/
	    s/\"source_key\"/NULL/" <<<"$columns")
	sqlite3 "$state/main.db" <<-END
		PRAGMA synchronous = OFF;
		BEGIN;
		CREATE TEMP TABLE copy AS WITH RECURSIVE
		    count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count
		    WHERE n < $2)
		SELECT n, (SELECT max(id) FROM job) AS base FROM count;
		INSERT INTO job ($columns) SELECT $values FROM job, copy
		    WHERE name = '$1';
		INSERT INTO due (job, at, slot, lap)
		    SELECT base + n, $3 + (n - 1) * $4, $3 + (n - 1) * $4, 0
		    FROM copy;
		COMMIT;
	END
}
