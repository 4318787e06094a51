#!/bin/bash
# Who may die or hang without harm: the daemon, the zygote, children that keep
# the pipes. And what is on the disk wherever all stops (fail points).
# limit: 60
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../shim.sh"

# ---- children that go on writing ----

# One pipe a step: a reader that comes back to the same one may still find the
# writer of the step before, and read its end.
mkfifo "$dir/go" "$dir/late-go" "$dir/never"
trickle="read line <$dir/go; echo more; read line <$dir/never; echo yet more"
start linger=60000 command="(trap '' PIPE; $trickle; read line <$dir/never;
    echo \$? >$dir/late) & echo first; exit 3"
check "the end of the job is recorded at once" \
    wait_for '[ "$(value 1 EXIT code)" = 3 ]' 10
is "though its child holds the pipes: END is not written" \
    "$(show 1 | grep -c '^END')" 0
check "and the run's file is locked" not is_dead 1
echo >"$dir/go"
check "capture goes on" wait_for '[ "$(show 1 out | tail -n 1)" = more ]' 10
kill_run 1 9 0
check "an order after the end ends the children" wait_for 'is_dead 1' 10
is "it does not change why the job ended" \
    "$(value 1 EXIT why) $(value 1 END o)" "none 11"

start linger=100 command="trap 'echo pipe >$dir/pipe' PIPE;
    (read line <$dir/go; i=0; while [ \$i -lt 100 ]; do
	echo too late; i=\$((i + 1)); done
    echo \$? >$dir/late; read line <$dir/late-go) & echo first"
check "after the time to linger END is written" wait_for 'is_dead 2' 10
is "with what was said so far" "$(show 2 out) $(value 2 END o)" "first 6"
shim=$(header 2 shim)
check "the shim stays" kill -0 "$shim"
echo >"$dir/go"
check "and takes what comes" wait_for "[ -s $dir/late ]" 10
is "so that nobody is told of a broken pipe" "$(cat "$dir/late")" 0
is "but nothing is kept of it" "$(show 2 out)" first
echo >"$dir/late-go"
check "the shim ends with the last of them" \
    wait_for "! kill -0 $shim 2>/dev/null" 10

drive linger=60000 command='setsid sleep 1000 >/dev/null 2>&1 & echo $!'
check "a server that lets go of the pipes does not keep the run" is_dead 3
check "and is left alone" kill -0 "$(show 3 out)"
kill -KILL "$(show 3 out)"

drive linger=300 command='sleep 1000 & echo $!; exit 5' until=ended
like "the end is told while the shim goes on" "$news" "*news ENDED run=4 *"
wait_for 'is_dead 4' 10
kill -KILL "$(show 4 out)"

# ---- daemon and zygote ----

start timeout=300 grace=100 command='trap "" TERM; echo go; sleep 1000'
check "a time limit needs no daemon" wait_for 'is_dead 5' 10
is "nor does its record" "$(value 5 EXIT why) $(show 5 out)" "timeout go"

"$shimdrive" "$spool" run=1000 count=400 window=400 stalled=1 patience=1000 \
    command='echo hello' >/dev/null &
driver=$!
check "a daemon that reads nothing stalls no run" wait_for \
    "[ \$(find $spool -name 'test-1[0-9][0-9][0-9].1' | wc -l) = 400 ]" 30
check "they end" wait_for 'is_dead 1399 && is_dead 1000' 30
is "with their status" "$(value 1399 EXIT code)" 0
kill -KILL $driver
wait $driver 2>/dev/null

mkfifo "$dir/hold"
"$shimdrive" "$spool" run=6 until=ended patience=60 \
    command="read line <$dir/hold; echo held" >"$dir/news" 2>&1 &
driver=$!
wait_for "grep -qs STARTED $dir/news" 10
zygote=$(ps -o ppid= -p "$(header 6 shim)" | tr -d ' ')
like "the zygote is the parent of shims" \
    "$(tr -d '\0' <"/proc/$zygote/cmdline")" "crons-shim: zygote*"
kill -KILL "$zygote"
check "a run outlives its zygote" not is_dead 6
echo >"$dir/hold"
check "and ends well" wait_for 'is_dead 6' 10
is "with output and status" "$(show 6 out) $(value 6 EXIT code)" "held 0"
kill -KILL $driver 2>/dev/null
wait $driver 2>/dev/null

rm "$dir/news"
"$shimdrive" "$spool" run=7 until=ended patience=60 command='sleep 1000' \
    >"$dir/news" 2>&1 &
driver=$!
wait_for "grep -qs STARTED $dir/news" 10
zygote=$(ps -o ppid= -p "$(header 7 shim)" | tr -d ' ')
for signal in HUP INT QUIT TERM USR1 USR2 PIPE ALRM; do
	kill -$signal "$zygote"
done
check "a zygote is not ended by signals that ask" kill -0 "$zygote"
kill -KILL $driver
wait $driver 2>/dev/null
check "but by the end of its daemon" wait_for "! kill -0 $zygote 2>/dev/null" 10
check "which no run notices" not is_dead 7
kill_run 7 9 0
wait_for 'is_dead 7' 10

# ---- one order twice ----

run=8 drive repeat=20 window=20 patience=30 command="echo once >>$dir/once"
is "an order given twenty times is executed once" "$(wc -l <"$dir/once")" 1
is "the others are refused" "$(echo "$news" | grep -c REFUSED)" 19

# ---- stopped dead at every step ----

# Only root sees what a shim has in its environment: a run that has a file is
# waited for by that.
die_at() # STEP RUN
{
	CRONS_FAIL=$1 run=$2 drive shim="$build/test/crons-shim" patience=5 \
	    until=sent command="echo ran >>$dir/ran.$2; exit 7"
	wait_for "[ -z \"\$(marked CRONS_FAIL=$1)\" ]" 10
	[ "$2" -lt 21 ] || wait_for "is_dead $2" 10
}

records() # RUN
{
	show "$1" | grep -oE '^(EXIT|END) ' | tr -d '\n '
}

if [ ! -x "$build/test/crons-shim" ]; then
	skip "stopped dead at every step" "needs the build with fail points"
	exit
fi
for step in zygote_before_fork shim_before_link; do
	die_at $step 20
	check "$step: no file" not test -e "$(file 20)"
	check "$step: nothing was run" not test -e "$dir/ran.20"
done
die_at zygote_after_fork 21
wait_for '[ "$(records 21)" = EXITEND ]' 10
is "zygote_after_fork: the run is not disturbed" \
    "$(value 21 EXIT code) $(cat "$dir/ran.21")" "7 ran"
die_at shim_after_link 22
is "shim_after_link: a file, free, without records" \
    "$(is_dead 22 && records 22)" ""
check "shim_after_link: nothing was run" not test -e "$dir/ran.22"
die_at shim_after_exec 23
is "shim_after_exec: the same for the daemon" "$(is_dead 23 && records 23)" ""
die_at shim_before_exit_record 24
is "shim_before_exit_record: no status is made up" \
    "$(is_dead 24 && records 24)" ""
is "shim_before_exit_record: though it ran" "$(cat "$dir/ran.24")" ran
die_at shim_after_exit_record 25
is "shim_after_exit_record: the status is there" \
    "$(is_dead 25 && records 25) $(value 25 EXIT code)" "EXIT 7"
die_at shim_before_end_record 26
is "shim_before_end_record: the same" \
    "$(is_dead 26 && records 26) $(value 26 EXIT code)" "EXIT 7"
die_at shim_after_end_record 27
is "shim_after_end_record: all is there" \
    "$(is_dead 27 && records 27) $(value 27 EXIT code)" "EXITEND 7"
