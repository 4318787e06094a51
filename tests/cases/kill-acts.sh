#!/bin/bash
# Acts of users and a daemon that is killed at their commit: before it nothing
# of the act is there, behind it all of it, though nobody was told.
# limit: 160
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
