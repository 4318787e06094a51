#!/bin/bash
# What stats counts is what happened.
# limit: 60
. "$(dirname "$0")/../lib.sh"

value() # NAME: of the last row of $dir/rows
{
	grep '"job"' "$dir/rows" | tail -1 |
		sed -n "s/.*\"$1\":\([-0-9]*\).*/\1/p"
}

start_daemon
ctl add job '@yearly' -- 'echo hello; exit $((CRONS_TRY > 0))' >/dev/null
ctl add tick '@every 1s' -- true >/dev/null
ctl add never '@yearly' -- true >/dev/null
for _ in 1 2 3; do
	ctl run job --wait >/dev/null
done
ctl retry job --wait >/dev/null
ctl skip job >/dev/null
ctl set job command='sleep 0.5' >/dev/null
ctl run job --wait >/dev/null
ctl stats job --json >"$dir/rows"
is "runs are counted" "$(value runs)-$(value ok)-$(value bad)" 5-4-1
is "and what was skipped" "$(value skipped)-$(value missed)" 1-0
is "and bytes" "$(value out_bytes)" 24
check "half of them were short ($(value p50_us) us)" \
    [ "$(value p50_us)" -lt "$(value p95_us)" ]
check "one was long" [ "$(value p95_us)" -ge 500000 ]
check "there is a row a day" [ "$(grep -c '"day":"20' "$dir/rows")" -ge 2 ]
ctl stats job -n 1 --json >"$dir/rows"
is "as many rows as wanted are looked at" "$(value skipped)-$(value runs)" 1-0
wait_for '[ "$(ctl runs tick --json | grep -c "\"ok\"")" -gt 2 ]' 30
ctl stats --json >"$dir/rows"
is "without a job there is a row for each" "$(grep -c '"job"' "$dir/rows")" 3
is "a job that never ran has a row" \
    "$(grep '"never"' "$dir/rows" | grep -c '"p50_us":null')" 1
is "how late is known of what the schedule started" \
    "$(grep '"tick"' "$dir/rows" | grep -c '"late_p50_us":[0-9]')" 1
like "what is stored is said" "$(tail -1 "$dir/rows")" '*"stored_bytes":[1-9]*'
printf '[keep]\nkeep-bytes-per-uid = 64k\n' >"$dir/conf"
ctl pin 1 >/dev/null
check "what is pinned of it too" wait_for \
    '[[ $(ctl stats --json) == *\"pinned_bytes\":[1-9]* ]]' 20
stop_daemon
start_daemon --config "$dir/conf"
like "and the limit" "$(ctl stats --user "$(id -un)" | tail -1)" \
    "bytes of output that are stored: *, pinned *, at most 6*"
like "people get a table" "$(ctl stats)" '*JOB*RUNS*OK*job*80%*'
is "too many rows are exit status 2" \
    "$(ctl stats -n 5001 >/dev/null 2>&1; echo $?)" 2
stop_daemon
is "the daemon ends well" $? 0
