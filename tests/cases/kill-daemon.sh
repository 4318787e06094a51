#!/bin/bash
# The daemon is killed at random moments while it has much to do, and started
# again at once: every slot is executed exactly once or says why not, no status
# is wrong, no byte of output is missing. The jobs themselves are the witnesses
# (tools/witness.c); tools/kill_check.py holds them against the ledger.
# limit: 180
# soak: 7200
. "$(dirname "$0")/../lib.sh"
need python3
tools=$root/tests/tools
kills=45 runs=1000
[ -z "${CRONS_SOAK-}" ] || kills=1200 runs=20000

check "$kills kills of the daemon while $runs runs begin" \
    python3 -B "$tools/kill_load.py" "$cronsd" "$build/test/tools/witness" \
    "$dir" "$kills" "$runs"
[ "$failures" = 0 ] || exit
python3 -B "$tools/kill_check.py" "$cronsd" "$dir" || failures=1
