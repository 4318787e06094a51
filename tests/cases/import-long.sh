#!/bin/bash
# A crontab of thousands of entries is imported while others are answered; all
# of it is done or nothing, through a kill at any slice and a client that goes.
# limit: 240
. "$(dirname "$0")/../lib.sh"
need python3 sqlite3
lines=4000
many=9500

entries() # COUNT
{
	python3 -c '
import sys
for i in range(int(sys.argv[1])):
    print(i % 60, i % 24, 1 + i % 28, "* * /usr/bin/job --number", i)' "$1"
}

ask() # SQL
{
	sqlite3 "file:$state/main.db?mode=ro" "$1"
}
jobs()
{
	ask "SELECT count(*) FROM job"
}
left() # how many imports are not finished
{
	ask "SELECT count(*) FROM importing"
}
answer() # ARGUMENT...
{
	ctl import "$@" 2>&1 | tail -n 1 | sed 's/^[^:]*: //'
}

entries $lines >"$dir/tab"
start_daemon
is "a dry run of many says so" "$(answer "$dir/tab" --dry-run)" \
    "accept: $lines added"
is "and adds none" "$(jobs)" 0
is "many are added" "$(answer "$dir/tab")" "accept: $lines added"
is "each is a job with a slot" \
    "$(ask "SELECT count(*) FROM job JOIN due ON due.job = job.id")" $lines
is "the same again changes nothing" "$(answer "$dir/tab")" \
    "accept: $lines kept"
before=$(ask "SELECT group_concat(id) FROM job WHERE command NOT LIKE '% 7'")
sed '8s/^[0-9]*/59/; 12,14d' "$dir/tab" >"$dir/fewer"
mv "$dir/fewer" "$dir/tab"
is "one with another schedule, three left out" \
    "$(answer "$dir/tab" --prune)" \
    "accept: 1 updated, $((lines - 4)) kept, 3 removed"
is "the others are who they were" "$(jobs)" $((lines - 3))
is "with their numbers" "$(ask "SELECT count(*) FROM job
    WHERE id IN (${before:-0})")" "$(ask "SELECT count(*) FROM job
    WHERE command NOT LIKE '% 7'")"
echo "99 * * * * wrong" >>"$dir/tab"
is "with a mistake it is refused as a whole" "$(answer "$dir/tab")" \
    "reject: 1 errors"
is "and each line of it says so" \
    "$(ctl import --json "$dir/tab" | grep -c '"none"')" $((lines - 3))
sed -i '$d' "$dir/tab"
is "nothing is left to do" "$(left)" 0

# ---- others have their turns ----

entries $many | sed 's,/usr/bin/job,root other,' >"$dir/more"
ctl import --system - <"$dir/more" >"$dir/out" 2>&1 &
importing=$!
between=0
while kill -0 $importing 2>/dev/null; do
	now=$(ctl status --json | sed -n 's/.*"jobs":\([0-9]*\).*/\1/p')
	[ "${now:-0}" -le $((lines - 3)) ] ||
		[ "$now" -ge $((lines - 3 + many)) ] || between=$((between + 1))
done
wait $importing
is "it is added" "$(tail -n 1 "$dir/out" | sed 's/^[^:]*: //')" \
    "accept: $many added"
check "others are answered while that goes on ($between times)" \
    [ $between -ge 1 ]

# ---- who asked goes away ----

state=$dir/second
stop_daemon
export CRONS_SOCKET=$state/cronsd.sock
start_daemon
(
	echo "import file=/tab <$(stat -c %s "$dir/tab")"
	cat "$dir/tab"
) >"$dir/request"
python3 - "$CRONS_SOCKET" "$dir/request" <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.makefile("rb").readline()
s.sendall(open(sys.argv[2], "rb").read())
s.close()
PY
check "what was asked is all done or not at all" wait_for \
    '[ "$(left)" = 0 ] && { [ "$(jobs)" = 0 ] ||
	[ "$(jobs)" = '$((lines - 3))' ]; }' 60
is "then it can be asked again" "$(answer "$dir/tab" >/dev/null; jobs)" \
    $((lines - 3))
stop_daemon
is "the daemon ends well" $? 0

# ---- kills ----

cronsd=$build/test/cronsd
for point in commit_before import_slice import_slice:3 commit_before:4; do
	state=$dir/${point/:/-}
	export CRONS_SOCKET=$state/cronsd.sock
	start_daemon
	stop_daemon
	export CRONS_FAIL=$point@$dir/now
	rm -f "$dir/now"
	start_daemon
	unset CRONS_FAIL
	touch "$dir/now"
	ctl import "$dir/tab" >/dev/null 2>&1
	wait "$daemon_pid" 2>/dev/null
	daemon_pid=
	there=$(jobs)
	is "$point: a part is there only with what remembers it" \
	    "$((there > 0))" "$(left)"
	check "$point: not all is there" [ "$there" -lt $((lines - 3)) ]
	want=$((there > 0 ? lines - 3 : 0))
	start_daemon
	check "$point: the next daemon finishes it" wait_for \
	    '[ "$(jobs)-$(left)" = '$want-0' ]' 60
	is "$point: each has one slot" "$(ask "SELECT count(*) FROM job
	    JOIN due ON due.job = job.id")" $want
	is "$point: and one revision" "$(ask "SELECT count(*) FROM job_rev")" \
	    $want
	stop_daemon
	start_daemon
	is "$point: once" "$(jobs)-$(ask "SELECT count(*) FROM job_rev")" \
	    $want-$want
	stop_daemon
done
