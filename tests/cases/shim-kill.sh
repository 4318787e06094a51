#!/bin/bash
# Time limits and orders to end a run, with nobody there but the shim; and what
# a dead shim leaves, swept as the daemon does it. Each tree is ended with
# cgroup v2, if there is one to be had, and without.
# limit: 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../shim.sh"
forker=$dir/forker # where others can run it: the checkout may be closed
cp "$build/test/tools/forker" "$forker"
marks=0

# ---- trees to be ended; each says "ready" in a file when it stands ----

# One that stays, one in a session of its own, one forked twice and away, one
# that ignores TERM, one without environment.
escapees='
	(sleep 1000 & sleep 1000 &) >/dev/null 2>&1
	setsid sh -c "sleep 1000 & sleep 1000" >/dev/null 2>&1 &
	(setsid sh -c "trap \"\" TERM; setsid sleep 1000 & sleep 1000" &) \
	    >/dev/null 2>&1
	env -i setsid sh -c "trap \"\" TERM HUP; sleep 1000; sleep 1000" &
	sleep 0.1
	echo ready >"$READY"
	sleep 1000'

# Its processes are another user's, which may write in $bombs only.
bombs=$dir/bombs
mkdir -m 777 "$bombs"
chmod 711 "$dir"
bomber=$((20000 + $$ % 20000)) # limits count what others run as him
as_bomber="drop=1 uid=$bomber gid=$bomber limit=6:60" # RLIMIT_NPROC

# Starts a tree under a mark and waits until it stands.
plant() # COMMAND KEY=VALUE...
{
	mark=MARK=$dir/$((++marks))
	rm -f "$bombs/ready"
	start env="$mark" env="READY=$bombs/ready" env=CRONS_INSTANCE=test \
	    env="CRONS_RUN=$((last_run + 1))" header="uid=$(id -u)"$'\n' \
	    "command=$1" "${@:2}"
	wait_for "[ -s $bombs/ready ]" 20
}

plant_bomb() # KEY=VALUE...
{
	rm -f "$bombs/full"
	# shellcheck disable=SC2086 # words
	plant "echo ready >\$READY; exec '$forker' '$bombs/full'" $as_bomber \
	    header="uid=$bomber"$'\n' "$@"
	wait_for "[ -e $bombs/full ]" 20
}

descendants() # PID
{
	local child
	for child in $(ps -o pid= --ppid "$1"); do
		echo "$child"
		descendants "$child"
	done
}

# Nothing of the last run lives: neither below its shim nor by its mark.
nothing_left()
{
	wait_for '[ -z "$(marked $mark)" ]' 20 &&
		wait_for "is_dead $last_run" 20 &&
		not kill -0 $tree 2>/dev/null
}

# Remembers who is below the shim: those without a mark too.
remember_tree()
{
	tree=$(descendants "$(header $last_run shim)" | tr '\n' ' ')
}

# ---- with and without a cgroup ----

cgroup_root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
cgroup=$cgroup_root/crons-test-$$

has_cgroup()
{
	[ -n "$cgroup_root" ] && mkdir "$cgroup" 2>/dev/null || return 1
	[ -e "$cgroup/cgroup.kill" ]
	set -- $?
	rmdir "$cgroup"
	return "$1"
}

end_trees() # NAME [cgroup=PATH]
{
	plant "$escapees" "${@:2}"
	remember_tree
	check "$1: the tree stands" [ "$(echo "$tree" | wc -w)" -ge 7 ]
	kill_run $last_run 0 1
	check "$1: nothing is left of it after kill" nothing_left
	is "$1: the job ended by TERM, being killed" \
	    "$(value $last_run EXIT sig) $(value $last_run EXIT why)" "15 kill"

	plant "$escapees" "${@:2}"
	remember_tree
	kill_run $last_run 9 0
	check "$1: nothing is left after an immediate kill" nothing_left
	is "$1: which is one by KILL" \
	    "$(value $last_run EXIT sig) $(value $last_run EXIT why)" "9 kill"

	plant "$escapees" "${@:2}" timeout=400 grace=200
	remember_tree
	check "$1: a time limit ends it with nobody there" nothing_left
	is "$1: and is the reason" "$(value $last_run EXIT why)" timeout

	if [ "$(id -u)" = 0 ]; then
		plant_bomb "${@:2}"
		kill_run $last_run 0 0
		check "$1: nothing is left of a fork bomb" nothing_left
		is "$1: and its end is recorded" \
		    "$(value $last_run EXIT why)" kill
	else
		skip "$1: nothing is left of a fork bomb" "needs root"
	fi
	[ "$#" = 1 ] || check "$1: the directory is removed" \
	    wait_for "! [ -e $cgroup ]" 5
}

end_trees "without cgroup"
if has_cgroup; then
	end_trees "cgroup" cgroup="$cgroup"
	drive command='cat /proc/self/cgroup' cgroup="$cgroup"
	like "the job is in its cgroup" "$(show $last_run out)" \
	    "*${cgroup#"$cgroup_root"}*"
	check "which is gone after it" wait_for '! [ -e "$cgroup" ]' 5
	drive command='echo ran' cgroup="$cgroup" memory=64000000
	if grep -qsw memory "$cgroup_root/cgroup.subtree_control"; then
		is "its memory has a limit, and it runs" \
		    "$(show $last_run out)" ran
	else
		is "a limit that cannot be set: it is not started" \
		    "$(value $last_run EXIT why)$(show $last_run out)" nostart
	fi
	check "and its cgroup is gone" wait_for '! [ -e "$cgroup" ]' 5
else
	skip "cgroup: all" "needs a writable cgroup v2 with cgroup.kill"
fi
drive command=true cgroup=/nonexistent/cgroup
is "a cgroup that cannot be made is no start" \
    "$(value $last_run EXIT why) $(value $last_run EXIT stage)" "nostart 3"

# ---- orders ----

plant 'trap "echo told; exit 9" TERM; echo ready >$READY
    while :; do sleep 0.05; done'
kill_run $last_run 0 60
wait_for "is_dead $last_run" 20
is "a job may end by itself when told to" \
    "$(value $last_run EXIT code) $(show $last_run out)" "9 told"

plant 'trap "" TERM; trap "echo asked" USR1; echo ready >$READY
    while :; do sleep 0.05; done'
kill_run $last_run 10 0
check "another signal is just passed on" \
    wait_for "[ \"\$(show $last_run out)\" = asked ]" 10
check "and ends nothing" not is_dead $last_run
kill -USR1 "$(header $last_run shim)"
kill -TERM "$(header $last_run shim)"
kill -HUP "$(header $last_run shim)"
kill_run $last_run 10 0
wait_for "[ \"\$(show $last_run out | wc -l)\" = 2 ]" 10
check "signals that are no order are none" not is_dead $last_run
kill_run $last_run 0 1
wait_for "is_dead $last_run" 20
is "a job that ignores TERM is killed after the grace" \
    "$(value $last_run EXIT sig) $(value $last_run EXIT why)" "9 kill"

start command='kill -STOP $$' timeout=300 grace=60000
check "a stopped job is woken to be ended" \
    wait_for "is_dead $last_run" 20

# ---- sweeping after a dead shim ----

sweep()
{
	"$shimlook" sweep "$(file $last_run)"
}

kill_shim()
{
	kill -KILL "$(header $last_run shim)"
	wait_for "is_dead $last_run" 10
}

plant "$escapees"
remember_tree
job=$(header $last_run job)
kill_shim
check "a job does not outlive its shim" wait_for "! kill -0 $job" 10
is "there is no status" "$(show $last_run | grep -c '^EXIT')" 0
check "its children are found" [ "$(sweep)" -ge 5 ]
check "nothing marked is left" wait_for '[ -z "$(marked $mark)" ]' 10
is "and nobody to be found twice" "$(sweep)" 0
# shellcheck disable=SC2086 # pids are words
kill -KILL $tree 2>/dev/null # env -i and setsid: only a cgroup finds those

# A process of another run, and one of another life of the database.
env -i CRONS_RUN=$((last_run + 2)) CRONS_INSTANCE=test sleep 1000 &
other=$!
env -i CRONS_RUN=$((last_run + 1)) CRONS_INSTANCE=else sleep 1000 &
another=$!
if [ "$(id -u)" = 0 ]; then
	plant_bomb
	tree=
else
	plant "$escapees"
	remember_tree
fi
kill_shim
check "many are swept" [ "$(sweep)" -ge 5 ]
check "to the last" wait_for '[ -z "$(marked $mark)" ]' 10
check "others' processes are left alone" kill -0 $other
check "and those of other instances" kill -0 $another
kill $other $another
# shellcheck disable=SC2086 # pids are words
[ -z "$tree" ] || kill -KILL $tree 2>/dev/null # as above

if has_cgroup; then
	plant "$escapees" cgroup="$cgroup"
	remember_tree
	kill_shim
	check "with a cgroup a sweep leaves nothing" [ "$(sweep)" -ge 0 ]
	check "not even those without a mark" \
	    wait_for "! kill -0 $tree 2>/dev/null" 10
	check "nor the directory" not test -e "$cgroup"
fi
