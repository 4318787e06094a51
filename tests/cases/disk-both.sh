#!/bin/bash
# One disk for all that the daemon keeps, and it is full, also when the daemon
# is killed: jobs go on, statuses are kept, nothing runs twice, nothing is
# forgotten.
# limit: 120
. "$(dirname "$0")/../disk.sh"
. "$(dirname "$0")/../lib.sh"
need python3 sqlite3

state=$dir/state
export CRONS_SOCKET=$state/cronsd.sock
disk "$state" 24m
: >"$dir/ticks"
start_daemon
ctl add ticks '@every 1s' --overlap allow -- \
    "echo \$CRONS_SLOT >>$dir/ticks" >/dev/null
for i in 1 2 3; do
	ctl add "long$i" @yearly -- "echo begin; until [ -e $dir/go$i ]; do
	    sleep 0.05; seq 2000; done; echo end >>$dir/ends; exit 4$i" >/dev/null
	ctl run "long$i" >/dev/null
done
wait_for '[ "$(wc -l <"$dir/ticks")" -ge 2 ]' 10

is_stuck()
{
	ctl status 2>/dev/null | grep -q "cannot be written"
}

check "the disk is full" wait_for 'fill "$state"; is_stuck' 20
touch "$dir/go1"
check "a job ends while it is" wait_for '[ -s "$dir/ends" ]' 10
kill9_daemon
touch "$dir/go2"
check "another one while no daemon is there" \
    wait_for '[ "$(wc -l <"$dir/ends")" = 2 ]' 10
# It may start or say why it does not; whoever supervises it tries again.
"$cronsd" -f --state "$state" >>"$dir/daemon.log" 2>&1 </dev/null &
daemon_pid=$!
wait_for 'is_stuck || ! daemon_lives' 20
if daemon_lives; then
	pass "the daemon starts on the full disk"
	empty "$state"
else
	like "a daemon that cannot start on it says why" \
	    "$(tail -n 2 "$dir/daemon.log")" "*main.db*"
	empty "$state"
	start_daemon
fi
check "with room it recovers by itself" wait_for '! is_stuck' 10
touch "$dir/go3"
for i in 1 2 3; do
	ctl wait --propagate "long$i" >/dev/null 2>&1
	is "the status of job $i is kept" "$?" "4$i"
done
before=$(wc -l <"$dir/ticks")
check "slots run again" wait_for \
    '[ "$(wc -l <"$dir/ticks")" -gt '"$((before + 2))"' ]' 10
ctl disable ticks >/dev/null
wait_for '! ctl ps | grep -q ticks' 10
is "none ran twice" "$(sort "$dir/ticks" | uniq -d)" ""
check "each is accounted for, and said to be ok only if it ran" \
    python3 - "$dir/ticks" <<END
import sqlite3, sys
db = sqlite3.connect("file:$state/main.db?mode=ro", uri=True)
rows = db.execute("SELECT slot, coalesce(slot_to, slot), result FROM run"
    " WHERE job = (SELECT id FROM job WHERE name = 'ticks')"
    " ORDER BY slot").fetchall()
assert all(r[2] != 0 for r in rows), rows
for a, b in zip(rows, rows[1:]):
    assert b[0] - a[1] == 1000000, (a, b)
ran = set(map(int, open(sys.argv[1])))
assert ran == {r[0] // 1000000 for r in rows if r[2] == 1}, (ran, rows)
END
check "what could not be kept of the output is counted" test "$(sqlite3 \
    "file:$state/main.db?mode=ro" 'SELECT max(dropped_bytes) FROM run')" -gt 0
stop_daemon
is "the daemon ends well" $? 0
umount_disks
