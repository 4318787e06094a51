#!/bin/bash
# A shim that stayed has another run while the daemon has not yet heard that
# the one before is over; then the zygote dies. The word of that end is not
# lost with the zygote's socket.
# limit: 120
. "$(dirname "$0")/../lib.sh"
need sqlite3
cronsd=$build/test/cronsd
[ -x "$cronsd" ] || skip_all "needs the build with fail points"

# More than a window at one instant: some of these orders say "stay".
count=$((12 * $(getconf _NPROCESSORS_ONLN)))

ask() # SQL
{
	sqlite3 "file:$state/main.db?mode=ro" "$1"
}

zygote()
{
	pgrep -P "$daemon_pid" -f '^crons-shim: zygote'
}

shim_of() # RUN
{
	head -qc 512 "$state"/spool/*-"$1".* 2>/dev/null | sed -n 's/^shim=//p'
}

state_of() # RUN
{
	echo ps | "$talk" "$CRONS_SOCKET" | sed 1d | awk -F '\t' -v run="$1" '
		$1 == "#" { for (i = 1; i <= NF; i++) at[$i] = i }
		$1 == "*" && $at["run"] == run { print $at["state"] }'
}

is_stopped()
{
	[ "$(ps -o stat= -p "$daemon_pid" | cut -c1)" = T ]
}

# How many descriptors the daemon has of that process.
pidfds_of() # PID
{
	grep -lxs "Pid:	$1" /proc/"$daemon_pid"/fdinfo/* | wc -l
}

CRONS_FAIL=-finish_before@$dir/freeze start_daemon
at=$(date -d '+6 seconds' +%FT%T%:z)
{
	for ((i = 0; i < count; i++)); do
		# What says nothing for a second is taken for a long one.
		echo "add name=short$i schedule=\"@at $at\" cwd=/" \
		    "command=\"echo \$CRONS_RUN >>$dir/began;" \
		    "while [ ! -e $dir/go ]; do echo; sleep 0.1; done\""
	done
	echo "add name=long schedule=\"@at 2090-01-01T00:00\" cwd=/" \
	    "command=\"echo \$CRONS_RUN >$dir/long;" \
	    "while [ ! -e $dir/end ]; do sleep 0.1; done\""
} | "$talk" "$CRONS_SOCKET" >"$dir/added"
is "a burst is to come" "$(grep -c ^201 "$dir/added")" $((count + 1))
wait_for '[ "$(cat "$dir/began" 2>/dev/null | wc -l)" = $count ]' 40 ||
	fail "all of it runs"

# The zygote stands still, so the next order lies in the socket; then so does
# the daemon, and it hears of the zygote's death first.
zygote=$(zygote)
kill -STOP "$zygote"
long=$(echo "run long" | "$talk" "$CRONS_SOCKET" | sed -n 's/.*run=//p')
wait_for '[ "$(state_of $long)" = starting ]' 20 || fail "another order is sent"
kill -STOP "$daemon_pid"
kill -KILL "$zygote"
touch "$dir/go"
wait_for '[ -s "$dir/long" ]' 20 || fail "a shim that stayed takes it"
shim=$(shim_of "$long")
before=$(while read -r run; do
	[ "$(shim_of "$run")" != "$shim" ] || echo "$run"
done <"$dir/began")
like "it had another run before" "$before" '[0-9]*'

# It stops again when it is about to write down the first end.
touch "$dir/freeze"
kill -CONT "$daemon_pid"
wait_for is_stopped 20 || fail "the daemon sees the first end"
is "a kill for the run before would not reach it: one pidfd is of it" \
    "$(pidfds_of "$shim")" 1
rm "$dir/freeze"
kill -CONT "$daemon_pid"
check "each run is known to be over, also that one" wait_for '[ "$(ask "
    SELECT count(*) FROM run WHERE result = 1")" = $count ]' 20
is "and what its shim has now goes on" \
    "$(ask "SELECT count(*) FROM run WHERE result = 0")" 1
touch "$dir/end"
check "to its own end" wait_for '[ "$(ask "SELECT count(*) FROM run
    WHERE result = 1")" = $((count + 1)) ]' 20
stop_daemon
is "the daemon ends well" $? 0
