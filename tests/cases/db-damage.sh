#!/bin/bash
# main.db damaged while the daemon is down: it starts, says what it did, keeps
# the old files, loses no running job, has its jobs again with their ids, and
# gives no run id out twice.
# limit: 240
. "$(dirname "$0")/../lib.sh"
need sqlite3

# A database as a stop leaves it: everything is in main.db, and a snapshot.
start_daemon
ctl add first @yearly -- true >/dev/null
ctl add gone @yearly -- true >/dev/null
ctl add often '@every 1h' -- true >/dev/null
ctl add long @yearly -- "echo begun >>$dir/begun
    until [ -e $dir/go ]; do sleep 0.05; done; echo over; exit 5" >/dev/null
ctl rm gone >/dev/null
for _ in 1 2 3; do
	ctl run --wait first
done
stop_daemon
check "a snapshot of the jobs is written at the end" test -s "$state/jobs.snapshot"
mv "$state" "$dir/prepared"
wanted=$(printf '%s\n' "1 first" "3 often" "4 long")

page_of() # TABLE: its first page, from 0
{
	echo $(($(sqlite3 "$state/main.db" "SELECT rootpage FROM
	    sqlite_schema WHERE name = '$1'") - 1))
}

zero_pages() # FIRST COUNT
{
	dd if=/dev/zero of="$state/main.db" bs=4096 seek="$1" count="$2" \
	    conv=notrunc 2>/dev/null
}

pages()
{
	echo $(($(stat -c %s "$state/main.db") / 4096))
}

# What is wrong -> what is done to the files. The log must say what its second
# word is: "damaged" if the file was set aside, "snapshot" if jobs came back.
no_wal() { rm -f "$state/main.db-wal" "$state/main.db-shm"; }
half() { no_wal; truncate -s $(($(pages) / 2 * 4096)) "$state/main.db"; }
odd() { no_wal; truncate -s 5000 "$state/main.db"; }
one_byte() { no_wal; truncate -s 1 "$state/main.db"; }
empty() { no_wal; : >"$state/main.db"; }
missing() { no_wal; rm "$state/main.db"; }
unfinished() # a daemon was killed when it had made the tables anew
{
	sqlite3 "$state/main.db" "DELETE FROM due; DELETE FROM health;
	    DELETE FROM run; DELETE FROM job; DELETE FROM meta"
}
header() { no_wal; zero_pages 0 1; }
job_table() { local p; p=$(page_of job); no_wal; zero_pages "$p" 1; }
run_table() { local p; p=$(page_of run); no_wal; zero_pages "$p" 1; }
meta_table() { local p; p=$(page_of meta); no_wal; zero_pages "$p" 1; }
due_table() { local p; p=$(page_of due); no_wal; zero_pages "$p" 1; }
but_first() { no_wal; zero_pages 1 $(($(pages) - 1)); }
junk() { no_wal; head -c 100000 /dev/urandom >"$state/main.db"; }
text() { no_wal; seq 10000 >"$state/main.db"; }
directory() { missing; mkdir "$state/main.db"; }
pipe() { missing; mkfifo "$state/main.db"; }
wal_junk() { head -c 65536 /dev/urandom >"$state/main.db-wal"; }

aside()
{
	find "$state" -name 'main.db.damaged-*' ! -name '*-wal' \
	    ! -name '*-shm' | grep -c .
}

jobs()
{
	ctl list --json 2>/dev/null | sed 's/},{/}\n{/g' |
		sed -n 's/.*"id":\([0-9]*\).*"job":"\([a-z]*\)".*/\1 \2/p' |
		sort
}

# Is the file set aside: yes; gone: there is none; no: it is
# still good.
damage() # NAME FUNCTION SET-ASIDE
{
	local run max before
	rm -rf "$state" "$dir/begun" "$dir/go"
	cp -a "$dir/prepared" "$state"
	: >"$dir/daemon.log"
	start_daemon
	run=$(ctl run long | tr -dc 0-9)
	wait_for '[ -s $dir/begun ]' 10 || fail "$1: the job starts"
	before=$(find "$state/spool" -name "*-$run.*")
	kill9_daemon
	$2
	start_daemon
	case $3 in
	yes) is "$1: the file is kept" "$(aside)" 1 ;;
	*) is "$1: there is nothing to set aside" "$(aside)" 0 ;;
	esac
	is "$1: the jobs have their ids" "$(jobs)" "$wanted"
	is "$1: the job runs on" "$(ctl ps | grep -c " long ")" 1
	check "$1: its file is as it was" test -e "$before"
	like "$1: jobs are planned" "$(ctl next often 2>&1)" "*often*"
	is "$1: in the queue too" \
	    "$(printf 'list\n' | "$talk" "$CRONS_SOCKET" |
		awk -F'\t' '$1 == "*" && $8 == ""' | wc -l)" 0
	touch "$dir/go"
	ctl wait --propagate "$run" >/dev/null 2>&1
	is "$1: its status is recorded" "$?" 5
	is "$1: it ran once" "$(grep -c begun "$dir/begun")" 1
	is "$1: its output is there at once" "$(ctl logs "$run" 2>&1)" over
	max=$(ctl run first | tr -dc 0-9)
	check "$1: run ids go on above" test "$max" -gt "$run"
	if [ "$3" != no ]; then
		like "$1: status says what happened" "$(ctl status)" \
		    "*jobs came back from jobs.snapshot*"
	fi
	stop_daemon || fail "$1: the daemon ends well"
}

damage "cut in the middle" half yes
damage "cut within a page" odd yes
damage "one byte left" one_byte yes
damage "nothing left" empty yes
damage "gone" missing gone
damage "made anew and not filled" unfinished gone
damage "first page zeroed" header yes
damage "page of jobs zeroed" job_table yes
damage "page of runs zeroed" run_table yes
damage "page of meta zeroed" meta_table yes
damage "page of due zeroed" due_table yes
damage "all pages but one zeroed" but_first yes
damage "random bytes" junk yes
damage "some text" text yes
damage "a directory" directory yes
damage "a named pipe" pipe yes
damage "log removed" no_wal no
damage "log replaced by random bytes" wal_junk no

# Silent runs leave nothing behind that tells their ids.
rm -rf "$state"
cp -a "$dir/prepared" "$state"
junk
start_daemon
kill9_daemon
start_daemon
check "killed before it started a run: ids go on above all the same" \
    test "$(ctl run first | tr -dc 0-9)" -gt 3
stop_daemon

# Changes that are in the log only: main.db is whole without it, and older.
state_before()
{
	rm -rf "$state" "$dir/begun" "$dir/go"
	: >"$dir/daemon.log"
}
for life in first later; do
	state_before
	[ $life = first ] || cp -a "$dir/prepared" "$state"
	start_daemon
	ctl rm often >/dev/null 2>&1
	ctl add young @yearly -- "echo begun >>$dir/begun
	    until [ -e $dir/go ]; do sleep 0.05; done; echo over" >/dev/null
	run=$(ctl run young | tr -dc 0-9)
	check "$life life: the snapshot has a new job soon" \
	    wait_for 'snapshot_has "name=young "' 30
	check "$life life: it starts" wait_for '[ -s $dir/begun ]' 20
	kill9_daemon
	no_wal
	start_daemon
	is "$life life: a job that was in the log is back" \
	    "$(ctl list -q young | cut -d' ' -f1)" young
	is "$life life: one that was removed is not" \
	    "$(jobs | grep -c often)" 0
	like "$life life: status says what happened" "$(ctl status)" \
	    "*jobs came back from jobs.snapshot*"
	touch "$dir/go"
	is "$life life: the run goes on" "$(ctl wait "$run")" "run $run: ok"
	is "$life life: its output is there" "$(ctl logs "$run")" over
	is "$life life: it ran once" "$(grep -c begun "$dir/begun")" 1
	stop_daemon
	start_daemon
	is "$life life: that is told once" \
	    "$(ctl status | grep -c 'came back')" 0
	stop_daemon
done

# All is lost but the file of a run: its job's number is not given to another.
state_before
start_daemon
ctl add one @yearly -- true >/dev/null
ctl add two @yearly -- "echo begun >>$dir/begun
    until [ -e $dir/go ]; do sleep 0.05; done" >/dev/null
run=$(ctl run two | tr -dc 0-9)
check "a run without a database is there" wait_for '[ -s $dir/begun ]' 20
kill9_daemon
rm -f "$state"/main.db* "$state"/jobs.snapshot*
start_daemon
like "that it was lost is told, without a snapshot too" "$(ctl status)" \
    "*damaged or missing*"
ctl add other @yearly -- true >/dev/null
is "a new job has no history of an old one" \
    "$(ctl runs other --json | grep -c .)" 0
touch "$dir/go"
is "the run is known by its number" "$(ctl wait "$run")" "run $run: ok"
stop_daemon
