#!/bin/bash
# Many jobs due at one instant, through the whole daemon: claimed, started,
# recorded. How many a second, beside two bare vfork spawners that do nothing
# else, in turns; and that none is lost or started twice. The share means little
# beside other work: a run passes through four processes, each of which waits.
# limit: 900
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../fill.sh"
need gcc sqlite3
need_shared bench/limits/spawn.c
gcc -O2 -w -D_GNU_SOURCE -o "$dir/spawn" "$shared/bench/limits/spawn.c" ||
	skip_all "cannot build spawn.c"
export BENCH_TMP=$dir/tmp
mkdir "$BENCH_TMP"
rounds=${ROUNDS:-3} jobs=${JOBS_AT_ONCE:-10000}

two_spawners() # runs a second
{
	"$dir/spawn" vfork true null -n 2000 >"$dir/a" &
	"$dir/spawn" vfork true null -n 2000 >"$dir/b"
	wait $!
	cat "$dir/a" "$dir/b" | awk '{ n += $(NF - 1) } END { print int(n) }'
}

# COMMAND for all of them; prints runs a second from the instant to the last
# recorded end.
burst() # COMMAND
{
	local at
	rm -rf "$state"
	start_daemon
	ctl add one @yearly --cwd / --start-deadline 10m -- "$1" >/dev/null
	stop_daemon
	at=$(((${EPOCHREALTIME/./} / 1000000 + 8 +
	    jobs / 2000) * 1000000))
	copy_jobs one "$jobs" $at 0
	start_daemon
	wait_for '[ "$(sqlite3 "file:$state/main.db?mode=ro" \
	    "SELECT count(*) FROM run WHERE result <> 0")" -ge "$jobs" ]' 300
	sqlite3 "file:$state/main.db?mode=ro" "SELECT
	    CAST(count(*) * 1e6 / (max(end) - $at) AS INTEGER),
	    sum(result = 1), (SELECT count(*) FROM (SELECT 1 FROM run
	    GROUP BY job, slot HAVING count(*) > 1)) FROM run" | tr '|' ' '
	awk '$1 == "VmHWM:" { print "# memory of the daemon, kB: " $2 }' \
	    "/proc/$daemon_pid/status" >&2
	stop_daemon
}

for ((i = 0; i < rounds; i++)); do
	bare=$(two_spawners)
	burst /bin/true >"$dir/burst"
	cat "$dir/burst" >>"$dir/bursts"
	read -r ours _ <"$dir/burst"
	awk "BEGIN { printf \"%.2f %d %d\\n\", $ours / $bare, $ours, $bare }"
done >"$dir/ratios"
sed 's/^/# share, runs a second, two bare spawners: /' "$dir/ratios"
share=$(sort -n "$dir/ratios" |
	awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
echo "$jobs due at once: $share of the rate of two bare spawners (median)"
is "all of them were ok" "$(cut -d' ' -f2 "$dir/bursts" | sort -u)" "$jobs"
is "none was started twice" "$(cut -d' ' -f3 "$dir/bursts" | sort -u)" 0

# The jobs count themselves.
: >"$dir/ran"
chmod 666 "$dir/ran"
burst "echo \$CRONS_JOB >>$dir/ran" >/dev/null
is "each says that it ran once" \
    "$(sort "$dir/ran" | uniq -c | awk '$1 == 1' | wc -l)" "$jobs"
