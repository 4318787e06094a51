#!/bin/bash
# The disk of the spool is full: a job never notices, what is not kept of its
# output is counted, runs start from the files kept for that day, then wait or
# are missed, and all goes on when there is room.
# limit: 120
. "$(dirname "$0")/../disk.sh"
. "$(dirname "$0")/../lib.sh"
need python3 sqlite3

state=$dir/state
export CRONS_SOCKET=$state/cronsd.sock
disk "$state" 40m
disk "$dir/spool" 4m
ln -s "$dir/spool" "$state/spool"
: >"$dir/count"
start_daemon

value() # RUN KEY of its row
{
	sqlite3 "file:$state/main.db?mode=ro" \
	    "SELECT coalesce($2, 0) FROM run WHERE id = $1"
}

# Says what it counted itself: bytes that its writes took, in either stream.
cat >"$dir/chatty.py" <<'END'
import os, sys, time
took = [0, 0, 0]
bytes = b"x" * 999 + b"\n"
while not os.path.exists(sys.argv[1]):
    for fd in (1, 2):
        took[fd] += os.write(fd, bytes)
    time.sleep(0.01)
open(sys.argv[2], "w").write("%d %d" % (took[1], took[2]))
sys.exit(7)
END
ctl add chatty @yearly -- \
    "exec python3 $dir/chatty.py $dir/go $dir/counted" >/dev/null
ctl add small @yearly --overlap allow --start-deadline 4s -- \
    "echo x >>$dir/count" >/dev/null
chatty=$(ctl run chatty | tr -dc 0-9)
wait_for '[ "$(ctl logs chatty 2>/dev/null | wc -c)" -gt 20000 ]' 10
fill "$dir/spool"
check "a full spool is said" wait_for 'fill "$dir/spool"
    ctl status | grep -q "DEGRADED.*\|output is dropped"' 10
wait_for 'fill "$dir/spool"; sleep 0.2; fill "$dir/spool"; true' 5
for _ in {1..16}; do
	ctl run small >/dev/null
done
check "runs start from the files kept for that" \
    wait_for '[ "$(wc -l <"$dir/count")" -ge 10 ]' 10
fill "$dir/spool"
# What ends gives its file back: hold all there is.
ctl add holder @yearly --overlap allow -- "exec sleep 300" >/dev/null
for _ in {1..280}; do
	ctl run holder >/dev/null
	fill "$dir/spool"
done
check "until there are none" wait_for \
    'fill "$dir/spool"; grep -q "no run file could be made" \
    "$dir/daemon.log"' 20
before=$(wc -l <"$dir/count")
ctl run small >/dev/null
check "a run that cannot start in time is missed" \
    wait_for 'ctl runs small -n 1 | grep -q missed' 15
like "and says why" "$(ctl why small)" "*missed*start deadline*"
is "it was not started" "$(wc -l <"$dir/count")" "$before"
ctl set small --start-deadline 1m >/dev/null
held=$(ctl run small | tr -dc 0-9)
used=$(awk '{ sub(/.*\) /, ""); print ($12 + $13) * 10 }' \
    "/proc/$daemon_pid/stat")
sleep 2
used=$(($(awk '{ sub(/.*\) /, ""); print ($12 + $13) * 10 }' \
    "/proc/$daemon_pid/stat") - used))
echo "# in 2 s: $used ms of time"
check "meanwhile the daemon does not spin" test "$used" -lt 500
is "the one in time waits" "$(value "$held" result)" 0
empty "$dir/spool"
ctl wait "$held" >/dev/null
is "and starts when there is room" "$(value "$held" result)" 1
check "the spool is well again" wait_for '! ctl status | grep -q DEGRADED' 10
touch "$dir/go"
ctl wait --propagate "$chatty" >/dev/null 2>&1
is "the job that ran all the while has its status" "$?" 7
check "it could write whatever it wanted" test -s "$dir/counted"
is "all of it was counted" \
    "$(value "$chatty" out_bytes) $(value "$chatty" err_bytes)" \
    "$(cat "$dir/counted")"
dropped=$(value "$chatty" dropped_bytes)
check "what was not kept too" test "$dropped" -gt 0
# Once it is stored: bytes of its frames, and the notes among them.
wait_for '[ "$(sqlite3 "file:$state/out.db?mode=ro" \
    "SELECT count(*) FROM out WHERE run = $chatty")" -gt 0 ]' 10
echo "logs $chatty" | "$talk" "$CRONS_SOCKET" >"$dir/frames"
python3 - "$dir/frames" >"$dir/kept" <<'END'
import re, sys
data = open(sys.argv[1], "rb").read()
at = re.compile(rb"^[oecg] \d+ ", re.M).search(data).start()
kept, notes = 0, []
while m := re.compile(rb"([oecg]) (\d+) (\d+)\n").match(data, at):
    body = data[m.end():m.end() + int(m[3])]
    at = m.end() + int(m[3]) + 1
    if m[1] in b"oe":
        kept += len(body)
    else:
        notes.append(body.decode())
print(kept)
print(*notes, sep="\n")
END
is "and what is kept is the rest" "$(($(head -n 1 "$dir/kept") + dropped))" \
    "$(($(tr ' ' + <"$dir/counted")))"
like "what is missing is told in the output" "$(cat "$dir/kept")" \
    "*dropped o=*e=*bytes: no room*"
like "and in status" "$(ctl status --json)" "*\"dropped_bytes\":$dropped,*"
kill9_daemon
start_daemon
is "the files kept for that day are there again" \
    "$(find "$state/spool/" -name '.pool-*' | wc -l)" 256
stop_daemon
is "the daemon ends well" $? 0
umount_disks
