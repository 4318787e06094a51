#!/bin/bash
# Live crontabs of FILES (10) files with LINES (10,000) entries each: processor
# time until all are jobs, beside that of Debian's cron (as root, where it can
# be had); then one entry is changed: processor time until that is a job, and
# when. Then one file is imported, twice.
# limit: 600
. "$(dirname "$0")/../lib.sh"
. "$root/tests/live/parts.sh"
. "$root/tests/crontabs.sh"
need_root
need python3
files=${FILES:-10} lines=${LINES:-10000}

entries() # SEED
{
	python3 - "$1" "$lines" <<-'PY'
		import random, sys
		random.seed(int(sys.argv[1]))
		r = random.randrange
		for i in range(int(sys.argv[2])):
		    when = random.choice([
		        "%d %d * * *" % (r(60), r(24)),
		        "*/%d * * * *" % random.choice([5, 10, 15, 20, 30]),
		        "%d %d %d * *" % (r(60), r(24), 1 + r(28)),
		        "%d %d * * mon-fri" % (r(60), r(24))])
		    print(when, "root /usr/bin/job --file", sys.argv[1],
		        "--number", i, ">/dev/null 2>&1")
	PY
}

# Milliseconds of processor time of a process: all its threads.
spent() # PID
{
	awk -v hz="$(getconf CLK_TCK)" \
	    '{ sub(/.*\) /, ""); print ($12 + $13) * 1000 / hz }' \
	    "/proc/$1/stat"
}

now()
{
	echo $((${EPOCHREALTIME/./} / 1000))
}

# Debian's cron on the same files, in namespaces of its own: what it spends
# until it sleeps.
peer_load()
{
	local outer pid was=-1
	mkdir -p "$dir/side/etc" "$dir/side/spool/crontabs" "$dir/side/lay"
	cp -a "$crond" "$dir/side/etc/cron.d"
	# shellcheck disable=SC2086 # a command is words
	unshare -m -p --fork --mount-proc --kill-child -- bash -c '
		. "$1/tests/live/box.sh"
		make_box "$2"
		shift 2
		exec "$@"' peer "$root" "$dir/side" $peer >"$dir/peer" 2>&1 &
	outer=$!
	wait_for 'pid=$(pgrep -P '$outer' -x cron)' 30
	while [ "$(spent "$pid")" != "$was" ]; do
		was=$(spent "$pid")
		sleep 2
	done
	kill -KILL "$outer"
	wait "$outer" 2>/dev/null
	echo "$was"
}

make_places
for ((i = 1; i <= files; i++)); do
	entries "$i" >"$crond/tab$i"
	touch -d '1 hour ago' "$crond/tab$i"
done
if find_cron debian; then
	echo "cron: $(peer_load) ms of processor time to load $((files * lines))"
else
	skip "beside Debian's cron" "there is none here"
fi
settings
start_daemon --config "$dir/conf"
wait_for 'grep -q "all are read" "$dir/daemon.log"' 300
echo "cronsd: $(spent "$daemon_pid") ms of processor time to make them jobs"

# What is still to be written beside (jobs.snapshot) is not the change's.
was=-1
while [ "$(spent "$daemon_pid")" != "$was" ]; do
	was=$(spent "$daemon_pid")
	sleep 12
done
begun=$(now)
sed -i '7s,.*,1 2 3 4 5 root changed,' "$crond/tab1"
wait_for 'grep -q "tab1: jobs: .*added" <(tail -n 3 "$dir/daemon.log")' 60
echo "one entry changed: $(($(now) - begun)) ms, processor" \
    "$(($(spent "$daemon_pid") - was)) ms"
stop_daemon

sed 's/ root / /' "$crond/tab1" >"$dir/tab"
start_daemon
for time in first second; do
	was=$(spent "$daemon_pid/task/$daemon_pid")
	ctl import "$dir/tab" >/dev/null
	echo "import of $lines, $time time:" \
	    "$(($(spent "$daemon_pid/task/$daemon_pid") - was)) ms in the loop"
done
stop_daemon
