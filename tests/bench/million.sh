#!/bin/bash
# A million jobs: memory of the daemon, and the time from its start to its
# greeting, beside that of a daemon with ten. Medians of ROUNDS (5).
# limit: 600
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../fill.sh"
need sqlite3 python3

printf '[limits]\njobs-per-uid = 2000000\n' >"$dir/conf"

prepare() # DIRECTORY COUNT
{
	start_daemon
	ctl add job @yearly --comment "as long as they are in life" -- \
	    "/usr/local/bin/backup --all --to /srv/backup >/dev/null" >/dev/null
	stop_daemon
	copy_jobs job "$2" $((${EPOCHREALTIME/./} + 86400000000)) 30000000
	mv "$state" "$1"
}

# Milliseconds from exec to greeting.
greeting() # DIRECTORY
{
	python3 - "$cronsd" "$1" <<-END
		import socket, subprocess, sys, time
		began = time.monotonic()
		daemon = subprocess.Popen([sys.argv[1], "-f", "--state",
		    sys.argv[2]], stdin=subprocess.DEVNULL,
		    stderr=subprocess.DEVNULL)
		while True:
		    try:
		        s = socket.socket(socket.AF_UNIX)
		        s.connect(sys.argv[2] + "/cronsd.sock")
		        if s.recv(9) == b"200 crons":
		            break
		    except OSError:
		        pass
		    time.sleep(0.0002)
		print(round((time.monotonic() - began) * 1000, 1))
		daemon.terminate()
		daemon.wait()
	END
}

median()
{
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

memory() # KEY
{
	awk -v key="$1:" '$1 == key { print $2 }' "/proc/$daemon_pid/status"
}

prepare "$dir/ten" 10
prepare "$dir/million" 1000000
greeting "$dir/ten" >/dev/null
greeting "$dir/million" >/dev/null
for ((i = 0; i < ${ROUNDS:-5}; i++)); do
	greeting "$dir/ten" >>"$dir/a"
	greeting "$dir/million" >>"$dir/b"
done
ten=$(median <"$dir/a") million=$(median <"$dir/b")
echo "ms to the greeting, a million jobs beside ten: $million beside $ten"
check "there is no load phase: at most twice the time, or 50 ms" \
    awk "BEGIN { exit !($million <= 2 * $ten || $million <= 50) }"

mv "$dir/million" "$state"
start_daemon --config "$dir/conf"
echo "kB of memory with a million jobs: $(memory VmRSS)"
from=${EPOCHREALTIME/./}
ctl status >/dev/null
echo "ms of status: $(((${EPOCHREALTIME/./} - from) / 1000))"
from=${EPOCHREALTIME/./}
echo list | "$talk" -t 300 "$CRONS_SOCKET" | wc -l >"$dir/lines"
echo "ms of list: $(((${EPOCHREALTIME/./} - from) / 1000))"
is "list has all" "$(cat "$dir/lines")" 1000004
echo "kB after list: $(memory VmRSS)"
from=${EPOCHREALTIME/./}
ctl add one @yearly -- true >/dev/null
echo "ms of add: $(((${EPOCHREALTIME/./} - from) / 1000))"
wait_for '[ -s "$state/jobs.snapshot" ]' 120
echo "kB after the snapshot of $(du -m "$state/jobs.snapshot" |
    cut -f1) MB: $(memory VmRSS); at most so far: $(memory VmHWM)"
check "never more than 24 MB" test "$(memory VmHWM)" -lt 24576
kill9_daemon
