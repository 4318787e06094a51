#!/bin/bash
# Every row of cronsd/fail.h: a program that stops dead there, and what the
# next one makes of it. A job that runs all the time is the witness; afterwards
# tools/kill_check.py holds ledger, output and witness against each other.
# A row without a function here fails.
# limit: 480
. "$(dirname "$0")/../lib.sh"
need python3 sqlite3
cronsd=$build/test/cronsd
tools=$root/tests/tools

# ---- words for the rows ----

# A daemon of its own with the job; it has run at least once.
begin() # POINT
{
	base=$dir/$1
	state=$base/state
	export CRONS_SOCKET=$state/cronsd.sock
	mkdir "$base"
	: >"$base/witness"
	start_daemon
	first=$(request "add name=print0 schedule=\"@every 250ms\" \
overlap=allow command=\"$build/test/tools/witness $base/witness print 20\"")
	first=${first#*next=}
	first=$(date -d "${first% *}" +%s%6N)
	wait_for '[ "$(ran)" -ge 1 ]' 20 || fail "$1: the job runs at all"
}

request()
{
	echo "$*" | "$talk" "$CRONS_SOCKET" | sed 1d
}

ran() # how often the job began
{
	grep -c ^S "$base/witness"
}

ask() # SQL
{
	sqlite3 "file:$state/main.db?mode=ro" "$1"
}

run_files()
{
	find "$state/spool" -name '*-*.*' ! -name '.*' "$@"
}

# How many runs have no result; only those whose file there is, or is not, or
# is a tombstone.
claims() # [with|without|buried]
{
	local run size
	ask "SELECT id || '.' || fence FROM run WHERE result = 0" |
		while read -r run; do
			size=$(run_files -name "*-$run" -printf '%s')
			case ${1-} in
			with) [ "${size:-0}" != 0 ] ;;
			without) [ -z "$size" ] ;;
			buried) [ "$size" = 0 ] ;;
			esac && echo "$run"
		done | wc -l
}

# How many runs have a result and a run file; with "stored", output in out.db
# too.
files_of_ended() # [stored]
{
	local run
	run_files -size +0 | sed 's/.*-\([0-9]*\)\..*/\1/' |
		while read -r run; do
			[ "$(ask "SELECT result FROM run WHERE id = $run")" != 0 ] ||
				continue
			[ -z "${1-}" ] || [ -n "$(sqlite3 \
			    "file:$state/out.db?mode=ro" \
			    "SELECT run FROM out WHERE run = $run")" ] || continue
			echo "$run"
		done | wc -l
}

# Starts the daemon with the wish, after the one before was killed.
start_wishing() # WISH
{
	kill9_daemon
	CRONS_FAIL=$1 start_daemon
}

# The same, and waits until it has killed itself.
dies_at() # WISH
{
	local status

	[ -z "$daemon_pid" ] || kill9_daemon
	CRONS_FAIL=$1 "$cronsd" -f --state "$state" >>"$dir/daemon.log" \
	    2>&1 </dev/null &
	daemon_pid=$!
	wait_for '! daemon_lives' 20 || kill -TERM "$daemon_pid"
	wait "$daemon_pid"
	status=$?
	daemon_pid=
	[ $status = 137 ] || fail "$1: the daemon stops there" \
	    "its status is $status"
}

# A daemon without wishes brings all in order; the job runs twice more.
finish() # SENTENCE [RUNS whose shims were killed]
{
	local n until
	[ -n "$daemon_pid" ] || start_daemon
	n=$(ran)
	wait_for '[ "$(ran)" -ge $((n + 2)) ]' 20 ||
		fail "$1: the job runs again"
	until=${EPOCHREALTIME/./}
	request disable print0 >/dev/null
	wait_for '[ -z "$(run_files -size +0)" ] &&
	    [ "$(ask "SELECT count(*) FROM run WHERE result = 0")" = 0 ]' 20 ||
		fail "$1: all runs end" "$(ask "SELECT * FROM run")" \
		    "$(run_files)"
	stop_daemon || fail "$1: the daemon ends well"
	cat >"$base/jobs.json" <<-END
		{"manual": [], "extra": {}, "killed": ${2:-[]}, "jobs": {"print0": {"words": ["print", "20"],
		"overlap": "allow", "retry": 0, "by_hand": false, "period": 250000, "first": $first,
		"until": $until}}}
	END
	check "$1" python3 -B "$tools/kill_check.py" "$cronsd" "$base"
}

# ---- the rows ----

point_commit_before()
{
	begin commit_before
	for n in 1 2 3 4; do
		dies_at commit_before:$n
	done
	finish "commit_before: the turn never was; the next daemon decides anew"
}

point_commit_after()
{
	begin commit_after
	for n in 1 2 3 4; do
		dies_at commit_after:$n
	done
	finish "commit_after: effects that were not called are made up for"
}

point_claim_before()
{
	begin claim_before
	dies_at claim_before
	is "claim_before: the slot is due still, and nobody's" \
	    "$(ask "SELECT count(*) FROM due JOIN run USING (job, slot)")" 0
	finish "claim_before: the next daemon claims it"
}

# The end that makes the round full, its mark and the run that follows are one
# transaction: none of it is there, and then all of it, once.
point_round_over()
{
	local id='(SELECT id FROM job WHERE name = "follower")'
	begin round_over
	request 'add name=leader schedule=@manual command=true' >/dev/null
	request 'add name=follower schedule=@manual after=leader command=true' \
	    >/dev/null
	kill9_daemon
	CRONS_FAIL=round_over start_daemon
	request run leader >/dev/null
	wait_for '! daemon_lives' 20 || fail "round_over: the daemon stops there"
	daemon_pid=
	is "round_over: the end is not recorded, nor what follows" "$(ask "SELECT
	    count(*) FROM run WHERE (id = $(run_of leader) AND result <> 0)
	    OR job = $id")" 0
	start_daemon
	wait_for '[ "$(ask "SELECT result FROM run WHERE job = $id")" = 1 ]' 20 ||
		fail "round_over: the next daemon records both, and runs it once"
	for job in follower leader; do
		request rm $job >/dev/null
	done
	finish "round_over: the others go on as ever"
}

# A run that finds no slot: claimed again by the next daemon, and waits again.
point_wait_before()
{
	begin wait_before
	request 'pool one slots=1' >/dev/null
	request "add name=holder schedule=@yearly pool=one command=\"sleep 300\"" \
	    >/dev/null
	request "add name=waiter schedule=@yearly pool=one command=true" >/dev/null
	request run holder >/dev/null
	wait_for '[ -n "$(run_files -size +0 -name "*-$(run_of holder).*")" ]' 20
	kill9_daemon
	CRONS_FAIL=wait_before start_daemon
	request run waiter >/dev/null
	wait_for '! daemon_lives' 20 || fail "wait_before: the daemon stops there"
	daemon_pid=
	is "wait_before: the run is claimed, and that it waits is not known" \
	    "$(ask "SELECT result, waits FROM run WHERE id = $(run_of waiter)")" \
	    "0|"
	start_daemon
	wait_for '[ "$(ask "SELECT waits FROM run WHERE id = $(run_of waiter)")" \
	    = 1 ]' 20 || fail "wait_before: the next daemon lets it wait"
	request kill holder grace=0s >/dev/null
	wait_for '[ "$(ask "SELECT result FROM run WHERE id = $(run_of waiter)")" \
	    = 1 ]' 20 || fail "wait_before: it gets the slot"
	ask "SELECT name FROM job WHERE name <> 'print0'" | while read -r job; do
		request rm "$job" >/dev/null
	done
	finish "wait_before: the others go on as ever"
}

run_of() # JOB
{
	ask "SELECT max(run.id) FROM run JOIN job ON job.id = run.job
	    WHERE job.name = '$1'"
}

point_launch_before_send()
{
	begin launch_before_send
	dies_at launch_before_send
	check "launch_before_send: a claim without a file" \
	    [ "$(claims without)" -ge 1 ]
	finish "launch_before_send: a claimed run is started by the next daemon"
	check "launch_before_send: its old name is buried" \
	    test -n "$(run_files -size 0 -name '*.1')"
}

# The zygote may have started it, or the next daemon may have been faster.
point_launch_after_send()
{
	begin launch_after_send
	dies_at launch_after_send
	check "launch_after_send: the row is claimed, not more" \
	    [ "$(claims)" -ge 1 ]
	finish "launch_after_send: whoever is first, the run is executed once"
}

point_finish_before()
{
	begin finish_before
	dies_at finish_before
	check "finish_before: the row does not know of its end" \
	    [ "$(claims with)" -ge 1 ]
	finish "finish_before: the end is read from the run file again"
}

point_finish_after()
{
	begin finish_after
	dies_at finish_after
	check "finish_after: the row has its result, the file is there" \
	    [ "$(files_of_ended)" -ge 1 ]
	finish "finish_after: its output is stored by the next daemon"
}

point_ingest_before_commit()
{
	begin ingest_before_commit
	dies_at ingest_before_commit
	check "ingest_before_commit: the file is there" \
	    [ "$(files_of_ended)" -ge 1 ]
	finish "ingest_before_commit: it is stored by the next daemon"
}

point_ingest_after_commit()
{
	begin ingest_after_commit
	dies_at ingest_after_commit
	check "ingest_after_commit: output is in two places" \
	    [ "$(files_of_ended stored)" -ge 1 ]
	finish "ingest_after_commit: it is stored again, and not doubled"
}

point_bury_after()
{
	begin bury_after
	dies_at launch_before_send
	dies_at bury_after
	check "bury_after: a tombstone, and the old fence" \
	    [ "$(claims buried)" -ge 1 ]
	finish "bury_after: the tombstone is found and the run started"
}

# A zygote serves one order and dies of the next.
point_zygote_before_fork()
{
	local n
	begin zygote_before_fork
	start_wishing zygote_before_fork:2
	n=$(ran)
	wait_for '[ "$(ran)" -ge $((n + 3)) ]' 30
	kill9_daemon
	finish "zygote_before_fork: another zygote starts the run"
}

point_zygote_after_fork()
{
	local n
	begin zygote_after_fork
	start_wishing zygote_after_fork:2
	n=$(ran)
	wait_for '[ "$(ran)" -ge $((n + 3)) ]' 30
	kill9_daemon
	finish "zygote_after_fork: the run never notices, or is started once more"
}

# A daemon that dies while it tells of a run: the next one goes on where it was,
# and the mailer is called once.
dies_telling() # POINT SENTENCE
{
	base=$dir/$1
	state=$base/state
	export CRONS_SOCKET=$state/cronsd.sock
	mkdir "$base"
	printf '#!/bin/sh\ncat >>%s/mail\n' "$base" >"$base/mailer"
	chmod +x "$base/mailer"
	printf '[mail]\nmailer = %s/mailer\n' "$base" >"$base/conf"
	: >"$base/mail"
	CRONS_FAIL=$1 start_daemon --config "$base/conf"
	request 'add name=told schedule=@yearly mail=output command="echo hello"' \
	    >/dev/null
	request 'run told' >/dev/null
	wait_for '! daemon_lives' 20 || fail "$1: the daemon stops there"
	wait "$daemon_pid"
	daemon_pid=
	start_daemon --config "$base/conf"
	wait_for '[ "$(ask "SELECT state FROM outbox")" = 2 ]' 30 ||
		fail "$1: it is told" "$(ask "SELECT * FROM outbox")"
	stop_daemon || fail "$1: the daemon ends well"
	is "$1: $2" "$(grep -c ^hello "$base/mail")" 1
}

point_notice_before()
{
	dies_telling notice_before "what is to be told is told by the next daemon"
}

point_notice_claimed()
{
	dies_telling notice_claimed "a mailer that was not started is started"
}

point_notice_composing()
{
	dies_telling notice_composing "a mail that was not composed is composed"
}

point_notice_ending()
{
	dies_telling notice_ending "a mailer that is done is not called again"
}

point_notice_ended()
{
	dies_telling notice_ended "what was told is not told again"
}

# All shims die in the same way until the daemon is started anew.
wait_for_lost() # POINT
{
	start_wishing "$1"
	wait_for '[ "$(lost)" != 0 ]' 20 || fail "$1: the run becomes lost"
	kill9_daemon
}

lost()
{
	ask "SELECT count(*) FROM run WHERE result = 9"
}

point_shim_before_link()
{
	begin shim_before_link
	start_wishing shim_before_link
	wait_for '[ -n "$(run_files -size 0)" ]' 20 ||
		fail "shim_before_link: the daemon buries what is silent"
	kill9_daemon
	finish "shim_before_link: nothing was run; it is run once"
}

point_shim_after_link()
{
	local n
	begin shim_after_link
	n=$(ran)
	wait_for_lost shim_after_link
	finish "shim_after_link: lost, and not started again" '"any"'
}

# It needs a log of its own.
point_cronlog_said()
{
	check "cronlog_said: a case of its own stops there" \
	    grep -q 'stopping cronlog_said' "$root/tests/cases/syslog.sh"
}

point_shim_after_exec()
{
	begin shim_after_exec
	wait_for_lost shim_after_exec
	finish "shim_after_exec: lost, and not started again" '"any"'
}

point_shim_before_exit_record()
{
	begin shim_before_exit_record
	wait_for_lost shim_before_exit_record
	finish "shim_before_exit_record: lost; no status is made up" '"any"'
}

not_lost() # POINT SENTENCE
{
	local n
	begin "$1"
	start_wishing "$1"
	n=$(ran)
	wait_for '[ "$(ran)" -ge $((n + 2)) ]' 20
	finish "$1: $2" '"any"'
	is "$1: no run is lost" "$(lost)" 0
}

point_shim_after_exit_record()
{
	not_lost shim_after_exit_record "the status is known"
}

point_shim_before_end_record()
{
	not_lost shim_before_end_record "the status is known"
	output_is_whole shim_before_end_record
}

point_shim_after_end_record()
{
	not_lost shim_after_end_record "the status is known"
	output_is_whole shim_after_end_record
}

# A burst, six windows of runs at one instant, in which shims stay for a next
# order and die between two. A run that had no file is started again.
staying() # POINT SENTENCE
{
	local jobs at i many="SELECT id FROM job WHERE name LIKE 'many%'"
	begin "$1"
	start_wishing "$1"
	jobs=$((4 * $(nproc) * 6))
	at=$(date -d '+5 seconds' +%FT%T%:z)
	for ((i = 0; i < jobs; i++)); do
		echo "add name=many$i schedule=\"@at $at\" cwd=/" \
		    "command=\"echo \$CRONS_RUN >>$base/many\""
	done | "$talk" "$CRONS_SOCKET" >"$base/added"
	is "$1: the burst is to come" "$(grep -c ^201 "$base/added")" $jobs
	wait_for "[ \"\$(ask \"SELECT count(*) FROM run WHERE result = 1
	    AND job IN ($many)\")\" = $jobs ]" 60 ||
		fail "$1: all of them end well" "$(ask "SELECT job, result, why
		    FROM run WHERE job IN ($many) AND result <> 1")"
	is "$1: and each was executed once" \
	    "$(sort -u "$base/many" | wc -l) $(wc -l <"$base/many")" \
	    "$jobs $jobs"
	again=$(ask "SELECT count(*) FROM run WHERE fence > 1
	    AND job IN ($many)")
	for ((i = 0; i < jobs; i++)); do
		echo "rm many$i"
	done | "$talk" "$CRONS_SOCKET" >"$base/removed"
	kill9_daemon
	finish "$1: $2" '"any"'
	is "$1: no run is lost" "$(lost)" 0
}

point_shim_before_stay()
{
	staying shim_before_stay "its end says what it had to say"
}

point_shim_after_stay()
{
	staying shim_after_stay "nothing hangs on it"
}

point_shim_after_order()
{
	staying shim_after_order "the order is given again, with another fence"
	check "shim_after_order: shims did take a second order" [ "$again" -ge 1 ]
}

# What the checker must not insist on where shims die is asked for here.
output_is_whole() # POINT
{
	local wrong
	start_daemon
	wrong=$(ask "SELECT id FROM run" | while read -r run; do
		[ "$(request "logs $run" | grep -c "^$run o ")" = 20 ] ||
			echo "$run"
	done)
	stop_daemon
	is "$1: all output is there" "$wrong" ""
}

# ---- not dead, but late ----

# Shims that stand still where they may not be late, of runs that another
# daemon has taken back and started anew: when they go on they find their name
# taken. Their own daemon and zygote are dead by then.
late() # POINT SENTENCE
{
	local n shims
	begin "late_$1"
	start_wishing "-$1"
	n=$(ask "SELECT max(id) FROM run")
	wait_for '[ "$(ask "SELECT count(*) FROM run WHERE id > $n
	    AND result = 0")" -ge 4 ]' 20
	kill9_daemon
	start_daemon
	n=$(ran)
	wait_for '[ "$(ran)" -ge $((n + 8)) ]' 20
	shims=$(stopped_shims)
	check "late at $1: there are such shims" [ -n "$shims" ]
	# shellcheck disable=SC2086 # pids are words
	kill -CONT $shims
	finish "late at $1: $2"
}

# Pids of the shims that stand still and have lost their zygote: a process that
# we come from has them now. What they have open, only root may see.
stopped_shims()
{
	cat /proc/[0-9]*/stat 2>/dev/null |
		sed 's/ (crons-shim) / shim /; s/ (.*) / other /' |
		awk -v self=$$ '
	{
		parent[$1] = $4
		if ($2 == "shim" && $3 == "T")
			shims[$1]
	}
	END {
		for (p = self; p > 0; p = parent[p])
			ours[p]
		for (pid in shims)
			if (parent[pid] in ours)
				print pid
	}'
}

late shim_before_link "whoever comes second does nothing"
late shim_after_link "the run is adopted, and runs then"

# ---- output that came after the result ----

# Children of two jobs held the output while no daemon was there, one of them
# wrote: only the run file knows how much. It may not go before the row does.
counted()
{
	base=$dir/counted
	state=$base/state
	export CRONS_SOCKET=$state/cronsd.sock
	mkdir "$base"
	start_daemon
	for word in true "echo late"; do
		request "add name=${word%% *} schedule=@yearly linger=1h command=\"\
until [ -e $base/go ]; do sleep 0.05; done && $word &\"" >/dev/null
		request "run ${word%% *}" >/dev/null
	done
	wait_for '[ "$(ask "SELECT sum(result) FROM run")" = 2 ]' 20
	kill9_daemon
	touch "$base/go"
	wait_for '[ "$(run_files -exec tail -qc +769 {} \; |
	    grep -ao "END end_us" | wc -l)" = 2 ]' 20 ||
		fail "counted: their shims end"
	dies_at commit_before
	is "counted: what is not counted is not removed" \
	    "$(run_files | wc -l)" 2
	dies_at ingest_before_commit
	is "counted: and is counted before it is stored" \
	    "$(ask "SELECT sum(out_bytes) FROM run")" 5
}

counted

# ---- all of them ----

points=$(sed -n 's/^\tX(\([a-z_]*\)).*/\1/p' "$root/cronsd/fail.h")
check "fail.h has rows" [ "$(echo "$points" | wc -l)" -ge 19 ]
for point in ${POINTS:-$points}; do
	if [[ $point = act_* ]]; then
		check "$point has a test among those of acts" \
		    grep -q "$point" "$root/tests/cases/kill-acts.sh"
	elif declare -F "point_$point" >/dev/null; then
		"point_$point"
	elif [[ $point == import_* ]]; then
		check "$point has a test among those of imports" \
		    grep -q "$point" "$root/tests/cases/import-long.sh"
	elif [[ $point == alone_* ]]; then # these need a full disk
		check "$point has a test" grep -qw "$point" \
		    "$root/tests/cases/disk-alone.sh"
	else
		fail "$point has a test"
	fi
done
