#!/bin/bash
# Many clients at once, and greedy ones: who asks for little is answered, and
# the daemon's memory, time and descriptors have a bound.
# limit: 120
. "$(dirname "$0")/../lib.sh"
need_root
need python3

crowd() # SCENARIO
{
	python3 "$root/tests/tools/odd_crowd.py" "$daemon_pid" "$1" ||
		fail "the client of this case comes to its end ($1)"
}

chmod 711 "$dir"
mkdir -m 711 "$state"
start_daemon
ctl add chatty @yearly -- 'i=0
    while :; do head -c 100000 /dev/zero | tr "\0" x; sleep 0.01; done' \
    >/dev/null
ctl run chatty >/dev/null
crowd many
crowd flood
crowd slow_readers
crowd never_reading
crowd payloads
like "a flood did not touch the job that ran" "$(ctl ps)" "*chatty*running*"
ctl kill chatty >/dev/null
stop_daemon
is "the daemon ends well" $? 0

# Descriptors run out.
printf '#!/bin/sh\nulimit -n 64\nexec %s "$@"\n' "$cronsd" >"$dir/scarce"
chmod +x "$dir/scarce"
cronsd=$dir/scarce
start_daemon
ctl add quick '@every 1s' -- 'echo here' >/dev/null
crowd scarce
wait_for '[ "$(ctl runs quick -n 100 | grep -c " ok ")" -ge 3 ]' 10
is "no run was lost meanwhile" "$(ctl runs quick -n 100 | grep -c lost)" 0
stop_daemon
is "this one ends well too" $? 0
