#!/bin/bash
# 10,000 jobs, none of them due: the daemon does not wake up (make bench looks
# for longer).
# limit: 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../fill.sh"
need sqlite3

start_daemon
ctl add job @yearly -- true >/dev/null
stop_daemon
copy_jobs job 10000 $((${EPOCHREALTIME/./} + 86400000000)) 1000000
start_daemon
ctl list >/dev/null
sleep 12 # what follows a start and a client has happened

switches()
{
	awk '/ctxt_switches/ { n += $2 } END { print n }' \
	    /proc/"$daemon_pid"/task/*/status
}

before=$(switches)
sleep "${SECONDS_IDLE:-10}"
woken=$(($(switches) - before))
echo "wake-ups of the daemon in ${SECONDS_IDLE:-10} s: $woken"
is "idle means idle" "$woken" 0
stop_daemon
