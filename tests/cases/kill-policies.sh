#!/bin/bash
# Hundreds of jobs with random policies (overlap, retry, pool, after, catchup,
# jitter, priority, timeout), and a daemon that is killed at random: every slot
# has its outcome once, and every rule was kept. tools/policy_check.py finds
# out from the ledger and from what the jobs themselves wrote.
# limit: 240
# soak: 7200
. "$(dirname "$0")/../lib.sh"
need python3
tools=$root/tests/tools
jobs=500 seconds=15
[ -z "${CRONS_SOAK-}" ] || seconds=3600

check "$jobs jobs with random policies and random kills for $seconds s" \
    python3 -B "$tools/policy_load.py" "$cronsd" "$build/test/tools/witness" \
    "$dir" "$jobs" "$seconds"
[ "$failures" = 0 ] || exit
python3 -B "$tools/policy_check.py" "$dir" || failures=1
