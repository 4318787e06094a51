#!/bin/bash
# What a job's rules say when it is due while it still runs, and after failures.
. "$(dirname "$0")/../lib.sh"
[ -x "$cronsd" ] && [ -x "$cronsctl" ] || skip_all "the programs are not built"
need python3 sqlite3

start_daemon

# Results of a job's runs, oldest first, as words.
results() # JOB
{
	ctl runs "$1" -n 50 --json | python3 -c '
import json, sys
rows = [json.loads(l) for l in sys.stdin]
print(*[r["result"] or r["state"] for r in sorted(rows, key=lambda r: r["run"])])'
}

# Runs started by hand obey the rule too: no clock is needed.
ctl add both '@yearly' --overlap=allow -- 'sleep 300' >/dev/null
ctl run both >/dev/null
ctl run both >/dev/null
check "allow: both run" wait_for '[ "$(results both)" = "running running" ]' 10
ctl kill both >/dev/null
check "kill ends one of them" \
    wait_for '[ "$(results both)" = "running killed" ]' 20

ctl add alone '@yearly' --overlap=skip -- 'sleep 300' >/dev/null
ctl run alone >/dev/null
check "skip: the first runs" wait_for '[ "$(results alone)" = running ]' 10
ctl run alone >/dev/null
check "skip: the second is skipped, and says for whom" \
    wait_for 'ctl why alone | grep -q "overlap with run"' 10

ctl add line '@yearly' --overlap=queue --queue=2 -- \
    'while [ ! -e '"$dir"'/go ]; do sleep 0.05; done; echo done' >/dev/null
for _ in 1 2 3 4; do
	ctl run line >/dev/null
done
check "queue: one runs, two wait, one is too many" \
    wait_for '[ "$(results line)" = "running claimed claimed skipped" ]' 10
kill9_daemon
start_daemon
check "queue: it survives the daemon" \
    wait_for '[ "$(results line)" = "running claimed claimed skipped" ]' 10
touch "$dir/go"
check "queue: then they run, one after the other" \
    wait_for '[ "$(results line)" = "ok ok ok skipped" ]' 20
check "queue: never two at once" python3 - "$(ctl runs line --json -n 9)" <<'E'
import json, sys
rows = [json.loads(l) for l in sys.argv[1].splitlines()]
spans = sorted((r["start_us"], r["end_us"]) for r in rows if r["result"] == "ok")
sys.exit(any(a[1] > b[0] for a, b in zip(spans, spans[1:])))
E

ctl add newest '@yearly' --overlap=replace --grace=1s -- 'sleep 300' >/dev/null
ctl run newest >/dev/null
check "replace: the first runs" wait_for '[ "$(results newest)" = running ]' 10
ctl run newest >/dev/null
check "replace: the second ends it and runs" \
    wait_for '[ "$(results newest)" = "killed running" ]' 20
like "replace: the ledger says why" "$(ctl runs newest)" "*replaced by the next*"

# Pools: whoever has no slot waits, and says for whom.
ctl pool db --slots=1 >/dev/null
for job in one two; do
	ctl add $job '@yearly' --pool=db -- \
	    'while [ ! -e '"$dir"'/'$job' ]; do sleep 0.05; done' >/dev/null
done
ctl add three '@yearly' --pool=db -- true >/dev/null
like "pool: one that is not there is refused" \
    "$(ctl add wrong '@yearly' --pool=dbb -- true 2>&1)" '*no pool "dbb"*'
is "pool: no limit a user is none that is said" \
    "$(ctl pool spare --slots=3)" "pool spare: 3 slots, pause: no"
is "pool: one is" "$(ctl pool spare --per-uid=2)" \
    "pool spare: 3 slots, 2 a user, pause: no"
ctl unpool spare >/dev/null
like "pool: another user's is refused" \
    "$(ctl add wrong '@yearly' --pool=nobody/db -- true 2>&1)" \
    "*another user's*"
ctl run one >/dev/null
wait_for '[ "$(results one)" = running ]' 10
ctl run two >/dev/null
check "pool: a run without a slot waits" \
    wait_for 'ctl why two | grep -q "pool db full: 1 of 1 slots is taken, first by"' 10
like "pool: it is told how many wait" "$(ctl pools --json)" \
    '*"slots":1,*"running":1,"waiting":1,"jobs":3}'
ctl run two >/dev/null
check "pool: what waits overlaps" \
    wait_for '[ "$(results two)" = "claimed skipped" ]' 10
like "pool: one that jobs name stays" "$(ctl unpool db 2>&1)" "*3 jobs name*"
kill9_daemon
start_daemon
check "pool: a slot and the wait for it survive the daemon" \
    wait_for 'ctl pools --json | grep -q "\"running\":1,\"waiting\":1,"' 20
ctl pool db --pause=yes >/dev/null
touch "$dir/one"
check "pool: who has a slot ends" wait_for '[ "$(results one)" = ok ]' 20
check "pool: paused, nobody gets it" \
    wait_for 'ctl pools --json | grep -q "\"running\":0,\"waiting\":1,"' 20
ctl run three >/dev/null
check "pool: and that is said" \
    wait_for 'ctl why three | grep -q "pool db is paused"' 10
ctl kill three >/dev/null
ctl rm three >/dev/null
ctl pool db --pause=no >/dev/null
check "pool: then it runs" \
    wait_for '[ "$(results two)" = "running skipped" ]' 10
ctl pool db --slots=2 --per-uid=1 >/dev/null
ctl run one >/dev/null
check "pool: a user has no more slots than per-uid" \
    wait_for 'ctl why one | grep -q "1 of 1 slots a user"' 10
touch "$dir/two"
check "pool: both have run" \
    wait_for '[ "$(results one) $(results two)" = "ok ok ok skipped" ]' 20
ctl rm one >/dev/null
ctl rm two >/dev/null
check "pool: one that no job names goes" ctl unpool db

ctl add wide '@yearly' --overlap=allow --max-running=2 -- \
    'while [ ! -e '"$dir"'/wide ]; do sleep 0.05; done' >/dev/null
for _ in 1 2 3; do
	ctl run wide >/dev/null
done
check "max-running: of a job, the third waits" \
    wait_for '[ "$(results wide)" = "running running claimed" ]' 10
touch "$dir/wide"
check "max-running: and then runs" \
    wait_for '[ "$(results wide)" = "ok ok ok" ]' 20

# The order in which waiting runs go: one at a time, written down by each.
ctl pool line --slots=1 >/dev/null
ctl add first '@yearly' --pool=line -- \
    'while [ ! -e '"$dir"'/first ]; do sleep 0.05; done' >/dev/null
ctl run first >/dev/null
wait_for '[ "$(results first)" = running ]' 10
for job in low:-10 middle:0 high:10; do
	ctl add "${job%:*}" '@yearly' --pool=line --priority="${job#*:}" -- \
	    "echo ${job%:*} >>$dir/order" >/dev/null
	ctl run "${job%:*}" >/dev/null
done
touch "$dir/first"
check "priority: the highest goes first" \
    wait_for '[ "$(echo $(cat '"$dir/order"'))" = "high middle low" ]' 20

# Jobs that run after others: a round is over when each has ended.
ctl add good '@manual' -- true >/dev/null
ctl add bad '@manual' --retry=1 --retry-delay=0s -- 'exit 3' >/dev/null
ctl add both_end '@manual' --after=good,bad:any -- true >/dev/null
ctl add sad '@manual' --after=bad:fail -- true >/dev/null
ctl add glad '@manual' --after=both_end,bad:ok -- true >/dev/null
ctl add last '@manual' --after=glad:any -- true >/dev/null
ctl run good --wait >/dev/null
like "after: the round waits for the others" "$(ctl why both_end)" \
    "*waits for good (ok already, run *), bad"
kill9_daemon
start_daemon
like "after: that survives the daemon" "$(ctl why both_end)" \
    "*waits for good (ok already, run *), bad"
ctl run bad >/dev/null
check "after: the last try counts, and all have ended" \
    wait_for '[ "$(results bad) $(results both_end) $(results sad)" = \
    "fail fail ok ok" ]' 20
check "after: who did not end as it should is named" \
    wait_for 'ctl why glad | grep -q "skipped: .*(bad was fail, not ok (run"' 20
like "after: and so on" "$(ctl why last)" "*glad was skipped [(]run*waits for glad*"
like "after: a circle is refused, and shown" \
    "$(ctl set good after=glad 2>&1)" \
    "*circle: good after glad after both_end after good*"
like "after: a job that is not there is refused" \
    "$(ctl set good after=gone 2>&1)" '*no job "gone"*'
like "after: a job that others name stays" "$(ctl rm glad 2>&1)" \
    '*"last" runs after it*'
like "after: and keeps its name" "$(ctl set glad name=sorry 2>&1)" \
    '*"last" runs after it*'
ctl set last after= >/dev/null
check "after: one that none names goes" ctl rm glad

# Jitter moves the start, not the slot; where it is stable, always by as much.
planned() # JOB
{
	sqlite3 "file:$state/main.db?mode=ro" "SELECT due.at - slot FROM due
	    JOIN job ON job.id = due.job WHERE name = '$1'"
}
ctl add shaken '@yearly' --jitter=1h -- true >/dev/null
moved=$(planned shaken)
check "jitter: within its bounds" \
    [ "$moved" -gt 0 -a "$moved" -le 3600000000 ]
ctl set shaken comment=changed >/dev/null
is "jitter: stable" "$(planned shaken)" "$moved"
ctl set shaken jitter-kind=random >/dev/null
random=$(for _ in 1 2 3 4 5 6; do
	ctl set shaken comment=again >/dev/null
	planned shaken
done | sort -u | wc -l)
check "jitter: random" [ "$random" -gt 2 ]
ctl add late '* * * * * *' --jitter=1500ms -- 'echo $CRONS_SLOT' >/dev/null
check "jitter: it runs, of slots on the second" \
    wait_for '[ "$(sqlite3 "file:$state/main.db?mode=ro" \
    "SELECT count(*) FROM run JOIN job ON job.id = run.job
    WHERE name = '"'late'"' AND result = 1 AND at > slot
    AND slot % 1000000 = 0")" -ge 2 ]' 20
ctl rm late >/dev/null

# Retries: the third try of one slot succeeds.
ctl add flaky '@yearly' --retry=3 --retry-delay=0s -- \
    'echo try $CRONS_TRY; [ "$CRONS_TRY" = 2 ]' >/dev/null
ctl run flaky >/dev/null
check "retry: until it succeeds" \
    wait_for '[ "$(results flaky)" = "fail fail ok" ]' 20
is "retry: a job knows which try it is" "$(ctl logs flaky)" "try 2"

ctl add hopeless '@yearly' --retry=2 --retry-delay=0s --retry-on=7 -- \
    'exit 7' >/dev/null
ctl run hopeless >/dev/null
check "retry: as often as allowed" \
    wait_for '[ "$(results hopeless)" = "fail fail fail" ]' 20
ctl add other '@yearly' --retry=2 --retry-delay=0s --retry-on=7 -- \
    'exit 8' >/dev/null
ctl run other --wait >/dev/null
is "retry: only what is listed" "$(results other)" "fail"

# A try that waits for its hour survives the daemon.
ctl add later '@yearly' --retry=1 --retry-delay=2s -- \
    '[ "$CRONS_TRY" = 1 ]' >/dev/null
ctl run later >/dev/null
check "retry: the next try is written down" \
    wait_for '[ "$(results later)" = "fail claimed" ]' 10
kill9_daemon
start_daemon
check "retry: it is made after a crash, once" \
    wait_for '[ "$(results later)" = "fail ok" ]' 20

ctl add fragile '@yearly' --on-lost=retry --retry-delay=0s -- \
    'echo $CRONS_TRY; [ "$CRONS_TRY" = 1 ] || sleep 300' >/dev/null
ctl run fragile >/dev/null
check "on-lost: it runs" wait_for '[ "$(results fragile)" = running ]' 10
kill -9 "$(ctl ps --json | python3 -c '
import json, sys
print(*[r["pid"] for r in map(json.loads, sys.stdin) if r["job"] == "fragile"])')"
check "on-lost: a run whose supervisor died is made again" \
    wait_for '[ "$(results fragile)" = "lost ok" ]' 20

like "a result that is none is refused" \
    "$(ctl add wrong '@daily' --retry-on=foo -- true 2>&1)" "*retry-on*"
stop_daemon
