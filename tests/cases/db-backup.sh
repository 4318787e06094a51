#!/bin/bash
# A damaged database is replaced by the newest backup: its history, the jobs of
# jobs.snapshot, everything planned again, nothing started twice.
. "$(dirname "$0")/../lib.sh"
[ -x "$cronsd" ] && [ -x "$cronsctl" ] || skip_all "the programs are not built"
need sqlite3 python3

state=$dir/state
start_daemon
ctl add old '@every 1h' -- 'echo before' >/dev/null
ctl run old --wait >/dev/null
ctl add ticks '@every 1s' -- true >/dev/null
check "something ran" wait_for '[ "$(ctl runs ticks -q | wc -l)" -ge 2 ]' 15
mkdir -p "$state/backup"
sqlite3 "$state/main.db" ".backup $state/backup/main-1.db"
ctl add later '@every 1h' -- 'echo after' >/dev/null
ctl rm ticks >/dev/null
ctl add slow '@yearly' -- 'sleep 300' >/dev/null
slow=$(ctl run slow | grep -o '[0-9]*' | head -1)
check "a run goes on" wait_for 'ctl ps | grep -q running' 10
check "the snapshot knows the newest jobs" \
    wait_for 'snapshot_has "name=slow "' 20
kill9_daemon
head -c 5000 /dev/urandom >"$state/main.db"
rm -f "$state/main.db-wal" "$state/main.db-shm"

start_daemon
check "the damaged file is kept" compgen -G "$state/main.db.damaged-*"
like "it says what it did" "$(ctl status)" "*last backup*"
like "history came back" "$(ctl runs old)" "*ok*"
like "output is still there" "$(ctl logs old)" "before"
like "jobs are those of the snapshot" "$(ctl list -q | cut -d' ' -f1 | xargs)" \
    "old later slow"
check "jobs are planned again" \
    python3 -c 'import json,sys
rows = {r["job"]: r for r in map(json.loads, sys.argv[1].splitlines())}
sys.exit(not (rows["old"]["next_us"] and rows["later"]["next_us"]))' \
    "$(ctl list --json)"
like "the running job is known" "$(ctl ps)" "*$slow*slow*running*"
ctl kill "$slow" >/dev/null
check "and its end is recorded" wait_for 'ctl runs slow | grep -q killed' 15
next=$(ctl run old | grep -o '[0-9]*' | head -1)
check "run ids go on above" test "$next" -gt "$slow"
stop_daemon
