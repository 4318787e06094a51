#!/bin/bash
# Settings that count at the next start only, and what cannot be used: the
# daemon says so and goes on.
# limit: 60
. "$(dirname "$0")/../lib.sh"
conf=$dir/cronsd.conf

said() # PATTERN: how often
{
	grep -c "$1" "$dir/daemon.log"
}

: >"$conf"
start_daemon --config "$conf"
printf '[daemon]\nsocket = %s/other.sock\n[runs]\ndirect = no\n' "$dir" >"$conf"
kill -HUP "$daemon_pid"
wait_for '[ "$(said "settings read again")" = 1 ]' 20
is "a changed setting that counts at the next start is told" \
    "$(said 'changed, waits for a restart: socket$')" 1
is "one that counts at once is not" "$(said 'waits for a restart')" 1
kill -HUP "$daemon_pid"
wait_for '[ "$(said "settings read again")" = 2 ]' 20
is "and told again while it waits" "$(said 'waits for a restart')" 2
: >"$conf"
kill -HUP "$daemon_pid"
wait_for '[ "$(said "settings read again")" = 3 ]' 20
is "but not when it was taken back" "$(said 'waits for a restart')" 2
stop_daemon

# Somebody removes the socket.
start_daemon
rm "$CRONS_SOCKET"
kill -HUP "$daemon_pid"
check "a socket that was removed is made again" \
    wait_for 'ctl status >/dev/null 2>&1' 20
kill -HUP "$daemon_pid"
wait_for '[ "$(said "settings read again")" = 5 ]' 20
check "one that is there is left alone" ctl status
is "and nobody speaks of it" "$(said 'it is there again')" 1
stop_daemon

# A run file's header has to name the run's cgroup.
long=$dir/$(printf 'x%.0s' {1..170})
long=${long:0:170}
mkdir "$long"
printf '[runs]\ncgroup = %s\n' "$long" >"$conf"
start_daemon --config "$conf"
is "a cgroup directory with too long a path is refused with a reason" \
    "$(said 'over 160 bytes long, more than a run file has room for')" 1
ctl add one @yearly -- true >/dev/null
check "runs go on without" ctl run --wait --propagate one
stop_daemon
is "the daemon ends well" $? 0
