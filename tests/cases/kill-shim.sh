#!/bin/bash
# Supervisors are killed while their runs go on, with and without cgroups, and
# while the daemon is dead: each such run becomes lost, what it left running is
# swept, and no status that was written is forgotten.
# limit: 120
. "$(dirname "$0")/../lib.sh"
options=()

ask() # REQUEST
{
	echo "$*" | "$talk" "$CRONS_SOCKET" | sed 1d
}

add() # NAME COMMAND [FIELDS]
{
	like "the job $1 is added" "$(ask "add name=$1 command=\"$2\" \
schedule=\"@at 2090-01-01T00:00\" overlap=allow ${3-}")" "201 *"
}

begin() # JOB; its run is $run
{
	run=$(ask "run $1" | sed -n 's/.*run=//p')
}

column() # VERB NAME [RUN]: that column of its rows
{
	ask "$1" | awk -F '\t' -v name="$2" -v run="${3-}" '
		$1 == "#" { for (i = 1; i <= NF; i++) at[$i] = i }
		$1 == "*" && (run == "" || $at["run"] == run) {
			print $at[name] }'
}

result_of() # RUN
{
	column runs result "$1"
}

shims() # [RUN]: pids
{
	column ps pid "${1-}"
}

# Processes of jobs: their command names this.
jobs_left()
{
	pgrep -c -f -- "$dir/mark"
}

kill_pids() # PID...
{
	kill -KILL "$@"
}

# ---- running ----

lose_running() # HOW
{
	begin tree
	wait_for '[ "$(jobs_left)" = 2 ]' 10 || fail "$1: its job runs"
	kill_pids "$(shims "$run")"
	check "$1: a run is lost as soon as its supervisor is" \
	    wait_for '[ "$(result_of $run)" = lost ]' 10
	is "$1: what escaped from it is swept" "$(jobs_left)" 0
}

lose_while_dead() # HOW
{
	local shim
	begin tree
	wait_for '[ "$(jobs_left)" = 2 ]' 10 || fail "$1: its job runs"
	shim=$(shims "$run")
	kill9_daemon
	kill_pids "$shim"
	start_daemon "${options[@]}"
	check "$1: also when the daemon was dead" \
	    wait_for '[ "$(result_of $run)" = lost ]' 10
	is "$1: and what escaped then is swept" "$(jobs_left)" 0
}

lose_many() # HOW
{
	local n=15 before
	before=$(column runs result | grep -c lost)
	for _ in $(seq $n); do
		begin tree
	done
	wait_for "[ \$(jobs_left) = $((2 * n)) ]" 30 || fail "$1: $n jobs run"
	# shellcheck disable=SC2046 # pids are words
	kill_pids $(shims)
	check "$1: $n at once are lost" wait_for "[ \$(column runs result |
	    grep -c lost) = $((before + n)) ] && [ -z \"\$(shims)\" ]" 20
	is "$1: and all swept" "$(jobs_left)" 0
}

# ---- over, but for children that hold the output ----

end_lingering() # HOW
{
	begin linger
	wait_for '[ "$(result_of $run)" = fail ]' 10 ||
		fail "$1: a run is over when its job is"
	kill_pids "$(shims "$run")"
	check "$1: nothing runs when the supervisor of such a run is dead" \
	    wait_for '[ -z "$(shims)" ]' 10
	is "$1: its status stays" "$(column runs exit "$run")" 3
	is "$1: and its output" "$(ctl logs "$run")" before
	is "$1: nobody kills its children" "$(jobs_left)" 1
	pkill -KILL -f -- "$dir/mark"
}

end_lingering_while_dead() # HOW
{
	local shim
	begin linger
	wait_for '[ "$(result_of $run)" = fail ]' 10 ||
		fail "$1: a run is over when its job is"
	shim=$(shims "$run")
	kill9_daemon
	kill_pids "$shim"
	start_daemon "${options[@]}"
	check "$1: the same when the daemon was dead" \
	    wait_for '[ -z "$(shims)" ]' 10
	is "$1: status and output are kept then too" \
	    "$(column runs exit "$run") $(ctl logs "$run")" "3 before"
	pkill -KILL -f -- "$dir/mark"
}

all_of_it() # HOW [OPTION...]
{
	state=$dir/$1
	export CRONS_SOCKET=$state/cronsd.sock
	options=("${@:2}")
	start_daemon "${options[@]}"
	add tree "$build/test/tools/witness $dir/mark escape 600000"
	add linger "$build/test/tools/witness $dir/mark sleep 600000 & \
echo before; exit 3" linger=600s
	lose_running "$1"
	lose_while_dead "$1"
	lose_many "$1"
	end_lingering "$1"
	end_lingering_while_dead "$1"
	stop_daemon || fail "$1: the daemon ends well"
	is "$1: no run file is left" "$(find "$state/spool" -name '*-*.*' \
	    ! -name '.*' -size +0)" ""
}

printf '[runs]\ncgroup = no\n' >"$dir/conf"
all_of_it "without cgroups" --config "$dir/conf"
cgroup=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
if [ -w "${cgroup:-/nowhere}/cgroup.procs" ]; then
	all_of_it "with cgroups"
else
	skip "with cgroups: all of this" "needs cgroup v2, delegated"
fi
