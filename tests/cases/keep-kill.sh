#!/bin/bash
# Retention under kills: the daemon dies while output is stored and other
# output goes for it; what out.db says of itself stays true, each run's output
# is whole or not there, and the limits hold in the end.
# limit: 180
. "$(dirname "$0")/../lib.sh"
need sqlite3
cronsd=$build/test/cronsd
printf '[keep]\nkeep-bytes-per-uid = 500k\n' >"$dir/conf"

ask() # SQL, of out.db
{
	sqlite3 "file:$state/out.db?mode=ro" "$1"
}

# Rows of one of two queries that the other has not.
differences() # QUERY QUERY
{
	ask "SELECT count(*) FROM (SELECT * FROM ($1) EXCEPT SELECT * FROM ($2)
	    UNION ALL SELECT * FROM ($2) EXCEPT SELECT * FROM ($1))"
}

is_true()
{
	differences "SELECT run, bytes FROM held" \
	    "SELECT run, sum(length(data)) FROM out GROUP BY run"
	differences "SELECT * FROM heap" "SELECT uid, job, count(*),
	    sum((1 - pinned) * bytes), sum(pinned * bytes) FROM held
	    GROUP BY uid, job"
	differences "SELECT * FROM owner" "SELECT uid, sum(runs), sum(bytes),
	    sum(pinned) FROM heap GROUP BY uid"
}

start_daemon --config "$dir/conf"
ctl add noise @yearly --direct=no -- \
    'head -c 40000 /dev/urandom; echo "end of $CRONS_RUN"' >/dev/null
ctl add silent @yearly -- true >/dev/null
ctl run silent --wait >/dev/null
ctl run noise --wait >/dev/null
ctl pin 2 >/dev/null
wait_for '[ "$(ask "SELECT pinned FROM held WHERE run = 2")" = 1 ]' 20
stop_daemon
is "a silent run stores nothing" "$(ask "SELECT count(*) FROM out WHERE run = 1
    UNION ALL SELECT count(*) FROM held WHERE run = 1" | xargs)" "0 0"

last=2
for point in ingest_before_commit:9 ingest_after_commit:6 commit_before:20 \
    ingest_before_commit:2 ingest_after_commit:12 commit_after:15; do
	CRONS_FAIL=$point start_daemon --config "$dir/conf"
	for _ in {1..40}; do
		ctl run noise --wait >/dev/null 2>&1 || break
	done
	check "$point: it dies there" wait_for '! daemon_lives' 30
	wait "$daemon_pid" 2>/dev/null
	is "$point: what out.db says of itself is true" \
	    "$(is_true | xargs)" "0 0 0"
done

start_daemon --config "$dir/conf"
for _ in 1 2 3; do
	ctl run noise --wait >/dev/null
done
last=$(ctl runs noise -n 1 --json | sed 's/.*"run":\([0-9]*\).*/\1/')
stored()
{
	[ "$(ask "SELECT count(*) FROM held WHERE run = $last")" = 1 ]
}
check "the last output is stored" wait_for stored 30
is "what out.db says of itself is true in the end" "$(is_true | xargs)" "0 0 0"
check "and within the limit" \
    [ "$(ask "SELECT max(bytes) FROM owner")" -le 512000 ]
whole=0 none=0 other=
for ((run = 2; run <= last; run++)); do
	ctl logs $run >"$dir/out" 2>/dev/null
	case $(wc -c <"$dir/out") in
	0) none=$((none + 1)) ;;
	$((40008 + ${#run})))
		[ "$(tail -c $((8 + ${#run})) "$dir/out")" = "end of $run" ] &&
			whole=$((whole + 1)) ;;
	*) other+="$run " ;;
	esac
done
echo "# of $((last - 1)) outputs $whole are kept"
is "no output is kept in part" "$other" ""
check "as many are kept as fit" [ $whole -ge 11 -a $none -gt 20 ]
is "one of them is pinned, and the oldest" "$(ctl logs 2 | tail -n 1 |
    tr -d '\0' | grep -ao 'end of.*')" "end of 2"
stop_daemon
is "the daemon ends well" $? 0
