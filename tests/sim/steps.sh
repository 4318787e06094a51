#!/bin/bash
# The clock is set while the daemon runs: by ten minutes, two hours and five,
# in both directions.
# limit: 300
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../sim.sh"
need sqlite3

forward() # TO MARK
{
	rm -rf "$state"
	start_at 2027-06-10T12:00:05Z
	add wild '*/10 * * * *'
	add fixed '0-59/10 0-23 * * *'
	add daily '30 12 * * *'
	add one '30 12 * * *' --catchup=one
	add often '* * * * *'
	add mark "@at $2"
	step_clock "$1"
	reach mark
	wait_for 'fates fixed | grep -q "[0-9]"' 60
}

forward 2027-06-10T12:10:30Z 2027-06-10T12:10:33Z
is "ten minutes on: a slot within its start deadline starts" \
    "$(fates wild), $(fates fixed)" "12:10 ok, 12:10 ok"
is "wildcard slots before it are missed" "$(fates often)" \
    "12:01-12:09*9 missed 12:10 ok"
is "what is still to come waits" "$(fates daily)" ""
stop_daemon

# Starts that the step has held up are spread over ten seconds.
forward 2027-06-10T14:05:30Z 2027-06-10T14:05:42Z
is "two hours on: fixed times are made up for by one run" \
    "$(fates fixed), $(fates daily)" "12:10-14:00*12 ok, 12:30 ok"
is "wildcard times are not" "$(fates wild)" "12:10-14:00*12 missed"
stop_daemon

forward 2027-06-10T17:05:30Z 2027-06-10T17:05:42Z
is "five hours on: nothing is made up for" \
    "$(fates fixed), $(fates daily), $(fates wild)" \
    "12:10-17:00*30 missed, 12:30 missed, 12:10-17:00*30 missed"
is "but for who asks for it" "$(fates one)" "12:30 ok"
like "and the row says why" "$(ctl why daily 2027-06-10T12:30:00Z)" \
    "*the clock was set forward by 5h*"
stop_daemon

# Twelve o'clock comes a second time: the daemon is restarted just before it,
# as nobody wants to wait for hours.
back() # TO
{
	rm -rf "$state"
	start_at 2027-06-10T11:56:00Z
	add wild '0 */1 * * *'
	add fixed '0 12 * * *'
	add mark '@at 2027-06-10T12:00:01Z'
	step_clock 2027-06-10T11:59:58Z
	reach mark
	step_clock "$1"
	wait_for 'grep -q "set back" "$dir/daemon.log"' 30
	add late '0 12 10 * *'
	add mark2 '@at 2027-06-10T12:00:03Z'
	restart_at 2027-06-10T11:59:57Z
	reach mark2
}

back 2027-06-10T11:50:00Z
is "ten minutes back: a fixed time that ran does not run again" \
    "$(fates fixed)" "12:00 ok"
is "a wildcard time comes again" "$(fates wild)" "12:00 ok 12:00 ok"
is "and what is new is not lost" "$(fates late)" "12:00 ok"
stop_daemon

back 2027-06-10T10:00:30Z
is "two hours back: the same" "$(fates fixed), $(fates late)" \
    "12:00 ok, 12:00 ok"
is "wildcard times come again" "$(fates wild)" "12:00 ok 12:00 ok"
stop_daemon

back 2027-06-10T07:00:30Z
is "five hours back: it is another time altogether" \
    "$(fates fixed), $(fates late)" "12:00 ok 12:00 ok, 12:00 ok"
stop_daemon
is "the daemon ends well" $? 0
