#!/bin/bash
# Where the disk is full, output that the limits would let stay makes room: the
# oldest of runs that went well first, what failed after that, never what is
# pinned or the newest of a job; no row goes, and it is said.
# limit: 180
. "$(dirname "$0")/../disk.sh"
. "$(dirname "$0")/../lib.sh"
need python3 sqlite3

state=$dir/state
export CRONS_SOCKET=$state/cronsd.sock
disk "$state" 128m
start_daemon

# Runs of a job, each with that much output that no compression makes smaller.
make_runs() # JOB COUNT EXIT
{
	local i
	ctl add "$1" @yearly --overlap allow -- \
	    "head -c 500000 /dev/urandom; exit $3" >/dev/null
	for ((i = 0; i < $2; i++)); do
		ctl run "$1" >/dev/null
	done
}

held() # JOB: the runs whose output is there
{
	sqlite3 "file:$state/out.db?mode=ro" "ATTACH
	    'file:$state/main.db?mode=ro' AS main_db; SELECT held.run FROM held
	    JOIN main_db.run ON run.id = held.run JOIN main_db.job
	    ON job.id = run.job WHERE job.name = '$1' ORDER BY held.run"
}

ids() # JOB: of all its rows
{
	sqlite3 "file:$state/main.db?mode=ro" "SELECT run.id FROM run
	    JOIN job ON job.id = run.job WHERE job.name = '$1' ORDER BY run.id"
}

fill_up() # until the reserve is gone
{
	wait_for 'fill "$state"; ctl run nudge >/dev/null 2>&1
	    [ ! -e "$state/reserve" ]' 30
}

free_mib()
{
	df --output=avail -m "$state" | tail -n 1
}

ctl add nudge @yearly --overlap allow -- true >/dev/null
make_runs bad 6 1
make_runs good 70 0
make_runs alone 1 0
check "all output is stored" wait_for \
    '[ "$(held bad; held good; held alone)" = "$(ids bad; ids good
    ids alone)" ] && [ "$(held good | wc -l)" = 70 ]' 60
first=$(ids good | head -n 1)
check "an old run is pinned" ctl pin "$first"
rows=$(ids good | wc -l)

check "a full disk takes the reserve" fill_up
check "and then output, until there is room for another one" \
    wait_for '[ "$(free_mib)" -ge 32 ]' 60
check "the reserve is made again" \
    wait_for '[ "$(stat -c %s "$state/reserve" 2>/dev/null)" = 16777216 ]' 60
like "it is said" "$(cat "$dir/daemon.log")" \
    "*the disk is full: the output of * runs was dropped*"
kept=$(held good | wc -l)
check "some output went" [ "$kept" -lt 70 ]
check "not more than was needed" [ "$kept" -gt 3 ]
is "the oldest, but for the one that is pinned" "$(held good)" \
    "$(ids good | sed -n 1p; ids good | tail -n $((kept - 1)))"
is "none of a run that failed" "$(held bad)" "$(ids bad)"
is "none of a job that has no other" "$(held alone)" "$(ids alone)"
is "no row went" "$(ids good | wc -l)" "$rows"
check "then all is well" wait_for '! ctl status | grep -q DEGRADED' 30

# So full that all goes that may, and it is not enough.
fill "$state"
check "the disk is full again" fill_up
check "what failed goes when there is nothing else" wait_for \
    '[ "$(held bad | wc -l)" = 1 ]' 90
is "the newest of each job stays, and what is pinned" \
    "$(held good; held bad; held alone)" \
    "$(ids good | sed -n '1p;$p'; ids bad | tail -n 1; ids alone)"
like "status says it" "$(ctl status)" \
    "*DEGRADED*to make room, the output of * runs was dropped*"
empty "$state"
check "with room all is well" wait_for '! ctl status | grep -q DEGRADED' 40
stop_daemon
is "the daemon ends well" $? 0
umount_disks
