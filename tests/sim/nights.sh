#!/bin/bash
# Nights on which clocks change, lived through by the real daemon: in both
# directions, by half an hour, and at midnight.
# limit: 240
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../sim.sh"
need sqlite3

# ---- forward: 02:00 becomes 03:00 in Berlin at 01:00 UTC ----
start_at 2027-03-28T00:56:00Z
berlin=--zone=Europe/Berlin
add fixed '30 2 * * *' $berlin
add several '0,20,40 2 * * *' $berlin
add joined '30 2,3 * * *' $berlin
add regular '0 3 * * *' $berlin
add both '30 2 28 3 *' $berlin
add wild '*/15 * * * *' $berlin
add hour '5 2 * * *' --zone=UTC
add weeks 'every 2 weeks from 2027-03-08 on sun at 02:45' $berlin
add calendar 'Sun *-*-* 02:10:30' --dialect=calendar $berlin
add mark '@at 2027-03-28T01:00:02Z'
step_clock 2027-03-28T00:59:58Z
reach mark
for job in fixed several joined regular both wild weeks calendar; do
	is "forward: $job starts once, when the gap ends" "$(fates $job)" \
	    "01:00 ok"
done
is "forward: what lies elsewhere does not start" "$(fates hour)" ""
like "why tells of the gap" "$(ctl next fixed --json -n 1; ctl why fixed \
    2027-03-28T01:00:00Z)" "*ok: it ran*"
stop_daemon
is "the daemon ends well" $? 0

# ---- back: 03:00 becomes 02:00 at 01:00 UTC ----
rm -rf "$state"
start_at 2027-10-30T23:56:00Z
add fixed '0 2 * * *' $berlin
add wild '0 */1 * * *' $berlin
add often '*/20 2 * * *' $berlin
add mark '@at 2027-10-31T00:00:02Z'
step_clock 2027-10-30T23:59:58Z
reach mark
is "back: the first pass starts all" \
    "$(fates fixed), $(fates wild), $(fates often)" \
    "00:00 ok, 00:00 ok, 00:00 ok"
add mark2 '@at 2027-10-31T01:00:02Z'
restart_at 2027-10-31T00:59:58Z
reach mark2
is "back: a fixed time does not come twice" "$(fates fixed)" "00:00 ok"
is "back: wildcard jobs follow the wall clock" "$(fates wild)" \
    "00:00 ok 01:00 ok"
is "back: what was missed in between is one row" "$(fates often)" \
    "00:00 ok 00:20-00:40*2 missed 01:00 ok"
stop_daemon
is "the daemon ends well" $? 0

# ---- by half an hour: Lord Howe, 02:00 becomes 02:30 at 15:30 UTC ----
rm -rf "$state"
start_at 2027-10-02T15:26:00Z
add fixed '15 2 * * *' --zone=Australia/Lord_Howe
add wild '*/15 * * * *' --zone=Australia/Lord_Howe
add mark '@at 2027-10-02T15:30:02Z'
step_clock 2027-10-02T15:29:58Z
reach mark
is "half an hour is made up for, too" "$(fates fixed), $(fates wild)" \
    "15:30 ok, 15:30 ok"
# ---- at midnight: Beirut, 00:00 becomes 01:00 at 22:00 UTC ----
restart_at 2028-03-25T21:56:00Z
add midnight '0 0 * * *' --zone=Asia/Beirut
add half '30 0 26 3 *' --zone=Asia/Beirut
add eve '59 23 * * *' --zone=Asia/Beirut
add mark2 '@at 2028-03-25T22:00:02Z'
step_clock 2028-03-25T21:59:58Z
reach mark2
is "a day without a midnight has its jobs" \
    "$(fates midnight), $(fates half), $(fates eve)" "22:00 ok, 22:00 ok, 21:59 ok"
stop_daemon
is "the daemon ends well" $? 0
