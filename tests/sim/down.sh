#!/bin/bash
# Nobody is there while clocks change: what a job's catch-up makes of the slots
# of such a night.
# limit: 240
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../sim.sh"
need sqlite3

jobs() # the same job, three times
{
	local catchup
	for catchup in none one all; do
		add "fixed-$catchup" "$1" --catchup=$catchup \
		    --zone=Europe/Berlin
		add "wild-$catchup" "$2" --catchup=$catchup \
		    --zone=Europe/Berlin
	done
}

settled() # nothing is left to make up for
{
	[ -z "$(ctl ps --json)" ] && [ "$(sqlite3 "$state/main.db" \
	    ".timeout 20000" "SELECT (SELECT count(*) FROM backlog) +
		(SELECT count(*) FROM due WHERE slot <= $1 * 1000000)")" = 0 ]
}

down_until() # INSTANT
{
	restart_at "$1"
	wait_for "settled $(date -d "$1" +%s)" 90 ||
		fail "all is made up for" "$(ctl runs)"
}

# Forward: 02:00 and 02:30 do not exist and join the start at 03:00, 01:00 UTC.
start_at 2027-03-28T00:10:00Z
jobs '0,30 2,3 * * *' '*/30 2,3 * * *'
down_until 2027-03-28T05:00:00Z
for job in fixed wild; do
	is "forward, $job: catchup=none misses both slots in one row" \
	    "$(fates $job-none)" "01:00-01:30*2 missed"
	is "forward, $job: catchup=one runs once for both" \
	    "$(fates $job-one)" "01:00-01:30*2 ok"
	is "forward, $job: catchup=all runs both" "$(fates $job-all)" \
	    "01:00 ok 01:30 ok"
done
stop_daemon

# Back: the hour from 02:00 comes twice, at 00:00 and 01:00 UTC.
rm -rf "$state"
start_at 2027-10-30T23:30:00Z
jobs '0,30 2 * * *' '*/30 2 * * *'
down_until 2027-10-31T05:00:00Z
is "back: fixed times are missed once" "$(fates fixed-none)" "00:00-00:30*2 missed"
is "back: wildcard times in both passes" "$(fates wild-none)" \
    "00:00-01:30*4 missed"
is "back: fixed times run once" "$(fates fixed-one), $(fates fixed-all)" \
    "00:00-00:30*2 ok, 00:00 ok 00:30 ok"
is "back: wildcard times run in both passes" \
    "$(fates wild-one), $(fates wild-all)" \
    "00:00-01:30*4 ok, 00:00 ok 00:30 ok 01:00 ok 01:30 ok"
stop_daemon
is "the daemon ends well" $? 0
