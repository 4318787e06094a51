#!/bin/bash
# What a reboot of the host means: @reboot jobs run once a boot, whenever the
# daemon dies; runs of the boot before are lost unless their status is written,
# nothing is started again, and nobody is taken for a process of theirs.
# limit: 120
. "$(dirname "$0")/../lib.sh"
need sqlite3
cronsd=$build/test/cronsd
tool=$build/test/tools/witness
witness=$dir/witness
: >"$witness"

ask() # REQUEST
{
	echo "$*" | "$talk" "$CRONS_SOCKET" | sed 1d
}

rows() # SQL after SELECT
{
	sqlite3 "file:$state/main.db?mode=ro" "SELECT $1"
}

began() # JOB: how often
{
	grep -c "^S $1 " "$witness"
}

add() # NAME SCHEDULE WORDS [FIELDS]
{
	like "the job $1 is added" "$(ask "add name=$1 schedule=\"$2\" \
command=\"$tool $witness $3\" overlap=allow ${4-}")" "201 *"
}

start_in() # BOOT
{
	export CRONS_BOOT_ID=$1
	start_daemon
}

# Starts a daemon that kills itself at its first commits.
dies_in() # BOOT WISH
{
	CRONS_BOOT_ID=$1 CRONS_FAIL=$2 timeout 20 "$cronsd" -f \
	    --state "$state" >>"$dir/daemon.log" 2>&1 </dev/null
	[ $? = 137 ] || fail "the daemon stops at $2"
}

all_over()
{
	[ "$(rows "count(*) FROM run WHERE result = 0")" = 0 ]
}

start_in one
add boot @reboot ""
add off @reboot "" enabled=no
add long "@at 2090-01-01T00:00" "escape 600000"
add short "@at 2090-01-01T00:00" "exit 5"

# ---- @reboot ----

stop_daemon
start_in one
kill9_daemon
start_in one
ask "run short" >/dev/null
wait_for all_over 10
is "a start of the daemon is not a boot" "$(began boot)" 0
kill9_daemon
for wish in commit_before claim_before commit_after launch_before_send; do
	dies_in two $wish
done
start_in two
wait_for '[ "$(began boot)" != 0 ] && all_over' 10
is "after a boot it runs, however often the daemon dies" "$(began boot)" 1
kill9_daemon
start_in two
ask "run short" >/dev/null
wait_for all_over 10
is "and not again in that boot" "$(began boot)" 1
stop_daemon
start_in three
wait_for '[ "$(began boot)" = 2 ] && all_over' 10
is "but in the next" "$(began boot)" 2
is "its cause says so" "$(rows "count(*) FROM run WHERE cause = 2")" 2
is "one that is disabled never runs" "$(began off)" 0

# ---- runs of the boot before ----

ask "run long" >/dev/null
wait_for '[ "$(pgrep -c -f -- "$witness escape")" = 2 ]' 10
# shellcheck disable=SC2034 # it is in the text for wait_for
lost=$(rows "max(id) FROM run")
# The boot ends for this run: its shim and the job, but for one process that
# stands for a stranger who has the same numbers in the next.
shim=$(ask ps | awk -F '\t' '$1 == "*" { print $5 }')
kill9_daemon
kill -KILL "$shim"
dies_in four commit_before:2
start_in four
check "a run that goes on when the host ends is lost" \
    wait_for '[ "$(rows "result FROM run WHERE id = $lost")" = 9 ]' 10
is "and says what is known" "$(rows "why FROM run WHERE id = $lost")" \
    "the host went down"
is "strangers are left alone" "$(pgrep -c -f -- "$witness escape")" 1
pkill -KILL -f -- "$witness escape"
wait_for all_over 10

before=$(began short)
kill9_daemon
CRONS_FAIL=launch_before_send start_in four
ask "run short" >/dev/null
wait_for '! daemon_lives' 10
wait "$daemon_pid" 2>/dev/null
daemon_pid=
claimed=$(rows "max(id) FROM run WHERE result = 0")
check "a run is claimed when the host ends" test -n "$claimed"
dies_in five commit_after
start_in five
wait_for '[ "$(began boot)" = 4 ] && all_over' 10
is "it is lost" "$(rows "result, start, why FROM run WHERE id = $claimed")" \
    "9||the host went down"
is "and never started" "$(began short)" "$before"
is "nor is a tombstone put for it" \
    "$(find "$state/spool" -name "*-$claimed.*")" ""

ask "run short" >/dev/null
# shellcheck disable=SC2034 # it is in the text for wait_for
ended=$(rows "max(id) FROM run")
wait_for '[ "$(began short)" = $((before + 1)) ]' 10
kill9_daemon
start_in six
check "a status that was written is known after a boot" \
    wait_for '[ "$(rows "code FROM run WHERE id = $ended")" = 5 ]' 10
wait_for '[ "$(began boot)" = 5 ] && all_over' 10
is "@reboot has run once for each of five boots" "$(began boot)" 5
stop_daemon
is "the daemon ends well" $? 0

# ---- a database that was lost ----

check "the jobs are written down apart" snapshot_has boot
rm "$state/main.db"
for _ in 1 2; do
	start_in six
	ask "run short" >/dev/null
	wait_for 'all_over' 10
	stop_daemon || fail "the daemon ends well"
done
is "a database made anew is no boot" "$(began boot)" 5
