#!/bin/bash
# Hundreds of jobs with random policies (overlap, retry, pool, after, catchup,
# jitter, priority, timeout), and a daemon that is killed at random: every slot
# has its outcome once, and every rule was kept. tools/policy_check.py finds
# out from the ledger and from what the jobs themselves wrote.
# limit: 400
# soak: 7200
. "$(dirname "$0")/../lib.sh"
need python3
tools=$root/tests/tools
jobs=500 seconds=15
# Instrumented, a start costs ten times as much.
[ -z "${CRONS_SAN-}" ] || jobs=60
[ -z "${CRONS_SOAK-}" ] || seconds=3600

# Once more with the daemon's own fail points: it stops between every two steps
# of what decides, starts and ends runs. (The others are for other jobs: see
# kill-points.sh.)
points=$(sed -n 's/^\tX(\([a-z_]*\)) *\/\* *\([a-z]*\).*/\1/p' \
    "$root/cronsd/fail.h" | grep -vE '^(act|alone|bury|cronlog|import|ingest|notice|zygote|shim)')
mkdir "$dir/random" "$dir/points"

seed=$RANDOM
echo "# seeds $seed, $((seed + 1))"
check "$jobs jobs with random policies and random kills for $seconds s" \
    python3 -B "$tools/policy_load.py" "$cronsd" "$build/test/tools/witness" \
    "$dir/random" "$jobs" "$seconds" $seed
[ "$failures" = 0 ] || exit
python3 -B "$tools/policy_check.py" "$dir/random" || failures=1

check "there are points" [ "$(echo "$points" | wc -l)" -ge 9 ]
# shellcheck disable=SC2086 # points are words
check "the same, and the daemon stops between every two steps" \
    python3 -B "$tools/policy_load.py" "$build/test/cronsd" \
    "$build/test/tools/witness" "$dir/points" $((jobs / 2)) 1 $((seed + 1)) $points
[ "$failures" = 0 ] || exit
python3 -B "$tools/policy_check.py" "$dir/points" |
	sed -E 's/^((not )?ok) /\1 stopped between steps: /' || failures=1
[ "${PIPESTATUS[0]}" = 0 ] || failures=1
