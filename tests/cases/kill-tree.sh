#!/bin/bash
# Whole trees end: a job that escapes by setsid and a second fork, and one that
# forks as long as its limit lets it, when they are killed, when their time is
# up, and when their supervisor is killed; with cgroups and without.
# limit: 120
. "$(dirname "$0")/../lib.sh"
need_root
user=games
id "$user" >/dev/null 2>&1 || skip_all "there is no user $user"
chmod 711 "$dir"
cp "$build/test/tools/witness" "$dir/witness"
install -m 666 /dev/null "$dir/mark"

ask() # REQUEST
{
	echo "$*" | "$talk" "$CRONS_SOCKET" | sed 1d
}

column() # VERB NAME RUN: that column of its row
{
	ask "$1" | awk -F '\t' -v name="$2" -v run="$3" '
		$1 == "#" { for (i = 1; i <= NF; i++) at[$i] = i }
		$1 == "*" && $at["run"] == run { print $at[name] }'
}

living()
{
	pgrep -c -f -- "$dir/mark"
}

begin() # JOB PROCESSES
{
	local job=$1 count=$2
	run=$(ask "run $job" | sed -n 's/.*run=//p')
	wait_for "[ \$(living) -ge $count ]" 20 ||
		fail "$how: $job gets $count processes" "$(living)"
}

ends_as() # RESULT SENTENCE
{
	check "$how: $2" wait_for "[ \"\$(column runs result $run)\" = $1 ]" 20
	check "$how: and nothing of it is left" \
	    wait_for '[ "$(living)" = 0 ]' 10
}

tree() # JOB PROCESSES
{
	begin "$1" "$2"
	ctl kill "$run" >/dev/null || fail "$how: $1 can be killed"
	ends_as killed "$1 is killed"
	begin "$1" "$2"
	ctl kill --signal KILL "$run" >/dev/null ||
		fail "$how: $1 can be killed at once"
	ends_as killed "$1 is killed at once"
	begin "$1" "$2"
	kill -KILL "$(column ps pid "$run")"
	ends_as lost "$1 loses its supervisor"
	begin "$1-limited" "$2"
	ends_as timeout "$1 is out of time"
}

all_of_it() # HOW [OPTION...]
{
	how=$1
	state=$dir/$how
	export CRONS_SOCKET=$state/cronsd.sock
	start_daemon "${@:2}"
	for timeout in 0s 2s; do
		for job in escape bomb; do
			name=$job
			[ $timeout = 0s ] || name=$job-limited
			like "$how: the job $name is added" "$(ask "add \
name=$name user=$user schedule=\"@at 2090-01-01T00:00\" overlap=allow \
grace=1s timeout=$timeout limits=nproc=40 cwd=/ \
command=\"$dir/witness $dir/mark $job 600000\"")" "201 *"
		done
	done
	tree escape 2
	tree bomb 12
	stop_daemon || fail "$how: the daemon ends well"
}

printf '[runs]\ncgroup = no\n' >"$dir/conf"
all_of_it "without cgroups" --config "$dir/conf"
cgroup=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
if [ -w "${cgroup:-/nowhere}/cgroup.procs" ]; then
	all_of_it "with cgroups"
else
	skip "with cgroups: all of this" "needs cgroup v2, delegated"
fi
