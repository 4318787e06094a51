#!/bin/bash
# The disk is full, and crontab jobs run on as cron's would: no slot twice, none
# forgotten, and once there is room the ledger says what happened, through any
# kill of the daemon; jobs that need the database for their decisions hold.
# limit: 600
. "$(dirname "$0")/../disk.sh"
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../crontabs.sh"
need python3 sqlite3
cronsd=$build/test/cronsd
dialect=extended
make_places

# A daemon of its own with a job each second, one that overlaps with itself,
# which it must not, and one that was added, and must wait; all say which slots
# they run for.
begin() # NAME [LINES of the crontab]
{
	base=$dir/$1
	state=$base/state
	export CRONS_SOCKET=$state/cronsd.sock
	mkdir "$base"
	disk "$state" 24m
	touch "$base"/{ticks,longs,added}
	cat >"$tab" <<-END
		#crons: name=ticks
		@every 1s root echo \$CRONS_SLOT \$CRONS_RUN >>$base/ticks
		#crons: name=longs overlap=skip
		@every 1s root echo \$CRONS_SLOT \$CRONS_RUN >>$base/longs; sleep 1.5
		${2-}
	END
	: >"$dir/daemon.log"
	start_reading
	ctl pool one --slots 1 >/dev/null
	ctl add added '@every 1s' --pool one -- \
	    "echo \$CRONS_SLOT \$CRONS_RUN >>$base/added" >/dev/null
	wait_for '[ "$(ran)" -ge 2 ] && [ -s "$base/longs" ] &&
	    [ -s "$base/added" ]' 30 || fail "$1: all jobs run"
}

ran() # [JOB] how often it began
{
	wc -l <"$base/${1-ticks}"
}

is_stuck()
{
	ctl status 2>/dev/null | grep -q "cannot be written"
}

fill_up()
{
	wait_for 'fill "$state"; is_stuck' 30
}

# So many more slots run, with the disk full all the while.
runs_on() # COUNT
{
	local before
	before=$(ran)
	wait_for 'fill "$state"; [ "$(ran)" -ge '$((before + $1))' ]' 60
}

# The daemon stops dead and another one starts, on the full disk.
killed() # [WISH of the next]
{
	kill9_daemon
	fill "$state"
	CRONS_FAIL=${1-} start_daemon --config "$dir/conf"
}

wait_for_death() # WISH
{
	wait_for '! daemon_lives' 60 || fail "$1: the daemon stops there"
	wait "$daemon_pid" 2>/dev/null
	daemon_pid=
}

# A daemon on the full disk that kills itself, perhaps before it greets.
dies_at() # WISH
{
	fill "$state"
	CRONS_FAIL=$1 "$cronsd" -f --state "$state" --config "$dir/conf" \
	    >>"$dir/daemon.log" 2>&1 </dev/null &
	daemon_pid=$!
	wait_for 'fill "$state"; ! daemon_lives' 60
	wait_for_death "$1"
}

# There is room: all is written down, and holds against what the jobs said.
finish() # NAME
{
	local job
	empty "$state"
	check "$1: with room it recovers by itself" \
	    wait_for '! is_stuck' 30
	for job in ticks longs added; do
		ctl disable "$job" >/dev/null
	done
	wait_for '[ -z "$(ctl ps -q)" ]' 30 || fail "$1: all runs end"
	for job in ticks longs added; do
		check "$1: ledger and job agree about every slot of $job" \
		    agree "$job"
	done
	stop_daemon
	is "$1: the daemon ends well" $? 0
}

agree() # JOB
{
	python3 - "$base/$1" <<END
import sqlite3, sys
db = sqlite3.connect("file:$state/main.db?mode=ro", uri=True)
rows = db.execute("SELECT slot, coalesce(slot_to, slot), result, id, why,"
    " coalesce(slots, 1) FROM run WHERE lap = 0"
    " AND job = (SELECT id FROM job WHERE name = '$1')"
    " ORDER BY slot").fetchall()
for row in rows:
    assert row[2] in (1, 7, 8, 9), row
    assert row[2] != 9 or "$base".endswith("rebooted"), row
    assert row[2] == 1 or row[4], row
    assert row[1] - row[0] == (row[5] - 1) * 1000000, row
for a, b in zip(rows, rows[1:]):
    assert b[0] - a[1] == 1000000, (a, b)
said = [tuple(map(int, line.split())) for line in open(sys.argv[1])]
assert len(said) == len(set(slot for slot, run in said)), "a slot twice"
ledger = set((r[0] // 1000000, r[3]) for r in rows if r[2] == 1)
assert set(said) == ledger, (set(said) ^ ledger, rows)
END
}

value() # SQL
{
	sqlite3 "file:$state/main.db?mode=ro" "$1"
}

# ---- while it is full ----

printf '#!/bin/sh\ncat >>%s/mail\n' "$dir" >"$dir/mailer"
chmod +x "$dir/mailer"
settings '[mail]' "mailer = $dir/mailer"
begin plain "#crons: name=told mail=output
@every 2s root echo told \$CRONS_RUN"
check "the disk is full" fill_up
check "a crontab's jobs run on" runs_on 4
held=$(ran added)
check "for more than a moment" runs_on 3
is "a job that was added holds" "$(ran added)" "$held"
like "status says what goes on" "$(ctl status)" \
    "*DEGRADED*runs of crontab jobs were started all the same*other jobs wait*"
like "why tells of the run that is no row yet" "$(ctl why ticks)" \
    "run * its row is written when the database can be"
like "and why the others wait" "$(ctl why added)" \
    "*it waits: the database cannot be written*"
check "rows wait" [ "$(value "SELECT count(*) FROM run
    WHERE why LIKE '%could not be written%'")" = 0 ]
ctl disable told >/dev/null 2>&1
empty "$state"
check "mail follows, one for each run" wait_for '! is_stuck &&
    [ "$(grep -a "^told" "$dir/mail" | sort -k 2n)" = "$(value "SELECT
    '"'told '"' || run.id FROM run JOIN job ON job.id = run.job
    WHERE job.name = '"'told'"' ORDER BY run.id")" ]' 60
finish plain
check "rows say how they were started" [ "$(value "SELECT count(*) FROM run
    WHERE result = 1 AND why = 'started while the database could not be written'
    ")" -ge 7 ]
check "what was not to overlap did not, and says so" [ "$(value "SELECT count(*)
    FROM run a JOIN run b ON b.job = a.job AND b.id > a.id
    AND b.start < a.end JOIN job ON job.id = a.job
    WHERE job.name = 'longs'")" = 0 ]

# ---- kills ----

begin stopped
fill_up
runs_on 2
stop_daemon
is "stopped: a daemon that is told to ends well, with the disk full" $? 0
fill "$state"
start_daemon --config "$dir/conf"
check "stopped: and the next one goes on" runs_on 3
finish stopped

# The host died after a claim: nobody can tell if it had begun.
begin rebooted
fill_up
runs_on 2
kill9_daemon
dies_at alone_claimed:2
fill "$state"
CRONS_BOOT_ID=another start_daemon --config "$dir/conf"
check "rebooted: jobs run on" runs_on 3
finish rebooted
check "rebooted: what was claimed before is lost, and did not run" \
    [ "$(value "SELECT count(*) FROM run WHERE result = 9")" -ge 1 ]

begin killed
fill_up
runs_on 3
killed
check "killed: the next daemon goes on, with the disk full" runs_on 4
finish killed

begin freed
fill_up
runs_on 3
kill9_daemon
empty "$state"
start_daemon --config "$dir/conf"
finish freed

for point in alone_before alone_claimed launch_before_send launch_after_send \
    bury_after; do
	begin "$point"
	fill_up
	runs_on 2
	kill9_daemon
	case $point in
	bury_after)
		dies_at launch_before_send:2
		dies_at bury_after
		;;
	*)
		dies_at "$point:2"
		;;
	esac
	start_daemon --config "$dir/conf"
	check "$point: the next daemon goes on" runs_on 3
	finish "$point"
done

for point in alone_settled commit_before commit_after; do
	begin "$point"
	fill_up
	runs_on 2
	killed "$point@$base/go"
	runs_on 2
	touch "$base/go"
	empty "$state"
	wait_for_death "$point"
	start_daemon --config "$dir/conf"
	finish "$point"
done
umount_disks
