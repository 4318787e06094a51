#!/bin/bash
# Revisions of a job: what changed, how it is undone, an editor that notices
# what others do; and tags.
# limit: 60
. "$(dirname "$0")/../lib.sh"

field() # JOB FIELD
{
	ctl show "$1" --json | sed -n -e "s/.*\"$2\":\"\([^\"]*\)\".*/\1/p;t" \
	    -e "s/.*\"$2\":\([^\",}]*\).*/\1/p"
}

# An editor that does what it is told: a sed script for the text.
cat >"$dir/editor" <<'END'
#!/bin/sh
eval "$BEFORE"
sed -i "$SCRIPT" "$1"
END
chmod +x "$dir/editor"
export EDITOR=$dir/editor TMPDIR=$dir BEFORE='' SCRIPT=''
unset VISUAL

start_daemon
ctl add job '@daily' --comment='one  two' -- 'echo a' >/dev/null
ctl set job timeout=1h nice=3 >/dev/null
is "diff is the last change" "$(ctl diff job --json | wc -l)" 2
like "with both values" "$(ctl diff job --json | head -1)" \
    '*"field":"nice","before":"0","now":"3"*'
is "diff counts from a revision" \
    "$(ctl diff job 0 --json | grep -c '"field"')" 6
is "a revision that is not there is exit status 2" \
    "$(ctl diff job 9 >/dev/null 2>&1; echo $?)" 2

check "a change can be undone" ctl undo job
is "then the job is what it was" "$(field job nice)-$(field job timeout)" "0-0s"
is "that is a change too" "$(ctl history job --json | grep -c '"rev"')" 3
check "which can be undone" ctl undo job
is "and so on" "$(field job nice)" 3
check "undo goes to a revision" ctl undo job 1
is "of long ago" "$(field job nice)" 0
is "undo of another revision is refused" \
    "$(ctl undo job --if-rev 1 >/dev/null 2>&1; echo $?)" 7
ctl run job --wait >/dev/null
id=$(ctl list job --json | sed 's/.*"id":\([0-9]*\).*/\1/')
ctl rm job >/dev/null
check "a removed job comes back" ctl undo "$id"
is "with its fields" "$(field job comment)" "one  two"
is "and its runs" "$(ctl runs job --json | grep -c '"result":"ok"')" 1
is "and is planned" "$(ctl list job --json | grep -c '"next":"2')" 1
is "one that is there again is not brought back twice" \
    "$(ctl rm job >/dev/null; ctl add job @daily -- true >/dev/null
	ctl undo "$id" >/dev/null 2>&1; echo $?)" 7
ctl rm job >/dev/null
ctl undo "$id" >/dev/null

export SCRIPT='s/^schedule=.*/schedule="@hourly"/; s/^# nice=.*/nice=5/; /^comment=/d'
check "a job can be edited" ctl edit job
is "what was changed is" \
    "$(field job schedule)-$(field job nice)-$(field job comment)" "@hourly-5-"
is "what was not is not" "$(field job command)" "echo a"
is "no text is left" "$(find "$dir" -maxdepth 1 -name 'cronsctl.*' | wc -l)" 0
SCRIPT='' check "without a change nothing is done" ctl edit job
export SCRIPT='s/^schedule=.*/schedule="@yearly"/'
is "what somebody else changed meanwhile is not undone" \
    "$(BEFORE="$cronsctl set job timeout=2h -q" ctl edit job \
    >/dev/null 2>"$dir/err"; echo $?)-$(field job schedule)" "7-@hourly"
like "the text is kept then" "$(cat "$(sed -n 's/.*text is in //p' \
    "$dir/err")")" '*schedule="@yearly"*'
export SCRIPT='s/^schedule=.*/schedule="99 * * * *"/'
is "a wrong schedule is exit status 8" \
    "$(ctl edit job >/dev/null 2>&1; echo $?)" 8
export SCRIPT='s/^schedule=/shedule=/'
like "a wrong field is said with its line" "$(ctl edit job 2>&1)" \
    '*:5: *no field "shedule"*'

ctl tag job x y >/dev/null
is "a job is given tags" "$(field job tags)" "x,y"
ctl tag job y z >/dev/null
is "once each" "$(field job tags)" "x,y,z"
ctl tag job x --remove >/dev/null
is "and they are taken" "$(field job tags)" "y,z"
is "tags are counted" "$(ctl tags --json | grep -c '"jobs":1')" 2
is "a word that is no tag is exit status 2" \
    "$(ctl tag job 'a b' >/dev/null 2>&1; echo $?)" 2
stop_daemon
is "the daemon ends well" $? 0
