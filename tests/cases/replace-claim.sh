#!/bin/bash
# A run by hand is decided upon in the very turn in which a slot before it is
# claimed. It is to replace that run, which is not durable yet: it has to wait
# for that. The daemon is held between its clock and its clients until the slot
# is due, so that this is how it happens.
# limit: 120
. "$(dirname "$0")/../lib.sh"
[ -x "$build/test/cronsd" ] || skip_all "needs the build with fail points"
cronsd=$build/test/cronsd

run_of() # CAUSE KEY of the job twice
{
	ctl runs "twice$lead" --json | grep "\"cause\":\"$1\"" |
		sed "s/.*\"$2\":\"*\([^\",]*\).*/\1/"
}

# What the daemon is told while it is stopped, it finds in one turn: the end of
# the other job's run, which holds it, and the order for this one.
race() # SECONDS until the slot
{
	local at
	mkfifo "$dir/end$lead" "$dir/say$lead"
	ctl add "other$lead" @yearly -- "read x <$dir/end$lead" >/dev/null
	ctl run "other$lead" >/dev/null
	wait_for 'ctl ps --json | grep -q running' 20
	"$talk" -t 120 "$CRONS_SOCKET" <"$dir/say$lead" >"$dir/said" &
	exec 8>"$dir/say$lead"
	wait_for '[ -s "$dir/said" ]' 20
	at=$((EPOCHSECONDS + $1))
	ctl add "twice$lead" "@at $(date -u -d "@$at" +%FT%TZ)" \
	    --overlap=replace -- true >/dev/null
	touch "$dir/hold"
	kill -STOP "$daemon_pid"
	echo "run twice$lead" >&8
	echo >"$dir/end$lead"
	wait_for '! pgrep -f "read x <$dir/end$lead" >/dev/null' 20
	kill -CONT "$daemon_pid"
	exec 8>&-
	wait_for '[ "$EPOCHSECONDS" -gt '$at' ]' $(($1 + 20))
	rm "$dir/hold"
	wait_for '[ -n "$(run_of manual result)" ] &&
	    [ -n "$(run_of slot result)" ] && [ -z "$(ctl ps --json)" ]' 20
}

CRONS_FAIL=+finish_before@$dir/hold start_daemon
# On a slow machine the slot is due before we are ready: then again.
for lead in 3 9 27; do
	race $lead
	[ "$(run_of manual run)" -ge "$(run_of slot run)" ] || break
done
check "the slot is claimed after the run by hand" \
    test "$(run_of manual run)" -lt "$(run_of slot run)"
like "its run is not refused before it is durable" \
    "$(run_of slot result)" "@(ok|killed)"
is "the run by hand comes after it" "$(run_of manual result)" ok
stop_daemon
is "the daemon ends well" $? 0
