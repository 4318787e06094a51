#!/bin/bash
# The disk of main.db is full: what runs is not harmed and its status is kept,
# slots are held and accounted for, and all goes on when there is room.
# limit: 120
. "$(dirname "$0")/../disk.sh"
. "$(dirname "$0")/../lib.sh"
need python3 sqlite3

state=$dir/state
export CRONS_SOCKET=$state/cronsd.sock
disk "$state" 40m
disk "$dir/spool" 40m
ln -s "$dir/spool" "$state/spool"
start_daemon

is_stuck()
{
	ctl status | grep -q "cannot be written"
}

# Until neither the database nor its reserve has room.
fill_up()
{
	wait_for 'fill "$state"; ctl run nudge >/dev/null 2>&1; is_stuck' 20
}

cpu_ms() # of all its threads so far
{
	awk '{ sub(/.*\) /, ""); print ($12 + $13) * 10 }' \
	    "/proc/$daemon_pid/stat"
}

wakeups()
{
	awk '/ctxt_switches/ { n += $2 } END { print n }' \
	    /proc/"$daemon_pid"/task/*/status
}

# Nobody has anything due: the daemon must notice by itself.
ctl add nudge @yearly -- true >/dev/null
check "a full disk is noticed by who asks for a change" fill_up
like "and said" "$(ctl status)" "*DEGRADED*cannot be written*"
like "in the greeting too" "$("$talk" -g "$CRONS_SOCKET")" "*state=degraded*"
like "a change is refused, and nothing is changed" \
    "$(ctl add more @yearly -- true 2>&1)" "*database cannot be written*"
is "looking is still answered" \
    "$(ctl list -q | cut -d" " -f1)" nudge
before=$(cpu_ms) woken=$(wakeups)
sleep 2
used=$(($(cpu_ms) - before)) woken=$(($(wakeups) - woken))
echo "# in 2 s: $used ms of time, $woken wake-ups"
check "with nothing due the daemon hardly works meanwhile" test "$used" -lt 500
check "nor does it wake up often" test "$woken" -lt 200
empty "$state"
check "it recovers by itself" wait_for '! is_stuck' 10
check "a change is made again" ctl add more @yearly -- true
check "and the reserve is made again" \
    wait_for '[ "$(stat -c %s "$state/reserve" 2>/dev/null)" = 16777216 ]' 30
check "then all is well" wait_for '! ctl status | grep -q DEGRADED' 10

# With work to do.
: >"$dir/ticks"
ctl add ticks '@every 1s' -- \
    "echo \$CRONS_SLOT >>$dir/ticks" >/dev/null
ctl add long @yearly -- "echo begin; until [ -e $dir/go ]; do sleep 0.05
    done; echo end; exit 3" >/dev/null
ctl add lost @yearly -- "exec sleep 300" >/dev/null
long=$(ctl run long | tr -dc 0-9)
lost=$(ctl run lost | tr -dc 0-9)
wait_for '[ "$(wc -l <"$dir/ticks")" -ge 2 ]' 10
wait_for 'ctl ps | grep -q " lost "' 10
check "the disk is full again" fill_up
touch "$dir/go"
kill -KILL "$(ctl ps | awk '$2 == "lost" { print $3 }')"
before=$(cpu_ms) woken=$(wakeups)
sleep 3
used=$(($(cpu_ms) - before)) woken=$(($(wakeups) - woken))
echo "# in 3 s: $used ms of time, $woken wake-ups"
check "with much to do it does not spin either" test "$used" -lt 1000
check "the daemon still says what runs" test -n "$(ctl ps)"
empty "$state"
ctl wait --propagate "$long" >/dev/null
is "the status of a run that ended meanwhile is kept" "$?" 3
is "and its output" "$(wait_for '[ "$(ctl logs '"$long"' | wc -l)" = 2 ]' 10
    ctl logs "$long" | xargs)" "begin end"
ctl wait "$lost" >/dev/null
like "a run whose shim died is lost" "$(ctl runs lost)" "*lost*"
ran=$(wc -l <"$dir/ticks")
check "slots run again" wait_for \
    '[ "$(wc -l <"$dir/ticks")" -gt '"$((ran + 2))"' ]' 10
is "none ran twice" "$(sort "$dir/ticks" | uniq -d)" ""
ctl disable ticks >/dev/null
wait_for '! ctl ps | grep -q ticks' 10
check "and every slot is accounted for" python3 - <<END
import sqlite3
db = sqlite3.connect("file:$state/main.db?mode=ro", uri=True)
rows = db.execute("SELECT slot, coalesce(slot_to, slot), result, why FROM run"
    " WHERE job = (SELECT id FROM job WHERE name = 'ticks')"
    " ORDER BY slot").fetchall()
assert all(r[2] != 0 for r in rows), rows
for a, b in zip(rows, rows[1:]):
    assert b[0] - a[1] == 1000000, (a, b)
print(len(rows), [r[2:] for r in rows])
END
stop_daemon
is "the daemon ends well" $? 0

# A start on a full disk takes the reserve.
fill "$state"
start_daemon
check "it starts on a full disk" ctl status
check "the reserve was given for it" test ! -e "$state/reserve"
empty "$state"
check "and is well soon" wait_for '! ctl status | grep -q DEGRADED' 20
stop_daemon
is "and ends well" $? 0
umount_disks
