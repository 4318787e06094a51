#!/bin/bash
# Events: what happens is told, in order and once; what a follower did not read
# is a gap with a number; a hundred that read nothing cost nobody anything.
# limit: 240
. "$(dirname "$0")/../lib.sh"
need python3

cat >"$dir/follow.py" <<'END'
"""Followers that read nothing while much happens, then one reads."""
import os, socket, sys

def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(os.environ["CRONS_SOCKET"])
    s.makefile("rb").readline()
    return s

def rss(pid):
    for line in open("/proc/%s/status" % pid):
        if line.startswith("VmRSS:"):
            return int(line.split()[1])

followers = [connect() for _ in range(100)]
for s in followers:
    s.sendall(b"events follow=yes since=0\n")
before = rss(sys.argv[1])
writers = [connect() for _ in range(50)]
for i, s in enumerate(writers):
    s.sendall(b"".join(b"set job comment=%d-%d\n" % (i, n)
        for n in range(100)))
good = 0
for s in writers:
    f = s.makefile("rb")
    good += sum(f.readline().startswith(b"200 ") for _ in range(100))
print("changes", good)
print("kB", rss(sys.argv[1]) - before)

s = connect()
s.sendall(b"events n=1\n")
f = s.makefile("rb")
newest = 0
for line in f:
    if line.startswith(b"200 "):
        newest = int(line.split(b"seq=")[1])
        break

f = followers[0].makefile("rb")
at, rows, lost, wrong, gap = 0, 0, 0, 0, 0
while at < newest:
    line = f.readline()
    if line.startswith(b"!gap "):
        gap += int(line.split()[1])
    elif line.startswith(b"*\t"):
        seq = int(line.split(b"\t")[1])
        wrong += seq != at + 1 + gap
        lost += gap
        rows, at, gap = rows + 1, seq, 0
print("wrong", wrong)
print("gap", "yes" if lost > 0 else "no")
print("all", rows + lost == newest)
END

printf '[limits]\nconnections-per-uid = 500\n[keep]\nkeep-events = 1000\n' >"$dir/conf"
start_daemon --config "$dir/conf"
ctl add job '@yearly' -- 'exit 3' >/dev/null
# From the first on: it may be slow to come.
ctl events -f --since 0 --json >"$dir/live" &
follower=$!
ctl run job --wait >/dev/null
ctl pause job >/dev/null
ctl resume job >/dev/null
ctl skip job >/dev/null
check "a follower is told of all that happens" wait_for \
    'grep -q "\"skipped\"" "$dir/live"' 20
words()
{
	sed -n 's/.*"event":"\([a-z]*\)".*"result":\("[a-z]*"\|null\).*/\1 \2/p' "$1" |
		tr '\n' ';'
}
like "in order" "$(words "$dir/live")" \
    '*started null;ended "fail";paused null;resumed null;ended "skipped";'
ctl events --json >"$dir/all"
is "what happened is kept" "$(words "$dir/all")" \
    'added null;started null;ended "fail";paused null;resumed null;ended "skipped";'
seq=$(sed -n 's/.*"seq":\([0-9]*\).*"paused".*/\1/p' "$dir/all")
is "it can be told from any event on" \
    "$(ctl events --since "$seq" --json | grep -c '"event"')" 2
is "or from the newest few" "$(ctl events -n 1 --json | grep -c '"event"')" 1
ctl add other '@yearly' -- true >/dev/null
is "or of one job" "$(ctl events other --json | grep -c '"event"')" 1
like "a place that this database never had is said" \
    "$(ctl events --since 99999 | head -1)" "*gap*"
kill -TERM "$follower"
wait "$follower" 2>/dev/null

python3 "$dir/follow.py" "$daemon_pid" >"$dir/found"
is "5,000 changes go on while nobody reads" \
    "$(grep changes "$dir/found")" "changes 5000"
grown=$(sed -n 's/^kB //p' "$dir/found")
if [ -n "${CRONS_SAN-}" ]; then
	skip "a hundred that do not read cost some buffers only" \
	    "the sanitizer keeps what is freed"
else
	check "a hundred that do not read cost some buffers only ($grown kB)" \
	    [ "$grown" -lt 60000 ]
fi
is "whoever reads late is told that there is a gap" \
    "$(grep gap "$dir/found")" "gap yes"
is "each gap has the right number" "$(grep wrong "$dir/found")" "wrong 0"
is "events read and events lost are all there were" \
    "$(grep all "$dir/found")" "all True"
stop_daemon
is "the daemon ends well" $? 0

cronsd_as_root=$(id -u)
if [ "$cronsd_as_root" = 0 ] && id nobody >/dev/null 2>&1; then
	chmod 711 "$dir"
	start_daemon
	chmod 711 "$state"
	ctl rm other >/dev/null
	is "one sees no events of others" \
	    "$(as nobody ctl events --json | grep -c '"event"')" 0
	stop_daemon
else
	skip "one sees no events of others" "needs root"
fi
