#!/bin/bash
# A long history: ROWS (1000000; BENCH_LONG=1: ten million) runs of a thousand
# jobs. How long `runs` and `why` take, in all and of a job, how many bytes a
# silent run takes, and how long the tail of a million-line log takes to open.
# Medians of ROUNDS (9), cronsctl's own start included.
# limit: 1800
. "$(dirname "$0")/../lib.sh"
need sqlite3
rows=${ROWS:-1000000}
[ -z "${BENCH_LONG-}" ] || rows=10000000
jobs=1000

start_daemon
for ((i = 1; i <= jobs; i++)); do
	echo "add name=job-$i schedule=@yearly command=true" \
	    "keep-runs=1000000 keep-days=36500"
done | "$talk" -t 100 "$CRONS_SOCKET" >/dev/null
ctl add million @yearly --output-head=512M -- "seq 1000000" >/dev/null
ctl run million --wait >/dev/null
wait_for '! compgen -G "$state/spool/*-1.*" >/dev/null' 60
stop_daemon

used() # bytes of main.db
{
	sqlite3 "$state/main.db" "SELECT page_count * page_size
	    FROM pragma_page_count, pragma_page_size"
}

# As the daemon writes them, in the order in which they come; every tenth run
# failed, every third of user 1001.
now=${EPOCHREALTIME/./}
first=$((now - rows / jobs * 60000000))
sqlite3 "$state/main.db" "PRAGMA wal_checkpoint(TRUNCATE); VACUUM" >/dev/null
before=$(used)
from=${EPOCHREALTIME/./}
sqlite3 "$state/main.db" <<-END
	PRAGMA synchronous = OFF;
	PRAGMA cache_size = -400000;
	BEGIN;
	WITH RECURSIVE count(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM count
	    WHERE n < $rows - 1)
	INSERT INTO run (id, job, slot, lap, shard, try, uid, fence, cause,
	    result, start, end, code)
	    SELECT n + 10, n % $jobs + 1,
	    $first + n / $jobs * 60000000 + n % $jobs, 0, 0, 0,
	    iif(n % 3 = 0, 1001, 0), 1, 0, iif(n % 10 = 0, 2, 1),
	    $first + n / $jobs * 60000000 + 1500,
	    $first + n / $jobs * 60000000 + 4200, iif(n % 10 = 0, 1, 0)
	    FROM count;
	COMMIT;
END
echo "$rows rows written in $(((${EPOCHREALTIME/./} - from) / 1000000)) s"
sqlite3 "$state/main.db" "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
each=$((($(used) - before) / rows))
echo "bytes of database a silent run: $each"
check "at most 300" [ "$each" -le 300 ]

start_daemon
job="job-500"
slot=$((first + rows / jobs / 2 * 60000000 + 499))
at=$(date -u -d "@$((slot / 1000000))" +%Y-%m-%dT%H:%M:%S).$(printf %06d \
    $((slot % 1000000)))Z

measure() # NAME MOST COMMAND...
{
	local began median first_us
	for ((i = 0; i < ${ROUNDS:-9}; i++)); do
		began=${EPOCHREALTIME/./}
		"${@:3}" >"$dir/out" 2>&1
		echo $((${EPOCHREALTIME/./} - began))
	done >"$dir/times"
	first_us=$(head -n 1 "$dir/times")
	median=$(sort -n "$dir/times" |
		awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
	echo "$1: $((median / 1000)) ms, the first $((first_us / 1000)) ms"
	check "$1 takes at most $2 ms" [ "$median" -le $(($2 * 1000)) ]
}

measure "status" 100 ctl status
measure "list of a thousand jobs" 150 ctl list
measure "stats of a thousand jobs" 400 ctl stats
measure "stats of a job" 50 ctl stats $job
measure "runs" 50 ctl runs
measure "runs of a user" 50 ctl runs --user root
measure "runs of a job" 50 ctl runs $job
measure "runs of a job before one" 50 ctl runs $job --before $((rows / 2))
measure "runs that failed" 50 ctl runs --result fail
measure "why, the last slot" 50 ctl why $job
measure "why, long ago" 50 ctl why $job "$at"
like "which is answered" "$(ctl why $job "$at" --json)" '*"result":"ok"*'
measure "show" 50 ctl show $job
measure "the last failed run's output" 50 ctl logs $job --last-failed
measure "the tail of a million lines" 200 ctl logs 1 -n 10
is "which it is" "$(ctl logs 1 -n 1)" 1000000
stop_daemon
