#!/bin/bash
# Who runs at real-time priority: the daemon's first thread and the zygote,
# where that is allowed and not switched off; never a supervisor or a job.
. "$(dirname "$0")/../lib.sh"
need chrt
chrt -f 1 true 2>/dev/null || skip_all "real-time priority is not allowed here"

policy() # PID
{
	chrt -p "$1" | sed -n 's/.*policy: \([A-Z_]*\).*/\1/p'
}

zygote()
{
	pgrep -P "$daemon_pid" -x crons-shim | head -n 1
}

look() # prints the policies of daemon, its other threads, zygote
{
	local task
	policy "$daemon_pid"
	for task in /proc/"$daemon_pid"/task/*; do
		[ "${task##*/}" = "$daemon_pid" ] || policy "${task##*/}"
	done | sort -u
	policy "$(zygote)"
}

start_daemon
wait_for '[ -n "$(zygote)" ]' 20
is "the daemon and its zygote have it, other threads have not" \
    "$(look | tr '\n' ' ')" "SCHED_FIFO SCHED_OTHER SCHED_FIFO "
ctl add job @yearly -- 'grep -h . /proc/self/stat /proc/$PPID/stat |
    cut -d" " -f41; grep "realtime timeout" /proc/self/limits' >/dev/null
ctl run --wait job >/dev/null
is "a job and its supervisor have it not, and no limit of it" \
    "$(ctl logs job | tr -s ' \n' ' ')" \
    "0 0 $(grep "realtime timeout" /proc/self/limits | tr -s ' \n' ' ')"
stop_daemon

printf '[runs]\nrealtime = no\n' >"$dir/conf"
start_daemon --config "$dir/conf"
wait_for '[ -n "$(zygote)" ]' 20
is "it can be switched off" "$(look | sort -u)" SCHED_OTHER
stop_daemon
