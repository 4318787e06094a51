#!/bin/bash
# cronsctl with the real daemon: what is added runs, is seen and exported, and
# every exit status that needs no second user or host is the one promised.
. "$(dirname "$0")/../lib.sh"

status_of()
{
	"$@" >"$dir/out" 2>"$dir/err"
	echo $?
}
field() # JSON KEY: a simple value of one object
{
	sed -n "s/.*\"$2\":\"\{0,1\}\([^,\"}]*\).*/\1/p" <<<"$1"
}

is "without a daemon the exit status is 5" "$(status_of ctl list)" 5
start_daemon
is "a new daemon has no jobs" "$(ctl list 2>&1)" "no jobs"
check "status is good" ctl status

is "a job is added" "$(status_of ctl add good '0 3 * * *' \
    --env 'WHO=the world' --timeout=1h -- \
    'echo hello $WHO; echo oops >&2')" 0
like "and its next instant is said" "$(cat "$dir/out")" \
    "job 1 added, revision 1, next * 03:00:00 *"
check "another is an argv" ctl add words @yearly -- /bin/echo 'a  b' '"' ''
check "one fails" ctl add bad @yearly -- 'exit 3'
check "one takes long" ctl add long @yearly -- 'echo begin; sleep 600'
is "a name is taken only once" \
    "$(status_of ctl add good @daily -- true)" 7
is "a bad schedule is refused" \
    "$(status_of ctl add x '0 25 * * *' -- true)" 8
is "with a caret below the place" "$(sed -n 3p "$dir/err")" "    ^"
is "a bad value is refused" \
    "$(status_of ctl add x @daily --overlap=maybe -- true)" 2
is "a job that is not there is not found" "$(status_of ctl show nope)" 3

is "run --wait of a good job" "$(status_of ctl run good --wait)" 0
is "its output is kept apart" \
    "$(ctl logs good 2>/dev/null):$(ctl logs good 2>&1 >/dev/null)" \
    "hello the world:oops"
is "words arrive as they were given" \
    "$(ctl run words --follow 2>/dev/null | od -c)" \
    "$(printf 'a  b " \n' | od -c)"
is "run --wait of a bad job" "$(status_of ctl run bad --wait)" 1
is "run --wait --propagate" "$(status_of ctl run bad -wp)" 3
is "runs come newest first" \
    "$(ctl runs -q | awk '{ print $2 }' | xargs)" "bad bad words good"
is "runs of a result" "$(ctl runs -q -r ok | wc -l)" 2

run=$(field "$(ctl run long --json)" run)
wait_for "ctl logs $run | grep -q begin" 20
is "what runs is shown" "$(ctl ps -q | awk '{ print $1, $2 }')" "$run long"
is "a wait may take too long" \
    "$(status_of ctl wait "$run" --timeout 50ms)" 124
check "it is killed" ctl kill "$run"
is "and waiting for it says so" "$(status_of ctl wait long)" 1
like "with its result" "$(cat "$dir/out")" "run $run: killed*"
like "its row has a signal and no exit status" "$(ctl runs -n 1 --json)" \
    '*"result":"killed","exit":null,"signal":15,*'
is "a dead run cannot be killed" "$(status_of ctl kill "$run")" 1

check "a field is changed" ctl set good timeout=30m --if-rev 1
is "but not twice from the same revision" \
    "$(status_of ctl set good timeout=31m --if-rev 1)" 7
is "history has both" "$(ctl history good -q | wc -l)" 2
like "why tells how the last run went" "$(ctl why good)" "*ok*run 1*"
like "and why an instant was none" "$(ctl why good '2026-01-01 04:30')" \
    "*2026-01-01 04:30:00*"
check "a job is disabled" ctl disable good
like "and shown so" "$(ctl list good)" "*disabled*"
check "and enabled" ctl enable good
ctl add uneven '*/7 * * * *' --enabled=no -- true >/dev/null
like "show has what is odd about the schedule" "$(ctl show uneven)" \
    "*warning *7 does not divide 60*"
ctl rm uneven >/dev/null
like "show has the field that was set" "$(ctl show good)" \
    "*timeout *30m*next *last runs *1 of 1 ok*"
is "next of a job" "$(ctl next good -n 3 -q | wc -l)" 3

mkdir "$dir/bin"
ln -s "$cronsctl" "$dir/bin/cronsctl"
ctl export >"$dir/export.sh"
for job in good words bad long; do
	ctl rm $job -q || fail "$job is removed"
done
is "removed jobs are gone" "$(ctl list -q | wc -l)" 0
is "their runs are not" "$(ctl runs -q | wc -l)" 5
PATH=$dir/bin:$PATH sh "$dir/export.sh" >/dev/null
is "an export makes the same jobs again" "$(ctl export)" \
    "$(cat "$dir/export.sh")"
ctl export --crontab >"$dir/tab" 2>/dev/null
like "a crontab has what it can say" "$(cat "$dir/tab")" \
    '*WHO="the world"*#crons: name=good*0 3 \* \* \* echo hello*'
is "and means as many jobs as it can say" \
    "$(ctl import --dry-run --json --dialect cronie "$dir/tab" | tail -1 |
	sed 's/.*"verdict":"\([a-z]*\)","jobs":\([0-9]*\).*/\1 \2/')" \
    "accept 3"

printf '%s\n' 'MAILTO=""' '*/5 * * * * echo hi' '@daily true' >"$dir/tab"
is "a crontab is imported" "$(status_of ctl import "$dir/tab" --dialect cronie)" 0
like "and what it made is said" "$(cat "$dir/out")" \
    "*2 *add *@daily*tab: accept: 2 added"
echo '61 * * * * x' >>"$dir/tab"
is "a wrong line is exit status 8" \
    "$(status_of ctl import "$dir/tab" --dialect cronie)" 8
like "and is told with file and line" "$(cat "$dir/err")" \
    "$dir/tab:4: *61*not in 0-59*"
is "the other lines are as they were" "$(tail -1 "$dir/out")" \
    "$dir/tab: partial: 2 kept, 1 errors"
is "standard input is a file too" \
    "$(echo '@weekly true' | ctl import - | tail -1)" \
    "standard input: accept: 1 added"
is "a dry run with the daemon changes nothing" \
    "$(echo '@monthly true' | ctl import - --dry-run | tail -1
	ctl list -q | grep -c monthly)" \
    "standard input: accept: 1 added
0"
is "a file that is not there is exit status 3" \
    "$(status_of ctl import "$dir/none")" 3

# Between the end of such a run and its output in the database there is little
# time to look for it, and no moment at which it is nowhere.
ctl add quick @yearly --cwd=/ --argv='/bin/echo here' >/dev/null
for _ in {1..40}; do
	ctl run quick --follow 2>/dev/null
done >"$dir/out"
is "the output of runs that end at once is followed" \
    "$(grep -cx here "$dir/out")" 40

is "an empty schedule is exit status 8" "$(status_of ctl add q '' -- true)" 8
like "a schedule that never comes is warned of" \
    "$(ctl add feb '0 0 31 2 *' -- true)" "job *; but no date is ever like this*"
like "one whose only instant is over too" \
    "$(ctl set feb schedule='@at 2020-01-01T00:00')" "job *; but it has no *"
is "one that waits for somebody is not" \
    "$(ctl set feb schedule=@manual | grep -c but)" 0
ctl rm feb >/dev/null
like "a directory that cannot be entered is told with what it may be" \
    "$(ctl add lost @yearly --cwd=/nonexistent -- true
	ctl run lost --wait 2>&1)" "*working directory (cwd, or the home): No such*"
ctl rm lost >/dev/null

# What another user wrote into a job does nothing to who looks at it.
ctl add odd @yearly --env="X=$(printf '\033]0;title\007')" -- true >/dev/null
is "an export is as it is in a file" \
    "$(ctl export odd | grep -c "$(printf '\033]0;title\007')")" 1
is "and harmless on a terminal" "$(script -qec "$cronsctl export odd" \
    /dev/null 2>&1 | grep -c 'X=\\x1b\]0;title\\x07')" 1

stop_daemon
is "the daemon ends well" $? 0
