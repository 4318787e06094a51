#!/bin/bash
# A daemon that is asked to end, or killed, leaves its runs alone; the next one
# takes them over; a second one beside it is refused and does no harm.
# limit: 90
. "$(dirname "$0")/../lib.sh"
witness=$dir/witness

ask() # REQUEST
{
	echo "$*" | "$talk" "$CRONS_SOCKET" | sed 1d
}

column() # VERB NAME RUN: that column of its row
{
	ask "$1" | awk -F '\t' -v name="$2" -v run="$3" '
		$1 == "#" { for (i = 1; i <= NF; i++) at[$i] = i }
		$1 == "*" && $at["run"] == run { print $at[name] }'
}

begin() # JOB; its run is $run, and the job has begun
{
	run=$(ask "run $1" | sed -n 's/.*run=//p')
	wait_for 'grep -q "^S [a-z]* $run " "$witness"' 10 || fail "$1 begins"
}

goes_on()
{
	! has_ended
}

absent() # PATH
{
	[ ! -e "$1" ]
}

has_ended()
{
	grep -q "^E [a-z]* $run " "$witness"
}

log_says() # PATTERN of grep
{
	grep -q "$1" "$dir/daemon.log"
}

: >"$witness"
start_daemon
tool=$build/test/tools/witness
for job in "endless sleep 600000" "long sleep 3000" "short sleep 300" "bad exit 7"; do
	ask "add name=${job%% *} schedule=\"@at 2090-01-01T00:00\" \
command=\"$tool $witness ${job#* }\" overlap=allow" >/dev/null
done

# ---- asked to end ----

begin long
began=$(column ps start_us "$run")
stop_daemon
is "a daemon that is asked to end does so with status 0" $? 0
check "and says what goes on" log_says '^runs that go on without me: 1$'
check "the run goes on" goes_on
check "its socket is gone" absent "$CRONS_SOCKET"
start_daemon
is "the next daemon knows it" "$(column ps state "$run")" running
now=$(column ps start_us "$run")
check "and since when it runs" [ $((now - began)) -lt 500000 -a \
    $((began - now)) -lt 500000 ]
for _ in 1 2 3; do
	stop_daemon || fail "the daemon ends well"
	start_daemon
	kill9_daemon
	start_daemon
done
check "so does the seventh, after three that were killed" \
    wait_for '[ "$(column runs result $run)" = ok ]' 20
is "it was executed once" "$(grep -c "^S long $run " "$witness")" 1

begin short
stop_daemon
check "a run ends while there is no daemon" wait_for has_ended 10
start_daemon
check "the next one knows how" wait_for '[ "$(column runs result $run)" = ok ]' 10

run=$(ask "run bad" | sed -n 's/.*run=//p')
kill9_daemon
start_daemon
check "a run ordered just before the daemon was killed is run" \
    wait_for '[ "$(column runs exit $run)" = 7 ]' 10
is "once" "$(grep -c "^S bad $run " "$witness")" 1

# ---- a second one ----

second() # ARGUMENT...; its output and status
{
	local status
	timeout 20 "$cronsd" -f "$@" 2>&1 </dev/null
	status=$?
	echo "status $status"
}

begin endless
before=$(stat -c '%n %i' "$state/spool/"*"-$run.1")
like "a second daemon in the same directory is refused" \
    "$(second --state "$state")" \
    "*another cronsd works in $(realpath "$state"); stop it first
status 1"
mkdir "$dir/other"
cat >"$dir/conf" <<-END
	[daemon]
	state-dir = $dir/other
	socket = $CRONS_SOCKET
END
like "and one with another directory at the same socket" \
    "$(second --config "$dir/conf")" \
    "*$CRONS_SOCKET: another daemon answers there; stop it first, *
status 1"
cat >"$dir/conf" <<-END
	[daemon]
	state-dir = $state
	socket = $dir/other/cronsd.sock
END
like "and one with another socket in the same directory" \
    "$(second --config "$dir/conf")" \
    "*another cronsd works in $state; stop it first
status 1"
check "which does not leave its socket behind" \
    absent "$dir/other/cronsd.sock"
check "the first one answers" greets
is "the file of the run is as it was" \
    "$(stat -c '%n %i' "$state/spool/"*"-$run.1")" "$before"
kill -STOP "$daemon_pid"
like "a second one is refused also while the first is stopped" \
    "$(second --state "$state")" "*another cronsd works in *
status 1"
kill -CONT "$daemon_pid"
ctl kill "$run" >/dev/null
check "and its run ends as it should" \
    wait_for '[ "$(column runs result $run)" = killed ]' 20
stop_daemon
is "the daemon ends well" $? 0
