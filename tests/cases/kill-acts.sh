#!/bin/bash
# Acts of users and a daemon that is killed at their commit: before it nothing
# of the act is there, behind it all of it, though nobody was told.
# limit: 300
. "$(dirname "$0")/../lib.sh"
need sqlite3
cronsd=$build/test/cronsd

# The act, by a daemon that dies at its next commit. 1 if it did not.
dies_of() # POINT ACT...
{
	rm -f "$dir/now"
	CRONS_FAIL=$1@$dir/now start_daemon
	: >"$dir/now"
	"${@:2}" >/dev/null 2>&1
	wait_for '! daemon_lives' 20 || {
		stop_daemon
		return 1
	}
	wait "$daemon_pid" 2>/dev/null
	return 0
}

ask() # SQL
{
	sqlite3 "file:$state/main.db?mode=ro" "$1"
}

# The same behind the commit. A daemon may still have died of a commit of its
# own; then nothing of the act is there, and it is tried again.
dies_behind() # SQL-THAT-IS-NOT-0-THEN ACT...
{
	local _
	for _ in 1 2 3 4 5 6; do
		dies_of commit_after "${@:2}"
		[ "$(ask "$1")" = 0 ] || return 0
	done
	return 1
}

start_daemon
ctl add job '@yearly' --cwd=/ --tags=t -- 'echo "<$A>"; exit 3' >/dev/null
ctl run job --env A=first --wait >/dev/null
stop_daemon

check "a pause can be killed at its commit" dies_of commit_before ctl pause job
is "then nothing is paused" "$(ask 'SELECT count(*) FROM pause')" 0
is "and nothing happened" \
    "$(ask 'SELECT count(*) FROM event WHERE kind = 4')" 0
check "or behind it" dies_behind 'SELECT count(*) FROM pause' ctl pause job
is "then it is paused" "$(ask 'SELECT count(*) FROM pause')" 1
is "and that is an event" \
    "$(ask 'SELECT count(*) FROM event WHERE kind = 4')" 1

check "a skip can be" dies_of commit_before ctl skip job
is "then the slot is due and has no row" "$(ask 'SELECT count(*) FROM due
    JOIN run USING (job, slot)')-$(ask 'SELECT count(*) FROM run
    WHERE result = 7')" 0-0
check "or behind its commit" dies_behind \
    'SELECT count(*) FROM run WHERE result = 7' ctl skip job
is "then it has its row, and another is due" "$(ask 'SELECT count(*) FROM due
    JOIN run USING (job, slot)')-$(ask 'SELECT count(*) FROM run
    WHERE result = 7')" 0-1

check "an undo can be" dies_of commit_before ctl undo job 1
is "then there is no revision" "$(ask 'SELECT max(rev) FROM job_rev')" 1
ctl_tag()
{
	ctl tag job more
}
check "a tag can be, behind its commit" dies_behind \
    'SELECT max(rev) > 1 FROM job_rev' ctl_tag
is "then it is in the field and in the table" \
    "$(ask 'SELECT tags FROM job') $(ask 'SELECT count(*) FROM tag')" \
    "t,more 2"

check "a retry can be" dies_of commit_before ctl retry 1
is "then there is no further try" "$(ask 'SELECT max(try) FROM run')" 0
check "or behind its commit" dies_behind \
    'SELECT max(try) FROM run' ctl retry 1
start_daemon
check "then the next daemon runs it" wait_for \
    'ctl runs job --json | grep "\"try\":1" | grep -q "\"fail\""' 30
run=$(ctl runs job --json | grep '"try":1' | sed 's/.*"run":\([0-9]*\).*/\1/')
is "with the environment of the first" "$(ctl logs "$run" --out)" "<first>"
stop_daemon
check "a run with an environment can be, behind its commit" dies_behind \
    "SELECT count(*) FROM run_env WHERE env = 'A=second'" \
    ctl run job --env A=second
start_daemon
check "then it runs" wait_for \
    '[ "$(ctl runs job --json | grep -c "\"fail\"")" = 3 ]' 30
is "with that environment" \
    "$(for run in $(ctl runs job --json | sed -n \
	's/.*"run":\([0-9]*\).*"cause":"manual".*/\1/p'); do
	ctl logs "$run" --out; done | grep -c second)" 1
stop_daemon
is "the daemon ends well" $? 0

# ---- between the steps of an act ----

# All that acts write; what the daemon notes of itself is not among it.
rows()
{
	sqlite3 "file:$state/main.db?mode=ro" '.dump job' '.dump due' \
	    '.dump job_rev' '.dump run' '.dump run_env' '.dump pause' \
	    '.dump tag' '.dump dep' '.dump pin' '.dump backlog' '.dump alarm' \
	    '.dump watchdog' '.dump outbox' '.dump health'
}

at_rest()
{
	[ "$(ask "SELECT (SELECT count(*) FROM run WHERE result = 0) +
	    (SELECT count(*) FROM outbox WHERE state < 2)")" = 0 ] &&
		[ -z "$(find "$state/spool" -name '*-*.*' -size +0)" ]
}

# The daemon stops there: nothing of the act is left. The next one stops behind
# the commit, before anybody is told: all of it is. What is asked for then by
# whoever was not told is done or refused, but not half.
act() # POINT SQL-THAT-IS-NOT-0-THEN ACT...
{
	local before
	before=$(rows)
	CRONS_FAIL=$1 start_daemon
	"${@:3}" >/dev/null 2>&1
	wait_for '! daemon_lives' 20 || {
		fail "$1: the daemon stops there"
		stop_daemon
		return
	}
	wait "$daemon_pid" 2>/dev/null
	daemon_pid=
	is "$1: then nothing of it is there" "$(rows)" "$before"
	is "$1: nor is it done" "$(ask "$2")" 0
	check "$1: behind the commit all of it is" dies_behind "$2" "${@:3}"
	daemon_pid=
	start_daemon
	check "$1: and what follows is done" wait_for at_rest 30
	stop_daemon || fail "$1: the daemon ends well"
}

change() # WORDS for the job "new", by its editor
{
	printf '#!/bin/sh\nsed -i "s/^#* *comment=.*/comment=%s/" "$1"\n' "$1" \
	    >"$dir/editor"
	chmod +x "$dir/editor"
	TMPDIR=$dir EDITOR=$dir/editor VISUAL=$dir/editor ctl edit new
}

start_daemon
ctl set job notify=fail:/bin/true >/dev/null
ctl run job --wait >/dev/null
ctl add outside '@yearly' --ping=yes --notify=fail:/bin/true >/dev/null
wait_for at_rest 30 || fail "the daemon comes to rest"
run=$(ask 'SELECT max(id) FROM run WHERE result = 2 AND job > 0')
stop_daemon

act act_add "SELECT count(*) FROM job JOIN due ON due.job = job.id
    WHERE name = 'new'" ctl add new '@yearly' --tags=one -- true
act act_set "SELECT count(*) FROM job JOIN due ON due.job = job.id
    WHERE name = 'new' AND schedule = '@monthly'" ctl set new schedule=@monthly
act act_set "SELECT count(*) FROM job JOIN due ON due.job = job.id
    WHERE name = 'new' AND schedule = '@yearly'" ctl undo new
act act_set "SELECT count(*) FROM job WHERE comment = 'edited'" change edited
act act_set "SELECT count(*) FROM job WHERE name = 'new' AND enabled = 0" \
    ctl disable new
act act_set "SELECT count(*) FROM job JOIN due ON due.job = job.id
    WHERE name = 'new' AND enabled" ctl enable new
act act_set "SELECT count(*) FROM tag WHERE tag = 'two'" ctl tag new two
act act_rm "SELECT NOT count(*) FROM job WHERE name = 'new'" ctl rm new
act act_run "SELECT count(*) FROM run_env WHERE env = 'A=third'" \
    ctl run job --env A=third
act act_test "SELECT count(*) FROM run WHERE cause = 9" ctl test job
act act_retry "SELECT count(*) FROM run WHERE try = 1 AND (job, slot) =
    (SELECT job, slot FROM run WHERE id = $run)" ctl retry "$run"
act act_skip "SELECT count(*) > 1 FROM run WHERE result = 7 AND job > 0" \
    ctl skip job
act act_pause "SELECT count(*) FROM pause WHERE why = 'again'" \
    ctl pause job --why again
act act_resume "SELECT count(*) FROM pause
    WHERE why = 'again' AND until < 9223372036854775807" ctl resume job
act act_ack "SELECT count(*) FROM alarm WHERE acked <> ''" ctl ack job
act act_ping "SELECT count(*) FROM run WHERE cause = 8" \
    ctl ping outside --exit=1
act act_pin "SELECT count(*) FROM pin" ctl pin "$run"
act act_replay "SELECT count(*) + (SELECT count(*) FROM backlog) FROM run
    WHERE cause = 5" ctl replay job --from=2024-06-01 --to=2025-06-01

# ---- what a job gets, and a launch that was killed ----

# The next daemon launches it again: all that the job's fields say counts.
start_daemon
ctl add odd @manual --cwd="$dir" --umask=027 --nice=3 --limits=nofile=33,core=0 \
    --stdin=text --env=B=two --shell=/bin/bash --merge=yes -- \
    'cat; pwd; umask; ulimit -n; nice; echo "$A $B ${0##*/}"; echo e >&2' \
    >/dev/null
ctl run odd --env=A=one --wait >/dev/null
wanted=$(ctl logs odd)
stop_daemon
like "the job gets its surroundings" "$wanted" "text$dir*one two bash*e"
for point in launch_before_send launch_after_send shim_before_link; do
	CRONS_FAIL=$point start_daemon
	ctl run odd --env=A=one >/dev/null 2>&1
	# Nothing is left of such a shim: the daemon tries again after a while.
	[ $point = shim_before_link ] && {
		wait_for '[ "$(ask "SELECT fence > 1 FROM run
		    ORDER BY id DESC LIMIT 1")" = 1 ]' 20
		kill9_daemon
	}
	wait_for '! daemon_lives' 20 || fail "$point: the daemon stops there"
	daemon_pid=
	start_daemon
	check "$point: it is run by the next daemon" wait_for \
	    '[ "$(ctl runs odd -n 1 --json | grep -c "\"ok\"")" = 1 ]' 60
	is "$point: and gets the same" "$(ctl logs odd)" "$wanted"
	stop_daemon
done
