#!/bin/bash
# main.db and out.db damaged under the running daemon, and databases it must
# not touch: it starts over by itself, says what it did and loses no run.
# limit: 120
. "$(dirname "$0")/../lib.sh"
need sqlite3

prepare()
{
	start_daemon
	ctl add first @yearly -- 'echo first' >/dev/null
	ctl add often '@every 1h' -- true >/dev/null
	ctl add long @yearly -- "echo begun >>$dir/begun
	    until [ -e $dir/go ]; do sleep 0.05; done; echo over; exit 5" \
	    >/dev/null
	ctl run --wait first >/dev/null
	stop_daemon
	is "what is stopped has everything in main.db" \
	    "$(sqlite3 "$state/main.db" 'SELECT count(*) FROM job')" 3
	check "and no log beside it" test ! -s "$state/main.db-wal"
	mv "$state" "$dir/prepared"
}

# In place, as a bad disk does it; the first page may be in every cache.
zero_but_first()
{
	dd if=/dev/zero of="$1" bs=4096 seek=1 conv=notrunc \
	    count=$(($(stat -c %s "$1") / 4096 - 1)) 2>/dev/null
}
cut() { truncate -s 4096 "$1"; }
junk() { head -c 40960 /dev/urandom | dd of="$1" conv=notrunc 2>/dev/null; }
cut_log() { truncate -s 0 "$1-wal"; }

jobs()
{
	ctl list --json 2>/dev/null | sed 's/},{/}\n{/g' |
		sed -n 's/.*"id":\([0-9]*\).*"job":"\([a-z]*\)".*/\1 \2/p' |
		sort
}

damage() # NAME FUNCTION
{
	local run pid
	rm -rf "$state" "$dir/begun" "$dir/go"
	cp -a "$dir/prepared" "$state"
	: >"$dir/daemon.log"
	start_daemon
	pid=$daemon_pid
	run=$(ctl run long | tr -dc 0-9)
	wait_for '[ -s $dir/begun ]' 10 || fail "$1: the job starts"
	$2 "$state/main.db"
	# It is noticed by whoever looks; a reading client is enough.
	wait_for 'ctl list >/dev/null 2>&1; ctl set often comment=x \
	    >/dev/null 2>&1; grep -q "kept as" "$dir/daemon.log"' 20
	like "$1: it is noticed and said" "$(cat "$dir/daemon.log")" \
	    "*main.db: damaged; kept as *starting over*"
	wait_for greets 20
	is "$1: it is the same process" "$(daemon_lives && echo "$pid")" \
	    "$daemon_pid"
	is "$1: the jobs have their ids" "$(jobs)" \
	    "$(printf '%s\n' "1 first" "2 often" "3 long")"
	is "$1: the job runs on" "$(ctl ps | grep -c " long ")" 1
	touch "$dir/go"
	ctl wait --propagate "$run" >/dev/null 2>&1
	is "$1: its status is recorded" "$?" 5
	is "$1: it ran once" "$(grep -c begun "$dir/begun")" 1
	check "$1: its output is there" wait_for \
	    '[ "$(ctl logs '"$run"' 2>/dev/null)" = over ]' 10
	check "$1: run ids go on above" \
	    test "$(ctl run --wait first | sed -n 's/^run \([0-9]*\).*/\1/p')" \
	    -gt "$run"
	like "$1: status says what happened" "$(ctl status)" \
	    "*jobs came back from jobs.snapshot*"
	stop_daemon || fail "$1: the daemon ends well"
}

prepare
damage "pages zeroed" zero_but_first
damage "file cut" cut
damage "random bytes" junk
damage "log cut" cut_log

# ---- out.db ----

damage_out() # NAME COMMAND...
{
	rm -rf "$state"
	cp -a "$dir/prepared" "$state"
	: >"$dir/daemon.log"
	"${@:2}" "$state/out.db"
	start_daemon
	like "$1: what was damaged is kept" \
	    "$(echo "$state"/out.db.damaged-*)" "*damaged-[0-9]*"
	like "$1: status says so" "$(ctl status)" "*output was damaged or missing*"
	check "$1: jobs run" ctl run --wait first
	is "$1: their output is kept" "$(ctl logs first)" first
	stop_daemon || fail "$1: the daemon ends well"
}

damage_out "output replaced by random bytes" junk
damage_out "pages of the output zeroed" zero_but_first

# Damage behind the first pages is met by the first run that is stored: what
# is not stored yet waits in the spool.
rm -rf "$state"
cp -a "$dir/prepared" "$state"
: >"$dir/daemon.log"
start_daemon
ctl add noise @yearly --overlap allow -- 'head -c 3000 /dev/urandom' >/dev/null
for _ in {1..30}; do
	echo "run noise"
done | "$talk" "$CRONS_SOCKET" >/dev/null
wait_for '[ "$(ctl runs noise -n 100 | grep -c " ok ")" = 30 ]' 20 ||
	fail "30 runs end"
stop_daemon
dd if=/dev/zero of="$state/out.db" bs=4096 seek=4 conv=notrunc \
    count=$(($(stat -c %s "$state/out.db") / 4096 - 4)) 2>/dev/null
start_daemon
# It is met at once if not all was stored before: the daemon starts over then.
check "jobs run while the output's file is damaged" \
    wait_for 'ctl run --wait first' 20
check "which is noticed when output is stored" \
    wait_for 'grep -q "out.db: damaged" "$dir/daemon.log"' 20
wait_for greets 20
check "the newest output is there" \
    wait_for '[ "$(ctl logs first 2>/dev/null)" = first ]' 10
like "status says so" "$(ctl status)" "*output was damaged or missing*"
stop_daemon
is "and the daemon ends well" $? 0

# ---- a newer one, and no room for none ----

rm -rf "$state"
cp -a "$dir/prepared" "$state"
sqlite3 "$state/main.db" 'PRAGMA user_version = 12345'
cp "$state/main.db" "$dir/newer"
message=$(timeout 20 "$cronsd" -f --state "$state" 2>&1 </dev/null)
is "a newer database is refused" $? 1
like "with a reason and what to do" "$message" \
    "*version 12345, this program knows *install the newer program*"
check "and is not touched" cmp "$state/main.db" "$dir/newer"
check "nor set aside" test ! -e "$(echo "$state"/*.damaged-* | head -n 1)"
