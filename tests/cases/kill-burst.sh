#!/bin/bash
# Thousands of jobs due in one second: none is lost and none executed twice,
# also when the daemon is killed in the middle of it, and when only a few may
# run at a time.
# limit: 480
# soak: 1800
. "$(dirname "$0")/../lib.sh"
need python3
tools=$root/tests/tools
count=2000 kills=3 few=200
[ -z "${CRONS_SOAK-}" ] || count=10000 kills=20 few=2000
[ -z "${CRONS_SAN-}" ] || count=500

burst() # NAME COUNT KILLS [MOST]
{
	local base=$dir/$2-$3
	mkdir "$base"
	check "$1" python3 -B "$tools/kill_burst.py" "$cronsd" \
	    "$build/test/tools/witness" "$base" "${@:2}"
	check "$1: all of them, each once" \
	    python3 -B "$tools/kill_check.py" "$cronsd" "$base"
}

burst "$count jobs due in one second" $count 0
burst "$count, and $kills kills of the daemon" $count $kills
burst "$few, 12 at a time, and 2 kills" $few 2 12
