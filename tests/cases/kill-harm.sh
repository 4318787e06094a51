#!/bin/bash
# Under load the zygote is killed and stopped, and so are shims that wait for
# another run; shims are killed, the daemon is stopped and killed, and orders it
# left behind are carried out late: only runs whose own supervisor was killed
# are lost; none is executed twice, and none is forgotten.
# limit: 360
# soak: 7200
. "$(dirname "$0")/../lib.sh"
need python3
tools=$root/tests/tools
times=24 runs=300
[ -z "${CRONS_SOAK-}" ] || times=600 runs=10000

check "$times harms of eight kinds while $runs runs begin" \
    python3 -B "$tools/kill_load.py" "$cronsd" "$build/test/tools/witness" \
    "$dir" "$times" "$runs" kill-zygote freeze kill-shim freeze-zygote kill \
    kill-frozen kill-idle freeze-idle
[ "$failures" = 0 ] || exit
python3 -B "$tools/kill_check.py" "$cronsd" "$dir" || failures=1
